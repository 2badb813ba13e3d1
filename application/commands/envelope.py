"""A command with its sender and target stream, and its outcome."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from application.commands.idempotency.idempotency_claims import IdempotencyClaim
from domain.access.access import Access
from domain.aggregate import Aggregate
from domain.dataset.commands import Command
from domain.dataset.events import Event, Summary, summarize
from domain.dataset.state import DatasetState

State = TypeVar("State")
CommandT = TypeVar("CommandT")
EventT = TypeVar("EventT")


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The access of a command's sender, and the ids that link the event to the request.

    `claim` is the right to act for the idempotency key; the effect of the command is stored with it.
    """

    access: Access
    correlation_id: str
    idempotency_key: str | None = None
    claim: IdempotencyClaim | None = None

    @property
    def workspace(self) -> str:
        return self.access.workspace

    @property
    def actor(self) -> str:
        """The name of the principal, for the event."""
        return self.access.principal.name


@dataclass(frozen=True, slots=True)
class CommandEnvelope:
    """A command for a dataset. `holds_lease`: the sender holds the dataset's writer lease. `dry_run`: decide
    everything, append nothing. `max_affected`: refuse a change of more records."""

    dataset_id: UUID
    command: Command
    context: CommandContext
    holds_lease: bool = False
    dry_run: bool = False
    max_affected: int | None = None

    @property
    def stream_id(self) -> UUID:
        return self.dataset_id


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """The outcome of a dataset's command: the event, or None if nothing changed, and the dataset after it.

    `targets`: the record of each operation. After a dry run `state` is the state that the command would produce,
    while the dataset stays as it was `before`.
    """

    event: Event | None
    before: DatasetState
    state: DatasetState
    at: datetime
    targets: tuple[int, ...] = ()
    dry_run: bool = False

    @property
    def version(self) -> int:
        """The dataset's version after the command."""
        return (self.before if self.dry_run else self.state).version

    @property
    def summary(self) -> Summary:
        return Summary() if self.event is None else summarize(self.event)


@dataclass(frozen=True, slots=True)
class AggregateEnvelope(Generic[State, CommandT, EventT]):
    """A command for an aggregate of another kind than a dataset."""

    aggregate: Aggregate[State, CommandT, EventT]
    stream_id: UUID
    command: CommandT
    context: CommandContext
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class AggregateOutcome(Generic[State, EventT]):
    """The outcome of an aggregate's command: the event, or None if nothing changed, and the state after it.

    `version`: the number of events in the stream; a dry run adds none.
    """

    event: EventT | None
    state: State
    version: int
    at: datetime


AnyEnvelope = CommandEnvelope | AggregateEnvelope[Any, Any, Any]
AnyOutcome = CommandOutcome | AggregateOutcome[Any, Any]
