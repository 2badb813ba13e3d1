"""Which type a sheet's column has, from the kinds of all its cells, and what must happen to cells on the way."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from application.imports.file_format import Wanted
from domain.columns import ColumnType, is_date, is_datetime, shown
from domain.errors import Invalid
from interfaces.formats.values.number_forms import DECIMAL as DECIMAL_FORM
from interfaces.formats.values.number_forms import INTEGER as INTEGER_FORM
from interfaces.formats.workbook.cells import (
    BOOLEAN,
    DATE,
    DATETIME,
    DAYS,
    DECIMAL,
    ERROR,
    ERROR_MARK,
    MIDNIGHT,
    NO_VALUE,
    NO_VALUE_CELL,
    NULL,
    NULL_WORD,
    NUMBERS,
    TEXT,
    TEXTS,
    TIME,
    WHOLE,
    displayed,
    text_cell,
    text_kind,
)
from interfaces.formats.workbook.sheet_rows import Seen

Fit = Callable[[bytes], bytes | None]
"""A cell as its column's type writes it; None where it does not fit."""

_EXPECTED = {
    ColumnType.STRING: "text",
    ColumnType.INTEGER: "an integer",
    ColumnType.DECIMAL: "a number",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.DATE: "a date",
    ColumnType.DATETIME: "a time",
}
_WORDS = {TEXTS: "text", NUMBERS: "numbers", BOOLEAN: "true or false", DAYS: "dates"}
_TRUE_FALSE = {"true": b"true", "false": b"false"}
_WHOLE_NUMBER = re.compile(rb"(-?[0-9]+)\.0+")
_AT_MIDNIGHT = b'T00:00:00"'


@dataclass(frozen=True, slots=True)
class Typing:
    """A column's type; `fit` is None where every cell stands as it was read."""

    type: ColumnType
    fit: Fit | None
    notes: tuple[str, ...] = ()


def typing(name: str, seen: Seen, wanted: Wanted | None) -> Typing:
    """What all cells say, or what was wanted. Raises Invalid for a type that cells cannot have."""
    kinds = seen.kinds
    notes = tuple(_notes(name, seen, wanted))
    if wanted is not None:
        if wanted.type not in _FITS:
            detail = f"Column {name!r} cannot be of the type {wanted.type.value}: cells of workbooks hold none of it."
            raise Invalid("unsupported-type", detail)
        fits_as_read = _type_of(kinds) is wanted.type and not _must_change(wanted.type, kinds)
        return Typing(wanted.type, None if fits_as_read else _FITS[wanted.type], notes)
    kind = _type_of(kinds)
    return Typing(kind, _FITS[kind] if _must_change(kind, kinds) else None, notes)


def why_unfit(name: str, type: ColumnType, cell: bytes) -> str:
    """Why a cell that does not fit its column was refused."""
    if cell == NO_VALUE_CELL:
        what = "the formula has no stored value; open and save the workbook in a spreadsheet program"
    elif cell.startswith(ERROR_MARK):
        what = f"expected {_EXPECTED[type]}, the cell has the error {displayed(cell)}"
    else:
        what = f"expected {_EXPECTED[type]}, got {shown(displayed(cell))}"
    return f"column {name!r}: {what}"


def _type_of(kinds: int) -> ColumnType:
    values = kinds & (NUMBERS | BOOLEAN | DAYS | TEXTS)
    if not values or values & TEXTS:
        return ColumnType.STRING
    if not values & ~NUMBERS:
        return ColumnType.DECIMAL if values & DECIMAL else ColumnType.INTEGER
    if values == BOOLEAN:
        return ColumnType.BOOLEAN
    if not values & ~DAYS:
        return ColumnType.DATETIME if values & DATETIME else ColumnType.DATE
    return ColumnType.STRING


def _must_change(type: ColumnType, kinds: int) -> bool:
    """Whether some cells are not written yet as the type writes them."""
    if kinds & (ERROR | NO_VALUE):
        return True
    if type is ColumnType.STRING:
        return bool(kinds & (NUMBERS | BOOLEAN))
    other = {ColumnType.INTEGER: WHOLE, ColumnType.DATE: MIDNIGHT, ColumnType.DATETIME: DATE}
    return bool(kinds & (NULL_WORD | other.get(type, 0)))


def _notes(name: str, seen: Seen, wanted: Wanted | None) -> Iterator[str]:
    kinds = seen.kinds
    if wanted is None:
        groups = sorted(
            (min(seen.first[kind] for kind in seen.first if kind & group), words)
            for group, words in _WORDS.items()
            if kinds & group
        )
        if len(groups) > 1:
            (number, cell), _ = groups[1]
            offender = f"row {number:,} has {shown(displayed(cell))}"
            words = " and ".join(words for _, words in groups)
            yield f"Column {name!r} became text: it mixes {words} ({offender}). Numbers stand as their text."
        elif kinds & TIME and not kinds & TEXT:
            yield f"Column {name!r} holds times of day or durations; they stand as text, hh:mm:ss."
    type = wanted.type if wanted else _type_of(kinds)
    if kinds & NULL_WORD and type is not ColumnType.STRING:
        number, cell = seen.first[NULL_WORD]
        missing = f"{shown(displayed(cell))} in row {number:,}"
        yield f"Column {name!r}: text that stands for a missing value is null, first {missing}."
    if kinds & ERROR:
        number, cell = seen.first[ERROR]
        then = "is text" if type is ColumnType.STRING else "and rows like it were rejected"
        yield f"Column {name!r} has errors: {displayed(cell)} in row {number:,} {then}."
    if kinds & NO_VALUE:
        count = f"{seen.without_value:,} formula{'s' if seen.without_value > 1 else ''}"
        first = f"first in row {seen.first[NO_VALUE][0]:,}"
        yield f"Column {name!r} has {count} without a stored value, {first}; such rows were rejected."


def _as_string(cell: bytes) -> bytes | None:
    if cell[:1] == b'"':
        if cell == NO_VALUE_CELL:
            return None
        return text_cell(displayed(cell) or "") if cell.startswith(ERROR_MARK) else cell
    return NULL if cell == NULL else text_cell(displayed(cell) or "")


def _as_integer(cell: bytes) -> bytes | None:
    if (text := _text(cell)) is not None:
        return _number_text(cell, text, INTEGER_FORM.accepts(text))
    if match := _WHOLE_NUMBER.fullmatch(cell):
        return b"0" if match[1] == b"-0" else match[1]
    return cell if cell == NULL or INTEGER_FORM.accepts(cell.decode()) else None


def _as_decimal(cell: bytes) -> bytes | None:
    if (text := _text(cell)) is not None:
        return _number_text(cell, text, DECIMAL_FORM.accepts(text))
    return None if cell in (b"true", b"false") else cell


def _as_boolean(cell: bytes) -> bytes | None:
    if (text := _text(cell)) is not None:
        return _TRUE_FALSE.get(text.lower(), NULL if _is_missing(cell) else None)
    return cell if cell in (b"true", b"false", NULL) else None


def _as_date(cell: bytes) -> bytes | None:
    if _text(cell) is not None:
        day = cell.replace(_AT_MIDNIGHT, b'"')
        return day if is_date(day[1:-1].decode()) else NULL if _is_missing(cell) else None
    return NULL if cell == NULL else None


def _as_datetime(cell: bytes) -> bytes | None:
    if (text := _text(cell)) is not None:
        if is_date(text):
            return cell[:-1] + _AT_MIDNIGHT
        moment = text[:10] + "T" + text[11:] if text[10:11] == " " else text
        return text_cell(moment) if is_datetime(moment) else NULL if _is_missing(cell) else None
    return NULL if cell == NULL else None


def _text(cell: bytes) -> str | None:
    """The text of a cell that has one; an error has none that means anything."""
    if cell[:1] != b'"':
        return None
    return "\x00" if cell.startswith(b'"\\u0000') else displayed(cell)


def _number_text(cell: bytes, text: str, fits: bool) -> bytes | None:
    return text.encode() if fits else NULL if _is_missing(cell) else None


def _is_missing(cell: bytes) -> bool:
    return text_kind(cell) == NULL_WORD


_FITS: dict[ColumnType, Fit] = {
    ColumnType.STRING: _as_string,
    ColumnType.INTEGER: _as_integer,
    ColumnType.DECIMAL: _as_decimal,
    ColumnType.BOOLEAN: _as_boolean,
    ColumnType.DATE: _as_date,
    ColumnType.DATETIME: _as_datetime,
}
