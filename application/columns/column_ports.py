"""The interfaces that a change of columns needs: of the record tables, and of the notations of values."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol
from uuid import UUID

from psycopg import Cursor

from application.ports import PlannedChanges
from domain.columns import ColumnType
from domain.dataset.columns.column_plan import ColumnPlan
from domain.schema import Definition

Cell = tuple[int, str, str | None]
"""A current record's id, its value in one column as JSON, and the text for it in the file of its import, if known."""

NewCell = tuple[int, str]
"""A record's id and its new value in one column as JSON."""


class ColumnRewriter(PlannedChanges, Protocol):
    """Plans and checks the new values of records in one transaction."""

    def read_cells(self, cursor: "Cursor[Any]", dataset_id: UUID, position: int) -> Iterator[Sequence[Cell]]:
        """The current values in a column by record id, in blocks. Other statements may run meanwhile."""

    def prepare(self, cursor: "Cursor[Any]") -> None:
        """Get ready to receive converted values and the texts of source files."""

    def store_converted(self, cursor: "Cursor[Any]", position: int, cells: Sequence[NewCell]) -> None:
        """Store new values of a column, which differ from the current ones."""

    def plan(self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition, plan: ColumnPlan) -> int:
        """Plan the new values of the records, from those converted and the defaults; returns their number.

        `definition` is that before the change.
        """

    def find_missing(
        self, cursor: "Cursor[Any]", dataset_id: UUID, position: int, limit: int
    ) -> tuple[list[int], int]:
        """The first `limit` records that would have null in a column, and the number of all of them."""

    def find_duplicates(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int], limit: int
    ) -> tuple[list[tuple[int, str, int]], int]:
        """The first `limit` records that would have the same values at `positions` as an earlier one, and the number
        of all of them: the id, the values as a JSON array, and the id of the earlier record."""

    def find_too_long(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int], most_bytes: int, limit: int
    ) -> tuple[list[int], int]:
        """The first `limit` records whose values at `positions` would have more than `most_bytes` together, and the
        number of all of them."""

    def index_unique_sets(self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition) -> None:
        """Build the indexes in which the unique values of the definition are looked up."""


class TextReader(Protocol):
    """Reads texts as values of a type, exactly as an import of a file would."""

    def find_format(self, column: str, type: ColumnType, blocks: Iterable[Sequence[str]]) -> str | None:
        """The format that most texts have; None is the canonical one.

        Raises Invalid `ambiguous-format` if the texts can be read in two ways.
        """

    def read(self, type: ColumnType, format: str | None, texts: Sequence[str]) -> Sequence[str | None]:
        """The values as JSON; None for a text that does not have this format."""

    def describe(self, type: ColumnType, format: str | None) -> str:
        """The format in words, for a message: `a date like DD.MM.YYYY`."""


class ValueNotations(Protocol):
    """The formats in which values are written as text."""

    def normalize_format(self, type: ColumnType, format: str) -> str | None:
        """The name of the format under which a column keeps it. Raises Invalid if the type has no such format."""

    def write(self, type: ColumnType, format: str, canonical: str) -> str:
        """A canonical text in a format: 1234.50 in 1.234,56 is 1.234,50."""

    def open_reader(self) -> AbstractContextManager[TextReader]:
        """A reader of texts, closed when the block ends."""
