"""Checks that unique values of a decision are not used by other records, under the lock of the dataset's head."""

from itertools import groupby
from typing import Any
from uuid import UUID

from psycopg import Cursor

from application.ports import ReadModels
from domain.dataset.batch_failures import BatchFailures
from domain.dataset.decision import Decision
from domain.dataset.events import inline_changes
from domain.dataset.unique_claims import UniqueClaim, duplicate_key_error
from domain.schema import Definition


def require_unique(
    cursor: "Cursor[Any]", models: ReadModels, dataset_id: UUID, definition: Definition, decision: Decision
) -> None:
    """Raises Conflict with the record that has the values and, for a batch, the operations that use them."""
    failures = BatchFailures(len(decision.targets))
    assert decision.event is not None, "only changes claim values"
    own = {change.id for change in inline_changes(decision.event)}
    for positions, group in groupby(decision.claims, lambda claim: claim.positions):
        claims = list(group)
        holders = models.find_holders(cursor, dataset_id, positions, [claim.values for claim in claims])
        for index, holder in holders.items():
            claim = claims[index]
            if claim.operation is None:
                _require_own_record(definition, claim, holder)
            elif holder not in own:
                failures.add(claim.operation, duplicate_key_error(definition, claim, holder))
    failures.raise_if_any()


def _require_own_record(definition: Definition, claim: UniqueClaim, holder: int) -> None:
    if holder != claim.id:
        raise duplicate_key_error(definition, claim, holder)
