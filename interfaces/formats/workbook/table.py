"""The description of a sheet that was read, and its rows from the spool; the same for all workbook formats."""

import heapq
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from domain.columns import quote_value
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
from interfaces.formats.workbook.cells import display_text
from interfaces.formats.workbook.conversion import (
    build_reject,
    convert_rows,
    display_cells,
    read_rejects,
)
from interfaces.formats.workbook.header import MergedRange, column_names
from interfaces.formats.workbook.hidden_parts import hidden_notes
from interfaces.formats.workbook.merged_cells import find_merged_rows, merged_notes
from interfaces.formats.workbook.mixed_columns import find_near_types
from interfaces.formats.workbook.sheet_rows import SeenKinds, SheetRows
from interfaces.formats.workbook.type_notes import type_notes
from interfaces.formats.workbook.types import choose_type

_REJECTS_PER_BLOCK = 1_000
_RUNS_PER_BLOCK = 10_000
_MAX_SHOWN_TEXTS = 10


@dataclass(frozen=True, slots=True)
class WorkbookTable(ParsedTable):
    """A described sheet. `spool` has the converted rows, `rejects` the rows whose cells do not fit, if any.

    `repeated_headers` are the numbers of the rows that repeat the `header`, which are rejects too.
    """

    spool: RowSpool
    rejects: RowSpool | None
    header: tuple[str | None, ...] = ()
    repeated_headers: Sequence[int] = ()


def build_table(
    source: InputFile,
    sheet: SheetRows,
    merged: Sequence[MergedRange],
    layout: Mapping[str, object],
    notes: Sequence[str],
) -> WorkbookTable:
    """The description of a sheet that was read. Raises Invalid for options that do not match it."""
    names = _choose_names(source, sheet, merged)
    seen = [sheet.columns.get(at, SeenKinds()) for at in range(sheet.first_column, sheet.first_column + len(names))]
    typings = [choose_type(name, kinds, source.options) for name, kinds in zip(names, seen, strict=True)]
    near = find_near_types(sheet, names, source.options)
    types, converters = [each.type for each in typings], [each.convert for each in typings]
    columns = tuple(ParsedColumn(name, type) for name, type in zip(names, types, strict=True))
    hidden = tuple(hidden_notes(sheet, names))
    ranges, fills = find_merged_rows(sheet, merged), source.options.merged == "fill"
    spool, rejects = convert_rows(source, sheet, names, types, converters, ranges if fills else ())
    all_notes = (
        *notes,
        *_header_notes(source, sheet),
        *hidden,
        *merged_notes(ranges, filled=fills),
        *(
            note
            for at, name in enumerate(names)
            for note in type_notes(name, seen[at], types[at], source.options, near.get(at))
        ),
    )
    height = len(sheet.header)
    layout = {**layout, "header": height if height > 1 else bool(height)}
    header = _header_texts(sheet) if sheet.repeated_headers else ()
    return WorkbookTable(columns, all_notes, layout, spool, rejects, header, sheet.repeated_headers)


def key_faults(source: InputFile, table: WorkbookTable, key: Sequence[str]) -> Mapping[int, KeyFault]:
    """Rows with a missing or repeated key, by row number of the spool. The first row with a key has no fault."""
    return keys.find_spool_key_faults(source, table, table.spool, key)


def rows(
    source: InputFile, table: WorkbookTable, *, excluded: Mapping[int, KeyFault] | None = None
) -> Generator[ParsedBlock]:
    """Yield all rows except the excluded ones, then the rejects in the order of the sheet.

    Raises Invalid if there are too many rejects.
    """
    faults = excluded or {}
    numbers = sorted(faults)
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
    while late_runs := tuple(islice(runs, _RUNS_PER_BLOCK)):
        yield ParsedBlock(b"", 0, size, (), late_runs)
    rejects = heapq.merge(
        _excluded_rejects(table.spool, faults),
        read_rejects(table.rejects),
        _repeated_headers(table),
        key=lambda reject: reject.line,
    )
    total = 0
    while batch := tuple(islice(rejects, _REJECTS_PER_BLOCK)):
        total += len(batch)
        if total > source.limits.rejects:
            raise Invalid("too-many-rejects", f"More than {source.limits.rejects:,} rows were rejected.")
        yield ParsedBlock(b"", 0, size, batch)


def _choose_names(source: InputFile, sheet: SheetRows, merged: Sequence[MergedRange]) -> tuple[str, ...]:
    if (given := source.options.names) is None:
        return column_names(sheet.header, merged, sheet.first_column, sheet.end_column)
    width = sheet.end_column - sheet.first_column
    if len(given) != width or len(set(given)) < width or not all(given):
        detail = f"{len(given):,} column names were given, but the sheet has {width:,} columns"
        if len(given) == width:
            detail = "Column names must be unique and must not be empty"
        raise Invalid("invalid-options", detail)
    return given


def _header_texts(sheet: SheetRows) -> tuple[str | None, ...]:
    texts = {column: display_text(cell) for column, _, cell in sheet.header[0][1]}
    return tuple(texts.get(column) for column in range(sheet.first_column, sheet.end_column))


def _repeated_headers(table: WorkbookTable) -> Iterator[ParsedReject]:
    for number in table.repeated_headers:
        yield build_reject(number, None, "duplicate-row", "the row repeats the header", table.header)


def _header_notes(source: InputFile, sheet: SheetRows) -> Iterator[str]:
    if sheet.above:
        first, last = sheet.above[0][0], sheet.above[-1][0]
        which = f"Row {first:,}" if first == last else f"Rows {first:,} to {last:,}"
        shown = [quote_value(display_text(cell)) for _, cells in sheet.above for _, _, cell in cells]
        texts = ", ".join(shown[:_MAX_SHOWN_TEXTS]) + (" …" if len(shown) > _MAX_SHOWN_TEXTS else "")
        yield f"{which} above the table {'was' if first == last else 'were'} skipped: {texts}."
    if not sheet.header:
        if source.options.header is None:
            yield "There is no header: the first row contains values, so the columns are named column_1, column_2, …"
        return
    (number, cells), width = sheet.header[0], sheet.end_column - sheet.first_column
    if len(sheet.header) == 1 and source.options.header is None and 2 * len(cells) < width:
        yield (
            f"The header, row {number:,}, names {len(cells):,} of {width:,} columns; "
            "if the header is further below, set the number of rows to skip (skip_rows)."
        )
    elif len(cells) < width and source.options.names is None:
        yield "Some columns had no name in the header and were named by their position."


def _excluded_rejects(spool: RowSpool, faults: Mapping[int, KeyFault]) -> Iterator[ParsedReject]:
    if not faults:
        return
    numbers = spool.line_numbers
    done = 0
    for data, count in spool.blocks():
        lines = data.split(b"\n")
        for record in range(done, done + count):
            number = next(numbers)
            if (fault := faults.get(record)) is not None:
                yield build_reject(
                    number, fault.column, fault.code, fault.detail, display_cells(lines[record - done])
                )
        done += count


def _import_runs(spool: RowSpool, excluded: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The spool's runs as runs of the import: without the excluded rows, each of which ends a run."""
    starts = list(spool.runs)
    at = 0
    for index, (row, line) in enumerate(starts):
        end = starts[index + 1][0] if index + 1 < len(starts) else spool.rows
        while at < len(excluded) and excluded[at] < end:
            if excluded[at] > row:
                yield row - at, line
            line += excluded[at] + 1 - row
            row = excluded[at] + 1
            at += 1
        if row < end:
            yield row - at, line
