"""The rows of a sheet on their way to disk, whatever the format: header cut off, padded to one width, kinds noted.

What a column is can be said only after the last row, so that a sheet is read once into a spool and each column
remembers which kinds of cells it has seen, and in which row each kind came first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import lt
from typing import Self

from domain.errors import Invalid, TooLarge
from interfaces.formats.source import InputFile
from interfaces.formats.spool.row_spool import RowSpool
from interfaces.formats.workbook.cells import EMPTY, NO_VALUE, NULL
from interfaces.formats.workbook.header import Cell, is_header
from interfaces.formats.workbook.parts import cell_too_large_error

MAX_ROW = 1_048_576
_HEAD_ROWS = 64


@dataclass(slots=True)
class SeenKinds:
    """What a column held: its kinds, and of each the first row (its number and cell)."""

    kinds: int = 0
    first: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    without_value: int = 0

    def note(self, kind: int, number: int, cell: bytes) -> None:
        if kind & ~self.kinds:
            self.kinds |= kind
            self.first[kind] = (number, cell)
        if kind == NO_VALUE:
            self.without_value += 1


@dataclass(frozen=True, slots=True)
class ColumnCells:
    """A column's part of some rows: its cells (b"" where there is none), and the kinds among them, each with the
    place of its first cell as far as it had not been seen before."""

    cells: list[bytes]
    kinds: Mapping[int, int]


class SheetRows:
    """Takes a sheet's rows in order. Raises Invalid or TooLarge for what passes a limit."""

    def __init__(self, source: InputFile) -> None:
        self.spool = RowSpool(source.scratch)
        self.columns: dict[int, SeenKinds] = {}
        self.header: list[tuple[int, Sequence[Cell]]] = []
        self.sections: list[tuple[int, int, int]] = []
        """(row of the spool, first column, column after the last): the shape of the lines from there on."""
        self.is_settled = False
        """The header is known: columns may be added instead of rows."""
        self.first, self.end = 0, 0
        self._options = source.options
        self._limits = source.limits
        self._head: list[tuple[int, Sequence[Cell]]] = []
        self._number = 0
        self._cells = 0

    def add(self, number: int, cells: Sequence[Cell]) -> None:
        """A row's cells that are not null, columns ascending. `number` is the sheet's row number, from 1."""
        self._ascend(number)
        cells = [cell for cell in cells if cell[1]] if any(not kind for _, kind, _ in cells) else cells
        if number <= (self._options.skip_rows or 0) or all(cell == EMPTY for _, _, cell in cells):
            return
        if self.is_settled:
            self._put(number, cells)
            return
        self._widen(cells[0][0], cells[-1][0] + 1)
        self._count(len(cells))
        self._head.append((number, cells))
        if len(self._head) == _HEAD_ROWS:
            self._settle()

    def add_columns(self, numbers: list[int], columns: Mapping[int, ColumnCells]) -> None:
        """Many rows at once, column by column; only once `is_settled`."""
        if not all(map(lt, [self._number, *numbers], numbers)):
            for number in numbers:
                self._ascend(number)
        self._ascend_to(numbers[-1])
        filled = {at: column for at, column in columns.items() if column.kinds or any(column.cells)}
        if not filled:
            return
        if all(NULL in column.cells or b"" in column.cells or EMPTY in column.cells for column in filled.values()):
            numbers, filled = _remove_blank_rows(numbers, filled)
            if not numbers:
                return
        self._widen(min(filled), max(filled) + 1)
        self._count(len(numbers) * (self.end - self.first))
        nothing = [NULL] * len(numbers)
        written = []
        for at in range(self.first, self.end):
            if at not in filled:
                written.append(nothing)
                continue
            cells = filled[at].cells
            seen = self._seen(at)
            for kind, place in filled[at].kinds.items():
                seen.note(kind, numbers[place], cells[place])
            written.append([cell or NULL for cell in cells] if b"" in cells else cells)
        lines = b"[" + b"]\n[".join(map(b",".join, zip(*written, strict=True))) + b"]\n"
        if len(lines) > self._limits.cell_bytes:
            for cells in written:
                self._check_sizes(cells)
        self.spool.extend(lines, numbers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """All rows were added, or reading failed and nothing is kept."""
        if error is not None:
            self.spool.remove()
            return
        with self.spool:
            if not self.is_settled:
                self._settle()

    @property
    def is_empty(self) -> bool:
        return not self.header and not self.spool.rows

    def kinds(self, column: int) -> int:
        """What is known of a column already, so that it need not be found out again."""
        seen = self.columns.get(column)
        return seen.kinds if seen else 0

    def _settle(self) -> None:
        self.is_settled = True
        rows = [cells for _, cells in self._head]
        wanted = self._options.header
        spans = int(wanted) if wanted is not None else int(bool(rows) and is_header(rows[0], rows[1:]))
        self.header = self._head[:spans]
        self.sections.append((0, self.first, self.end))
        for number, cells in self._head[spans:]:
            self._put(number, cells)
        self._head = []

    def _put(self, number: int, cells: Sequence[Cell]) -> None:
        self._widen(cells[0][0], cells[-1][0] + 1)
        self._count(self.end - self.first)
        line = [NULL] * (self.end - self.first)
        for column, kind, cell in cells:
            line[column - self.first] = cell
            seen = self._seen(column)
            if kind & ~seen.kinds or kind == NO_VALUE:
                seen.note(kind, number, cell)
        joined = b",".join(line)
        if len(joined) > self._limits.cell_bytes:
            self._check_sizes(line)
        self.spool.add(b"[%b]\n" % joined, number)

    def _seen(self, column: int) -> SeenKinds:
        if (seen := self.columns.get(column)) is None:
            seen = self.columns[column] = SeenKinds()
        return seen

    def _widen(self, first: int, end: int) -> None:
        if self.end:
            first, end = min(first, self.first), max(end, self.end)
        if (first, end) == (self.first, self.end):
            return
        if end - first > self._limits.columns:
            allowed = f"{self._limits.columns:,} are allowed (setting ROWLEDGER_LIMIT_COLUMNS)"
            raise Invalid("too-many-columns", f"The sheet has {end - first:,} columns or more; {allowed}.")
        self.first, self.end = first, end
        if self.is_settled:
            self.sections.append((self.spool.rows, first, end))

    def _count(self, cells: int) -> None:
        self._cells += cells
        if self._cells > self._limits.workbook_cells:
            allowed = f"{self._limits.workbook_cells:,} are allowed (setting ROWLEDGER_LIMIT_WORKBOOK_CELLS)"
            raise TooLarge("too-many-cells", f"The sheet has more cells than {allowed}. CSV has no such limit.")

    def _check_sizes(self, cells: list[bytes]) -> None:
        if max(map(len, cells)) > self._limits.cell_bytes + 2:
            raise cell_too_large_error(self._limits)

    def _ascend(self, number: int) -> None:
        if number <= self._number:
            before = f"row {number:,} comes after row {self._number:,}"
            raise Invalid("corrupt-file", f"The sheet is damaged: {before}.")
        self._ascend_to(number)

    def _ascend_to(self, number: int) -> None:
        if number > MAX_ROW:
            raise Invalid("corrupt-file", f"The sheet has a row {number:,}; workbooks have {MAX_ROW:,} rows at most.")
        self._number = number


def _remove_blank_rows(
    numbers: list[int], columns: Mapping[int, ColumnCells]
) -> tuple[list[int], dict[int, ColumnCells]]:
    blank = (b"", NULL, EMPTY)
    kept = [any(cell not in blank for cell in row) for row in zip(*(c.cells for c in columns.values()), strict=True)]
    if all(kept):
        return numbers, dict(columns)
    places = [place for place, keep in enumerate(kept) if keep]
    moved = {place: at for at, place in enumerate(places)}
    return [numbers[place] for place in places], {
        at: ColumnCells(
            [column.cells[place] for place in places],
            {kind: moved.get(place, 0) for kind, place in column.kinds.items()},
        )
        for at, column in columns.items()
    }
