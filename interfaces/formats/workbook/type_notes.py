"""The notes on the types of a sheet's columns: what stands in the way of a type, and what is read as null."""

from collections.abc import Iterator

from application.imports.file_format import FileOptions
from domain.columns import ColumnType, quote_value
from interfaces.formats.values.mismatch_notes import NearType, mismatches_note
from interfaces.formats.values.type_notes import quote_column_type
from interfaces.formats.workbook.cells import (
    BOOLEAN,
    DATE_KINDS,
    DECIMAL,
    ERROR,
    NO_VALUE,
    NULL_WORD,
    NUMBER_KINDS,
    PADDED,
    TEXT,
    TEXT_KINDS,
    TIME,
    display_text,
)
from interfaces.formats.workbook.sheet_rows import SeenKinds

_KIND_WORDS = {TEXT_KINDS: "text", NUMBER_KINDS: "numbers", BOOLEAN: "true or false", DATE_KINDS: "dates"}


def type_notes(
    name: str, seen: SeenKinds, type: ColumnType, options: FileOptions, near: NearType | None
) -> Iterator[str]:
    """The notes on the type of a column. `near` is the type that it would have without a few of its cells."""
    kinds, declared, error_cells = seen.kinds, options.columns.get(name), options.error_cells
    if near is not None:
        yield mismatches_note(name, near)
    elif declared is None:
        groups = sorted(
            (min(seen.first_cells[kind] for kind in seen.first_cells if kind & group), words)
            for group, words in _KIND_WORDS.items()
            if kinds & group
        )
        if len(groups) > 1:
            (number, cell), _ = groups[1]
            offender = f"row {number:,} has {quote_value(display_text(cell))}"
            words = " and ".join(words for _, words in groups)
            yield f"Column {name!r} became text: it mixes {words} ({offender}). Numbers are stored as text."
        elif kinds & TIME and not kinds & TEXT:
            yield f"Column {name!r} has times of day or durations; they are stored as text, hh:mm:ss."
    if kinds & PADDED and declared is None:
        number, cell = seen.first_cells[PADDED]
        number_type = ColumnType.DECIMAL if kinds & DECIMAL else ColumnType.INTEGER
        other = ColumnType.STRING if type is not ColumnType.STRING else number_type
        result = "this text is kept" if type is ColumnType.STRING else "they are read as numbers, like the others"
        yield (
            f"Column {name!r} has numbers shown with leading zeros, first {quote_value(display_text(cell))} in row "
            f"{number:,}; {result} (set options.columns to {quote_column_type(name, other)} to change that)."
        )
    if kinds & NULL_WORD and type is not ColumnType.STRING:
        number, cell = seen.first_cells[NULL_WORD]
        missing = f"{quote_value(display_text(cell))} in row {number:,}"
        yield f"Column {name!r}: text that means a missing value became null, first {missing}."
    if kinds & ERROR:
        number, cell = seen.first_cells[ERROR]
        if error_cells == "reject":
            result = "such rows were rejected"
        elif error_cells is None and type is ColumnType.STRING:
            result = "they are stored as text"
        else:
            result = 'they became null ("error_cells": "reject" rejects such rows)'
        yield f"Column {name!r} has errors, first {display_text(cell)} in row {number:,}; {result}."
    if kinds & NO_VALUE:
        count = f"{seen.formulas_without_value:,} formula{'s' if seen.formulas_without_value > 1 else ''}"
        first = f"first in row {seen.first_cells[NO_VALUE][0]:,}"
        yield f"Column {name!r} has {count} without a stored value, {first}; such rows were rejected."
