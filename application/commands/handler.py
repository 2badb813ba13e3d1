"""Command → version, in the caller's transaction: load, decide, append, project.

Many wishes go through together (group commit): one lock of the heads, one append, one projection. A wish that
is refused leaves the others untouched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor

from application.commands import idempotency_claims
from application.commands.idempotency_claims import ClaimEffect, IdempotencyClaim
from application.commands.uniqueness import require_unique
from application.log.event_store import EventStore, PendingEvent
from application.log.large_events import pack_event
from application.ports import ReadModels
from domain.dataset.commands import Command, ImportRecords, PublishChanges, record_ids
from domain.dataset.decision import Decision, decide
from domain.dataset.events import Event, RecordedDatasetEvent, Summary, summarize
from domain.dataset.key_commands import collect_keys
from domain.dataset.state import DatasetState, evolve
from domain.errors import Busy, Conflict, NotFound, Refusal
from domain.recorded_event import EventMetadata, RecordedEvent


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Who wishes, in which workspace, and the ids that tie the event to the request.

    `claim` is the right to act for the idempotency key; what is done in its name is noted with it.
    """

    workspace: str
    actor: str
    correlation_id: str
    idempotency_key: str | None = None
    claim: IdempotencyClaim | None = None


@dataclass(frozen=True, slots=True)
class CommandEnvelope:
    """`holds_lease`: the wisher holds the dataset's writer lease. `dry_run`: decide everything, append nothing.
    `most`: refuse what would touch more records."""

    dataset_id: UUID
    command: Command
    context: CommandContext
    holds_lease: bool = False
    dry_run: bool = False
    most: int | None = None


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What became of a wish: the event, or None where nothing was new, and the dataset after it.

    `targets`: the record of each operation. Of a dry run it is what would become, while the dataset stays as
    it was `before`.
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
class _DatasetHead:
    """A dataset as it evolves within the transaction. `leased`: a bulk change holds its writer lease."""

    state: DatasetState
    leased: bool
    now: datetime


@dataclass
class _CommandGroup:
    """The heads as they evolve while the wishes of one transaction are decided."""

    heads: dict[UUID, _DatasetHead]
    clock: datetime
    claims: frozenset[UUID]
    appended: list[PendingEvent] = field(default_factory=list)
    unprojected: list[RecordedDatasetEvent] = field(default_factory=list)


class CommandHandler:
    """Carries out wishes against an event store and the read models."""

    def __init__(self, store: EventStore, models: ReadModels) -> None:
        self._store = store
        self._models = models

    def carry_out(self, cursor: "Cursor[Any]", wishes: Sequence[CommandEnvelope]) -> list[CommandOutcome | Refusal]:
        """Decide the wishes in order and append what they become; nothing is committed here."""
        group = self._load(
            cursor, wishes, idempotency_claims.lock_claims(cursor, (wish.context.claim for wish in wishes))
        )
        results = [self._decided(cursor, group, wish) for wish in wishes]
        self._project_rows(cursor, group)
        self._models.project_appended(cursor, self._store.append(cursor, group.appended))
        idempotency_claims.complete_claims(cursor, _list_completed_claims(wishes, results))
        return results

    def carry_out_one(self, cursor: "Cursor[Any]", wish: CommandEnvelope) -> CommandOutcome:
        """The same for one wish. Raises its refusal."""
        result = self.carry_out(cursor, [wish])[0]
        if isinstance(result, Refusal):
            raise result
        return result

    def _load(self, cursor: "Cursor[Any]", wishes: Sequence[CommandEnvelope], held: frozenset[UUID]) -> _CommandGroup:
        locked = self._models.lock_heads(cursor, sorted({wish.dataset_id for wish in wishes}))
        heads = {dataset_id: _DatasetHead(*head) for dataset_id, head in locked.items()}
        for dataset_id, head in heads.items():
            ids = {id for w in wishes if w.dataset_id == dataset_id for id in record_ids(w.command)}
            if ids and not head.state.deleted:
                records = self._models.current(cursor, dataset_id, sorted(ids))
                heads[dataset_id] = replace(head, state=replace(head.state, records=records))
        known = next(iter(heads.values()), None)
        return _CommandGroup(heads, self._models.clock(cursor) if known is None else known.now, held)

    def _decided(
        self, cursor: "Cursor[Any]", group: _CommandGroup, wish: CommandEnvelope
    ) -> CommandOutcome | Refusal:
        head = group.heads.get(wish.dataset_id) or _DatasetHead(DatasetState(), False, group.clock)
        try:
            if wish.context.claim is not None and wish.context.claim.id not in group.claims:
                raise idempotency_claims.claim_lost_error()
            _require_writable(head, wish)
            head = replace(head, state=self._with_keys(cursor, group, wish, head.state))
            decision = decide(head.state, wish.command)
            _require_decision_within_limit(decision, wish.most)
            self._must_be_unique(cursor, group, wish.dataset_id, head.state, decision)
        except Refusal as refusal:
            return refusal
        event, state = decision.event, head.state
        if event is not None:
            state = evolve(state, event)
            if not wish.dry_run:
                self._append(cursor, group, wish, replace(head, state=state), event)
        return CommandOutcome(event, head.state, state, head.now, decision.targets, wish.dry_run)

    def _append(
        self, cursor: "Cursor[Any]", group: _CommandGroup, wish: CommandEnvelope, head: _DatasetHead, event: Event
    ) -> None:
        group.heads[wish.dataset_id] = head
        context = wish.context
        metadata = EventMetadata(context.actor, head.now, context.correlation_id, context.idempotency_key)
        stored = pack_event(cursor, wish.dataset_id, event)
        group.appended.append(PendingEvent(wish.dataset_id, head.state.version, stored, metadata))
        if not isinstance(wish.command, ImportRecords | PublishChanges):
            group.unprojected.append(RecordedEvent(wish.dataset_id, head.state.version, 0, event, metadata))

    def _with_keys(
        self, cursor: "Cursor[Any]", group: _CommandGroup, wish: CommandEnvelope, state: DatasetState
    ) -> DatasetState:
        """The state together with the records that the wish names by their keys."""
        keys = collect_keys(state.definition, wish.command)
        if not keys or state.deleted:
            return state
        self._project_rows(cursor, group)
        found = self._models.keyed(cursor, wish.dataset_id, state.definition.key, keys)
        return replace(state, records={**state.records, **found})

    def _must_be_unique(
        self, cursor: "Cursor[Any]", group: _CommandGroup, dataset_id: UUID, state: DatasetState, decision: Decision
    ) -> None:
        if decision.claims:
            self._project_rows(cursor, group)
            require_unique(cursor, self._models, dataset_id, state.definition, decision)

    def _project_rows(self, cursor: "Cursor[Any]", group: _CommandGroup) -> None:
        """The record tables as far as decided: a claim must see what was decided just before it."""
        rows, group.unprojected = group.unprojected, []
        if rows:
            self._models.project_decided(cursor, rows)


def _list_completed_claims(
    wishes: Sequence[CommandEnvelope], results: Sequence[CommandOutcome | Refusal]
) -> list[tuple[IdempotencyClaim, ClaimEffect]]:
    """What was done for those wishes that act for an idempotency key."""
    return [
        (wish.context.claim, ClaimEffect(wish.dataset_id, result.state.version))
        for wish, result in zip(wishes, results, strict=True)
        if wish.context.claim is not None and isinstance(result, CommandOutcome) and result.event is not None
    ]


def _require_writable(head: _DatasetHead, wish: CommandEnvelope) -> None:
    """The dataset is of the wisher's workspace, and no bulk change but the wisher's own is under way."""
    if head.state.version and head.state.workspace != wish.context.workspace:
        raise NotFound("dataset-not-found", "There is no such dataset")
    if head.leased and not wish.holds_lease:
        raise Busy("dataset-busy", "A bulk change of this dataset is under way; try again in a moment")


def _require_decision_within_limit(decision: Decision, most: int | None) -> None:
    if decision.event is not None:
        require_max_affected(summarize(decision.event), most)


def require_max_affected(counts: Summary, most: int | None) -> None:
    """Raises Conflict if a change touches more than `most` records."""
    number = counts.added + counts.changed + counts.removed
    if most is not None and number > most:
        detail = f"This would touch {number:,} records; Prefer: max-affected={most} allows no more than {most:,}"
        raise Conflict("too-many-affected", detail, extra={"affected": number})
