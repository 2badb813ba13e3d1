"""Detects where the table of a sheet begins, and builds column names from its header rows."""

from collections.abc import Mapping, Sequence

from application.imports.file_format import FileOptions
from domain.schema import unique_names
from interfaces.formats.csv.layout.header import TableLayout, detect_layout
from interfaces.formats.csv.records import CsvRecord
from interfaces.formats.workbook.cells import display_text

Cell = tuple[int, int, bytes]
"""Column from 0, kind, JSON."""
MergedRange = tuple[int, int, int, int]
"""A merged range: first row (from 1), first column (from 0), last row, last column."""


def detect_sheet_layout(
    rows: Sequence[tuple[int, Sequence[Cell]]], first: int, end: int, options: FileOptions
) -> TableLayout:
    """Where the table begins in the first rows of a sheet, by the same rules as in a CSV file.

    `rows` are numbers and cells; their columns are those from `first` to before `end`.
    """
    records = []
    for number, cells in rows:
        texts = [""] * (end - first)
        for column, _, cell in cells:
            texts[column - first] = display_text(cell) or ""
        records.append(CsvRecord(number, texts, ""))
    return detect_layout(records, options)


def column_names(
    rows: Sequence[tuple[int, Sequence[Cell]]], merged: Sequence[MergedRange], first: int, end: int
) -> tuple[str, ...]:
    """Names of the columns from `first` to before `end`. Names in several header rows are joined with a space.

    A name in a cell merged over several columns applies to each of them.
    """
    names = [""] * (end - first)
    for number, cells in rows:
        for column, text in _spread_merged(
            number, {column: display_text(cell) or "" for column, _, cell in cells}, merged
        ).items():
            if first <= column < end and text.strip():
                names[column - first] = f"{names[column - first]} {text.strip()}".strip()
    return unique_names(names)


def _spread_merged(number: int, texts: dict[int, str], merged: Sequence[MergedRange]) -> Mapping[int, str]:
    for top, left, _, right in merged:
        if top == number and left in texts:
            for column in range(left + 1, right + 1):
                texts.setdefault(column, texts[left])
    return texts
