"""From the cells as read to rows of their columns' types: a spool of good rows, and one of those that do not fit."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

import orjson

from domain.columns import ColumnType
from domain.errors import Invalid
from interfaces.formats.source import MAX_RAW_CHARACTERS, InputFile, ParsedReject
from interfaces.formats.spool.row_spool import RowSpool
from interfaces.formats.workbook.cells import NULL, display_text
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.types import CellConverter, explain_mismatch

_CELL = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[^,"\[\]\n]+')
_MAX_CACHED = 100_000


def convert_rows(
    source: InputFile,
    sheet: SheetRows,
    names: Sequence[str],
    types: Sequence[ColumnType],
    fits: Sequence[CellConverter | None],
) -> tuple[RowSpool, RowSpool | None]:
    """Rows that fit, in place of the sheet's own spool, which is removed; and the rejects, if there are any."""
    if not any(fits) and all(section[1:] == (sheet.first, sheet.end) for section in sheet.sections):
        return sheet.spool, None
    memories = {at: _ConversionCache(fit) for at, fit in enumerate(fits) if fit}
    with RowSpool(source.scratch) as good, RowSpool(source.scratch) as bad:
        for numbers, columns in _read_columns(sheet):
            fitted = [
                list(map(memories[at].__getitem__, cells)) if at in memories else cells
                for at, cells in enumerate(columns)
            ]
            unfit = [at for at in memories if None in fitted[at]]
            wrong = {row for at in unfit for row, cell in enumerate(fitted[at]) if cell is None}
            for row in sorted(wrong):
                at = next(at for at in unfit if fitted[at][row] is None)
                cells = [column[row] for column in columns]
                detail = explain_mismatch(names[at], types[at], cells[at])
                bad.add(_encode_reject(names[at], detail, cells), numbers[row])
            if bad.rows > source.limits.rejects:
                raise Invalid("too-many-rejects", f"More than {source.limits.rejects:,} rows were rejected.")
            if wrong:
                numbers = [number for row, number in enumerate(numbers) if row not in wrong]
                fitted = [[cell for row, cell in enumerate(cells) if row not in wrong] for cells in fitted]
            if numbers:
                rows = map(b",".join, zip(*fitted, strict=True))
                good.extend(b"[" + b"]\n[".join(rows) + b"]\n", numbers)
    sheet.spool.remove()
    if bad.rows:
        return good, bad
    bad.remove()
    return good, None


def read_rejects(spool: RowSpool | None) -> Iterator[ParsedReject]:
    if spool is None:
        return
    numbers = read_line_numbers(spool)
    for block, _ in spool.blocks():
        for line in block.splitlines():
            column, detail, cells = orjson.loads(line)
            yield build_reject(next(numbers), column, "type-error", detail, cells)


def build_reject(
    number: int, column: str | None, code: str, detail: str, cells: Sequence[str | None]
) -> ParsedReject:
    raw = "\t".join(cell or "" for cell in cells)[:MAX_RAW_CHARACTERS]
    return ParsedReject(number, column, code, detail, raw, tuple(cells))


def display_cells(line: bytes) -> list[str | None]:
    """The cells of a spooled row as a person sees them."""
    return [display_text(cell) for cell in _CELL.findall(line)]


def read_line_numbers(spool: RowSpool) -> Iterator[int]:
    """The sheet's row number of each row of a spool."""
    ends = chain((row for row, _ in spool.runs), (spool.rows,))
    next(ends)
    for (row, number), end in zip(spool.runs, ends, strict=False):
        yield from range(number, number + end - row)


class _ConversionCache(dict[bytes, bytes | None]):
    """Converts each different cell once."""

    def __init__(self, fit: CellConverter) -> None:
        self._fit = fit

    def __missing__(self, cell: bytes) -> bytes | None:
        if len(self) > _MAX_CACHED:
            self.clear()
        found = self[cell] = self._fit(cell)
        return found


def _read_columns(sheet: SheetRows) -> Iterator[tuple[list[int], list[list[bytes]]]]:
    """The numbers of some rows and their cells column by column, all of the sheet's final width."""
    numbers = read_line_numbers(sheet.spool)
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
            nothing = [NULL] * count
            columns = [
                *[nothing] * (first - sheet.first),
                *(flat[column::width] for column in range(width)),
                *[nothing] * (sheet.end - end),
            ]
            yield [next(numbers) for _ in range(count)], columns
            start += count
            done += count


def _encode_reject(column: str, detail: str, cells: Sequence[bytes]) -> bytes:
    return orjson.dumps([column, detail, [display_text(cell) for cell in cells]]) + b"\n"
