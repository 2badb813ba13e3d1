"""All rows asked which forms their columns fit: one reading of the file answers for many columns at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import duckdb

from interfaces.formats.csv.query import faulty, nulled
from interfaces.formats.sql_literal import literal
from interfaces.formats.values.column_guess import Found, Guess, Search, Values, concluded, search
from interfaces.formats.values.form import Form
from interfaces.formats.values.forms import Ways

_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Questions:
    """Asks aggregates of all records of `relation`, whose columns are c0, c1, …"""

    connection: duckdb.DuckDBPyConnection
    relation: str
    ways: Ways

    def answers(self, aggregates: Sequence[str], relation: str | None = None) -> Sequence[object]:
        query = f"select {', '.join(aggregates)} from {relation or self.relation}"  # noqa: S608
        return self.connection.execute(query).fetchone() or ()

    def value(self, at: int) -> str:
        """The SQL of a column's value, null where a null word stands."""
        words = ", ".join(map(literal, sorted(self.ways.nulls)))
        return f"if(c{at} in ({words}), null, c{at})" if words else f"c{at}"

    def words(self, at: int) -> str:
        """An aggregate: the null words that occur."""
        words = ", ".join(map(literal, sorted(self.ways.nulls)))
        return f"list(distinct if(c{at} in ({words}), c{at}, null))" if words else "[]"


def broken_guesses(questions: Questions, guesses: Sequence[Guess]) -> dict[int, str | None]:
    """The columns whose guess some row breaks, with the first such value, and those left open (None)."""
    columns = [at for at, guess in enumerate(guesses) if guess.form.patterns or guess.form.valid]
    relation = nulled(questions.relation, [guess.form.nulls for guess in guesses])
    if not columns:
        return {at: None for at, guess in enumerate(guesses) if guess.unsettled}
    found = questions.answers([faulty(f"c{at}", guesses[at].form) for at in columns], relation)
    values = dict(zip(columns, found, strict=True))
    return {
        at: None if values.get(at) is None else str(values[at])
        for at, guess in enumerate(guesses)
        if guess.unsettled or values.get(at) is not None
    }


def settled_columns(
    questions: Questions, guesses: Sequence[Guess], names: Sequence[str], broken: Mapping[int, str | None]
) -> dict[int, Guess]:
    """The guess that all rows make for each of the columns whose first guess was `broken` by a value."""
    result = {
        at: guess for at, value in broken.items() if (guess := _text(guesses[at], names[at], value, questions.ways))
    }
    for columns in _batched([at for at in broken if at not in result]):
        figures = _figures(questions, columns)
        searches: dict[int, Search] = {}
        for at in columns:
            forms = _open(guesses[at], figures[at][1], questions.ways)
            searches[at] = search(forms, questions.ways)
        for at, found in _searched(questions, searches).items():
            if guesses[at].open is None and not found.forms:
                found = Found(())
            result[at] = concluded(names[at], found, figures[at][0], questions.ways)
    return result


def _text(guess: Guess, name: str, broken: str | None, ways: Ways) -> Guess | None:
    """Text, where one value is enough to tell that no form is left."""
    if broken is None or not guess.open or broken in ways.nulls or any(form.accepts(broken) for form in guess.open):
        return None
    return concluded(name, Found((), None, (broken, guess.open[0])), Values(1), ways)


def _open(guess: Guess, first: str | None, ways: Ways) -> tuple[Form, ...]:
    if guess.open is None:
        return ways.accepting(first) if first else ()
    return guess.open


def _figures(questions: Questions, columns: Sequence[int]) -> dict[int, tuple[Values, str | None]]:
    """The figures of some columns, and the first value of each."""
    aggregates = []
    for at in columns:
        value = f"nullif({questions.value(at)}, '')"
        aggregates += [f"count({value})", f"min({value})", f"max({value})"]
        aggregates += [f"min(length({value}))", f"max(length({value}))", f"bool_or({value} like '-%')"]
        aggregates += [questions.words(at), f"any_value({value})"]
    found = iter(questions.answers(aggregates))
    return {at: _values(list(islice(found, 8))) for at in columns}


def _values(answer: Sequence[Any]) -> tuple[Values, str | None]:
    count, least, greatest, shortest, longest, negative, words, first = answer
    known = tuple(sorted(word for word in words or () if word is not None))
    if not count:
        return Values(0, words=known), None
    return Values(count, least, greatest, shortest, longest, bool(negative), known), first


def _searched(questions: Questions, searches: Mapping[int, Search]) -> dict[int, Found]:
    """Lead all searches to their ends; each reading of the file answers what all of them ask."""
    found: dict[int, Found] = {}
    asked: dict[int, Form] = {}

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
        answers = questions.answers([faulty(questions.value(at), asked[at]) for at in columns])
        for at, answer in zip(columns, answers, strict=True):
            lead(at, None if answer is None else str(answer))
    return found


def _batched(columns: Sequence[int]) -> list[Sequence[int]]:
    return [columns[start : start + _COLUMNS] for start in range(0, len(columns), _COLUMNS)]
