"""Read a small CSV file completely, as an import does: again with all rows' types if a type guess failed."""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from application.imports.file_format import FileOptions, TypeGuessFailed
from interfaces.formats.csv import csv_reader
from interfaces.formats.source import InputFile, ParsedReject, ParsedTable
from interfaces.formats.values.original_notation import format_original
from tests.limits import source_limits


@dataclass(frozen=True)
class Read:
    """A file as read. `rows` are decoded values (numbers with a point as Decimal), `restarts` counts failed guesses.

    `places` are the line numbers of the rows in the file.
    """

    table: ParsedTable
    rows: list[list[Any]]
    rejects: list[ParsedReject]
    lines: bytes
    restarts: int
    places: list[int]

    @property
    def types(self) -> list[str]:
        return [column.type.value for column in self.table.columns]

    @property
    def faults(self) -> list[tuple[int, str | None, str, str]]:
        return [(reject.line, reject.column, reject.code, reject.raw) for reject in self.rejects]

    def column(self, at: int) -> list[Any]:
        return [row[at] for row in self.rows]

    def as_written(self, at: int) -> list[str | None]:
        """A column's values as an export writes them."""
        kind, format = self.table.columns[at].type, self.table.columns[at].format
        texts = [None if value is None else _canonical(value) for value in self.column(at)]
        return [format_original(kind, format, text) if format and text is not None else text for text in texts]


def read(
    folder: Path,
    data: bytes | str,
    options: FileOptions | None = None,
    *,
    key: tuple[str, ...] = (),
    rejects: int = 100_000,
) -> Read:
    """Write the bytes to a file and read it completely."""
    path = folder / "table.csv"
    source = InputFile(path, path.name, folder, source_limits(rejects=rejects), options or FileOptions())
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    for restarts, exhaustive in enumerate((False, True)):
        table = csv_reader.describe(source, exhaustive=exhaustive)
        excluded = csv_reader.key_faults(source, table, key) if key else {}
        try:
            blocks = list(csv_reader.rows(source, table, excluded=excluded))
        except TypeGuessFailed:
            continue
        lines = b"".join(block.lines for block in blocks)
        decoded = [json.loads(line, parse_float=Decimal) for line in lines.split(b"\n")[:-1]]
        assert sum(block.count for block in blocks) == len(decoded)
        refused = [reject for block in blocks for reject in block.rejects]
        runs = [run for block in blocks for run in block.runs]
        return Read(table, decoded, refused, lines, restarts, _places(runs, len(decoded)))
    raise AssertionError("the types of all rows did not fit")


def _places(runs: list[tuple[int, int]], rows: int) -> list[int]:
    assert runs == sorted(set(runs))
    ends = [row for row, _ in runs[1:]] + [rows] if runs else []
    return [line + at for (row, line), end in zip(runs, ends, strict=True) for at in range(end - row)]


def _canonical(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)
