"""Reading a small file to the end, as an import does: once more with all rows' types after a misfit."""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from interfaces.files import Misfit, Reject, Table, describe, key_faults, rows


@dataclass(frozen=True)
class Read:
    """`rows` are decoded values (numbers with a point as Decimal), `restarts` how often it began anew."""

    table: Table
    rows: list[list[Any]]
    rejects: list[Reject]
    lines: bytes
    restarts: int

    @property
    def types(self) -> list[str]:
        return [column.type.value for column in self.table.columns]

    @property
    def faults(self) -> list[tuple[int, str | None, str, str]]:
        return [(reject.line, reject.column, reject.code, reject.raw) for reject in self.rejects]

    def column(self, at: int) -> list[Any]:
        return [row[at] for row in self.rows]


def read(folder: Path, data: bytes | str, *, key: tuple[str, ...] = ()) -> Read:
    """The file with these bytes, read completely."""
    path = folder / "table.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    for restarts, exhaustive in enumerate((False, True)):
        table = describe(path, exhaustive=exhaustive)
        excluded = key_faults(path, table, key, scratch=folder) if key else {}
        try:
            blocks = list(rows(path, table, excluded=excluded))
        except Misfit:
            continue
        lines = b"".join(block.lines for block in blocks)
        decoded = [json.loads(line, parse_float=Decimal) for line in lines.split(b"\n")[:-1]]
        assert sum(block.count for block in blocks) == len(decoded)
        rejects = [reject for block in blocks for reject in block.rejects]
        return Read(table, decoded, rejects, lines, restarts)
    raise AssertionError("a description of all rows left a misfit")
