"""Inspects a file: what an import would detect, the first rows and the problems. Nothing is stored."""

from itertools import islice
from pathlib import Path
from typing import Any

from application.imports.file_format import FileOpener, FileOptions, Reject
from application.imports.import_context import describe_columns, describe_rejects
from domain import exact_json

MAX_ROWS = 20
MAX_PROBLEMS = 100


def inspect_file(files: FileOpener, path: Path, filename: str, options: FileOptions) -> dict[str, Any]:
    """The layout and columns of the file, its first rows by column name, counts, notes and first problems.

    The whole file is read, because every row influences the types. Raises Invalid, TooLarge or UnsupportedFormat.
    """
    first: list[bytes] = []
    problems: list[Reject] = []
    accepted = rejected = 0
    with files.open(path, filename, options) as file:
        table = file.describe(exhaustive=True)
        for block in file.rows(table):
            first += islice(block.lines.split(b"\n"), min(block.count, MAX_ROWS - len(first)))
            problems += block.rejects[: MAX_PROBLEMS - len(problems)]
            accepted += block.count
            rejected += len(block.rejects)
    columns = describe_columns(table)
    names = [column["name"] for column in columns]
    return {
        **table.found,
        "columns": columns,
        "rows": {"read": accepted + rejected, "accepted": accepted, "rejected": rejected},
        "first": [dict(zip(names, exact_json.loads(line), strict=False)) for line in first],
        "problems": describe_rejects(problems),
        "notes": list(table.notes),
    }
