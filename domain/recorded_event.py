"""Stored events of any aggregate: the event, its position in the log, and its metadata."""

import datetime
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

EventT = TypeVar("EventT", covariant=True)


@dataclass(frozen=True, slots=True)
class EventMetadata:
    """Who caused an event, when (UTC), and the ids of the request that caused it."""

    actor: str
    at: datetime.datetime
    correlation_id: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedEvent(Generic[EventT]):
    """A stored event: `version` in its stream, `position` in the global log.

    The id of a dataset's stream is the id of the dataset.
    """

    stream_id: UUID
    version: int
    position: int
    event: EventT
    metadata: EventMetadata
