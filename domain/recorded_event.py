"""An event in its place in the log, and who caused it: the same for the events of every aggregate."""

import datetime
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

EventT = TypeVar("EventT", covariant=True)


@dataclass(frozen=True, slots=True)
class EventMetadata:
    """Who caused an event and when (UTC); ids that tie it to the request."""

    actor: str
    at: datetime.datetime
    correlation_id: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedEvent(Generic[EventT]):
    """An event in its place: `version` in its stream, `position` in the global log.

    A dataset's stream has the dataset's id.
    """

    stream_id: UUID
    version: int
    position: int
    event: EventT
    metadata: EventMetadata
