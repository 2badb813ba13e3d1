"""Decides batches: operations are applied in order to a working copy of the records, all of them or none.

Uniqueness is checked at the end, so that two records can swap their values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.dataset.batch_failures import BatchFailures
from domain.dataset.commands import Operation
from domain.dataset.events import RecordChange, RecordsChanged
from domain.dataset.state import DatasetState, Record
from domain.dataset.unique_claims import UniqueClaim, duplicate_key_error, pick_values
from domain.dataset.working_state import WorkingState
from domain.equality import to_comparable
from domain.errors import Refusal


@dataclass(frozen=True, slots=True)
class BatchDecision:
    """The event of all operations. `targets`: the record of each; each claim names the operation that makes it."""

    event: RecordsChanged | None
    targets: tuple[int, ...]
    claims: tuple[UniqueClaim, ...]


def decide_batch(state: DatasetState, operations: Sequence[Operation]) -> BatchDecision:
    """The decision about all operations.

    Raises Invalid, PreconditionFailed or Conflict, which name every failed operation by its index.
    """
    working = WorkingState(state)
    failures = BatchFailures(len(operations))
    targets = []
    for index, operation in enumerate(operations):
        try:
            targets.append(working.apply(index, operation))
        except Refusal as refusal:
            failures.add(index, refusal)
    failures.raise_if_any()
    changes = working.changes()
    claims = _find_claims(working, changes, failures)
    failures.raise_if_any()
    return BatchDecision(_build_event(state, working, changes), tuple(targets), claims)


def _find_claims(
    working: WorkingState, changes: Sequence[RecordChange], failures: BatchFailures
) -> tuple[UniqueClaim, ...]:
    """The claims of the changes on unique values. Two records of the batch with the same values fail."""
    definition = working.state.definition
    claims = []
    for positions in definition.unique_sets():
        claimed = [
            UniqueClaim(change.id, positions, values, working.last_writers[change.id])
            for change in changes
            if change.values is not None and None not in (values := pick_values(change.values, positions))
        ]
        new = [claim for claim in claimed if _is_new_claim(working.before, claim)]
        claimants = {claim.id for claim in new}
        holders = {to_comparable(claim.values): claim.id for claim in claimed if claim.id not in claimants}
        for claim in new:
            holder = holders.setdefault(to_comparable(claim.values), claim.id)
            if holder != claim.id:
                failures.add(claim.operation or 0, duplicate_key_error(definition, claim, holder))
        claims += new
    return tuple(claims)


def _is_new_claim(before: Mapping[int, Record], claim: UniqueClaim) -> bool:
    record = before.get(claim.id)
    return record is None or to_comparable(pick_values(record.values, claim.positions)) != to_comparable(claim.values)


def _build_event(
    state: DatasetState, working: WorkingState, changes: Sequence[RecordChange]
) -> RecordsChanged | None:
    if not changes:
        return None
    removed = sum(change.values is None for change in changes)
    added = sum(change.id not in working.before for change in changes)
    next_id = working.state.next_id
    return RecordsChanged(
        added=added,
        changed=len(changes) - added - removed,
        removed=removed,
        next_id=0 if next_id == state.next_id else next_id,
        changes=tuple(changes),
    )
