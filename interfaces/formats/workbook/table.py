"""What every kind of workbook has in common once a sheet was read: its description, and its rows from disk."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from domain.errors import Invalid
from interfaces.formats.source import (
    InputFile,
    KeyFault,
    ParsedBlock,
    ParsedColumn,
    ParsedReject,
    ParsedTable,
)
from interfaces.formats.spool import keys
from interfaces.formats.spool.json_block import remove_lines
from interfaces.formats.spool.row_spool import RowSpool
from interfaces.formats.workbook.conversion import (
    build_reject,
    convert_rows,
    display_cells,
    read_line_numbers,
    read_rejects,
)
from interfaces.formats.workbook.header import MergedRange, column_names
from interfaces.formats.workbook.sheet_rows import SeenKinds, SheetRows
from interfaces.formats.workbook.types import choose_type

_REJECTS_PER_BLOCK = 1_000
_RUNS_PER_BLOCK = 10_000


@dataclass(frozen=True, slots=True)
class WorkbookTable(ParsedTable):
    """`spool` has the rows whose cells fit their columns; `unfit` has the rejects, None if there are none."""

    spool: RowSpool
    unfit: RowSpool | None


def build_table(
    source: InputFile,
    sheet: SheetRows,
    merged: Sequence[MergedRange],
    found: Mapping[str, object],
    notes: Sequence[str],
) -> WorkbookTable:
    """The description of a sheet that was read. Raises Invalid for options that do not go with it."""
    names = _choose_names(source, sheet, merged)
    wanted = source.options.columns
    typed = [
        choose_type(name, sheet.columns.get(at, SeenKinds()), wanted.get(name))
        for at, name in enumerate(names, sheet.first)
    ]
    types, fits = [each.type for each in typed], [each.fit for each in typed]
    columns = tuple(ParsedColumn(name, type) for name, type in zip(names, types, strict=True))
    spool, unfit = convert_rows(source, sheet, names, types, fits)
    told = (*notes, *_header_notes(source, sheet), *(note for each in typed for note in each.notes))
    spans = len(sheet.header)
    return WorkbookTable(columns, told, {**found, "header": spans if spans > 1 else bool(spans)}, spool, unfit)


def key_faults(source: InputFile, table: WorkbookTable, key: Sequence[str]) -> Mapping[int, KeyFault]:
    """Faults by row number of the spool; of rows with one key the first is kept."""
    return keys.find_spool_key_faults(source, table, table.spool, key)


def rows(
    source: InputFile, table: WorkbookTable, *, excluded: Mapping[int, KeyFault] | None = None
) -> Iterator[ParsedBlock]:
    """All rows but the excluded ones, then the rejects in the order of the sheet.

    Raises Invalid if there are too many rejects.
    """
    left_out = excluded or {}
    numbers = sorted(left_out)
    runs = _import_runs(table.spool, numbers)
    size = source.path.stat().st_size
    done = at = 0
    for data, count in table.spool.blocks():
        inside = []
        while at < len(numbers) and numbers[at] < done + count:
            inside.append(numbers[at] - done)
            at += 1
        done += count
        kept = remove_lines(data, inside) if inside else data
        read = size * done // table.spool.rows
        yield ParsedBlock(kept, count - len(inside), read, (), tuple(islice(runs, _RUNS_PER_BLOCK)))
    while some := tuple(islice(runs, _RUNS_PER_BLOCK)):
        yield ParsedBlock(b"", 0, size, (), some)
    rejects = heapq.merge(
        _excluded_rejects(table.spool, left_out), read_rejects(table.unfit), key=lambda reject: reject.line
    )
    total = 0
    while several := tuple(islice(rejects, _REJECTS_PER_BLOCK)):
        total += len(several)
        if total > source.limits.rejects:
            raise Invalid("too-many-rejects", f"More than {source.limits.rejects:,} rows were rejected.")
        yield ParsedBlock(b"", 0, size, several)


def _choose_names(source: InputFile, sheet: SheetRows, merged: Sequence[MergedRange]) -> tuple[str, ...]:
    if (given := source.options.names) is None:
        return column_names(sheet.header, merged, sheet.first, sheet.end)
    width = sheet.end - sheet.first
    if len(given) != width or len(set(given)) < width or not all(given):
        detail = f"{len(given):,} names were given for the sheet's {width:,} columns"
        if len(given) == width:
            detail = "Names of columns must differ from each other and may not be empty"
        raise Invalid("invalid-options", detail)
    return given


def _header_notes(source: InputFile, sheet: SheetRows) -> Iterator[str]:
    if not sheet.header:
        if source.options.header is None:
            yield "There is no header: the first row holds values, so columns are called column_1, column_2, …"
        return
    (number, cells), width = sheet.header[0], sheet.end - sheet.first
    if len(sheet.header) == 1 and source.options.header is None and 2 * len(cells) < width:
        yield (
            f"The header, row {number:,}, names {len(cells):,} of {width:,} columns; "
            "if the names stand further below, say how many rows to skip (skip_rows)."
        )
    elif len(cells) < width and source.options.names is None:
        yield "Some columns had no name of their own in the header and were given one."


def _excluded_rejects(spool: RowSpool, left_out: Mapping[int, KeyFault]) -> Iterator[ParsedReject]:
    if not left_out:
        return
    numbers = read_line_numbers(spool)
    done = 0
    for data, count in spool.blocks():
        lines = data.split(b"\n")
        for record in range(done, done + count):
            number = next(numbers)
            if (fault := left_out.get(record)) is not None:
                yield build_reject(
                    number, fault.column, fault.code, fault.detail, display_cells(lines[record - done])
                )
        done += count


def _import_runs(spool: RowSpool, left_out: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The spool's runs as those of the import: without the rows left out, which end a run each."""
    starts = list(spool.runs)
    at = 0
    for place, (row, line) in enumerate(starts):
        end = starts[place + 1][0] if place + 1 < len(starts) else spool.rows
        while at < len(left_out) and left_out[at] < end:
            if left_out[at] > row:
                yield row - at, line
            line += left_out[at] + 1 - row
            row = left_out[at] + 1
            at += 1
        if row < end:
            yield row - at, line
