"""Writes the rows of a sheet, of any workbook format, to a spool: without the header, padded, with kinds by column.

A column's type is known only after the last row. So a sheet is read once into the spool, while the kinds of cells in
each column and the first row of each kind are collected.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import lt
from typing import Self

from application.imports.file_format import limit_setting
from domain.errors import Invalid, TooLarge
from interfaces.formats.source import InputFile
from interfaces.formats.spool.row_spool import RowSpool
from interfaces.formats.workbook.cells import EMPTY, NO_VALUE, NULL
from interfaces.formats.workbook.header import Cell, detect_sheet_layout
from interfaces.formats.workbook.parts import cell_too_large_error

MAX_ROW = 1_048_576
_MAX_HIDDEN_RANGES = 16_384
_HEAD_ROWS = 64


@dataclass(slots=True)
class SeenKinds:
    """The kinds of cells in a column, and for each kind the first row's number and cell."""

    kinds: int = 0
    first_cells: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    formulas_without_value: int = 0

    def add_cell(self, kind: int, number: int, cell: bytes) -> None:
        """Add a cell's kind; `number` is the row's number in the sheet."""
        if kind & ~self.kinds:
            self.kinds |= kind
            self.first_cells[kind] = (number, cell)
        if kind == NO_VALUE:
            self.formulas_without_value += 1


@dataclass(frozen=True, slots=True)
class ColumnCells:
    """The cells of one column in several rows; b"" is an empty cell.

    `kinds` has the index of the first cell of each kind, at least for the kinds that are new to the column.
    """

    cells: list[bytes]
    kinds: Mapping[int, int]


class SheetRows:
    """Collects a sheet's rows in ascending order. Raises Invalid or TooLarge if a limit is exceeded."""

    def __init__(self, source: InputFile) -> None:
        self.spool = RowSpool(source.scratch)
        self.columns: dict[int, SeenKinds] = {}
        self.above: list[tuple[int, Sequence[Cell]]] = []
        """The rows above the table, such as a title."""
        self.header: list[tuple[int, Sequence[Cell]]] = []
        self.repeated_headers = array("q")
        """The numbers of rows below that have the same cells as the header."""
        self.sections: list[tuple[int, int, int]] = []
        """(row of the spool, first column, column after the last): the shape of the lines from that row on."""
        self.is_header_known = False
        """Whether the first rows were examined. From then on `add_columns` may be called."""
        self.hidden_rows = array("q")
        self.hidden_columns: list[tuple[int, int]] = []
        """Ranges from 0: the first column and the last."""
        self.first_column, self.end_column = 0, 0
        self._options = source.options
        self._limits = source.limits
        self._header_cells: list[tuple[int, bytes]] = []
        self._head: list[tuple[int, Sequence[Cell]]] = []
        self._last_number = 0
        self._cell_count = 0

    def hide_row(self, number: int) -> None:
        """Remember that a row is hidden; rows come in ascending order."""
        if len(self.hidden_rows) < MAX_ROW:
            self.hidden_rows.append(number)

    def hide_columns(self, first: int, last: int) -> None:
        """Remember that the columns from `first` to `last`, from 0, are hidden."""
        if len(self.hidden_columns) < _MAX_HIDDEN_RANGES:
            self.hidden_columns.append((first, last))

    def add(self, number: int, cells: Sequence[Cell]) -> None:
        """Add a row's cells in ascending order of their columns. `number` is the sheet's row number, from 1."""
        self._check_ascending(number)
        cells = [cell for cell in cells if cell[1]] if any(not kind for _, kind, _ in cells) else cells
        if number <= (self._options.skip_rows or 0) or all(cell == EMPTY for _, _, cell in cells):
            return
        if self.is_header_known:
            self._spool_row(number, cells)
            return
        self._widen(cells[0][0], cells[-1][0] + 1)
        self._count_cells(len(cells))
        self._head.append((number, cells))
        if len(self._head) == _HEAD_ROWS:
            self._decide_header()

    def add_columns(self, numbers: list[int], columns: Mapping[int, ColumnCells]) -> None:
        """Add many rows column by column. Allowed only once `is_header_known`."""
        if not all(map(lt, [self._last_number, *numbers], numbers)):
            for number in numbers:
                self._check_ascending(number)
        self._set_row_number(numbers[-1])
        filled = {at: column for at, column in columns.items() if column.kinds or any(column.cells)}
        if not filled:
            return
        if all(NULL in column.cells or b"" in column.cells or EMPTY in column.cells for column in filled.values()):
            numbers, filled = _remove_blank_rows(numbers, filled)
            if not numbers:
                return
        self._widen(min(filled), max(filled) + 1)
        self._count_cells(len(numbers) * (self.end_column - self.first_column))
        nulls = [NULL] * len(numbers)
        written = []
        for at in range(self.first_column, self.end_column):
            if at not in filled:
                written.append(nulls)
                continue
            cells = filled[at].cells
            seen = self._column_kinds(at)
            for kind, index in filled[at].kinds.items():
                seen.add_cell(kind, numbers[index], cells[index])
            written.append([cell or NULL for cell in cells] if b"" in cells else cells)
        lines = b"[" + b"]\n[".join(map(b",".join, zip(*written, strict=True))) + b"]\n"
        if len(lines) > self._limits.cell_bytes:
            for cells in written:
                self._check_sizes(cells)
        self.spool.extend(lines, numbers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """Finish the spool, or remove it if reading failed."""
        if error is not None:
            self.spool.remove()
            return
        with self.spool:
            if not self.is_header_known:
                self._decide_header()

    @property
    def is_empty(self) -> bool:
        """Whether the sheet has no cells at all."""
        return not self.header and not self.spool.rows

    def known_kinds(self, column: int) -> int:
        """The kinds seen in a column so far, which need not be detected again."""
        seen = self.columns.get(column)
        return seen.kinds if seen else 0

    def _decide_header(self) -> None:
        self.is_header_known = True
        layout = detect_sheet_layout(self._head, self.first_column, self.end_column, self._options)
        self.above, rest = self._head[: layout.above], self._head[layout.above :]
        self.header = rest[: layout.header]
        if len(self.header) == 1 and len(self.header[0][1]) > 1:
            self._header_cells = [(column, cell) for column, _, cell in self.header[0][1]]
        self.sections.append((0, self.first_column, self.end_column))
        for number, cells in rest[layout.header :]:
            self._spool_row(number, cells)
        self._head = []

    def repeats_header(self, columns: Mapping[int, ColumnCells]) -> bool:
        """Whether a row of these columns has the same cells as the header. Such rows must be added one by one."""
        if not self._header_cells or any(column not in columns for column, _ in self._header_cells):
            return False
        first, cell = self._header_cells[0]
        cells = columns[first].cells
        return cell in cells and any(
            all(columns[column].cells[row] == value for column, value in self._header_cells)
            for row, each in enumerate(cells)
            if each == cell
        )

    def _spool_row(self, number: int, cells: Sequence[Cell]) -> None:
        if self._header_cells and [(column, cell) for column, _, cell in cells] == self._header_cells:
            self.repeated_headers.append(number)
            return
        self._widen(cells[0][0], cells[-1][0] + 1)
        self._count_cells(self.end_column - self.first_column)
        line = [NULL] * (self.end_column - self.first_column)
        for column, kind, cell in cells:
            line[column - self.first_column] = cell
            seen = self._column_kinds(column)
            if kind & ~seen.kinds or kind == NO_VALUE:
                seen.add_cell(kind, number, cell)
        joined = b",".join(line)
        if len(joined) > self._limits.cell_bytes:
            self._check_sizes(line)
        self.spool.add(b"[%b]\n" % joined, number)

    def _column_kinds(self, column: int) -> SeenKinds:
        if (seen := self.columns.get(column)) is None:
            seen = self.columns[column] = SeenKinds()
        return seen

    def _widen(self, first: int, end: int) -> None:
        if self.end_column:
            first, end = min(first, self.first_column), max(end, self.end_column)
        if (first, end) == (self.first_column, self.end_column):
            return
        if end - first > self._limits.columns:
            allowed = f"{self._limits.columns:,} are allowed ({limit_setting('columns')})"
            raise Invalid("too-many-columns", f"The sheet has {end - first:,} columns or more; {allowed}.")
        self.first_column, self.end_column = first, end
        if self.is_header_known:
            self.sections.append((self.spool.rows, first, end))

    def _count_cells(self, cells: int) -> None:
        self._cell_count += cells
        if self._cell_count > self._limits.workbook_cells:
            allowed = f"{self._limits.workbook_cells:,} are allowed ({limit_setting('workbook_cells')})"
            raise TooLarge("too-many-cells", f"The sheet has more cells than {allowed}. CSV has no such limit.")

    def _check_sizes(self, cells: list[bytes]) -> None:
        if max(map(len, cells)) > self._limits.cell_bytes + 2:
            raise cell_too_large_error(self._limits)

    def _check_ascending(self, number: int) -> None:
        if number <= self._last_number:
            before = f"row {number:,} comes after row {self._last_number:,}"
            raise Invalid("corrupt-file", f"The sheet is damaged: {before}.")
        self._set_row_number(number)

    def _set_row_number(self, number: int) -> None:
        if number > MAX_ROW:
            raise Invalid("corrupt-file", f"The sheet has a row {number:,}; workbooks have {MAX_ROW:,} rows at most.")
        self._last_number = number


def _remove_blank_rows(
    numbers: list[int], columns: Mapping[int, ColumnCells]
) -> tuple[list[int], dict[int, ColumnCells]]:
    blank = (b"", NULL, EMPTY)
    kept = [any(cell not in blank for cell in row) for row in zip(*(c.cells for c in columns.values()), strict=True)]
    if all(kept):
        return numbers, dict(columns)
    indexes = [index for index, keep in enumerate(kept) if keep]
    moved = {index: at for at, index in enumerate(indexes)}
    return [numbers[index] for index in indexes], {
        at: ColumnCells(
            [column.cells[index] for index in indexes],
            {kind: moved.get(index, 0) for kind, index in column.kinds.items()},
        )
        for at, column in columns.items()
    }
