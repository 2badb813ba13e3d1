"""Converts numbers of the binary formats, which store floats, to the shortest text that gives the same float."""

from interfaces.formats.workbook.cells import NULL, is_null_cell, number_cell
from interfaces.formats.workbook.header import Cell
from interfaces.formats.workbook.numbers.dates import CellStyle, NumberStyle, temporal_cell
from interfaces.formats.workbook.numbers.padded_numbers import PaddedStyle, padded_number_cell


def float_cell(column: int, value: float, style: CellStyle, epoch_1904: bool, nulls: frozenset[bytes]) -> Cell:
    """The cell of a number, or of a date if its style says so."""
    raw = repr(value).removesuffix(".0").encode()
    if isinstance(style, PaddedStyle):
        kind, cell = padded_number_cell(raw, style)
    else:
        kind, cell = number_cell(raw) if style is NumberStyle.NUMBER else temporal_cell(raw, style, epoch_1904)
    return apply_nulls(column, kind, cell, nulls)


def apply_nulls(column: int, kind: int, cell: bytes, nulls: frozenset[bytes]) -> Cell:
    """The cell, or null if it is one of `nulls`."""
    return (column, 0, NULL) if nulls and is_null_cell(cell, nulls) else (column, kind, cell)
