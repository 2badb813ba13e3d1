"""Inspect: what an import of a file would find, with its first rows and its problems. Nothing is stored."""

from itertools import islice
from pathlib import Path
from typing import Any

from application.imports.file_format import Files, Options, Reject
from application.imports.import_context import described, shown
from domain import exact_json

FIRST_ROWS = 20
FIRST_PROBLEMS = 100


def inspect(files: Files, path: Path, filename: str, options: Options) -> dict[str, Any]:
    """The file's layout, columns, first rows by column name, counts, notes and first problems.

    The whole file is read, for every row has a say in the types. Raises Invalid, TooLarge or UnsupportedFormat.
    """
    first: list[bytes] = []
    problems: list[Reject] = []
    accepted = rejected = 0
    with files.opened(path, filename, options) as file:
        table = file.describe(exhaustive=True)
        for block in file.rows(table):
            first += islice(block.lines.split(b"\n"), min(block.count, FIRST_ROWS - len(first)))
            problems += block.rejects[: FIRST_PROBLEMS - len(problems)]
            accepted += block.count
            rejected += len(block.rejects)
    columns = described(table)
    names = [column["name"] for column in columns]
    return {
        **table.found,
        "columns": columns,
        "rows": {"read": accepted + rejected, "accepted": accepted, "rejected": rejected},
        "first": [dict(zip(names, exact_json.loads(line), strict=False)) for line in first],
        "problems": shown(problems),
        "notes": list(table.notes),
    }
