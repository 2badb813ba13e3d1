"""Which form each column of a CSV file has: guessed from the first rows, or settled by all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from domain.columns import shown
from interfaces.files.csv_dialect import Sample
from interfaces.files.csv_query import connected, faulty, source
from interfaces.files.forms import FORMS, NOTHING, TEXT, Form, matching, narrowed, settled

_COLUMNS = 100
_NEARLY = 0.8


@dataclass(frozen=True, slots=True)
class Guess:
    """The forms a column may have after what was seen, narrower ones first; `note` says why none is left."""

    form: Form
    open: tuple[Form, ...]
    note: str | None = None


def guessed(sample: Sample, names: Sequence[str]) -> list[Guess]:
    """What the first rows say. A column they prove to be text is text; all else is still open."""
    return [_guess(name, [row[at] for row in sample.rows if row[at]]) for at, name in enumerate(names)]


def settled_by_all(path: Path, sample: Sample, guesses: Sequence[Guess], names: Sequence[str]) -> list[Guess]:
    """What all rows say: a guess no row breaks stands, else the first form that no row breaks takes its place."""
    result = list(guesses)
    with connected(path, sample.width) as connection:
        relation = source(path, sample.dialect, sample.width)

        def answers(aggregates: Sequence[str]) -> Sequence[object]:
            query = f"select {', '.join(aggregates)} from {relation}"  # noqa: S608
            return connection.execute(query).fetchone() or ()

        doubtful = [at for at, guess in enumerate(guesses) if guess.open]
        if doubtful:
            broken = answers([faulty(at, guesses[at].form) for at in doubtful])
            doubtful = [at for at, value in zip(doubtful, broken, strict=True) if value is not None]
        for start in range(0, len(doubtful), _COLUMNS):
            columns = doubtful[start : start + _COLUMNS]
            asked = [_aggregates(at, guesses[at].open) for at in columns]
            found = iter(answers([aggregate for aggregates in asked for aggregate in aggregates]))
            for at, aggregates in zip(columns, asked, strict=True):
                result[at] = _decided(names[at], guesses[at].open, list(islice(found, len(aggregates))))
    return result


def _guess(name: str, values: Sequence[str]) -> Guess:
    if not values:
        return Guess(NOTHING, FORMS)
    if not (left := matching(values)):
        return Guess(TEXT, (), _near(name, values))
    form = settled(left[0], values)
    return Guess(form, left, _identifier_note(name, form))


def _near(name: str, values: Sequence[str]) -> str | None:
    """Why a column is text whose values nearly all had another form."""
    for form in FORMS:
        if form.accepts(values[0]) or form.accepts(values[-1]):
            broken = [value for value in values if not form.accepts(value)]
            if len(values) - len(broken) >= _NEARLY * len(values):
                return _text_note(name, broken[0], form)
    return None


def _aggregates(at: int, forms: Sequence[Form]) -> list[str]:
    column = f"nullif(c{at}, '')"
    sizes = [f"count({column})", f"min(strlen({column}))", f"max(strlen({column}))", f"bool_or(c{at} like '-%')"]
    return [*sizes, *(faulty(at, form) for form in forms)]


def _decided(name: str, forms: tuple[Form, ...], answer: Sequence[object]) -> Guess:
    count, shortest, longest, negative, *broken = answer
    if not count:
        return Guess(NOTHING, forms)
    for form, value in zip(forms, broken, strict=True):
        if value is None:
            assert isinstance(shortest, int) and isinstance(longest, int)
            form = narrowed(form, shortest, longest, bool(negative))
            return Guess(form, forms, _identifier_note(name, form))
    wide = len(forms) == len(FORMS)
    return Guess(TEXT, (), None if wide else _text_note(name, str(broken[-1]), forms[-1]))


def _identifier_note(name: str, form: Form) -> str | None:
    if form in (TEXT, NOTHING) or form.title != "an identifier":
        return None
    return f"Column {name!r} stays text: all values are numbers of one length, long as an identifier's."


def _text_note(name: str, value: str, form: Form) -> str:
    return f"Column {name!r} stays text: {shown(value)} is not {form.title}."
