"""Reads one sheet of an OpenDocument spreadsheet from XML events.

Repeated cells and rows are stored once with a count; sheets usually end with a million empty rows.
"""

import re

from application.imports.file_format import limit_setting
from domain.columns import is_date, is_datetime
from domain.errors import TooLarge
from interfaces.formats.source import SourceLimits
from interfaces.formats.workbook.cells import (
    BOOLEAN,
    DATE,
    DATETIME,
    ERROR,
    MIDNIGHT,
    NO_VALUE,
    NO_VALUE_CELL,
    NULL,
    TIME,
    error_cell,
    number_cell,
    text_cell,
    text_kind,
)
from interfaces.formats.workbook.header import Cell, MergedRange
from interfaces.formats.workbook.parts import corrupt_error
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.xml import CellTextBuffer

TABLES = ("table", "dde-links")
"""Elements that contain rows. A table in another one, or in `dde-links` (copies of other files), is not a sheet."""
_MAX_COLUMN = 16_383
_HIDDEN = ("collapse", "filter")
_NOT_CELL_TEXT = ("annotation", "ruby-text", "shapes", "frame", "custom-shape", "tracked-changes")
_TIME = re.compile(r"(-)?PT(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:[.,](\d{1,20}))?S)?", re.ASCII)
_ERROR = re.compile(r"#[A-Z/0?!]+[!?A0]|Err:[0-9]+")


class OdsSheetReader:
    """Handles the events of a whole document, and adds the rows of its sheet `number` (from 0) to `rows`."""

    def __init__(self, rows: SheetRows, number: int, nulls: frozenset[bytes], limits: SourceLimits) -> None:
        self.merged: list[MergedRange] = []
        self._rows = rows
        self._wanted = number
        self._nulls = nulls
        self._limits = limits
        self._tables = -1
        self._depth = 0
        self._row = 1
        self._row_repeats = 1
        self._is_row_hidden = False
        self._declared_columns = 0
        self._column = 0
        self._cells: list[Cell] = []
        self._attributes: dict[str, str] | None = None
        self._skipped = 0
        self._paragraph = 0
        self._text = CellTextBuffer(limits)
        self._paragraphs = 0
        self._repeated_cells = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in TABLES:
            if not self._depth and name == "table":
                self._tables += 1
                self._row, self._declared_columns = 1, 0
            self._depth += 1
        elif self._depth != 1 or self._tables != self._wanted:
            return
        elif self._skipped or (self._attributes is not None and name in _NOT_CELL_TEXT):
            self._skipped += 1
        elif self._attributes is not None:
            self._inside_cell(name, attributes)
        elif name == "table-column":
            self._declare_columns(attributes)
        elif name == "table-row":
            self._is_row_hidden = attributes.get("visibility") in _HIDDEN
            self._row_repeats = _parse_count(attributes.get("number-rows-repeated"))
            self._column, self._cells = 0, []
        elif name in ("table-cell", "covered-table-cell"):
            self._attributes = attributes
            self._paragraphs = 0
            self._text.flush()

    def end(self, name: str) -> None:
        if name in TABLES:
            self._depth -= 1
        elif self._depth != 1 or self._tables != self._wanted:
            return
        elif self._skipped:
            self._skipped -= 1
        elif name in ("table-cell", "covered-table-cell") and self._attributes is not None:
            self._finish_cell(self._attributes)
            self._attributes = None
        elif name in ("p", "h") and self._paragraph:
            self._paragraph -= 1
        elif name == "table-row":
            self._finish_row()

    def text(self, text: str) -> None:
        if self._paragraph and not self._skipped and self._depth == 1:
            self._text.add(text)

    def _inside_cell(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("p", "h"):
            self._paragraph += 1
            self._paragraphs += 1
            if self._paragraphs > 1:
                self._text.add("\n")
        elif self._paragraph and name == "s":
            self._text.add(" " * min(_parse_count(attributes.get("c")), self._limits.cell_bytes + 1))
        elif self._paragraph and name in ("tab", "line-break"):
            self._text.add("\t" if name == "tab" else "\n")

    def _finish_cell(self, attributes: dict[str, str]) -> None:
        repeated = _parse_count(attributes.get("number-columns-repeated"))
        columns = _parse_count(attributes.get("number-columns-spanned"))
        rows = _parse_count(attributes.get("number-rows-spanned"))
        if (columns > 1 or rows > 1) and len(self.merged) < 100_000:
            last = min(self._column + columns - 1, _MAX_COLUMN)
            self.merged.append((self._row, self._column, self._row + rows - 1, last))
        kind, cell = self._value(attributes)
        if cell in self._nulls:
            kind, cell = 0, NULL
        if kind:
            if self._column + repeated - 1 > _MAX_COLUMN:
                raise corrupt_error(f"row {self._row:,} has more than {_MAX_COLUMN + 1:,} cells")
            self._cells += [(column, kind, cell) for column in range(self._column, self._column + repeated)]
        self._column += repeated

    def _declare_columns(self, attributes: dict[str, str]) -> None:
        count = _parse_count(attributes.get("number-columns-repeated"))
        if attributes.get("visibility") in _HIDDEN:
            self._rows.hide_columns(self._declared_columns, self._declared_columns + count - 1)
        self._declared_columns += count

    def _finish_row(self) -> None:
        if self._cells:
            self._repeated_cells += self._row_repeats * len(self._cells)
            if self._repeated_cells > self._limits.workbook_cells:
                allowed = f"{self._limits.workbook_cells:,} are allowed ({limit_setting('workbook_cells')})"
                raise TooLarge("too-many-cells", f"The sheet has more cells than {allowed}.")
            for row in range(self._row, self._row + self._row_repeats):
                if self._is_row_hidden:
                    self._rows.hide_row(row)
                self._rows.add(row, self._cells)
        self._row += self._row_repeats

    def _value(self, attributes: dict[str, str]) -> tuple[int, bytes]:
        """Kind and JSON of a cell. The newer of two `value-type` attributes, LibreOffice's `calcext`, comes last."""
        text = self._text.flush().decode()
        type = attributes.get("value-type", "")
        is_formula = "formula" in attributes
        if type == "error" or (is_formula and _ERROR.fullmatch(text)):
            return ERROR, error_cell(text or "#N/A")
        match type:
            case "float" | "percentage" | "currency" if "value" in attributes:
                return number_cell(attributes["value"].encode())
            case "date" if "date-value" in attributes:
                return _convert_date(attributes["date-value"])
            case "time" if "time-value" in attributes:
                return _convert_time(attributes["time-value"])
            case "boolean" if "boolean-value" in attributes:
                return BOOLEAN, b"true" if attributes["boolean-value"] == "true" else b"false"
            case "string":
                cell = text_cell(attributes.get("string-value", text))
                return text_kind(cell), cell
        if text:
            cell = text_cell(text)
            return text_kind(cell), cell
        return (NO_VALUE, NO_VALUE_CELL) if is_formula else (0, NULL)


def _convert_date(text: str) -> tuple[int, bytes]:
    if is_date(text):
        return DATE, text_cell(text)
    if is_datetime(text):
        return MIDNIGHT if text.endswith("T00:00:00") else DATETIME, text_cell(text)
    cell = text_cell(text)
    return text_kind(cell), cell


def _convert_time(text: str) -> tuple[int, bytes]:
    if not (match := _TIME.fullmatch(text)):
        cell = text_cell(text)
        return text_kind(cell), cell
    sign, hours, minutes, seconds, fraction = match.groups()
    total = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    clock = f"{sign or ''}{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}"
    digits = (fraction or "").rstrip("0")
    return TIME, text_cell(f"{clock}.{digits}" if digits else clock)


def _parse_count(text: str | None) -> int:
    if text is None:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise corrupt_error(f"a cell or row is repeated {text[:20]!r} times")
    return max(1, int(text))
