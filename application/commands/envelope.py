"""A command on its way: who sends it, to which stream, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from application.commands.idempotency_claims import IdempotencyClaim
from domain.aggregate import Aggregate
from domain.dataset.commands import Command
from domain.dataset.events import Event, Summary, summarize
from domain.dataset.state import DatasetState

State = TypeVar("State")
CommandT = TypeVar("CommandT")
EventT = TypeVar("EventT")


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Who sends a command, in which workspace, and the ids that tie the event to the request.

    `claim` is the right to act for the idempotency key; what is done in its name is noted with it.
    """

    workspace: str
    actor: str
    correlation_id: str
    idempotency_key: str | None = None
    claim: IdempotencyClaim | None = None


@dataclass(frozen=True, slots=True)
class CommandEnvelope:
    """A command for a dataset. `holds_lease`: the sender holds the dataset's writer lease. `dry_run`: decide
    everything, append nothing. `most`: refuse what would touch more records."""

    dataset_id: UUID
    command: Command
    context: CommandContext
    holds_lease: bool = False
    dry_run: bool = False
    most: int | None = None

    @property
    def stream_id(self) -> UUID:
        return self.dataset_id


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What became of a dataset's command: the event, or None where nothing was new, and the dataset after it.

    `targets`: the record of each operation. After a dry run `state` is what would become, while the dataset stays
    as it was `before`.
    """

    event: Event | None
    before: DatasetState
    state: DatasetState
    at: datetime
    targets: tuple[int, ...] = ()
    dry_run: bool = False

    @property
    def version(self) -> int:
        """The dataset's, now that it is done."""
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
    """What became of it: the event, or None where nothing was new, and the state after it.

    `version`: the number of events in the stream; a dry run adds none.
    """

    event: EventT | None
    state: State
    version: int
    at: datetime


AnyEnvelope = CommandEnvelope | AggregateEnvelope[Any, Any, Any]
AnyOutcome = CommandOutcome | AggregateOutcome[Any, Any]
