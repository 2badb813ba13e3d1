"""Formats rejected rows as CSV with the file's cells and the fault, to be corrected and imported again."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from application.imports.import_into_existing import REJECT_COLUMNS


def csv_header(columns: Sequence[str]) -> str:
    return _format_line([*columns, *REJECT_COLUMNS])


def csv_line(columns: Sequence[str], reject: Mapping[str, Any]) -> str:
    """A row as wide as the header; surplus cells have no column and are listed in the detail."""
    cells = list(reject["cells"] or [])
    surplus = cells[len(columns) :]
    cells = [*cells, *[None] * len(columns)][: len(columns)]
    detail = reject["detail"] + (f"; surplus cells: {', '.join(map(repr, surplus))}" if surplus else "")
    return _format_line([*cells, reject["line"], reject["column"], reject["code"], detail])


def _format_line(cells: Sequence[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
