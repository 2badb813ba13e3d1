"""Reading a small JSON or Parquet file to the end, as an import does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from application.imports.file_format import FileOptions, RequestedType
from domain.columns import ColumnType
from interfaces.formats.registry import FormatReader
from interfaces.formats.source import InputFile, ParsedReject, ParsedTable, SourceLimits
from tests.limits import SOURCE_LIMITS


@dataclass(frozen=True)
class Read:
    """`rows` are decoded values (numbers with a point as Decimal), `numbers` the file lines of the rows."""

    table: ParsedTable
    rows: list[list[Any]]
    rejects: list[ParsedReject]
    lines: bytes
    numbers: list[int]

    @property
    def types(self) -> list[str]:
        return [column.type.value for column in self.table.columns]

    @property
    def faults(self) -> list[tuple[int, str | None, str, str]]:
        return [(reject.line, reject.column, reject.code, reject.raw) for reject in self.rejects]

    def column(self, at: int = 0) -> list[Any]:
        return [row[at] for row in self.rows]


def read(
    format: FormatReader,
    folder: Path,
    data: bytes | str,
    *,
    key: tuple[str, ...] = (),
    limits: SourceLimits | None = None,
    columns: Mapping[str, ColumnType] | None = None,
    null_values: tuple[str, ...] | None = None,
    rows: str | None = None,
    options: FileOptions | None = None,
) -> Read:
    """The file with these bytes, read completely."""
    scratch = Path(mkdtemp(dir=folder))
    path = scratch / "table's [1] file"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    wanted = {name: RequestedType(kind) for name, kind in (columns or {}).items()}
    options = options or FileOptions(columns=wanted, null_values=null_values, rows=rows)
    source = InputFile(path, path.name, scratch, limits or SOURCE_LIMITS, options)
    table: ParsedTable = format.describe(source)
    excluded = format.key_faults(source, table, key) if key else {}
    blocks = list(format.rows(source, table, excluded=excluded))
    lines = b"".join(block.lines for block in blocks)
    decoded = [json.loads(line, parse_float=Decimal) for line in lines.split(b"\n")[:-1]]
    assert sum(block.count for block in blocks) == len(decoded)
    assert all(len(row) == len(table.columns) for row in decoded)
    assert [block.read for block in blocks] == sorted(block.read for block in blocks)
    rejects = [reject for block in blocks for reject in block.rejects]
    runs = [run for block in blocks for run in block.runs]
    return Read(table, decoded, rejects, lines, _numbers(runs, len(decoded)))


def _numbers(runs: list[tuple[int, int]], rows: int) -> list[int]:
    """The file line of every row, from the runs."""
    numbers: list[int] = []
    ends = [*(row for row, _ in runs), rows][1:]
    for (row, line), end in zip(runs, ends, strict=True):
        assert row == len(numbers)
        numbers.extend(range(line, line + end - row))
    return numbers
