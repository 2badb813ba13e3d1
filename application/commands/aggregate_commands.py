"""Commands for any aggregate: lock and replay its stream, then decide the command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from psycopg import Cursor

from application.authorization import require_may_manage
from application.commands.command_group import CommandGroup
from application.commands.envelope import AggregateEnvelope, AggregateOutcome
from application.log.event_store import EventStore
from domain.aggregate import Aggregate, AnyAggregate
from domain.errors import NotFound

State = TypeVar("State")
CommandT = TypeVar("CommandT")
EventT = TypeVar("EventT")

_LOCK_STREAMS = "SELECT lock_streams(%s::uuid[])"


@dataclass(frozen=True, slots=True)
class _ReplayedStream:
    """A stream as it evolves within the transaction. `at`: the time of its last event, or now if that is later.

    `is_foreign`: its events belong to another kind of aggregate.
    """

    state: Any
    version: int
    at: datetime
    is_foreign: bool = False


class AggregateCommands:
    """The streams as they evolve while the commands of one transaction are decided."""

    def __init__(
        self,
        cursor: "Cursor[Any]",
        store: EventStore,
        now: datetime,
        envelopes: Sequence[AggregateEnvelope[Any, Any, Any]],
    ) -> None:
        kinds = {(one.aggregate.name, one.stream_id): one.aggregate for one in envelopes}
        if kinds:
            cursor.execute(_LOCK_STREAMS, [sorted({id for _, id in kinds})])
        self._streams = {key: _replay(cursor, store, kind, key[1], now) for key, kind in kinds.items()}

    def decide(
        self, group: CommandGroup, envelope: AggregateEnvelope[State, CommandT, EventT]
    ) -> AggregateOutcome[State, EventT]:
        """Raises the command's refusal, or NotFound if the stream is of another kind of aggregate."""
        aggregate = envelope.aggregate
        require_may_manage(envelope.context.access)
        stream = self._streams[aggregate.name, envelope.stream_id]
        if stream.is_foreign:
            raise _not_found_error(aggregate)
        event = aggregate.decide(stream.state, envelope.command)
        if event is None:
            return AggregateOutcome(None, stream.state, stream.version, stream.at)
        state = aggregate.evolve(stream.state, event)
        if envelope.dry_run:
            return AggregateOutcome(event, state, stream.version, stream.at)
        version = stream.version + 1
        self._streams[aggregate.name, envelope.stream_id] = _ReplayedStream(state, version, stream.at)
        group.append(envelope.stream_id, version, event, envelope.context, stream.at)
        return AggregateOutcome(event, state, version, stream.at)


def _replay(
    cursor: "Cursor[Any]", store: EventStore, aggregate: AnyAggregate, stream_id: UUID, now: datetime
) -> _ReplayedStream:
    state, version, at = aggregate.initial, 0, now
    for recorded in store.read_stream(cursor, stream_id):
        if not aggregate.owns(recorded.event):
            return _ReplayedStream(aggregate.initial, 0, at, is_foreign=True)
        state = aggregate.evolve(state, recorded.event)
        version, at = recorded.version, max(at, recorded.metadata.at)
    return _ReplayedStream(state, version, at)


def _not_found_error(aggregate: Aggregate[Any, Any, Any]) -> NotFound:
    return NotFound(f"{aggregate.name}-not-found", f"There is no such {aggregate.name}")
