"""Reads a sheet's XML with regular expressions that must match every byte of the rows, or fails.

The rows of a sheet usually have the same form. A template, one regular expression for whole rows, is built from the
first rows, so that most rows take a single match. A row that does not match is read cell by cell, and new variants of
its cells go into the next template. If that fails too, `xml_parser` reads the whole sheet again.
"""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from interfaces.formats.workbook.cell_references import (
    MAX_COLUMN,
    column_letters,
    column_number,
    parse_merged_range,
)
from interfaces.formats.workbook.header import Cell, MergedRange
from interfaces.formats.workbook.parts import PIECE_BYTES, Readable, corrupt_error
from interfaces.formats.workbook.sheet_rows import ColumnCells, SheetRows
from interfaces.formats.xlsx.column_cells import merge_column_cells
from interfaces.formats.xlsx.formulas import formula_without_value_cell
from interfaces.formats.xlsx.hidden import read_hidden_columns, read_hidden_rows
from interfaces.formats.xlsx.shared_strings import declares_other_encoding
from interfaces.formats.xlsx.text import FastScanFailed
from interfaces.formats.xlsx.values import CellReader, XlsxContext

_MAX_ROW_BYTES = 64 << 20
_MAX_TEMPLATE_COLUMNS = 300
_MAX_VARIANTS = 6
_MAX_TAIL_BYTES = 4 << 20

_FORMULA = rb"<f(?: [^<>]*)?(?:(?<=/)>|(?<!/)>[^<]*</f>)"
_FORMULA_TAGS = re.compile(rb"<[^<>]*>")
_PRESERVE = rb'(?: xml:space="preserve")?'
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml [^<>]*\?>)?\s*<worksheet(?: [^<>]*)?(?<!/)>"
    rb"(?:<[A-Za-z/][^<>]*>|\s)*?<sheetData>\s*"
)
_ROW = re.compile(rb'\s*<row r="([1-9][0-9]{0,6})"(?: [^<>]*)?>')
_CELL = re.compile(
    rb'\s*<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"((?: [a-z]+="[^"<>&]*")*)(?: ?/>|>(' + _FORMULA + rb")?"
    rb"(?:<v" + _PRESERVE + rb">([^<]*)</v>|(<v ?/>)|<is><t" + _PRESERVE + rb">([^<]*)</t></is>|(<is>))?</c>)"
)
_ROW_END = re.compile(rb"\s*</row>\s*")
_END = re.compile(rb"\s*</sheetData>")
_ATTRIBUTE = re.compile(rb' ([a-z]+)="([^"]*)"')
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})" ?/>')
_EXTENSIONS = re.compile(rb"<(/?)extLst[^<>]*>")


def scan_sheet(stream: Readable, rows: SheetRows, context: XlsxContext) -> list[MergedRange]:
    """Add all rows to `rows` and return the merged ranges. Raises FastScanFailed, Invalid or TooLarge."""
    scanner = _SheetScanner(rows, context)
    data = stream.read(PIECE_BYTES)
    match = _START.match(data)
    if not match or b"<extLst" in match[0] or declares_other_encoding(data[:200]):
        raise FastScanFailed
    validator = _Utf8Validator()
    validator.check(data)
    read_hidden_columns(match[0], rows)
    position = match.end()
    while (end := scanner.read_rows(data, position)) >= 0:
        read_hidden_rows(data, position, end, rows)
        position = end
        more = stream.read(max(PIECE_BYTES, len(data) - position))
        if not more or len(data) - position > _MAX_ROW_BYTES:
            raise FastScanFailed
        validator.check(more)
        data, position = data[position:] + more, 0
    read_hidden_rows(data, position, scanner.end, rows)
    return _read_merged_ranges(data[scanner.end :], stream)


def _read_merged_ranges(data: bytes, stream: Readable) -> list[MergedRange]:
    """The merged ranges after the rows. Reads to the end, so that the archive's checksum is verified."""
    while more := stream.read(PIECE_BYTES):
        if len(data) < _MAX_TAIL_BYTES:
            data += more
    if b"mergeCell " not in data:
        return []
    data = _remove_extensions(data)
    merged = _MERGED.findall(data)
    if len(merged) != data.count(b"mergeCell ") or b"<!" in data:
        raise FastScanFailed
    return [found for text in merged if (found := parse_merged_range(text.decode()))]


def _remove_extensions(data: bytes) -> bytes:
    """The XML without its `extLst` elements, which may contain elements of the same names."""
    kept, depth, end = [], 0, 0
    for tag in _EXTENSIONS.finditer(data):
        if not depth:
            kept.append(data[end : tag.start()])
        if not tag[0].endswith(b"/>"):
            depth += -1 if tag[1] else 1
        end = tag.end()
    if not depth:
        kept.append(data[end:])
    return b"".join(kept)


class _Utf8Validator:
    """Checks that the joined pieces are UTF-8. Raises FastScanFailed."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def check(self, data: bytes) -> None:
        try:
            self._decoder.decode(data)
        except UnicodeDecodeError:
            raise FastScanFailed from None


@dataclass(frozen=True, slots=True)
class _CellVariant:
    """A form of a column's cells: their attributes except `r`, and the element inside ("v", "is" or "nothing")."""

    attributes: bytes
    inside: str
    has_formula: bool

    @property
    def pattern(self) -> bytes:
        """The regular expression for such a cell after its reference."""
        start = re.escape(self.attributes)
        if self.inside == "nothing":
            return start + rb" ?/>"
        start += b">" + (_FORMULA if self.has_formula else b"")
        if self.inside == "is":
            return start + rb"<is><t" + _PRESERVE + rb">([^<]+)</t></is></c>"
        return start + rb"<v" + (_PRESERVE if b't="str"' in self.attributes else b"") + rb">([^<]+)</v></c>"


@dataclass(slots=True)
class _RowTemplate:
    """A pattern for whole rows. Group 1 is the row's number; the others are cells of the columns in `groups`."""

    pattern: "re.Pattern[bytes]"
    groups: Sequence[tuple[int, CellReader]]


@dataclass(slots=True)
class _SheetScanner:
    rows: SheetRows
    context: XlsxContext
    end: int = 0
    _variants: dict[int, dict[_CellVariant, CellReader | None]] = field(default_factory=dict)
    _readers: dict[bytes, tuple[str, CellReader]] = field(default_factory=dict)
    _template: _RowTemplate | None = None
    _has_new_variants: bool = False
    _missed_rows: int = 0
    _rows_before_update: int = 16
    _row_complete: bool = False

    def read_rows(self, data: bytes, position: int) -> int:
        """Read the complete rows in `data` from `position` on; return the position after them.

        Returns -1 after the last row of the sheet; then `end` is the position after it.
        """
        while True:
            position = self._read_template_rows(data, position)
            if (position := self._read_row(data, position)) < 0 or not self._row_complete:
                return position

    def _read_template_rows(self, data: bytes, position: int) -> int:
        """Read the rows that match the template, and add them column by column."""
        if self._template is None:
            return position
        match_at, start = self._template.pattern.match, position
        matches = []
        while match := match_at(data, position):
            matches.append(match.groups(b""))
            position = match.end()
        if matches:
            numbers, *groups = zip(*matches, strict=True)
            parts: dict[int, list[ColumnCells]] = {}
            for (column, reader), cells in zip(self._template.groups, groups, strict=True):
                parts.setdefault(column, []).append(reader.read_column(list(cells), self.rows.known_kinds(column)))
            columns = {at: merge_column_cells(column_parts) for at, column_parts in parts.items()}
            if self.rows.repeats_header(columns):
                return self._read_rows_singly(data, start, position)
            self.rows.add_columns(list(map(int, numbers)), columns)
        return position

    def _read_rows_singly(self, data: bytes, position: int, end: int) -> int:
        while position < end:
            position = self._read_row(data, position)
        return position

    def _read_row(self, data: bytes, position: int) -> int:
        """Read one row cell by cell. Returns its start if it is incomplete, -1 at the end of the rows."""
        self._row_complete = False
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
        self._row_complete = True
        self.rows.add(number, cells)
        self._update_template()
        return position

    def _cell(self, column: int, match: "re.Match[bytes]") -> Cell | None:
        attributes, formula, inline = match[3], match[4], match[7]
        value = match[5] if match[6] is None else b""
        if match[8] is not None:
            raise FastScanFailed
        type, reader = self._reader(attributes)
        if inline is not None:
            if type != "inlineStr":
                raise FastScanFailed
            inside, raw = "is", inline
        elif type == "inlineStr" and value is not None:
            raise FastScanFailed
        else:
            inside, raw = ("v", value) if value else ("nothing", b"")
        if raw or (inside == "nothing" and match[0].endswith(b"/>")):
            self._add_variant(column, _CellVariant(attributes, inside, formula is not None), reader)
        if raw:
            kind, cell = reader.read_cell(raw)
            return (column, kind, cell) if kind else None
        if type in ("str", "inlineStr") and (value is not None or inline is not None):
            kind, cell = reader.read_cell(b"")
            return (column, kind, cell) if kind else None
        if formula is None:
            return None
        text = self.context.decode_text(_FORMULA_TAGS.sub(b"", formula))
        return (column, *formula_without_value_cell(text))

    def _reader(self, attributes: bytes) -> tuple[str, CellReader]:
        if (found := self._readers.get(attributes)) is None:
            named = dict(_ATTRIBUTE.findall(attributes))
            type, style = named.get(b"t", b"n").decode(), named.get(b"s", b"0")
            if not style.isdigit() or len(style) > 9:
                raise FastScanFailed
            found = self._readers[attributes] = (type, self.context.cell_reader(type, int(style)))
            if len(self._readers) > 100_000:
                raise corrupt_error("its cells have more than 100,000 different attributes")
        return found

    def _add_variant(self, column: int, variant: _CellVariant, reader: CellReader) -> None:
        known = self._variants.setdefault(column, {})
        if variant not in known and len(known) < _MAX_VARIANTS:
            known[variant] = reader if variant.inside != "nothing" else None
            self._has_new_variants = True

    def _update_template(self) -> None:
        """Build a new template after enough rows did not match the old one. The interval doubles each time."""
        if not self.rows.is_header_known:
            return
        self._missed_rows += 1
        if self._has_new_variants and (self._template is None or self._missed_rows > self._rows_before_update):
            self._has_new_variants = False
            self._rows_before_update *= 2
            self._missed_rows = 0
            if len(self._variants) <= _MAX_TEMPLATE_COLUMNS:
                self._template = _build_template(self._variants)


def _build_template(variants: dict[int, dict[_CellVariant, CellReader | None]]) -> _RowTemplate:
    pattern = rb'<row r="([1-9][0-9]{0,6})"(?: [^<>]*)?(?<!/)>'
    groups = []
    for column in sorted(variants):
        alternatives = b"|".join(variant.pattern for variant in variants[column])
        pattern += rb'(?:<c r="' + column_letters(column) + rb'\1"(?:' + alternatives + rb"))?"
        groups += [(column, reader) for reader in variants[column].values() if reader is not None]
    return _RowTemplate(re.compile(pattern + rb"</row>"), groups)
