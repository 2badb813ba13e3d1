"""Converts a sheet's cells to the types of their columns: one spool of converted rows, one of rejected rows."""

import re
from collections.abc import Iterator, Sequence

import orjson

from domain.columns import ColumnType
from domain.errors import Invalid
from interfaces.formats.source import MAX_RAW_CHARACTERS, InputFile, ParsedReject
from interfaces.formats.spool.row_spool import RowSpool
from interfaces.formats.workbook.cells import NULL, display_text
from interfaces.formats.workbook.header import MergedRange
from interfaces.formats.workbook.merged_cells import ColumnBlock, fill_merged_rows
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.types import CellConverter, explain_mismatch

_CELL = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[^,"\[\]\n]+')
_MAX_CACHED = 100_000


def convert_rows(
    source: InputFile,
    sheet: SheetRows,
    names: Sequence[str],
    types: Sequence[ColumnType],
    converters: Sequence[CellConverter | None],
    filled: Sequence[MergedRange] = (),
) -> tuple[RowSpool, RowSpool | None]:
    """The spool of converted rows, and the spool of rejects or None.

    `converters` has one for each column whose cells must change; the merged cells `filled` are filled downwards.
    Without any, the sheet's own spool is returned; otherwise it is removed. Raises Invalid `too-many-rejects`.
    """
    if (
        not any(converters)
        and not filled
        and all(section[1:] == (sheet.first_column, sheet.end_column) for section in sheet.sections)
    ):
        return sheet.spool, None
    caches = {at: _ConversionCache(convert) for at, convert in enumerate(converters) if convert}
    with RowSpool(source.scratch) as good, RowSpool(source.scratch) as bad:
        for numbers, columns in fill_merged_rows(read_columns(sheet), filled, sheet.first_column):
            converted = [
                list(map(caches[at].__getitem__, cells)) if at in caches else cells
                for at, cells in enumerate(columns)
            ]
            mismatched = [at for at in caches if None in converted[at]]
            rejected = {row for at in mismatched for row, cell in enumerate(converted[at]) if cell is None}
            for row in sorted(rejected):
                at = next(at for at in mismatched if converted[at][row] is None)
                cells = [column[row] for column in columns]
                detail = explain_mismatch(names[at], types[at], cells[at])
                bad.add(_encode_reject(names[at], detail, cells), numbers[row])
            if bad.rows > source.limits.rejects:
                raise Invalid("too-many-rejects", f"More than {source.limits.rejects:,} rows were rejected.")
            if rejected:
                numbers = [number for row, number in enumerate(numbers) if row not in rejected]
                converted = [[cell for row, cell in enumerate(cells) if row not in rejected] for cells in converted]
            if numbers:
                rows = map(b",".join, zip(*converted, strict=True))
                good.extend(b"[" + b"]\n[".join(rows) + b"]\n", numbers)
    sheet.spool.remove()
    if bad.rows:
        return good, bad
    bad.remove()
    return good, None


def read_rejects(spool: RowSpool | None) -> Iterator[ParsedReject]:
    """Yield the rejects in a spool that `convert_rows` wrote."""
    if spool is None:
        return
    numbers = spool.line_numbers
    for block, _ in spool.blocks():
        for line in block.splitlines():
            column, detail, cells = orjson.loads(line)
            yield build_reject(next(numbers), column, "type-error", detail, cells)


def build_reject(
    number: int, column: str | None, code: str, detail: str, cells: Sequence[str | None]
) -> ParsedReject:
    """A rejected row of a sheet; `number` is its row number, from 1."""
    raw = "\t".join(cell or "" for cell in cells)[:MAX_RAW_CHARACTERS]
    return ParsedReject(number, column, code, detail, raw, tuple(cells))


def display_cells(line: bytes) -> list[str | None]:
    """The cells of a spooled row as a spreadsheet program displays them."""
    return [display_text(cell) for cell in _CELL.findall(line)]


class _ConversionCache(dict[bytes, bytes | None]):
    """Converts each distinct cell once."""

    def __init__(self, convert: CellConverter) -> None:
        self._convert = convert

    def __missing__(self, cell: bytes) -> bytes | None:
        if len(self) > _MAX_CACHED:
            self.clear()
        converted = self[cell] = self._convert(cell)
        return converted


def read_columns(sheet: SheetRows) -> Iterator[ColumnBlock]:
    """Yield blocks of row numbers with their cells by column, padded to the sheet's final width."""
    numbers = sheet.spool.line_numbers
    sections = [*sheet.sections, (sheet.spool.rows, 0, 0)]
    done, at = 0, 0
    for block, _ in sheet.spool.blocks():
        lines = block.splitlines()
        start = 0
        while start < len(lines):
            while sections[at + 1][0] <= done:
                at += 1
            _, first, end = sections[at]
            count = min(len(lines) - start, sections[at + 1][0] - done)
            flat = _CELL.findall(b"\n".join(lines[start : start + count]))
            width = end - first
            nulls = [NULL] * count
            columns = [
                *[nulls] * (first - sheet.first_column),
                *(flat[column::width] for column in range(width)),
                *[nulls] * (sheet.end_column - end),
            ]
            yield [next(numbers) for _ in range(count)], columns
            start += count
            done += count


def _encode_reject(column: str, detail: str, cells: Sequence[bytes]) -> bytes:
    return orjson.dumps([column, detail, [display_text(cell) for cell in cells]]) + b"\n"
