"""What the cells of an XLSX sheet hold, by their type (`t`) and style: one cell at a time, or a column's at once.

A column's cells come from the fast reading as bytes between tags, b"" where there is none. Whole columns are
checked and turned into JSON by a few calls on all cells joined, since a Python step for each would take longest.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.columns import is_date, is_datetime
from interfaces.formats.workbook.cells import (
    BOOLEAN,
    DATE,
    DATE_KINDS,
    DATETIME,
    DECIMAL,
    ERROR,
    INTEGER,
    MIDNIGHT,
    NULL,
    TEXT,
    TIME,
    WHOLE,
    display_text,
    error_cell,
    number_cell,
    shorten_float,
    text_cell,
    text_kind,
)
from interfaces.formats.workbook.dates import DAY_MS, NumberStyle, format_time, temporal_cell
from interfaces.formats.workbook.parts import corrupt_error
from interfaces.formats.workbook.sheet_rows import ColumnCells

_MAX_CACHED = 100_000
_PLAIN_INTEGER = r"0|-?[1-9][0-9]{0,200}"
_INTEGERS = re.compile(rf"(?:(?:{_PLAIN_INTEGER})?,)*".encode())
_POINTS = re.compile(rf"(?:(?:(?:{_PLAIN_INTEGER}|-0(?=\.0*[1-9]))(?:\.[0-9]{{1,200}})?)?,)*".encode())
_LONG = re.compile(rb"[0-9.]{18}")
"""What may be a fraction in the 17 digits of a float."""
_WHOLE = re.compile(rb"\.0+,")
_FRACTION = re.compile(rb"\.[0-9]*[1-9]")
_SPECIAL = re.compile(rb'[\x00-\x1f"\\&]|_x')
_DAYS = re.compile(rb"(?:(?:[1-9][0-9]{0,6}(?:\.[0-9]{1,30})?)?,)*")
_BOOLEANS = {b"": b"", b"1": b"true", b"true": b"true", b"0": b"false", b"false": b"false"}
_TIME = re.compile(rb"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?")

TextDecoder = Callable[[bytes], bytes]
"""The bytes between tags as a JSON string."""


class CellReader(Protocol):
    """The cells of one type and style."""

    def cell(self, raw: bytes) -> tuple[int, bytes]:
        """Kind and JSON of a cell that has a value."""

    def column(self, raw: list[bytes], kinds: int) -> ColumnCells:
        """Many cells; `kinds` are those that the column is known to have."""


@dataclass(frozen=True, slots=True)
class XlsxContext:
    """What cells are read with: the shared strings as JSON, number formats by style, the way of text.

    `nulls` are the JSON of what stands for null by the sender's word.
    """

    strings: Sequence[bytes]
    styles: Sequence[NumberStyle]
    epoch_1904: bool
    text: TextDecoder
    nulls: frozenset[bytes] = frozenset()
    unknown_styles: set[int] = field(default_factory=set)

    def values(self, type: str, style: int) -> CellReader:
        """Raises Invalid for a type there is none of."""
        match type:
            case "s":
                return _SharedCellReader(self)
            case "n":
                kind = self._style(style)
                return _NumberCellReader(self) if kind is NumberStyle.NUMBER else _TemporalCellReader(self, kind)
            case "str" | "inlineStr":
                return _TextCellReader(self)
            case "b" | "e" | "d":
                return _OtherCellReader(self, {"b": _read_boolean, "e": _read_error, "d": _read_iso_date}[type])
        raise corrupt_error(f"a cell has the unknown type {type[:20]!r}")

    def _style(self, style: int) -> NumberStyle:
        if style < len(self.styles):
            return self.styles[style]
        if style:
            self.unknown_styles.add(style)
        return NumberStyle.NUMBER

    def known(self, kind: int, cell: bytes) -> tuple[int, bytes]:
        return (0, NULL) if cell in self.nulls else (kind, cell)


@dataclass(slots=True)
class _SharedCellReader:
    workings: XlsxContext

    def cell(self, raw: bytes) -> tuple[int, bytes]:
        if not raw.isdigit():
            raise corrupt_error(f"a cell refers to the text {raw[:20].decode()!r}, which is no number")
        found = _look_up_strings(self.workings.strings, [raw])[0]
        return (0, NULL) if found == NULL else (text_kind(found), found)

    def column(self, raw: list[bytes], kinds: int) -> ColumnCells:
        if b"" in raw:
            cells = iter(_look_up_strings(self.workings.strings, [index for index in raw if index]))
            return _text_cells([next(cells) if index else b"" for index in raw], kinds)
        return _text_cells(_look_up_strings(self.workings.strings, raw), kinds)


@dataclass(slots=True)
class _TextCellReader:
    workings: XlsxContext

    def cell(self, raw: bytes) -> tuple[int, bytes]:
        found = self.workings.text(raw)
        return self.workings.known(text_kind(found), found)

    def column(self, raw: list[bytes], kinds: int) -> ColumnCells:
        if _SPECIAL.search(b"".join(raw)):
            text = self.workings.text
            cells = [text(value) if value else b"" for value in raw]
        else:
            cells = (b'"' + b'"\n"'.join(raw) + b'"').split(b"\n")
            if b'""' in cells:
                cells = [b"" if cell == b'""' else cell for cell in cells]
        return _text_cells(_replace_nulls(cells, self.workings.nulls), kinds)


@dataclass(slots=True)
class _NumberCellReader:
    workings: XlsxContext

    def cell(self, raw: bytes) -> tuple[int, bytes]:
        kind, cell = number_cell(raw)
        return self.workings.known(kind, self.workings.text(raw) if kind == TEXT else cell)

    def column(self, raw: list[bytes], kinds: int) -> ColumnCells:
        joined = b",".join(raw) + b","
        if joined.count(b",") > len(raw):
            return _read_each(self.cell, raw, kinds)
        if _LONG.search(joined):
            raw = [shorten_float(value) if _LONG.search(value) else value for value in raw]
            joined = b",".join(raw) + b","
        if _INTEGERS.fullmatch(joined):
            found = INTEGER
        elif _POINTS.fullmatch(joined):
            found = INTEGER | (WHOLE if _WHOLE.search(joined) else 0) | (DECIMAL if _FRACTION.search(joined) else 0)
        else:
            return _read_each(self.cell, raw, kinds)
        place = _find_first_filled(raw)
        new = {kind: place for kind in (INTEGER, WHOLE, DECIMAL) if kind & found} if place >= 0 else {}
        return ColumnCells(_replace_nulls(raw, self.workings.nulls), new)


@dataclass(slots=True)
class _TemporalCellReader:
    """Times differ in most rows, their days and times of day apart do not: each of these is put together."""

    workings: XlsxContext
    style: NumberStyle
    _remembered: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)

    def cell(self, raw: bytes) -> tuple[int, bytes]:
        if (found := self._remembered.get(raw)) is None:
            if len(self._remembered) > _MAX_CACHED:
                self._remembered.clear()
            kind, cell = temporal_cell(raw, self.style, self.workings.epoch_1904)
            found = self.workings.known(kind, cell)
            self._remembered[raw] = found
        return found

    def column(self, raw: list[bytes], kinds: int) -> ColumnCells:
        joined = b",".join(raw) + b","
        if self.style is NumberStyle.DURATION or self.workings.nulls or not _DAYS.fullmatch(joined):
            return _read_each(self.cell, raw, kinds)
        cells = []
        new: dict[int, int] = {}
        for place, value in enumerate(raw):
            day, _, fraction = value.partition(b".")
            if fraction and (milliseconds := round(float(b"." + fraction) * DAY_MS)) % DAY_MS:
                kind, cell = self.cell(day)
                if kind & DATE_KINDS:
                    kind, cell = DATETIME, cell[:11] + b"T" + format_time(milliseconds) + b'"'
                else:
                    kind, cell = self.cell(value)
            elif value:
                kind, cell = self.cell(value)
            else:
                cells.append(b"")
                continue
            cells.append(cell)
            if kind & ~kinds and kind not in new:
                new[kind] = place
        return ColumnCells(cells, new)


@dataclass(slots=True)
class _OtherCellReader:
    workings: XlsxContext
    read: Callable[[bytes, XlsxContext], tuple[int, bytes]]

    def cell(self, raw: bytes) -> tuple[int, bytes]:
        return self.workings.known(*self.read(raw, self.workings))

    def column(self, raw: list[bytes], kinds: int) -> ColumnCells:
        if self.read is _read_boolean and not self.workings.nulls:
            cells = list(map(_BOOLEANS.get, raw))
            if None not in cells:
                return ColumnCells(cells, {BOOLEAN: _find_first_filled(raw)})  # type: ignore[arg-type]
        return _read_each(self.cell, raw, kinds)


def _read_boolean(raw: bytes, workings: XlsxContext) -> tuple[int, bytes]:
    found = _BOOLEANS.get(raw.strip())
    return (BOOLEAN, found) if found else (TEXT, workings.text(raw))


def _read_error(raw: bytes, workings: XlsxContext) -> tuple[int, bytes]:
    return ERROR, error_cell(display_text(workings.text(raw)) or "#N/A")


def _read_iso_date(raw: bytes, workings: XlsxContext) -> tuple[int, bytes]:
    """A date as ISO 8601 writes it."""
    text = raw.decode()
    if is_date(text):
        return DATE, text_cell(text)
    if is_datetime(text):
        return MIDNIGHT if text.endswith("T00:00:00") else DATETIME, text_cell(text)
    return TIME if _TIME.fullmatch(raw) else TEXT, workings.text(raw)


def _look_up_strings(strings: Sequence[bytes], raw: list[bytes]) -> list[bytes]:
    try:
        return list(map(strings.__getitem__, map(int, raw)))
    except (IndexError, ValueError):
        raise corrupt_error(f"a cell refers to a text beyond the {len(strings):,} it has") from None


def _text_cells(cells: list[bytes], kinds: int) -> ColumnCells:
    """Texts with their kinds; once a column has text, nothing more needs to be known of it."""
    new: dict[int, int] = {}
    if not kinds & TEXT:
        for place, cell in enumerate(cells):
            if cell and cell != NULL and (kind := text_kind(cell)) not in new:
                new[kind] = place
                if kind == TEXT:
                    break
    return ColumnCells(cells, new)


def _read_each(read: Callable[[bytes], tuple[int, bytes]], raw: list[bytes], kinds: int) -> ColumnCells:
    cells = []
    new: dict[int, int] = {}
    for place, value in enumerate(raw):
        if not value:
            cells.append(b"")
            continue
        kind, cell = read(value)
        cells.append(cell)
        if kind & ~kinds and kind not in new:
            new[kind] = place
    return ColumnCells(cells, new)


def _replace_nulls(cells: list[bytes], nulls: frozenset[bytes]) -> list[bytes]:
    if nulls and not nulls.isdisjoint(cells):
        return [NULL if cell in nulls else cell for cell in cells]
    return cells


def _find_first_filled(raw: list[bytes]) -> int:
    return next((place for place, value in enumerate(raw) if value), -1)


def merge_column_cells(parts: Sequence[ColumnCells]) -> ColumnCells:
    """Cells of one column that were read as several types: where one has a cell the others have none."""
    if len(parts) == 1:
        return parts[0]
    cells = list(parts[0].cells)
    for part in parts[1:]:
        cells = [one or other for one, other in zip(cells, part.cells, strict=True)]
    kinds: dict[int, int] = {}
    for part in parts:
        for kind, place in part.kinds.items():
            kinds[kind] = min(place, kinds.get(kind, place))
    return ColumnCells(cells, kinds)
