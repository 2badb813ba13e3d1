"""Defines a read model: its tables, the events that feed it, when it is projected and how it is rebuilt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg import Cursor

from domain.aggregate import AnyAggregate
from domain.dataset.events import ChunkRef
from domain.recorded_event import RecordedEvent
from projections.sql.record_tables import RecordTable, table_of

ReadChunk = Callable[[UUID, ChunkRef], bytes]
"""Reads the lines of a chunk, one JSON value per line, over a separate connection."""


@dataclass(frozen=True, slots=True)
class ProjectionContext:
    """What a projection needs in addition to the events. `record_table`: the table of a dataset's records."""

    read_chunk: ReadChunk
    record_table: Callable[[UUID], RecordTable] = field(default=table_of)


Project = Callable[["Cursor[Any]", Sequence[RecordedEvent[Any]], ProjectionContext], None]
"""Applies the events to the tables, in order."""


class Scope(StrEnum):
    """STREAM: each row belongs to one stream, and a stream's rows are rebuilt separately. WORKSPACE: the rows of all
    streams are rebuilt together."""

    STREAM = "stream"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class Inline:
    """Projected in the transaction that appends. `position`: the newest position in its tables.

    `on_decision`: projected as soon as an event is decided, because the next command of the transaction may read
    it; bulk changes write its rows themselves.
    """

    position: Callable[["Cursor[Any]"], int]
    on_decision: bool = False


@dataclass(frozen=True, slots=True)
class FollowsLog:
    """Projected by a process that follows the log and stores its position under the model's name."""


@dataclass(frozen=True, slots=True)
class ReadModel:
    """A read model of the events of `aggregates`, all of them but those it `ignores`.

    `stream_column`: the column of its `tables` with the stream's id. `has_record_tables`: it also has one table per
    stream, which its projection creates.
    """

    name: str
    tables: tuple[str, ...]
    aggregates: tuple[AnyAggregate, ...]
    ignores: tuple[type, ...]
    project: Project
    runs: Inline | FollowsLog
    scope: Scope = Scope.STREAM
    stream_column: str = "dataset_id"
    has_record_tables: bool = False
    fed_by: frozenset[type] = field(init=False)
    """The events that feed it."""

    def __post_init__(self) -> None:
        """Raises ValueError for an ignored event of another aggregate, or a scope that does not fit `runs`."""
        known = {event_type for aggregate in self.aggregates for event_type in aggregate.event_types}
        if foreign := set(self.ignores) - known:
            raise ValueError(f"{self.name} ignores {foreign}, which are not events of its aggregates")
        if isinstance(self.runs, Inline) != (self.scope is Scope.STREAM):
            raise ValueError(
                f"{self.name}: an inline read model is rebuilt by stream, one that follows the log as a whole"
            )
        object.__setattr__(self, "fed_by", frozenset(known - set(self.ignores)))

    @property
    def stored_names(self) -> list[str]:
        """The stored names of all events of its aggregates."""
        return [name for aggregate in self.aggregates for name in aggregate.stored_names]

    def is_fed_by(self, event: object) -> bool:
        return type(event) in self.fed_by

    def apply(
        self, cursor: "Cursor[Any]", recorded: Sequence[RecordedEvent[object]], context: ProjectionContext
    ) -> None:
        """Project the events that feed it."""
        if fed := [one for one in recorded if type(one.event) in self.fed_by]:
            self.project(cursor, fed, context)
