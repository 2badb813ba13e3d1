"""Builds the cells of one column of an XLSX sheet from many cells at once."""

from collections.abc import Callable, Sequence

from interfaces.formats.workbook.cells import NULL, TEXT, text_kind
from interfaces.formats.workbook.sheet_rows import ColumnCells


def text_cells(cells: list[bytes], known_kinds: int) -> ColumnCells:
    """Texts with their kinds. Once a column has text, no other kind matters."""
    first_indexes: dict[int, int] = {}
    if not known_kinds & TEXT:
        for index, cell in enumerate(cells):
            if cell and cell != NULL and (kind := text_kind(cell)) not in first_indexes:
                first_indexes[kind] = index
                if kind == TEXT:
                    break
    return ColumnCells(cells, first_indexes)


def read_each(read: Callable[[bytes], tuple[int, bytes]], raw: list[bytes], known_kinds: int) -> ColumnCells:
    cells = []
    first_indexes: dict[int, int] = {}
    for index, value in enumerate(raw):
        if not value:
            cells.append(b"")
            continue
        kind, cell = read(value)
        cells.append(cell)
        if kind & ~known_kinds and kind not in first_indexes:
            first_indexes[kind] = index
    return ColumnCells(cells, first_indexes)


def replace_nulls(cells: list[bytes], nulls: frozenset[bytes]) -> list[bytes]:
    if nulls and not nulls.isdisjoint(cells):
        return [NULL if cell in nulls else cell for cell in cells]
    return cells


def find_first_filled(raw: list[bytes]) -> int:
    return next((index for index, value in enumerate(raw) if value), -1)


def merge_column_cells(parts: Sequence[ColumnCells]) -> ColumnCells:
    """Join the cells of one column that were read as several types. Each row has a cell in at most one part."""
    if len(parts) == 1:
        return parts[0]
    cells = list(parts[0].cells)
    for part in parts[1:]:
        cells = [one or other for one, other in zip(cells, part.cells, strict=True)]
    kinds: dict[int, int] = {}
    for part in parts:
        for kind, index in part.kinds.items():
            kinds[kind] = min(index, kinds.get(kind, index))
    return ColumnCells(cells, kinds)
