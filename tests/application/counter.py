"""A toy aggregate that only tests know: a counter that can be raised, closed, and filled with rows in chunks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never, get_args
from uuid import UUID

from psycopg import Cursor

from domain.aggregate import Aggregate
from domain.dataset.events import ChunkRef
from domain.errors import Conflict
from domain.recorded_event import RecordedEvent
from projections.models.read_model import Inline, ProjectionContext, ReadModel


@dataclass(frozen=True, slots=True)
class RaiseCounter:
    by: int


@dataclass(frozen=True, slots=True)
class CloseCounter:
    pass


@dataclass(frozen=True, slots=True)
class FillCounter:
    chunks: tuple[ChunkRef, ...]


@dataclass(frozen=True, slots=True)
class CounterRaised:
    by: int


@dataclass(frozen=True, slots=True)
class CounterClosed:
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CounterFilled:
    boxes: "tuple[CounterBox, ...]"


@dataclass(frozen=True, slots=True)
class CounterBox:
    """Chunks in a field of a field, so that they are found at any depth."""

    rows: tuple[ChunkRef, ...] | None = None


CounterCommand = RaiseCounter | CloseCounter | FillCounter
CounterEvent = CounterRaised | CounterClosed | CounterFilled


@dataclass(frozen=True, slots=True)
class CounterState:
    value: int = 0
    closed: bool = False


def decide_counter(state: CounterState, command: CounterCommand) -> CounterEvent | None:
    if state.closed:
        raise Conflict("counter-closed", f"The counter was closed at {state.value}")
    match command:
        case RaiseCounter(by):
            return CounterRaised(by) if by else None
        case CloseCounter():
            return CounterClosed()
        case FillCounter(chunks):
            return CounterFilled((CounterBox(), CounterBox(chunks)))
        case _:
            assert_never(command)


def evolve_counter(state: CounterState, event: CounterEvent) -> CounterState:
    match event:
        case CounterRaised(by):
            return replace(state, value=state.value + by)
        case CounterClosed():
            return replace(state, closed=True)
        case CounterFilled():
            return state
        case _:
            assert_never(event)


COUNTER: Aggregate[CounterState, CounterCommand, CounterEvent] = Aggregate(
    name="counter",
    initial=CounterState(),
    decide=decide_counter,
    evolve=evolve_counter,
    command_types=get_args(CounterCommand),
    event_types=get_args(CounterEvent),
    stored_names={
        "CounterRaised": CounterRaised,
        "CounterClosed": CounterClosed,
        "CounterFilled": CounterFilled,
    },
)

CREATE_COUNTERS = """
CREATE TABLE counters (counter_id uuid PRIMARY KEY, value bigint NOT NULL, position bigint NOT NULL, note text)
"""

_RAISE = """
INSERT INTO counters (counter_id, value, position) VALUES (%s, %s, %s)
ON CONFLICT (counter_id) DO UPDATE SET value = counters.value + excluded.value, position = excluded.position
"""

IGNORES = (CounterClosed, CounterFilled)


def project(
    cursor: "Cursor[Any]", recorded: Sequence[RecordedEvent[CounterEvent]], context: ProjectionContext
) -> None:
    for one in recorded:
        event = one.event
        if isinstance(event, IGNORES):
            continue
        match event:
            case CounterRaised(by):
                cursor.execute(_RAISE, [one.stream_id, by, one.position])
            case _:
                assert_never(event)


def read_position(cursor: "Cursor[Any]") -> int:
    row = cursor.execute("SELECT coalesce(max(position), 0) FROM counters").fetchone()
    return int(row[0]) if row else 0


def read_value(cursor: "Cursor[Any]", counter_id: UUID) -> int | None:
    row = cursor.execute("SELECT value FROM counters WHERE counter_id = %s", [counter_id]).fetchone()
    return None if row is None else int(row[0])


COUNTERS = ReadModel(
    name="counters",
    tables=("counters",),
    aggregates=(COUNTER,),
    ignores=IGNORES,
    project=project,
    runs=Inline(read_position),
    stream_column="counter_id",
)
