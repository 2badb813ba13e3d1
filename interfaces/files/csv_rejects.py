"""The report on records that were not read, each with its line. Read only where some are missing."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from domain.columns import shown
from domain.errors import Invalid
from interfaces.files.csv_line_ends import check_line_ends
from interfaces.files.csv_records import Record, records, too_long
from interfaces.files.source import MAX_LINE_BYTES, MAX_RAW_CHARACTERS, MAX_REJECTS, KeyFault, Reject, Table


def rejects(path: Path, table: Table, excluded: Mapping[int, KeyFault], accepted: int) -> Iterator[Reject]:
    """Every record that is malformed or excluded, in the order of the file.

    `accepted` is how many well-formed records the fast reading found: if this careful one finds another
    number, the two disagree about the file's quotes and it is refused. Raises Invalid.
    """
    found = records(path, table.dialect)
    number = total = 0
    for place, record in enumerate(found):
        if record.fault is not None:
            check_line_ends(path)
            raise Invalid("bad-quote", _bad_quote(record))
        if place == 0 and table.dialect.header:
            continue
        reject = _malformed(record, table)
        if reject is None:
            reject = _excluded(record, excluded.get(number))
            number += 1
        if reject is not None:
            total += 1
            if total > MAX_REJECTS:
                raise Invalid("too-many-rejects", _too_many(table))
            yield reject
    if number != accepted:
        check_line_ends(path)
        detail = f"Quotes leave open where cells and lines end: {accepted:,} or {number:,} rows."
        raise Invalid("ambiguous-quotes", detail)


def _malformed(record: Record, table: Table) -> Reject | None:
    """Why a record has the wrong shape; surplus cells are let pass where all of them are empty."""
    if len(record.raw) * 4 > MAX_LINE_BYTES and len(record.raw.encode()) > MAX_LINE_BYTES:
        raise too_long(record.line)
    width, wanted = len(record.cells), len(table.columns)
    if width < wanted:
        detail = f"the row has {width:,} of {wanted:,} cells"
        return _reject(record, table.columns[width].name, "missing-cell", detail)
    if any(record.cells[wanted:]):
        return _reject(record, None, "extra-cell", f"the row has {width:,} cells where {wanted:,} are expected")
    return None


def _excluded(record: Record, fault: KeyFault | None) -> Reject | None:
    return _reject(record, fault.column, fault.code, fault.detail) if fault else None


def _reject(record: Record, column: str | None, code: str, detail: str) -> Reject:
    return Reject(record.line, column, code, detail, record.raw.rstrip("\r\n")[:MAX_RAW_CHARACTERS])


def _too_many(table: Table) -> str:
    mark = shown(table.dialect.delimiter) if table.dialect.delimiter else "a line is one cell"
    return f"More than {MAX_REJECTS:,} rows were rejected; is the delimiter right ({mark})?"


def _bad_quote(record: Record) -> str:
    return (
        f"In the record that begins in line {record.line:,} a cell goes on after its closing quote, so that "
        "it is open where the following cells end. A quote inside a quoted cell is written twice."
    )
