"""All rows asked which forms their columns fit: one reading of the file answers for many columns at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import duckdb

from interfaces.formats.csv.query import first_mismatch_sql, with_nulls_sql
from interfaces.formats.sql_literal import quote_literal
from interfaces.formats.values.column_guess import (
    ColumnGuess,
    FormatSearch,
    FormatSearchResult,
    ValueStatistics,
    conclude_guess,
    search_format,
)
from interfaces.formats.values.form import ValueFormat
from interfaces.formats.values.forms import AllowedFormats

_BATCH_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class ColumnQueries:
    """Asks aggregates of all records of `relation`, whose columns are c0, c1, …"""

    connection: duckdb.DuckDBPyConnection
    relation: str
    ways: AllowedFormats

    def answers(self, aggregates: Sequence[str], relation: str | None = None) -> Sequence[object]:
        query = f"select {', '.join(aggregates)} from {relation or self.relation}"  # noqa: S608
        return self.connection.execute(query).fetchone() or ()

    def value(self, at: int) -> str:
        """The SQL of a column's value, null where a null word stands."""
        words = ", ".join(map(quote_literal, sorted(self.ways.nulls)))
        return f"if(c{at} in ({words}), null, c{at})" if words else f"c{at}"

    def words(self, at: int) -> str:
        """An aggregate: the null words that occur."""
        words = ", ".join(map(quote_literal, sorted(self.ways.nulls)))
        return f"list(distinct if(c{at} in ({words}), c{at}, null))" if words else "[]"


def find_broken_guesses(questions: ColumnQueries, guesses: Sequence[ColumnGuess]) -> dict[int, str | None]:
    """The columns whose guess some row breaks, with the first such value, and those left open (None)."""
    columns = [at for at, guess in enumerate(guesses) if guess.form.patterns or guess.form.valid]
    relation = with_nulls_sql(questions.relation, [guess.form.nulls for guess in guesses])
    if not columns:
        return {at: None for at, guess in enumerate(guesses) if guess.unsettled}
    found = questions.answers([first_mismatch_sql(f"c{at}", guesses[at].form) for at in columns], relation)
    values = dict(zip(columns, found, strict=True))
    return {
        at: None if values.get(at) is None else str(values[at])
        for at, guess in enumerate(guesses)
        if guess.unsettled or values.get(at) is not None
    }


def resolve_broken_columns(
    questions: ColumnQueries, guesses: Sequence[ColumnGuess], names: Sequence[str], broken: Mapping[int, str | None]
) -> dict[int, ColumnGuess]:
    """The guess that all rows make for each of the columns whose first guess was `broken` by a value."""
    result = {
        at: guess
        for at, value in broken.items()
        if (guess := _prove_text(guesses[at], names[at], value, questions.ways))
    }
    for columns in _batch_columns([at for at in broken if at not in result]):
        figures = _column_statistics(questions, columns)
        searches: dict[int, FormatSearch] = {}
        for at in columns:
            forms = _open_formats(guesses[at], figures[at][1], questions.ways)
            searches[at] = search_format(forms, questions.ways)
        for at, found in _run_searches(questions, searches).items():
            if guesses[at].open is None and not found.forms:
                found = FormatSearchResult(())
            result[at] = conclude_guess(names[at], found, figures[at][0], questions.ways)
    return result


def _prove_text(guess: ColumnGuess, name: str, broken: str | None, ways: AllowedFormats) -> ColumnGuess | None:
    """Text, where one value is enough to tell that no form is left."""
    if broken is None or not guess.open or broken in ways.nulls or any(form.accepts(broken) for form in guess.open):
        return None
    return conclude_guess(name, FormatSearchResult((), None, (broken, guess.open[0])), ValueStatistics(1), ways)


def _open_formats(guess: ColumnGuess, first: str | None, ways: AllowedFormats) -> tuple[ValueFormat, ...]:
    if guess.open is None:
        return ways.accepting(first) if first else ()
    return guess.open


def _column_statistics(
    questions: ColumnQueries, columns: Sequence[int]
) -> dict[int, tuple[ValueStatistics, str | None]]:
    """The figures of some columns, and the first value of each."""
    aggregates = []
    for at in columns:
        value = f"nullif({questions.value(at)}, '')"
        aggregates += [f"count({value})", f"min({value})", f"max({value})"]
        aggregates += [f"min(length({value}))", f"max(length({value}))", f"bool_or({value} like '-%')"]
        aggregates += [questions.words(at), f"any_value({value})"]
    found = iter(questions.answers(aggregates))
    return {at: _parse_statistics(list(islice(found, 8))) for at in columns}


def _parse_statistics(answer: Sequence[Any]) -> tuple[ValueStatistics, str | None]:
    count, least, greatest, shortest, longest, negative, words, first = answer
    known = tuple(sorted(word for word in words or () if word is not None))
    if not count:
        return ValueStatistics(0, words=known), None
    return ValueStatistics(count, least, greatest, shortest, longest, bool(negative), known), first


def _run_searches(questions: ColumnQueries, searches: Mapping[int, FormatSearch]) -> dict[int, FormatSearchResult]:
    """Lead all searches to their ends; each reading of the file answers what all of them ask."""
    found: dict[int, FormatSearchResult] = {}
    asked: dict[int, ValueFormat] = {}

    def lead(at: int, answer: str | None, begins: bool = False) -> None:
        try:
            asked[at] = next(searches[at]) if begins else searches[at].send(answer)
        except StopIteration as end:
            asked.pop(at, None)
            found[at] = end.value

    for at in searches:
        lead(at, None, begins=True)
    while asked:
        columns = list(asked)
        answers = questions.answers([first_mismatch_sql(questions.value(at), asked[at]) for at in columns])
        for at, answer in zip(columns, answers, strict=True):
            lead(at, None if answer is None else str(answer))
    return found


def _batch_columns(columns: Sequence[int]) -> list[Sequence[int]]:
    return [columns[start : start + _BATCH_COLUMNS] for start in range(0, len(columns), _BATCH_COLUMNS)]
