"""What a decision claims for itself alone is nobody else's: looked up in the record table, under the head's lock."""

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
    """Raises Conflict naming the record that holds the values, and of a batch the operations that want them."""
    refused = BatchFailures(len(decision.targets))
    own = set() if decision.event is None else {change.id for change in inline_changes(decision.event)}
    for positions, group in groupby(decision.claims, lambda claim: claim.positions):
        claims = list(group)
        holders = models.holders(cursor, dataset_id, positions, [claim.values for claim in claims])
        for at, holder in holders.items():
            claim = claims[at]
            if claim.operation is None:
                _require_own_record(definition, claim, holder)
            elif holder not in own:
                refused.add(claim.operation, duplicate_key_error(definition, claim, holder))
    refused.raise_if_any()


def _require_own_record(definition: Definition, claim: UniqueClaim, holder: int) -> None:
    if holder != claim.id:
        raise duplicate_key_error(definition, claim, holder)
