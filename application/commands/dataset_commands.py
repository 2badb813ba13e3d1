"""Commands for datasets: heads are locked and read from the read models, so no stream is replayed.

Many commands are decided together: the heads are locked once, and the records of each dataset are read once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg import Cursor

from application.authorization import require_allowed
from application.commands.command_group import CommandGroup
from application.commands.envelope import CommandEnvelope, CommandOutcome
from application.commands.uniqueness import require_unique
from application.log.large_events import pack_event
from application.ports import ReadModels
from domain.dataset.commands import PublishCommand, record_ids
from domain.dataset.decision import Decision, decide
from domain.dataset.events import Event, Summary, summarize
from domain.dataset.key_commands import collect_keys
from domain.dataset.state import DatasetState, evolve
from domain.errors import Busy, Conflict


@dataclass(frozen=True, slots=True)
class _DatasetHead:
    """A dataset as it evolves within the transaction. `leased`: a bulk change holds its writer lease."""

    state: DatasetState
    leased: bool
    now: datetime


class DatasetCommands:
    """The heads as they evolve while the commands of one transaction are decided."""

    def __init__(self, cursor: "Cursor[Any]", models: ReadModels, envelopes: Sequence[CommandEnvelope]) -> None:
        self._cursor = cursor
        self._models = models
        locked = models.lock_heads(cursor, sorted({one.dataset_id for one in envelopes})) if envelopes else {}
        self._heads = {dataset_id: _DatasetHead(*head) for dataset_id, head in locked.items()}
        for dataset_id, head in self._heads.items():
            ids = {id for one in envelopes if one.dataset_id == dataset_id for id in record_ids(one.command)}
            if ids and not head.state.deleted:
                records = models.find_records(cursor, dataset_id, sorted(ids))
                self._heads[dataset_id] = replace(head, state=replace(head.state, records=records))
        known = next(iter(self._heads.values()), None)
        self.now = models.read_clock(cursor) if known is None else known.now

    def decide(self, group: CommandGroup, envelope: CommandEnvelope) -> CommandOutcome:
        """Raises the command's refusal."""
        head = self._heads.get(envelope.dataset_id) or _DatasetHead(DatasetState(), False, self.now)
        require_allowed(envelope.context.access, envelope.dataset_id, head.state, envelope.command)
        _require_not_leased(head, envelope)
        head = replace(head, state=self._add_keyed_records(group, envelope, head.state))
        decision = decide(head.state, envelope.command)
        _require_decision_within_limit(decision, envelope.max_affected)
        if decision.claims:
            group.project(self._cursor)
            require_unique(self._cursor, self._models, envelope.dataset_id, head.state.definition, decision)
        event, state = decision.event, head.state
        if event is not None:
            state = evolve(state, event)
            if not envelope.dry_run:
                self._append(group, envelope, replace(head, state=state), event)
        return CommandOutcome(event, head.state, state, head.now, decision.targets, envelope.dry_run)

    def _append(self, group: CommandGroup, envelope: CommandEnvelope, head: _DatasetHead, event: Event) -> None:
        self._heads[envelope.dataset_id] = head
        group.append(
            envelope.dataset_id,
            head.state.version,
            event,
            envelope.context,
            head.now,
            stored=pack_event(self._cursor, envelope.dataset_id, event),
            is_projected=isinstance(envelope.command, PublishCommand),
        )

    def _add_keyed_records(self, group: CommandGroup, envelope: CommandEnvelope, state: DatasetState) -> DatasetState:
        """The state with the records that the command identifies by their keys."""
        keys = collect_keys(state.definition, envelope.command)
        if not keys or state.deleted:
            return state
        group.project(self._cursor)
        found = self._models.find_records_by_key(self._cursor, envelope.dataset_id, state.definition.key, keys)
        return replace(state, records={**state.records, **found})


def _require_not_leased(head: _DatasetHead, envelope: CommandEnvelope) -> None:
    """Raises Busy during a bulk change by another sender."""
    if head.leased and not envelope.holds_lease:
        raise Busy("dataset-busy", "A bulk change of this dataset is under way; try again in a moment")


def _require_decision_within_limit(decision: Decision, max_affected: int | None) -> None:
    if decision.event is not None:
        require_max_affected(summarize(decision.event), max_affected)


def require_max_affected(counts: Summary, max_affected: int | None) -> None:
    """Raises Conflict if a change affects more than `max_affected` records."""
    number = counts.added + counts.changed + counts.removed
    if max_affected is not None and number > max_affected:
        detail = f"This would affect {number:,} records, more than Prefer: max-affected={max_affected} allows"
        raise Conflict("too-many-affected", detail, extra={"affected": number})
