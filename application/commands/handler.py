"""Executes commands in the caller's transaction: load, decide, append, project.

Many commands are executed together (group commit) with one append and one projection. A refused command does not
affect the others.
"""

from collections.abc import Sequence
from typing import Any, TypeVar, overload

from psycopg import Cursor

from application.commands.aggregate_commands import AggregateCommands
from application.commands.command_group import CommandGroup, list_completed_claims
from application.commands.dataset_commands import DatasetCommands
from application.commands.envelope import (
    AggregateEnvelope,
    AggregateOutcome,
    AnyEnvelope,
    AnyOutcome,
    CommandEnvelope,
    CommandOutcome,
)
from application.commands.idempotency import idempotency_keys
from application.log.event_store import EventStore
from application.ports import ReadModels
from domain.errors import Refusal

State = TypeVar("State")
CommandT = TypeVar("CommandT")
EventT = TypeVar("EventT")


class CommandHandler:
    """Executes commands against an event store and the read models."""

    def __init__(self, store: EventStore, models: ReadModels) -> None:
        self._store = store
        self.models = models

    def execute(self, cursor: "Cursor[Any]", envelopes: Sequence[AnyEnvelope]) -> list[AnyOutcome | Refusal]:
        """Decide the commands in order and append their events; the caller commits."""
        claims = idempotency_keys.lock_claims(cursor, (one.context.claim for one in envelopes))
        group = CommandGroup(self.models, claims)
        datasets = DatasetCommands(
            cursor, self.models, [one for one in envelopes if isinstance(one, CommandEnvelope)]
        )
        others = [one for one in envelopes if isinstance(one, AggregateEnvelope)]
        streams = AggregateCommands(cursor, self._store, datasets.now, others)
        results = [_decide(group, datasets, streams, one) for one in envelopes]
        group.project(cursor)
        self.models.project_appended(cursor, self._store.append(cursor, group.appended))
        idempotency_keys.complete_claims(cursor, list_completed_claims(envelopes, results))
        return results

    @overload
    def execute_one(self, cursor: "Cursor[Any]", envelope: CommandEnvelope) -> CommandOutcome: ...
    @overload
    def execute_one(
        self, cursor: "Cursor[Any]", envelope: AggregateEnvelope[State, CommandT, EventT]
    ) -> AggregateOutcome[State, EventT]: ...
    def execute_one(self, cursor: "Cursor[Any]", envelope: AnyEnvelope) -> AnyOutcome:
        """Execute one command. Raises its refusal."""
        result = self.execute(cursor, [envelope])[0]
        if isinstance(result, Refusal):
            raise result
        return result


def _decide(
    group: CommandGroup, datasets: DatasetCommands, streams: AggregateCommands, envelope: AnyEnvelope
) -> AnyOutcome | Refusal:
    try:
        group.require_claim(envelope.context)
        if isinstance(envelope, CommandEnvelope):
            return datasets.decide(group, envelope)
        return streams.decide(group, envelope)
    except Refusal as refusal:
        return refusal
