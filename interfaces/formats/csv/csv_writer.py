"""Write CSV with values in the format of their source file: `31.01.2024`, `1.234,50`, `yes`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import orjson

from domain.columns import ColumnType
from interfaces.formats.values.original_notation import format_original

TextFormatter = Callable[[str], str]
"""Converts the canonical text of a value to the text to write."""


@dataclass(frozen=True, slots=True)
class CellWriter:
    """How the cells of a column are written: texts converted by `change`, null as `null`."""

    change: TextFormatter
    null: str = ""


def text_formatter(column_type: ColumnType, format: str | None) -> TextFormatter:
    """Return the formatter for a column's `format`; canonical values if None."""
    return _unchanged if format is None else partial(format_original, column_type, format)


def csv_lines(block: bytes, columns: Sequence[CellWriter], delimiter: str, ends: bool = False) -> bytes:
    """Encode rows as CSV. Each line of `block` is a JSON array: the record's id, then its values as texts or nulls.

    An empty string becomes `""`. `ends`: each line ends with a delimiter.
    """
    special = re.compile(f'["\n\r{re.escape(delimiter)}]')
    nulls = [column.null and _quote_cell(column.null, special) for column in columns]
    end = delimiter + "\n" if ends else "\n"
    rows = []
    for line in block.splitlines():
        _, *values = orjson.loads(line)
        cells = [
            null if value is None else _quote_cell(column.change(value), special)
            for column, null, value in zip(columns, nulls, values, strict=True)
        ]
        rows.append(delimiter.join(cells) + end)
    return "".join(rows).encode()


def _quote_cell(text: str, special: "re.Pattern[str]") -> str:
    if text and text != "\\." and not special.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _unchanged(text: str) -> str:
    return text
