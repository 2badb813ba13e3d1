"""Which form each column of a CSV file has: guessed from the first rows, or settled by all of them.

A column whose type was said beforehand takes one of that type's forms; values that break it are rejects then.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from application.imports.file_format import Options, Wanted
from domain.columns import ColumnType
from interfaces.formats.csv.layout.dialect import Sample
from interfaces.formats.csv.query import connected, source
from interfaces.formats.csv.types.declared_types import settled_as_wanted, wanted_guess
from interfaces.formats.csv.types.settling import Questions, broken_guesses, settled_columns
from interfaces.formats.values.column_guess import Guess, answered, concluded, of_sample
from interfaces.formats.values.form import TEXT, Form
from interfaces.formats.values.forms import Ways, form_of, ways_of

_NEARLY = 0.8


def guessed(sample: Sample, names: Sequence[str], options: Options) -> list[Guess]:
    """What the first rows say. A column they prove to be text is text; all else is still open.

    Raises Invalid `invalid-options`.
    """
    ways, wanted = ways_of(options), _wanted(names, options)
    return [
        _with_nulls(_guess(name, [row[at] for row in sample.rows if row[at]], wanted.get(at), ways), ways)
        for at, name in enumerate(names)
    ]


def settled_by_all(
    path: Path, sample: Sample, guesses: Sequence[Guess], names: Sequence[str], options: Options
) -> list[Guess]:
    """What all rows say: a guess no row breaks stands, else the first form that no row breaks takes its place.

    Raises Invalid `ambiguous-format` where a type was said and the values have two readings.
    """
    ways, wanted = ways_of(options), _wanted(names, options)
    result = list(guesses)
    with connected(path, sample.width) as connection:
        questions = Questions(connection, source(path, sample.dialect, sample.width), ways)
        broken = broken_guesses(questions, guesses)
        free = {at: value for at, value in broken.items() if at not in wanted}
        for at, guess in settled_columns(questions, guesses, names, free).items():
            result[at] = _with_nulls(guess, ways)
        for at in (at for at in broken if at in wanted):
            result[at] = _with_nulls(settled_as_wanted(questions, at, names[at], wanted[at]), ways)
    return result


def _wanted(names: Sequence[str], options: Options) -> dict[int, Wanted]:
    for wanted in options.columns.values():
        form_of(wanted.type, wanted.format)
    return {names.index(name): wanted for name, wanted in options.columns.items() if name in names}


def _guess(name: str, cells: Sequence[str], wanted: Wanted | None, ways: Ways) -> Guess:
    if wanted is not None and wanted.type is ColumnType.STRING:
        return Guess(TEXT, ())
    values = [cell for cell in cells if cell not in ways.nulls]
    words = tuple(sorted({cell for cell in cells if cell in ways.nulls})) if len(values) < len(cells) else ()
    if wanted is not None:
        return wanted_guess(name, wanted, values, words, ways)
    found = answered(ways.accepting(values[0]) if values else (), values, ways)
    if values and not found.forms:
        found = replace(found, broken=_near(values, ways))
    return concluded(name, found, of_sample(values, words), ways)


def _near(values: Sequence[str], ways: Ways) -> tuple[str, Form] | None:
    """The form that nearly all values have, and the first value that has not."""
    for form in (*ways.accepting(values[0]), *ways.accepting(values[-1])):
        broken = [value for value in values if not form.accepts(value)]
        if broken and len(values) - len(broken) >= _NEARLY * len(values):
            return broken[0], form
    return None


def _with_nulls(guess: Guess, ways: Ways) -> Guess:
    """The guess where the sender's words are null in every column."""
    if not ways.null_everywhere:
        return guess
    return replace(guess, form=replace(guess.form, nulls=tuple(sorted(ways.nulls))))
