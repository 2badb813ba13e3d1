"""Which form each column of a CSV file has: guessed from the first rows, or settled by all of them.

A column whose type was said beforehand takes one of that type's forms; values that break it are rejects then.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from application.imports.file_format import FileOptions, RequestedType
from domain.columns import ColumnType
from interfaces.formats.csv.layout.dialect import CsvSample
from interfaces.formats.csv.query import connect_for_csv, records_sql
from interfaces.formats.csv.types.declared_types import (
    guess_declared_column,
    resolve_declared_column,
)
from interfaces.formats.csv.types.settling import (
    ColumnQueries,
    find_broken_guesses,
    resolve_broken_columns,
)
from interfaces.formats.values.column_guess import (
    ColumnGuess,
    conclude_guess,
    sample_statistics,
    search_in_values,
)
from interfaces.formats.values.form import TEXT, ValueFormat
from interfaces.formats.values.forms import AllowedFormats, allowed_formats, find_format

_MIN_NEAR_SHARE = 0.8


def guess_columns(sample: CsvSample, names: Sequence[str], options: FileOptions) -> list[ColumnGuess]:
    """What the first rows say. A column they prove to be text is text; all else is still open.

    Raises Invalid `invalid-options`.
    """
    ways, wanted = allowed_formats(options), _declared_columns(names, options)
    return [
        _allow_null_words(
            _guess_column(name, [row[at] for row in sample.rows if row[at]], wanted.get(at), ways), ways
        )
        for at, name in enumerate(names)
    ]


def resolve_columns(
    path: Path, sample: CsvSample, guesses: Sequence[ColumnGuess], names: Sequence[str], options: FileOptions
) -> list[ColumnGuess]:
    """What all rows say: a guess no row breaks stands, else the first form that no row breaks takes its place.

    Raises Invalid `ambiguous-format` where a type was said and the values have two readings.
    """
    ways, wanted = allowed_formats(options), _declared_columns(names, options)
    result = list(guesses)
    with connect_for_csv(path, sample.width) as connection:
        questions = ColumnQueries(connection, records_sql(path, sample.dialect, sample.width), ways)
        broken = find_broken_guesses(questions, guesses)
        free = {at: value for at, value in broken.items() if at not in wanted}
        for at, guess in resolve_broken_columns(questions, guesses, names, free).items():
            result[at] = _allow_null_words(guess, ways)
        for at in (at for at in broken if at in wanted):
            result[at] = _allow_null_words(resolve_declared_column(questions, at, names[at], wanted[at]), ways)
    return result


def _declared_columns(names: Sequence[str], options: FileOptions) -> dict[int, RequestedType]:
    for wanted in options.columns.values():
        find_format(wanted.type, wanted.format)
    return {names.index(name): wanted for name, wanted in options.columns.items() if name in names}


def _guess_column(name: str, cells: Sequence[str], wanted: RequestedType | None, ways: AllowedFormats) -> ColumnGuess:
    if wanted is not None and wanted.type is ColumnType.STRING:
        return ColumnGuess(TEXT, ())
    values = [cell for cell in cells if cell not in ways.nulls]
    words = tuple(sorted({cell for cell in cells if cell in ways.nulls})) if len(values) < len(cells) else ()
    if wanted is not None:
        return guess_declared_column(name, wanted, values, words, ways)
    found = search_in_values(ways.accepting(values[0]) if values else (), values, ways)
    if values and not found.forms:
        found = replace(found, broken=_nearly_fitting(values, ways))
    return conclude_guess(name, found, sample_statistics(values, words), ways)


def _nearly_fitting(values: Sequence[str], ways: AllowedFormats) -> tuple[str, ValueFormat] | None:
    """The form that nearly all values have, and the first value that has not."""
    for form in (*ways.accepting(values[0]), *ways.accepting(values[-1])):
        broken = [value for value in values if not form.accepts(value)]
        if broken and len(values) - len(broken) >= _MIN_NEAR_SHARE * len(values):
            return broken[0], form
    return None


def _allow_null_words(guess: ColumnGuess, ways: AllowedFormats) -> ColumnGuess:
    """The guess where the sender's words are null in every column."""
    if not ways.null_everywhere:
        return guess
    return replace(guess, form=replace(guess.form, nulls=tuple(sorted(ways.nulls))))
