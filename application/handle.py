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

from application.event_store import Appended, EventStore
from application.ports import ReadModels
from domain.dataset.commands import Command, ImportRecords, RevertDataset, record_ids
from domain.dataset.decider import decide, taken, unique_claims
from domain.dataset.events import Event, Metadata, Recorded, RecordsImported
from domain.dataset.state import DatasetState, evolve
from domain.errors import Busy, NotFound, Refusal


@dataclass(frozen=True, slots=True)
class Context:
    """Who wishes, in which workspace, and the ids that tie the event to the request."""

    workspace: str
    actor: str
    correlation_id: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    dataset_id: UUID
    command: Command
    context: Context


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish: the event, or None where nothing was new, and the dataset after it."""

    event: Event | None
    state: DatasetState
    at: datetime


@dataclass(frozen=True, slots=True)
class _Head:
    """A dataset as it evolves within the transaction. `leased`: a bulk change holds its writer lease."""

    state: DatasetState
    leased: bool
    now: datetime


@dataclass
class _Group:
    """The heads as they evolve while the wishes of one transaction are decided."""

    heads: dict[UUID, _Head]
    clock: datetime
    appended: list[Appended] = field(default_factory=list)
    projected: int = 0


class Handler:
    """Carries out wishes against an event store and the read models."""

    def __init__(self, store: EventStore, models: ReadModels) -> None:
        self._store = store
        self._models = models

    def carry_out(self, cursor: "Cursor[Any]", wishes: Sequence[Wish]) -> list[Outcome | Refusal]:
        """Decide the wishes in order and append what they become; nothing is committed here."""
        group = self._load(cursor, wishes)
        results = [self._decided(cursor, group, wish) for wish in wishes]
        self._project_rows(cursor, group)
        self._models.project_heads(cursor, self._store.append(cursor, group.appended))
        return results

    def carry_out_one(self, cursor: "Cursor[Any]", wish: Wish) -> Outcome:
        """The same for one wish. Raises its refusal."""
        result = self.carry_out(cursor, [wish])[0]
        if isinstance(result, Refusal):
            raise result
        return result

    def _load(self, cursor: "Cursor[Any]", wishes: Sequence[Wish]) -> _Group:
        locked = self._models.lock_heads(cursor, sorted({wish.dataset_id for wish in wishes}))
        heads = {dataset_id: _Head(*head) for dataset_id, head in locked.items()}
        for dataset_id, head in heads.items():
            ids = {id for w in wishes if w.dataset_id == dataset_id for id in record_ids(w.command)}
            if ids and not head.state.deleted:
                records = self._models.current(cursor, dataset_id, sorted(ids))
                heads[dataset_id] = replace(head, state=replace(head.state, records=records))
        known = next(iter(heads.values()), None)
        return _Group(heads, self._models.clock(cursor) if known is None else known.now)

    def _decided(self, cursor: "Cursor[Any]", group: _Group, wish: Wish) -> Outcome | Refusal:
        head = group.heads.get(wish.dataset_id) or _Head(DatasetState(), False, group.clock)
        try:
            _must_be_open(head, wish)
            event = decide(head.state, wish.command)
            if event is not None:
                self._must_be_unique(cursor, group, wish.dataset_id, head.state, event)
        except Refusal as refusal:
            return refusal
        if event is None:
            return Outcome(None, head.state, head.now)
        state = evolve(head.state, event)
        group.heads[wish.dataset_id] = replace(head, state=state)
        context = wish.context
        metadata = Metadata(context.actor, head.now, context.correlation_id, context.idempotency_key)
        group.appended.append(Appended(wish.dataset_id, state.version, event, metadata))
        return Outcome(event, state, head.now)

    def _must_be_unique(
        self, cursor: "Cursor[Any]", group: _Group, dataset_id: UUID, state: DatasetState, event: Event
    ) -> None:
        claims = unique_claims(state, event)
        if claims:
            self._project_rows(cursor, group)
        for claim in claims:
            if (holder := self._models.holder(cursor, dataset_id, claim)) is not None:
                raise taken(state.definition, claim, holder)

    def _project_rows(self, cursor: "Cursor[Any]", group: _Group) -> None:
        """The record tables as far as decided: a claim must see what was decided just before it."""
        waiting = group.appended[group.projected :]
        group.projected = len(group.appended)
        rows = [
            Recorded(one.dataset_id, one.version, 0, one.event, one.metadata)
            for one in waiting
            if not isinstance(one.event, RecordsImported)
        ]
        if rows:
            self._models.project_rows(cursor, rows)


def _must_be_open(head: _Head, wish: Wish) -> None:
    """The dataset is of the wisher's workspace, and no bulk change but the wisher's own is under way."""
    if head.state.version and head.state.workspace != wish.context.workspace:
        raise NotFound("dataset-not-found", "There is no such dataset")
    if head.leased and not isinstance(wish.command, RevertDataset | ImportRecords):
        raise Busy("dataset-busy", "A bulk change of this dataset is under way; try again in a moment")
