"""Resolve the formats of columns from all rows. One pass over the file answers the questions of many columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import duckdb

from interfaces.formats.cell_lists import WIDE_COLUMNS, column_list_sql
from interfaces.formats.csv.query import all_fit_sql, first_mismatch_sql, with_nulls_sql
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
_CHECKED_COLUMNS = 200
"""DuckDB's time for one query grows with the square of its aggregates."""


@dataclass(frozen=True, slots=True)
class ColumnQueries:
    """Queries aggregates over all records of `relation`, which has the columns c0, c1, …"""

    connection: duckdb.DuckDBPyConnection
    relation: str
    allowed: AllowedFormats

    def select(self, aggregates: Sequence[str], relation: str | None = None) -> Sequence[object]:
        """Return the values of SQL aggregates."""
        query = f"select {', '.join(aggregates)} from {relation or self.relation}"  # noqa: S608
        return self.connection.execute(query).fetchone() or ()

    def value(self, at: int) -> str:
        """The SQL of the value of column `at`, with null words replaced by null."""
        words = ", ".join(map(quote_literal, self.words))
        return f"if(c{at} in ({words}), null, c{at})" if words else f"c{at}"

    @property
    def words(self) -> Sequence[str]:
        """The words that are null."""
        return sorted(self.allowed.nulls)

    def words_sql(self, at: int) -> str:
        """An aggregate: a bit for each of `words`, set if column `at` has it; null if it has none.

        A list of distinct words would need a hash table for each column.
        """
        if not self.words:
            return "null"
        words, zeros = ", ".join(map(quote_literal, self.words)), quote_literal("0" * len(self.words))
        bits = f"set_bit({zeros}::bit, list_position([{words}], c{at})::int - 1, 1)"
        return f"bit_or(if(c{at} in ({words}), {bits}, null))"

    def read_words(self, bits: object) -> tuple[str, ...]:
        """The words that an answer to `words_sql` says."""
        found = str(bits or "")
        return tuple(word for word, bit in zip(self.words, found, strict=False) if bit == "1")


def find_broken_guesses(queries: ColumnQueries, guesses: Sequence[ColumnGuess]) -> dict[int, str | None]:
    """The columns whose guess some row does not fit, each with such a value; also unresolved ones (else None)."""
    relation = with_nulls_sql(queries.relation, [guess.form.nulls for guess in guesses])
    columns = [at for at, guess in enumerate(guesses) if guess.form.patterns or guess.form.valid]
    if len(columns) >= WIDE_COLUMNS:
        columns = _find_doubtful_columns(queries, relation, guesses, columns)
    if not columns:
        return {at: None for at, guess in enumerate(guesses) if guess.unresolved}
    values: dict[int, object] = {}
    for batch in _batch_columns(columns, _CHECKED_COLUMNS):
        found = queries.select([first_mismatch_sql(f"c{at}", guesses[at].form) for at in batch], relation)
        values |= zip(batch, found, strict=True)
    return {
        at: None if values.get(at) is None else str(values[at])
        for at, guess in enumerate(guesses)
        if guess.unresolved or values.get(at) is not None
    }


def _find_doubtful_columns(
    queries: ColumnQueries, relation: str, guesses: Sequence[ColumnGuess], columns: Sequence[int]
) -> list[int]:
    """The columns whose guess some row may not fit: all those of a format that a value of one of them does not fit.

    Columns of one format are checked as one list, because DuckDB takes milliseconds to prepare the check of a column.
    """
    groups: dict[ValueFormat, list[int]] = {}
    for at in columns:
        groups.setdefault(guesses[at].form, []).append(at)
    checks = [f"bool_and({all_fit_sql(column_list_sql(group), form)})" for form, group in groups.items()]
    fits = queries.select(checks, relation)
    return sorted(at for group, fit in zip(groups.values(), fits, strict=True) if fit is False for at in group)


def resolve_broken_columns(
    queries: ColumnQueries, guesses: Sequence[ColumnGuess], names: Sequence[str], broken: Mapping[int, str | None]
) -> dict[int, ColumnGuess]:
    """Return new guesses from all rows for the columns in `broken`: those whose guess a value does not fit."""
    result = {
        at: guess
        for at, value in broken.items()
        if (guess := _prove_text(guesses[at], names[at], value, queries.allowed))
    }
    for columns in _batch_columns([at for at in broken if at not in result]):
        statistics = _column_statistics(queries, columns)
        searches: dict[int, FormatSearch] = {}
        for at in columns:
            forms = _open_formats(guesses[at], statistics[at][1], queries.allowed)
            searches[at] = search_format(forms, queries.allowed)
        for at, found in _run_searches(queries, searches).items():
            if guesses[at].open is None and not found.forms:
                found = FormatSearchResult(())
            result[at] = conclude_guess(names[at], found, statistics[at][0], queries.allowed)
    return result


def _prove_text(guess: ColumnGuess, name: str, broken: str | None, allowed: AllowedFormats) -> ColumnGuess | None:
    """The guess that a column is text, if the value `broken` alone fits none of its open formats; else None."""
    if (
        broken is None
        or not guess.open
        or broken in allowed.nulls
        or any(form.accepts(broken) for form in guess.open)
    ):
        return None
    found = FormatSearchResult((), None, (broken, guess.open[0]))
    return replace(conclude_guess(name, found, ValueStatistics(1), allowed), proves=guess.rival is None)


def _open_formats(guess: ColumnGuess, first: str | None, allowed: AllowedFormats) -> tuple[ValueFormat, ...]:
    if guess.open is None:
        return allowed.formats_for(first) if first else ()
    return guess.open


def _column_statistics(
    queries: ColumnQueries, columns: Sequence[int]
) -> dict[int, tuple[ValueStatistics, str | None]]:
    """The statistics of several columns, and a value of each."""
    aggregates = []
    for at in columns:
        value = f"nullif({queries.value(at)}, '')"
        aggregates += [f"count({value})", f"min({value})", f"max({value})"]
        aggregates += [f"min(length({value}))", f"max(length({value}))", f"bool_or({value} like '-%')"]
        aggregates += [queries.words_sql(at), f"any_value({value})"]
    found = iter(queries.select(aggregates))
    return {at: _parse_statistics(queries, list(islice(found, 8))) for at in columns}


def _parse_statistics(queries: ColumnQueries, answer: Sequence[Any]) -> tuple[ValueStatistics, str | None]:
    count, least, greatest, shortest, longest, negative, bits, first = answer
    known = queries.read_words(bits)
    if not count:
        return ValueStatistics(0, words=known), None
    return ValueStatistics(count, least, greatest, shortest, longest, bool(negative), known), first


def _run_searches(queries: ColumnQueries, searches: Mapping[int, FormatSearch]) -> dict[int, FormatSearchResult]:
    """Run all searches to their ends. Each pass over the file answers the current question of every search."""
    found: dict[int, FormatSearchResult] = {}
    pending: dict[int, ValueFormat] = {}

    def advance(at: int, answer: str | None, begins: bool = False) -> None:
        try:
            pending[at] = next(searches[at]) if begins else searches[at].send(answer)
        except StopIteration as end:
            pending.pop(at, None)
            found[at] = end.value

    for at in searches:
        advance(at, None, begins=True)
    while pending:
        columns = list(pending)
        answers = queries.select([first_mismatch_sql(queries.value(at), pending[at]) for at in columns])
        for at, answer in zip(columns, answers, strict=True):
            advance(at, None if answer is None else str(answer))
    return found


def _batch_columns(columns: Sequence[int], size: int = _BATCH_COLUMNS) -> list[Sequence[int]]:
    return [columns[start : start + size] for start in range(0, len(columns), size)]
