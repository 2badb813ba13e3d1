"""Numbers of the binary formats, which hold them as floats: the shortest text that gives the same float."""

from interfaces.formats.workbook.cells import NULL, number_cell
from interfaces.formats.workbook.dates import NumberStyle, temporal_cell
from interfaces.formats.workbook.header import Cell


def float_cell(column: int, value: float, style: NumberStyle, epoch_1904: bool, nulls: frozenset[bytes]) -> Cell:
    text = repr(value)
    raw = (text.removesuffix(".0")).encode()
    kind, cell = number_cell(raw) if style is NumberStyle.NUMBER else temporal_cell(raw, style, epoch_1904)
    return apply_nulls(column, kind, cell, nulls)


def apply_nulls(column: int, kind: int, cell: bytes, nulls: frozenset[bytes]) -> Cell:
    """A cell, null if it stands for that by the sender's word."""
    return (column, 0, NULL) if cell in nulls else (column, kind, cell)
