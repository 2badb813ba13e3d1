"""A case of the corpus: a small file, and what an import makes of it, exactly.

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
    """What is read: types by column name, the rows in order. `found` and `notes` need only be among what is said:
    a note by a part of it."""

    columns: Mapping[str, str]
    rows: Sequence[Sequence[object]]
    rejects: Sequence[Fault]
    found: Mapping[str, object]
    notes: Sequence[str]


@dataclass(frozen=True)
class Refused:
    """The file as a whole is refused, with this code."""

    code: str


@dataclass(frozen=True)
class Case:
    """`data` may be a function where a file is made by a library."""

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
    """The CSV file of two columns, `id` (1, 2, 3 …) and `v` with these cells, as they stand."""
    return "id,v\n" + "".join(f"{number},{cell}\n" for number, cell in enumerate(cells, 1))


def refused(code: str) -> Refused:
    return Refused(code)
