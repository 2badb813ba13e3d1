"""Reads formulas that have no stored value."""

import re

import orjson

from interfaces.formats.workbook.cells import NO_VALUE, NO_VALUE_CELL, text_cell, text_kind

_CONSTANT_TEXT = re.compile(r'=?"((?:[^"]|"")*)"')


def formula_without_value_cell(formula: bytes) -> tuple[int, bytes]:
    """Kind and JSON of a formula without a stored value, given its text as JSON.

    A formula that is nothing but a text, `="0001234"`, is that text.
    """
    match = _CONSTANT_TEXT.fullmatch(orjson.loads(formula))
    if match is None:
        return NO_VALUE, NO_VALUE_CELL
    cell = text_cell(match[1].replace('""', '"'))
    return text_kind(cell), cell
