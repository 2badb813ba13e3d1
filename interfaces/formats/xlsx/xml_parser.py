"""Reads a sheet's XML event by event. It is slow, but accepts any well-formed XML that the fast scan does not.

`docs/decisions/xlsx-fallback-parser.md` explains why openpyxl is not used instead.
"""

from interfaces.formats.source import SourceLimits
from interfaces.formats.workbook.cell_references import (
    MAX_COLUMN,
    column_letters,
    parse_merged_range,
    parse_reference,
)
from interfaces.formats.workbook.header import Cell, MergedRange
from interfaces.formats.workbook.parts import Readable, corrupt_error
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.xml import CellTextBuffer, parse_xml
from interfaces.formats.xlsx.formulas import formula_without_value_cell
from interfaces.formats.xlsx.hidden import hide_columns
from interfaces.formats.xlsx.shared_strings import ItemText
from interfaces.formats.xlsx.values import CellReader, XlsxContext

_MAX_MERGED = 100_000


def parse_sheet(stream: Readable, rows: SheetRows, context: XlsxContext, limits: SourceLimits) -> list[MergedRange]:
    """Add all rows to `rows` and return the merged ranges. Raises Invalid or TooLarge."""
    sheet = _SheetParser(rows, context, limits)
    parse_xml(stream, sheet.start, sheet.end, sheet.text)
    return sheet.merged


class _SheetParser:
    def __init__(self, rows: SheetRows, context: XlsxContext, limits: SourceLimits) -> None:
        self.merged: list[MergedRange] = []
        self._rows = rows
        self._context = context
        self._readers: dict[tuple[str, int], CellReader] = {}
        self._number = 0
        self._column = -1
        self._cells: dict[int, tuple[int, bytes]] = {}
        self._used_columns: set[int] = set()
        self._inline = ItemText(limits)
        self._pieces = CellTextBuffer(limits)
        self._formula = CellTextBuffer(limits)
        self._type = "n"
        self._style = 0
        self._in_data = self._in_cell = self._in_value = self._in_inline = self._in_formula = False
        self._has_formula = self._has_value = self._has_inline = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._in_inline:
            self._inline.start(name, attributes)
        elif self._in_cell:
            self._inside_cell(name)
        elif name == "c" and self._in_data:
            self._cell(attributes)
        elif name == "row" and self._in_data:
            self._row(attributes)
        elif name == "sheetData":
            self._in_data = True
        elif name == "col" and not self._number:
            hide_columns(attributes, self._rows)
        elif name == "mergeCell" and len(self.merged) < _MAX_MERGED:
            found = parse_merged_range(attributes.get("ref", ""))
            self.merged += [found] if found else []

    def end(self, name: str) -> None:
        if self._in_inline and name != "is":
            self._inline.end(name)
        elif name == "is":
            self._in_inline = False
        elif name == "v":
            self._in_value = False
        elif name == "f":
            self._in_formula = False
        elif name == "c" and self._in_cell:
            self._in_cell = False
            self._finish_cell()
        elif name == "row" and self._in_data:
            self._rows.add(self._number, self._sorted())
        elif name == "sheetData":
            self._in_data = False

    def text(self, text: str) -> None:
        if self._in_inline:
            self._inline.text(text)
        elif self._in_value:
            self._pieces.add(text)
        elif self._in_formula:
            self._formula.add(text)

    def _row(self, attributes: dict[str, str]) -> None:
        """Start a row. A row or cell without a reference follows the one before."""
        given = attributes.get("r")
        if given is None:
            self._number += 1
        elif found := parse_reference(f"A{given}"):
            self._number = found[0]
        else:
            raise corrupt_error(f"it has a row {given[:20]!r}")
        if attributes.get("hidden") in ("1", "true"):
            self._rows.hide_row(self._number)
        self._column = -1
        self._cells = {}
        self._used_columns = set()

    def _cell(self, attributes: dict[str, str]) -> None:
        given = attributes.get("r")
        if given is None:
            self._column += 1
        elif found := parse_reference(given):
            if found[0] != self._number:
                raise corrupt_error(f"the cell {given} is in row {self._number:,}")
            self._column = found[1]
        else:
            raise corrupt_error(f"it has a cell {given[:20]!r}")
        if self._column in self._used_columns or self._column > MAX_COLUMN:
            raise corrupt_error(f"the cell {column_letters(self._column).decode()}{self._number} occurs twice")
        self._used_columns.add(self._column)
        self._type = attributes.get("t", "n")
        style = attributes.get("s", "0")
        self._style = int(style) if style.isascii() and style.isdigit() and len(style) < 10 else 999_999_999
        self._in_cell = True
        self._has_formula = self._has_value = self._has_inline = False

    def _inside_cell(self, name: str) -> None:
        if name == "v":
            self._in_value = self._has_value = True
        elif name == "is":
            self._in_inline = self._has_inline = True
        elif name == "f":
            self._in_formula = self._has_formula = True

    def _finish_cell(self) -> None:
        value = self._pieces.flush()
        formula = self._formula.flush()
        inline = self._inline.flush()
        is_text = self._type in ("str", "inlineStr")
        reader = self._reader()
        if self._type == "inlineStr" and self._has_inline:
            value = inline
        if value or (is_text and (self._has_value or self._has_inline)):
            kind, cell = reader.read_cell(value)
            if kind:
                self._cells[self._column] = (kind, cell)
        elif self._has_formula:
            self._cells[self._column] = formula_without_value_cell(self._context.decode_text(formula))

    def _reader(self) -> CellReader:
        if (found := self._readers.get((self._type, self._style))) is None:
            found = self._readers[self._type, self._style] = self._context.cell_reader(self._type, self._style)
        return found

    def _sorted(self) -> list[Cell]:
        return [(column, kind, cell) for column, (kind, cell) in sorted(self._cells.items())]
