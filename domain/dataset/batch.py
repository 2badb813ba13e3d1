"""Many operations at once: done in order on a picture of the records, and all of them or none.

What must be unique is looked at in the end, so that two records may swap their values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.dataset import key_commands
from domain.dataset.batch_failures import BatchFailures
from domain.dataset.commands import CreateRecord, KeyCommand, Operation, RecordCommand
from domain.dataset.decider import (
    UniqueClaim,
    decide_event,
    duplicate_key_error,
    have_same_values,
    pick_values,
)
from domain.dataset.events import RecordChange, RecordsChanged, inline_changes
from domain.dataset.state import DatasetState, Record
from domain.equality import to_comparable
from domain.errors import Refusal
from domain.schema import Values


@dataclass(frozen=True, slots=True)
class BatchDecision:
    """What the operations come to. `targets`: the record of each; `claims` bear the operation to blame."""

    event: RecordsChanged | None
    targets: tuple[int, ...]
    claims: tuple[UniqueClaim, ...]


def decide_batch(state: DatasetState, operations: Sequence[Operation]) -> BatchDecision:
    """Raises Invalid, PreconditionFailed or Conflict naming every operation that fails by its index."""
    picture = _WorkingState(state)
    refused = BatchFailures(len(operations))
    targets = []
    for index, operation in enumerate(operations):
        try:
            targets.append(picture.do(index, operation))
        except Refusal as refusal:
            refused.add(index, refusal)
    refused.must_be_none()
    changes = picture.changes()
    claims = _find_claims(picture, changes, refused)
    refused.must_be_none()
    return BatchDecision(_build_event(state, picture, changes), tuple(targets), claims)


class _WorkingState:
    """The records as they become, and which operation last wrote each."""

    def __init__(self, state: DatasetState) -> None:
        self.before = state.records
        self.writers: dict[int, int] = {}
        self._now = dict(state.records)
        self._state = replace(state, records=self._now)
        self._ids = key_commands.index_by_key(state, state.records.items()) if state.definition.key else {}

    @property
    def state(self) -> DatasetState:
        return self._state

    def do(self, index: int, operation: Operation) -> int:
        """The record it was done to. Raises its refusal; then nothing was done."""
        command = self._by_id(operation)
        id = self._state.next_id if isinstance(command, CreateRecord) else command.id
        event = decide_event(self._state, command)
        if event is not None:
            (change,) = inline_changes(event)
            self._write(index, change)
        return id

    def changes(self) -> list[RecordChange]:
        """What differs in the end, by ascending id."""
        return [
            RecordChange(id, None if (record := self._now.get(id)) is None else record.values)
            for id in sorted(self.writers)
            if _has_changed(self.before.get(id), self._now.get(id))
        ]

    def _by_id(self, operation: Operation) -> RecordCommand:
        if isinstance(operation, KeyCommand):
            return key_commands.resolve_key_command(
                self._state, lambda key: self._ids.get(to_comparable(key)), operation
            )
        return operation

    def _write(self, index: int, change: RecordChange) -> None:
        """A record keeps the version it had, by which every operation on it may be conditional."""
        self.writers[change.id] = index
        old = self._now.pop(change.id, None)
        version = self._state.version + 1 if old is None else old.version
        if change.id == self._state.next_id:
            self._state = replace(self._state, next_id=change.id + 1)
        if self._state.definition.key:
            self._file(change.id, old, change.values)
        if change.values is not None:
            self._now[change.id] = Record(version, change.values)

    def _file(self, id: int, old: Record | None, values: Values | None) -> None:
        if old is not None and self._ids.get(key := key_commands.get_comparable_key(self._state, old)) == id:
            del self._ids[key]
        if values is not None:
            self._ids[key_commands.get_comparable_key(self._state, Record(0, values))] = id


def _has_changed(before: Record | None, now: Record | None) -> bool:
    if before is None or now is None:
        return before is not now
    return not have_same_values(before.values, now.values)


def _find_claims(
    picture: _WorkingState, changes: Sequence[RecordChange], refused: BatchFailures
) -> tuple[UniqueClaim, ...]:
    """The values that must be nobody else's; two records of the batch that share one are refused."""
    definition = picture.state.definition
    claims = []
    for positions in definition.unique_sets():
        wanted = [
            UniqueClaim(change.id, positions, values, picture.writers[change.id])
            for change in changes
            if change.values is not None and None not in (values := pick_values(change.values, positions))
        ]
        new = [claim for claim in wanted if _is_new_claim(picture.before, claim)]
        newcomers = {claim.id for claim in new}
        holders = {to_comparable(claim.values): claim.id for claim in wanted if claim.id not in newcomers}
        for claim in new:
            holder = holders.setdefault(to_comparable(claim.values), claim.id)
            if holder != claim.id:
                refused.add(claim.operation or 0, duplicate_key_error(definition, claim, holder))
        claims += new
    return tuple(claims)


def _is_new_claim(before: Mapping[int, Record], claim: UniqueClaim) -> bool:
    record = before.get(claim.id)
    return record is None or to_comparable(pick_values(record.values, claim.positions)) != to_comparable(claim.values)


def _build_event(
    state: DatasetState, picture: _WorkingState, changes: Sequence[RecordChange]
) -> RecordsChanged | None:
    if not changes:
        return None
    removed = sum(change.values is None for change in changes)
    added = sum(change.id not in picture.before for change in changes)
    next_id = picture.state.next_id
    return RecordsChanged(
        added=added,
        changed=len(changes) - added - removed,
        removed=removed,
        next_id=0 if next_id == state.next_id else next_id,
        changes=tuple(changes),
    )
