"""Rebuild and verify read models that follow the log, next to the live ones.

A temporary table of the same name shadows the live one, so that the projection runs unchanged. The last events are
applied while the follower's position is locked: the follower waits and then continues after them.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Identifier

from domain.recorded_event import RecordedEvent
from projections.models.read_model import ProjectionContext, ReadModel
from projections.shadow_models import RebuildSource, ReportProgress, fill_name

_LOCK_LIVE = "LOCK TABLE public.{} IN SHARE ROW EXCLUSIVE MODE"

_DIFFERENCE = SQL("""
SELECT (SELECT to_jsonb(one) FROM (SELECT * FROM public.{table} EXCEPT SELECT * FROM pg_temp.{table}) AS one LIMIT 1),
       (SELECT to_jsonb(one) FROM (SELECT * FROM pg_temp.{table} EXCEPT SELECT * FROM public.{table}) AS one LIMIT 1)
""")


class EventNotApplied(Exception):
    """The first event of the log that a read model cannot apply."""

    def __init__(self, name: str, recorded: RecordedEvent[object], error: Exception) -> None:
        what = (
            f"{type(recorded.event).__name__} at position {recorded.position}"
            f" (stream {recorded.stream_id}, version {recorded.version})"
        )
        super().__init__(f"{name} cannot apply {what}: {error}")


@dataclass(frozen=True, slots=True)
class FollowerReport:
    """A rebuilt or compared read model: its position, the events applied, the seconds, and the first difference."""

    name: str
    position: int
    events: int
    seconds: float
    difference: str | None = None


class _Shadow:
    def __init__(
        self, source: RebuildSource, connection: "Connection[Any]", model: ReadModel, watch: ReportProgress
    ) -> None:
        self.connection = connection
        self.position = 0
        self.events = 0
        self._source = source
        self._model = model
        self._context = ProjectionContext(source.read_chunk)
        self._watch = watch

    def catch_up(self, until: int | None = None) -> None:
        """Apply the events of the log above the position, batch by batch."""
        while events := self._source.log.read(self.position, until):
            try:
                self._apply(events)
            except Exception:
                for event in events:
                    self._apply([event])
            self._watch(self.events)

    def _apply(self, events: Sequence[RecordedEvent[object]]) -> None:
        try:
            with self.connection.transaction(), self.connection.cursor() as cursor:
                self._model.apply(cursor, events, self._context)
        except Exception as error:
            if len(events) > 1:
                raise
            raise EventNotApplied(self._model.name, events[0], error) from error
        self.position = events[-1].position
        self.events += len(events)


def rebuild_follower(
    source: RebuildSource, model: ReadModel, watch: ReportProgress = lambda events: None
) -> FollowerReport:
    """Build the model from the log and replace the live one with it. Its follower continues from there."""
    begun = time.monotonic()
    with _shadow(source, model, watch) as shadow, shadow.connection.transaction():
        with shadow.connection.cursor() as cursor:
            source.log.lock_position(cursor, model.name)
            _lock_live_tables(cursor, model)
            shadow.catch_up()
            for table in model.tables:
                cursor.execute(fill_name("DELETE FROM public.{}", table))
                cursor.execute(fill_name("INSERT INTO public.{0} SELECT * FROM pg_temp.{0}", table))
            source.log.set_position(cursor, model.name, shadow.position)
        return FollowerReport(model.name, shadow.position, shadow.events, time.monotonic() - begun)


def verify_follower(
    source: RebuildSource, model: ReadModel, watch: ReportProgress = lambda events: None
) -> FollowerReport:
    """Compare the live model with a rebuilt one, up to the follower's position, without changing anything."""
    begun = time.monotonic()
    with _shadow(source, model, watch) as shadow, shadow.connection.transaction():
        with shadow.connection.cursor() as cursor:
            position = source.log.lock_position(cursor, model.name)
            _lock_live_tables(cursor, model)
            shadow.catch_up(position)
        difference = _compare(shadow.connection, model)
        return FollowerReport(model.name, position, shadow.events, time.monotonic() - begun, difference)


def _compare(connection: "Connection[Any]", model: ReadModel) -> str | None:
    for table in model.tables:
        row = connection.execute(_DIFFERENCE.format(table=Identifier(table))).fetchone()
        if row is not None and row != (None, None):
            return f"table {table}: live {row[0]}, rebuilt {row[1]}"
    return None


def _lock_live_tables(cursor: "Cursor[Any]", model: ReadModel) -> None:
    for table in model.tables:
        cursor.execute(fill_name(_LOCK_LIVE, table))


@contextmanager
def _shadow(source: RebuildSource, model: ReadModel, watch: ReportProgress) -> Iterator[_Shadow]:
    """The model next to the live one, built up to the follower's position at the start of the block."""
    with source.connect() as connection:
        for table in model.tables:
            connection.execute(fill_name("CREATE TEMPORARY TABLE {0} (LIKE public.{0} INCLUDING ALL)", table))
        shadow = _Shadow(source, connection, model, watch)
        with connection.transaction(), connection.cursor() as cursor:
            reached = source.log.lock_position(cursor, model.name)
        shadow.catch_up(reached)
        try:
            yield shadow
        finally:
            if not connection.closed:
                for table in model.tables:
                    connection.execute(fill_name("DROP TABLE IF EXISTS pg_temp.{}", table))
