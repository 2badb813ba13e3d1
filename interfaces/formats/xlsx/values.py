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
    DATETIME,
    DAYS,
    DECIMAL,
    ERROR,
    INTEGER,
    MIDNIGHT,
    NULL,
    TEXT,
    TIME,
    WHOLE,
    displayed,
    error_cell,
    number_cell,
    shortest,
    text_cell,
    text_kind,
)
from interfaces.formats.workbook.dates import DAY_MS, Style, clock, temporal_cell
from interfaces.formats.workbook.parts import corrupt
from interfaces.formats.workbook.sheet_rows import Columns

_REMEMBERED = 100_000
_PLAIN = r"0|-?[1-9][0-9]{0,200}"
_INTEGERS = re.compile(rf"(?:(?:{_PLAIN})?,)*".encode())
_POINTS = re.compile(rf"(?:(?:(?:{_PLAIN}|-0(?=\.0*[1-9]))(?:\.[0-9]{{1,200}})?)?,)*".encode())
_LONG = re.compile(rb"[0-9.]{18}")
"""What may be a fraction in the 17 digits of a float."""
_WHOLE = re.compile(rb"\.0+,")
_FRACTION = re.compile(rb"\.[0-9]*[1-9]")
_SPECIAL = re.compile(rb'[\x00-\x1f"\\&]|_x')
_DAYS = re.compile(rb"(?:(?:[1-9][0-9]{0,6}(?:\.[0-9]{1,30})?)?,)*")
_TRUE = {b"": b"", b"1": b"true", b"true": b"true", b"0": b"false", b"false": b"false"}
_TIME = re.compile(rb"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?")

Text = Callable[[bytes], bytes]
"""The bytes between tags as a JSON string."""


class Values(Protocol):
    """The cells of one type and style."""

    def cell(self, raw: bytes) -> tuple[int, bytes]:
        """Kind and JSON of a cell that has a value."""

    def column(self, raw: list[bytes], kinds: int) -> Columns:
        """Many cells; `kinds` are those that the column is known to have."""


@dataclass(frozen=True, slots=True)
class Workings:
    """What cells are read with: the shared strings as JSON, number formats by style, the way of text.

    `nulls` are the JSON of what stands for null by the sender's word.
    """

    strings: Sequence[bytes]
    styles: Sequence[Style]
    epoch_1904: bool
    text: Text
    nulls: frozenset[bytes] = frozenset()
    unknown_styles: set[int] = field(default_factory=set)

    def values(self, type: str, style: int) -> Values:
        """Raises Invalid for a type there is none of."""
        match type:
            case "s":
                return _Shared(self)
            case "n":
                kind = self._style(style)
                return _Numbers(self) if kind is Style.NUMBER else _Temporal(self, kind)
            case "str" | "inlineStr":
                return _Texts(self)
            case "b" | "e" | "d":
                return _Rare(self, {"b": _boolean, "e": _error, "d": _iso}[type])
        raise corrupt(f"a cell has the unknown type {type[:20]!r}")

    def _style(self, style: int) -> Style:
        if style < len(self.styles):
            return self.styles[style]
        if style:
            self.unknown_styles.add(style)
        return Style.NUMBER

    def known(self, kind: int, cell: bytes) -> tuple[int, bytes]:
        return (0, NULL) if cell in self.nulls else (kind, cell)


@dataclass(slots=True)
class _Shared:
    workings: Workings

    def cell(self, raw: bytes) -> tuple[int, bytes]:
        if not raw.isdigit():
            raise corrupt(f"a cell refers to the text {raw[:20].decode()!r}, which is no number")
        found = _looked_up(self.workings.strings, [raw])[0]
        return (0, NULL) if found == NULL else (text_kind(found), found)

    def column(self, raw: list[bytes], kinds: int) -> Columns:
        if b"" in raw:
            cells = iter(_looked_up(self.workings.strings, [index for index in raw if index]))
            return _texts([next(cells) if index else b"" for index in raw], kinds)
        return _texts(_looked_up(self.workings.strings, raw), kinds)


@dataclass(slots=True)
class _Texts:
    workings: Workings

    def cell(self, raw: bytes) -> tuple[int, bytes]:
        found = self.workings.text(raw)
        return self.workings.known(text_kind(found), found)

    def column(self, raw: list[bytes], kinds: int) -> Columns:
        if _SPECIAL.search(b"".join(raw)):
            text = self.workings.text
            cells = [text(value) if value else b"" for value in raw]
        else:
            cells = (b'"' + b'"\n"'.join(raw) + b'"').split(b"\n")
            if b'""' in cells:
                cells = [b"" if cell == b'""' else cell for cell in cells]
        return _texts(_without(cells, self.workings.nulls), kinds)


@dataclass(slots=True)
class _Numbers:
    workings: Workings

    def cell(self, raw: bytes) -> tuple[int, bytes]:
        kind, cell = number_cell(raw)
        return self.workings.known(kind, self.workings.text(raw) if kind == TEXT else cell)

    def column(self, raw: list[bytes], kinds: int) -> Columns:
        joined = b",".join(raw) + b","
        if joined.count(b",") > len(raw):
            return _one_by_one(self.cell, raw, kinds)
        if _LONG.search(joined):
            raw = [shortest(value) if _LONG.search(value) else value for value in raw]
            joined = b",".join(raw) + b","
        if _INTEGERS.fullmatch(joined):
            found = INTEGER
        elif _POINTS.fullmatch(joined):
            found = INTEGER | (WHOLE if _WHOLE.search(joined) else 0) | (DECIMAL if _FRACTION.search(joined) else 0)
        else:
            return _one_by_one(self.cell, raw, kinds)
        place = _first_filled(raw)
        new = {kind: place for kind in (INTEGER, WHOLE, DECIMAL) if kind & found} if place >= 0 else {}
        return Columns(_without(raw, self.workings.nulls), new)


@dataclass(slots=True)
class _Temporal:
    """Times differ in most rows, their days and times of day apart do not: each of these is put together."""

    workings: Workings
    style: Style
    _remembered: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)

    def cell(self, raw: bytes) -> tuple[int, bytes]:
        if (found := self._remembered.get(raw)) is None:
            if len(self._remembered) > _REMEMBERED:
                self._remembered.clear()
            kind, cell = temporal_cell(raw, self.style, self.workings.epoch_1904)
            found = self.workings.known(kind, cell)
            self._remembered[raw] = found
        return found

    def column(self, raw: list[bytes], kinds: int) -> Columns:
        joined = b",".join(raw) + b","
        if self.style is Style.DURATION or self.workings.nulls or not _DAYS.fullmatch(joined):
            return _one_by_one(self.cell, raw, kinds)
        cells = []
        new: dict[int, int] = {}
        for place, value in enumerate(raw):
            day, _, fraction = value.partition(b".")
            if fraction and (milliseconds := round(float(b"." + fraction) * DAY_MS)) % DAY_MS:
                kind, cell = self.cell(day)
                if kind & DAYS:
                    kind, cell = DATETIME, cell[:11] + b"T" + clock(milliseconds) + b'"'
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
        return Columns(cells, new)


@dataclass(slots=True)
class _Rare:
    workings: Workings
    read: Callable[[bytes, Workings], tuple[int, bytes]]

    def cell(self, raw: bytes) -> tuple[int, bytes]:
        return self.workings.known(*self.read(raw, self.workings))

    def column(self, raw: list[bytes], kinds: int) -> Columns:
        if self.read is _boolean and not self.workings.nulls:
            cells = list(map(_TRUE.get, raw))
            if None not in cells:
                return Columns(cells, {BOOLEAN: _first_filled(raw)})  # type: ignore[arg-type]
        return _one_by_one(self.cell, raw, kinds)


def _boolean(raw: bytes, workings: Workings) -> tuple[int, bytes]:
    found = _TRUE.get(raw.strip())
    return (BOOLEAN, found) if found else (TEXT, workings.text(raw))


def _error(raw: bytes, workings: Workings) -> tuple[int, bytes]:
    return ERROR, error_cell(displayed(workings.text(raw)) or "#N/A")


def _iso(raw: bytes, workings: Workings) -> tuple[int, bytes]:
    """A date as ISO 8601 writes it."""
    text = raw.decode()
    if is_date(text):
        return DATE, text_cell(text)
    if is_datetime(text):
        return MIDNIGHT if text.endswith("T00:00:00") else DATETIME, text_cell(text)
    return TIME if _TIME.fullmatch(raw) else TEXT, workings.text(raw)


def _looked_up(strings: Sequence[bytes], raw: list[bytes]) -> list[bytes]:
    try:
        return list(map(strings.__getitem__, map(int, raw)))
    except (IndexError, ValueError):
        raise corrupt(f"a cell refers to a text beyond the {len(strings):,} it has") from None


def _texts(cells: list[bytes], kinds: int) -> Columns:
    """Texts with their kinds; once a column has text, nothing more needs to be known of it."""
    new: dict[int, int] = {}
    if not kinds & TEXT:
        for place, cell in enumerate(cells):
            if cell and cell != NULL and (kind := text_kind(cell)) not in new:
                new[kind] = place
                if kind == TEXT:
                    break
    return Columns(cells, new)


def _one_by_one(read: Callable[[bytes], tuple[int, bytes]], raw: list[bytes], kinds: int) -> Columns:
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
    return Columns(cells, new)


def _without(cells: list[bytes], nulls: frozenset[bytes]) -> list[bytes]:
    if nulls and not nulls.isdisjoint(cells):
        return [NULL if cell in nulls else cell for cell in cells]
    return cells


def _first_filled(raw: list[bytes]) -> int:
    return next((place for place, value in enumerate(raw) if value), -1)


def merged(parts: Sequence[Columns]) -> Columns:
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
    return Columns(cells, kinds)
