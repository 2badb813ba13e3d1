"""The fast reading of a sheet's XML: regular expressions that explain every byte of the rows, or give up.

Rows of a sheet are written alike. From the first ones a pattern for whole rows is made, with one group a column
and type, so that most rows cost one match; a row that it does not explain is read cell by cell, and what it had
of new cells goes into the next pattern. What neither explains is left to the parser of all XML.
"""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from interfaces.formats.workbook.cells import NO_VALUE, NO_VALUE_CELL
from interfaces.formats.workbook.header import Cell, MergedRange
from interfaces.formats.workbook.parts import PIECE_BYTES, Readable, corrupt_error
from interfaces.formats.workbook.sheet_rows import ColumnCells, SheetRows
from interfaces.formats.xlsx.cell_references import (
    MAX_COLUMN,
    column_letters,
    column_number,
    parse_merged_range,
)
from interfaces.formats.xlsx.shared_strings import declares_other_encoding
from interfaces.formats.xlsx.text import FastScanFailed
from interfaces.formats.xlsx.values import CellReader, XlsxContext, merge_column_cells

_MAX_ROW_BYTES = 64 << 20
_MAX_TEMPLATE_COLUMNS = 300
_MAX_VARIANTS = 6
_MAX_TAIL_BYTES = 4 << 20

_FORMULA = rb"<f(?: [^<>]*)?(?:(?<=/)>|(?<!/)>[^<]*</f>)"
_PRESERVE = rb'(?: xml:space="preserve")?'
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml [^<>]*\?>)?\s*<worksheet(?: [^<>]*)?(?<!/)>"
    rb"(?:<[A-Za-z/][^<>]*>|\s)*?<sheetData>\s*"
)
_ROW = re.compile(rb'\s*<row r="([1-9][0-9]{0,6})"(?: [^<>]*)?>')
_CELL = re.compile(
    rb'\s*<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"((?: [a-z]+="[^"<>&]*")*)(?: ?/>|>(' + _FORMULA + rb")?"
    rb"(?:<v" + _PRESERVE + rb">([^<]*)</v>|<v ?/>|<is><t" + _PRESERVE + rb">([^<]*)</t></is>|(<is>))?</c>)"
)
_ROW_END = re.compile(rb"\s*</row>\s*")
_END = re.compile(rb"\s*</sheetData>")
_ATTRIBUTE = re.compile(rb' ([a-z]+)="([^"]*)"')
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})" ?/>')


def scan_sheet(stream: Readable, rows: SheetRows, workings: XlsxContext) -> list[MergedRange]:
    """Read all rows, and the merged ranges behind them. Raises Unexplained; Invalid or TooLarge."""
    scanner = _SheetScanner(rows, workings)
    data = stream.read(PIECE_BYTES)
    match = _START.match(data)
    if not match or declares_other_encoding(data[:200]):
        raise FastScanFailed
    validated = _Utf8Validator()
    validated.check(data)
    position = match.end()
    while (position := scanner.rows_of(data, position)) >= 0:
        more = stream.read(max(PIECE_BYTES, len(data) - position))
        if not more or len(data) - position > _MAX_ROW_BYTES:
            raise FastScanFailed
        validated.check(more)
        data, position = data[position:] + more, 0
    return _read_merged_ranges(data[scanner.end :], stream)


def _read_merged_ranges(data: bytes, stream: Readable) -> list[MergedRange]:
    """Reads to the end, so that the archive's checksum is compared."""
    while more := stream.read(PIECE_BYTES):
        if len(data) < _MAX_TAIL_BYTES:
            data += more
    return [found for text in _MERGED.findall(data) if (found := parse_merged_range(text.decode()))]


class _Utf8Validator:
    """Checks that pieces are UTF-8 together. Raises Unexplained."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def check(self, data: bytes) -> None:
        try:
            self._decoder.decode(data)
        except UnicodeDecodeError:
            raise FastScanFailed from None


@dataclass(frozen=True, slots=True)
class _CellVariant:
    """A way in which cells of a column are written: their attributes but `r`, and what is inside."""

    attributes: bytes
    inside: str
    has_formula: bool

    @property
    def pattern(self) -> bytes:
        start = re.escape(self.attributes)
        if self.inside == "nothing":
            return start + rb" ?/>"
        start += b">" + (_FORMULA if self.has_formula else b"")
        if self.inside == "is":
            return start + rb"<is><t" + _PRESERVE + rb">([^<]+)</t></is></c>"
        return start + rb"<v" + (_PRESERVE if b't="str"' in self.attributes else b"") + rb">([^<]+)</v></c>"


@dataclass(slots=True)
class _RowTemplate:
    """A pattern for whole rows: group 1 is the row's number, the others are cells of `groups`."""

    pattern: "re.Pattern[bytes]"
    groups: Sequence[tuple[int, CellReader]]


@dataclass(slots=True)
class _SheetScanner:
    out: SheetRows
    workings: XlsxContext
    end: int = 0
    _variants: dict[int, dict[_CellVariant, CellReader | None]] = field(default_factory=dict)
    _values: dict[bytes, tuple[str, CellReader]] = field(default_factory=dict)
    _template: _RowTemplate | None = None
    _is_new: bool = False
    _missed: int = 0
    _patience: int = 16
    _went_on: bool = False

    def rows_of(self, data: bytes, position: int) -> int:
        """Read whole rows of `data`; where to go on, or -1 behind the last row (then `end` says where)."""
        while True:
            position = self._alike(data, position)
            if (position := self._one(data, position)) < 0 or not self._went_on:
                return position

    def _alike(self, data: bytes, position: int) -> int:
        """The rows that the template explains, handed on column by column."""
        if self._template is None:
            return position
        match_at = self._template.pattern.match
        found = []
        while match := match_at(data, position):
            found.append(match.groups(b""))
            position = match.end()
        if found:
            numbers, *groups = zip(*found, strict=True)
            parts: dict[int, list[ColumnCells]] = {}
            for (column, values), cells in zip(self._template.groups, groups, strict=True):
                parts.setdefault(column, []).append(values.column(list(cells), self.out.kinds(column)))
            self.out.add_columns(
                list(map(int, numbers)), {at: merge_column_cells(several) for at, several in parts.items()}
            )
        return position

    def _one(self, data: bytes, position: int) -> int:
        """One row cell by cell; its start where it is not complete."""
        self._went_on = False
        start = position
        if not (row := _ROW.match(data, position)):
            if end := _END.match(data, position):
                self.end = end.end()
                return -1
            if data.find(b">", position) >= 0:
                raise FastScanFailed
            return start
        number, position = int(row[1]), row.end()
        cells: list[Cell] = []
        if not row[0].endswith(b"/>"):
            if data.find(b"</row>", position) < 0:
                return start
            last = -1
            while match := _CELL.match(data, position):
                position = match.end()
                column = column_number(match[1])
                if int(match[2]) != number or not last < column <= MAX_COLUMN:
                    raise FastScanFailed
                last = column
                if (cell := self._cell(column, match)) is not None:
                    cells.append(cell)
            if not (row_end := _ROW_END.match(data, position)):
                raise FastScanFailed
            position = row_end.end()
        self._went_on = True
        self.out.add(number, cells)
        self._learn()
        return position

    def _cell(self, column: int, match: "re.Match[bytes]") -> Cell | None:
        attributes, formula, value, inline = match[3], match[4], match[5], match[6]
        if match[7] is not None:
            raise FastScanFailed
        type, values = self._reader(attributes)
        if inline is not None:
            if type != "inlineStr":
                raise FastScanFailed
            inside, raw = "is", inline
        elif type == "inlineStr" and value is not None:
            raise FastScanFailed
        else:
            inside, raw = ("v", value) if value else ("nothing", b"")
        if raw or (inside == "nothing" and match[0].endswith(b"/>")):
            self._remember(column, _CellVariant(attributes, inside, formula is not None), values)
        if raw:
            kind, cell = values.cell(raw)
            return (column, kind, cell) if kind else None
        if type in ("str", "inlineStr") and (value is not None or inline is not None):
            kind, cell = values.cell(b"")
            return (column, kind, cell) if kind else None
        return (column, NO_VALUE, NO_VALUE_CELL) if formula is not None else None

    def _reader(self, attributes: bytes) -> tuple[str, CellReader]:
        if (found := self._values.get(attributes)) is None:
            named = dict(_ATTRIBUTE.findall(attributes))
            type, style = named.get(b"t", b"n").decode(), named.get(b"s", b"0")
            if not style.isdigit() or len(style) > 9:
                raise FastScanFailed
            found = self._values[attributes] = (type, self.workings.values(type, int(style)))
            if len(self._values) > 100_000:
                raise corrupt_error("its cells have more than 100,000 different attributes")
        return found

    def _remember(self, column: int, variant: _CellVariant, values: CellReader) -> None:
        known = self._variants.setdefault(column, {})
        if variant not in known and len(known) < _MAX_VARIANTS:
            known[variant] = values if variant.inside != "nothing" else None
            self._is_new = True

    def _learn(self) -> None:
        """Make a new template when rows enough were not explained by the old one; ever less often."""
        if not self.out.is_settled:
            return
        self._missed += 1
        if self._is_new and (self._template is None or self._missed > self._patience):
            self._is_new = False
            self._patience *= 2
            self._missed = 0
            if len(self._variants) <= _MAX_TEMPLATE_COLUMNS:
                self._template = _build_template(self._variants)


def _build_template(variants: dict[int, dict[_CellVariant, CellReader | None]]) -> _RowTemplate:
    pattern = rb'<row r="([1-9][0-9]{0,6})"(?: [^<>]*)?(?<!/)>'
    groups = []
    for column in sorted(variants):
        ways = b"|".join(variant.pattern for variant in variants[column])
        pattern += rb'(?:<c r="' + column_letters(column) + rb'\1"(?:' + ways + rb"))?"
        groups += [(column, values) for values in variants[column].values() if values is not None]
    return _RowTemplate(re.compile(pattern + rb"</row>"), groups)
