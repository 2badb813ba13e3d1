"""A case of the corpus: a small file, and the exact result of importing it.

A file is read (`table`) or refused as a whole (`refused`). Expected numbers are `int` or `Decimal` and are
compared digit by digit: `Decimal("1.10")` is not 1.1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Fault = tuple[int, str | None, str]
"""A reject: its line, its column and its code."""


@dataclass(frozen=True)
class Table:
    """The expected table: types by column name, and the rows in order.

    `found` and `notes` must be among those reported; of a note, a part is enough.
    """

    columns: Mapping[str, str]
    rows: Sequence[Sequence[object]]
    rejects: Sequence[Fault]
    found: Mapping[str, object]
    notes: Sequence[str]


@dataclass(frozen=True)
class Refused:
    """The file as a whole is refused, with this code and these words in the reason."""

    code: str
    words: str = ""


@dataclass(frozen=True)
class Case:
    """A case. `data` may be a function if a library writes the file."""

    title: str
    data: bytes | str | Callable[[], bytes]
    expected: Table | Refused
    options: Mapping[str, Any] = field(default_factory=dict)
    filename: str = "file.csv"

    def content(self) -> bytes:
        match self.data:
            case str():
                return self.data.encode()
            case bytes():
                return self.data
            case _:
                return self.data()


def table(
    columns: Mapping[str, str],
    *rows: Sequence[object],
    rejects: Sequence[Fault] = (),
    notes: Sequence[str] = (),
    **found: object,
) -> Table:
    return Table(columns, rows, rejects, found, notes)


def texts(names: str, *rows: Sequence[object], rejects: Sequence[Fault] = (), **found: object) -> Table:
    """A table whose columns, named by the words of `names`, are all text."""
    return Table(dict.fromkeys(names.split(), "string"), rows, rejects, found, ())


def column(kind: str, *values: object, rejects: Sequence[Fault] = (), notes: Sequence[str] = ()) -> Table:
    """A table of two columns, `id` (1, 2, 3 …) and `v` with these values."""
    return Table({"id": "integer", "v": kind}, list(enumerate(values, 1)), rejects, {}, notes)


def below_id(*cells: str) -> str:
    """The CSV file of two columns, `id` (1, 2, 3 …) and `v` with these cells, as they are written."""
    return "id,v\n" + "".join(f"{number},{cell}\n" for number, cell in enumerate(cells, 1))


def refused(code: str, words: str = "") -> Refused:
    return Refused(code, words)
