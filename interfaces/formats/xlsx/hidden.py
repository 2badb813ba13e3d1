"""Finds the hidden rows and columns of an XLSX sheet."""

import re
from collections.abc import Mapping

from interfaces.formats.workbook.sheet_rows import SheetRows

_HIDDEN_ROW = re.compile(rb'<row r="([1-9][0-9]{0,6})"[^<>]*? hidden="(?:1|true)"')
_COLUMNS = re.compile(rb"<col [^<>]*>")
_ATTRIBUTE = re.compile(rb' ([a-z]+)="([^"]*)"')
_COLUMN_NUMBER = re.compile("[1-9][0-9]{0,4}", re.ASCII)


def hide_columns(attributes: Mapping[str, str], rows: SheetRows) -> None:
    """Remember the columns of a `col` element if it hides them."""
    first, last = attributes.get("min", ""), attributes.get("max", "")
    if attributes.get("hidden") in ("1", "true") and all(_COLUMN_NUMBER.fullmatch(each) for each in (first, last)):
        rows.hide_columns(int(first) - 1, int(last) - 1)


def read_hidden_columns(head: bytes, rows: SheetRows) -> None:
    """The hidden columns in the XML above the rows."""
    for tag in _COLUMNS.findall(head) if b' hidden="' in head else ():
        hide_columns({name.decode(): value.decode() for name, value in _ATTRIBUTE.findall(tag)}, rows)


def read_hidden_rows(data: bytes, start: int, end: int, rows: SheetRows) -> None:
    """The hidden rows between two positions of the XML."""
    if data.find(b' hidden="', start, end) >= 0:
        for row in _HIDDEN_ROW.finditer(data, start, end):
            rows.hide_row(int(row[1]))
