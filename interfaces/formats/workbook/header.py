"""Detects whether a sheet's first row is a header, and builds column names from header rows."""

from collections.abc import Mapping, Sequence

from domain.schema import unique_names
from interfaces.formats.values.forms import matching_formats
from interfaces.formats.workbook.cells import NULL_WORD, TEXT_KINDS, display_text

Cell = tuple[int, int, bytes]
"""Column from 0, kind, JSON."""
MergedRange = tuple[int, int, int, int]
"""A merged range: first row (from 1), first column (from 0), last row, last column."""


def is_header(first: Sequence[Cell], below: Sequence[Sequence[Cell]]) -> bool:
    """Whether the first row differs from the rows below: it has only names, or names and distinct years."""
    texts = {column: display_text(cell) or "" for column, _, cell in first}
    typed = [
        texts[column]
        for column, kind, _ in first
        if not kind & (TEXT_KINDS | NULL_WORD) or (texts[column] and matching_formats([texts[column]]))
    ]
    if not any(text.strip() for text in texts.values()):
        return False
    if typed:
        return all(map(_is_year, typed)) and len(set(typed)) == len(typed) < len(first)
    cells = {(column, cell) for row in below for column, _, cell in row}
    repeated = [(column, cell) in cells for column, _, cell in first]
    return sum(repeated) * 2 <= len(repeated)


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


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isdigit() and "1500" <= text <= "2200"
