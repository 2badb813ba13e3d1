"""Read a CSV file again to find its rejects and the line of each row. Needed only if the fast pass skipped lines."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from application.imports.file_format import limit_setting
from application.imports.source_lines import LineRunBuilder
from domain.columns import quote_value
from domain.errors import Invalid
from interfaces.formats.csv.formula_text import unwrap_formula
from interfaces.formats.csv.records import CsvRecord, fits_table, read_records
from interfaces.formats.csv.table import ODD_ROW_MARK, CsvTable, Dialect
from interfaces.formats.csv.text.quote_faults import quote_error
from interfaces.formats.source import (
    MAX_RAW_CHARACTERS,
    KeyFault,
    ParsedBlock,
    ParsedReject,
    SourceLimits,
)
from interfaces.formats.values.blanks import BLANKS

_MAX_BLOCK_REJECTS = 1_000
_MAX_BLOCK_CHARACTERS = 1 << 20


class CsvRejectReader:
    """Reads the rejects of a CSV file. When `blocks` is read to the end, `runs` has the lines of the accepted rows.

    `accepted` is the number of well-formed records that CsvRowReader found; `mistyped` are the numbers of those
    that do not fit a declared type. If this reader counts a different number of well-formed records, the file's
    quotes are ambiguous and it is refused.
    """

    def __init__(
        self,
        table: CsvTable,
        excluded: Mapping[int, KeyFault],
        mistyped: Iterable[int],
        accepted: int,
        limits: SourceLimits,
    ) -> None:
        self.runs = LineRunBuilder()
        self._table = table
        self._excluded = excluded
        self._mistyped = frozenset(mistyped)
        self._accepted = accepted
        self._limits = limits
        self._header: Sequence[str] = ()

    def blocks(self) -> Iterator[ParsedBlock]:
        """Yield the rejects in the order of the file, in blocks of up to 1,000 or about 1 MB.

        Raises Invalid `too-many-rejects`, `bad-quote`, `ambiguous-quotes` or `line-too-long`.
        """
        gathered: list[ParsedReject] = []
        size = 0
        for number, reject in enumerate(self._rejects(), 1):
            if number > self._limits.rejects:
                raise Invalid("too-many-rejects", _too_many_rejects(self._table, self._limits.rejects))
            gathered.append(reject)
            size += len(reject.raw) + sum(len(cell or "") + 8 for cell in reject.cells)
            if len(gathered) == _MAX_BLOCK_REJECTS or size > _MAX_BLOCK_CHARACTERS:
                yield ParsedBlock(b"", 0, self._table.size, tuple(gathered))
                gathered, size = [], 0
        if gathered:
            yield ParsedBlock(b"", 0, self._table.size, tuple(gathered))

    def _rejects(self) -> Iterator[ParsedReject]:
        with closing(read_records(self._table.written, self._table.dialect)) as records:
            yield from self._check_records(records)

    def _check_records(self, records: Iterable[CsvRecord]) -> Iterator[ParsedReject]:
        number = 0
        for place, record in enumerate(records):
            if record.fault is not None:
                raise quote_error(record, self._table.dialect)
            if place == 0 and self._table.dialect.header:
                self._header = record.cells
                continue
            reject = self._malformed(record)
            if padding := self._table.padding:
                record = replace(record, cells=padding.pad(record.cells, len(self._table.columns)))
            if reject is None:
                reject = self._refused(record, number)
                number += 1
            if reject is None:
                self.runs.add(record.line)
            else:
                yield reject
        if number != self._accepted:
            detail = f"Quotes are ambiguous: they can be read as {self._accepted:,} or {number:,} rows."
            raise Invalid("ambiguous-quotes", detail)

    def _malformed(self, record: CsvRecord) -> ParsedReject | None:
        """The reject of a record with the wrong number of cells."""
        limit = self._limits.cell_bytes
        if len(record.raw) * 4 > limit and len(record.raw.encode()) > limit:
            raise _line_too_long(record, limit)
        if fits_table(record, self._table):
            return None
        if record.cells[-1] == ODD_ROW_MARK:
            return self._odd(_without_mark(record, self._table.dialect))
        columns, width = self._table.columns, len(record.cells)
        if width < len(columns):
            detail = f"the row has {width:,} of {len(columns):,} cells"
            return _build_reject(record, columns[width].name, "missing-cell", detail)
        detail = f"the row has {width:,} cells where {len(columns):,} are expected"
        return _build_reject(record, None, "extra-cell", detail)

    def _odd(self, record: CsvRecord) -> ParsedReject:
        if record.cells[: len(self._header)] == self._header:
            return _build_reject(record, None, "duplicate-row", "the row repeats the header")
        expected = f"the row has {len(record.cells):,} cells where {len(self._table.columns):,} are expected"
        detail = f"{expected}; the last is blank, but the others may be shifted"
        return _build_reject(record, None, "extra-cell", detail)

    def _refused(self, record: CsvRecord, number: int) -> ParsedReject | None:
        if number in self._mistyped:
            return _build_reject(record, *self._mistyped_cell(record.cells))
        fault = self._excluded.get(number)
        return _build_reject(record, fault.column, fault.code, fault.detail) if fault else None

    def _mistyped_cell(self, cells: Sequence[str]) -> tuple[str | None, str, str]:
        """The column, code and detail of the first cell that does not fit its declared type."""
        for at in sorted(self._table.enforced):
            form, cell = self._table.forms[at], cells[at]
            if self._table.dialect.trims:
                cell = cell.strip(BLANKS)
            value = unwrap_formula(cell) if at in self._table.formula_texts else cell
            if value and not form.accepts(value):
                return self._table.columns[at].name, "type-error", f"{quote_value(cell)} is not {form.title}"
        return None, "type-error", "a value does not have its column's type"


def find_lines(table: CsvTable, numbers: Collection[int]) -> Mapping[int, int]:
    """The lines of well-formed records by their numbers, from 0. Reads on until the last of them."""
    lines: dict[int, int] = {}
    with closing(read_records(table.written, table.dialect)) as records:
        if table.dialect.header:
            next(records, None)
        for number, record in enumerate(each for each in records if each.cells and fits_table(each, table)):
            if number in numbers:
                lines[number] = record.line
                if len(lines) == len(numbers):
                    break
    return lines


def _without_mark(record: CsvRecord, dialect: Dialect) -> CsvRecord:
    raw = record.raw.rstrip("\r\n").removesuffix(ODD_ROW_MARK).removesuffix(dialect.delimiter or "")
    return replace(record, cells=record.cells[:-1], raw=raw)


def _build_reject(record: CsvRecord, column: str | None, code: str, detail: str) -> ParsedReject:
    raw = record.raw.rstrip("\r\n")[:MAX_RAW_CHARACTERS]
    return ParsedReject(record.line, column, code, detail, raw, tuple(record.cells))


def _too_many_rejects(table: CsvTable, limit: int) -> str:
    mark = quote_value(table.dialect.delimiter) if table.dialect.delimiter else "a line is one cell"
    hint = "check the types given for the columns" if table.enforced else f"check the delimiter ({mark})"
    return f"More than {limit:,} rows were rejected ({limit_setting('rejects')}); {hint}."


def _line_too_long(record: CsvRecord, limit: int) -> Invalid:
    detail = (
        f"The record that begins in line {record.line:,} is longer than {limit:,} bytes "
        f"({limit_setting('cell_bytes')}); is a quote left open?"
    )
    return Invalid("line-too-long", detail)
