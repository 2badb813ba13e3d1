"""Determine the format of each column of a CSV file: guess it from the first rows, or resolve it from all rows.

A column with a declared type gets one of that type's formats; rows with other values are rejected.
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
    """Guess each column from the first rows. A column that is text in them is text; any other guess may change.

    Raises Invalid `invalid-options`.
    """
    allowed, requested = allowed_formats(options), _declared_columns(names, options)
    return [
        _allow_null_words(
            _guess_column(name, [row[at] for row in sample.rows if row[at]], requested.get(at), allowed), allowed
        )
        for at, name in enumerate(names)
    ]


def resolve_columns(
    path: Path, sample: CsvSample, guesses: Sequence[ColumnGuess], names: Sequence[str], options: FileOptions
) -> list[ColumnGuess]:
    """Check the guesses on all rows; replace a guess that some row does not fit by a format that all rows fit.

    Raises Invalid `ambiguous-format` if a type is declared and the values can be read in two ways.
    """
    allowed, requested = allowed_formats(options), _declared_columns(names, options)
    result = list(guesses)
    with connect_for_csv(path, sample.width) as connection:
        queries = ColumnQueries(connection, records_sql(path, sample.dialect, sample.width), allowed)
        broken = find_broken_guesses(queries, guesses)
        free = {at: value for at, value in broken.items() if at not in requested}
        for at, guess in resolve_broken_columns(queries, guesses, names, free).items():
            result[at] = _allow_null_words(guess, allowed)
        for at in (at for at in broken if at in requested):
            result[at] = _allow_null_words(resolve_declared_column(queries, at, names[at], requested[at]), allowed)
    return result


def _declared_columns(names: Sequence[str], options: FileOptions) -> dict[int, RequestedType]:
    for requested in options.columns.values():
        find_format(requested.type, requested.format)
    return {names.index(name): requested for name, requested in options.columns.items() if name in names}


def _guess_column(
    name: str, cells: Sequence[str], requested: RequestedType | None, allowed: AllowedFormats
) -> ColumnGuess:
    if requested is not None and requested.type is ColumnType.STRING:
        return ColumnGuess(TEXT, ())
    values = [cell for cell in cells if cell not in allowed.nulls]
    words = tuple(sorted({cell for cell in cells if cell in allowed.nulls})) if len(values) < len(cells) else ()
    if requested is not None:
        return guess_declared_column(name, requested, values, words, allowed)
    found = search_in_values(allowed.formats_for(values[0]) if values else (), values, allowed)
    if values and not found.forms:
        found = replace(found, broken=_nearly_fitting(values, allowed))
    return conclude_guess(name, found, sample_statistics(values, words), allowed)


def _nearly_fitting(values: Sequence[str], allowed: AllowedFormats) -> tuple[str, ValueFormat] | None:
    """The first value that does not fit a format, and that format, if nearly all values fit it."""
    for form in (*allowed.formats_for(values[0]), *allowed.formats_for(values[-1])):
        broken = [value for value in values if not form.accepts(value)]
        if broken and len(values) - len(broken) >= _MIN_NEAR_SHARE * len(values):
            return broken[0], form
    return None


def _allow_null_words(guess: ColumnGuess, allowed: AllowedFormats) -> ColumnGuess:
    """Add the null words of the options to the guess if they apply to every column."""
    if not allowed.null_everywhere:
        return guess
    return replace(guess, form=replace(guess.form, nulls=tuple(sorted(allowed.nulls))))
