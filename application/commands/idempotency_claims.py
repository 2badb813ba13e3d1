"""A claim on an idempotency key, honoured by the transaction that acts for it.

Whoever acts for a key holds its claim until the commit and notes there what was done. An attempt that others took
for dead finds its claim gone and does nothing: so a key has one effect, whatever dies or hangs in between.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor

from domain.errors import Busy

_LOCK_CLAIMS = "SELECT claim FROM idempotency WHERE claim = ANY(%s::uuid[]) ORDER BY claim FOR UPDATE"

_COMPLETE_CLAIMS = """
UPDATE idempotency SET body = done.body, body_bytes = done.body_bytes, body_whole = done.body_whole,
                       dataset_id = done.dataset_id, version = done.version, job_id = done.job_id
FROM unnest(%s::uuid[], %s::bytea[], %s::bigint[], %s::boolean[], %s::uuid[], %s::bigint[], %s::uuid[])
     AS done (claim, body, body_bytes, body_whole, dataset_id, version, job_id)
WHERE idempotency.claim = done.claim
"""


@dataclass(frozen=True, slots=True)
class BodyDigest:
    """What was read of a request's body: the SHA-256 of so many bytes, and whether it ended there."""

    sha256: bytes
    size: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class IdempotencyClaim:
    """The right to act for a key, and the body that is acted upon."""

    id: UUID
    body: BodyDigest


@dataclass(frozen=True, slots=True)
class ClaimEffect:
    """What was done for a key: a version of a dataset was appended, or a job was made."""

    dataset_id: UUID
    version: int | None = None
    job_id: UUID | None = None


def lock_claims(cursor: "Cursor[Any]", claims: Iterable[IdempotencyClaim | None]) -> frozenset[UUID]:
    """Those of the claims that still stand, kept from being taken over until the transaction ends."""
    ids = [claim.id for claim in claims if claim is not None]
    if not ids:
        return frozenset()
    return frozenset(id for (id,) in cursor.execute(_LOCK_CLAIMS, [ids]).fetchall())


def require_claim(cursor: "Cursor[Any]", claim: IdempotencyClaim | None) -> None:
    """The same for one. Raises Busy if the claim was taken over."""
    if claim is not None and claim.id not in lock_claims(cursor, [claim]):
        raise claim_lost_error()


def complete_claims(cursor: "Cursor[Any]", settled: Sequence[tuple[IdempotencyClaim, ClaimEffect]]) -> None:
    """Note what was done for claims that are held."""
    if settled:
        rows = [
            (
                claim.id,
                claim.body.sha256,
                claim.body.size,
                claim.body.is_whole,
                done.dataset_id,
                done.version,
                done.job_id,
            )
            for claim, done in settled
        ]
        cursor.execute(_COMPLETE_CLAIMS, [list(column) for column in zip(*rows, strict=True)])


def claim_lost_error() -> Busy:
    detail = "Another request with the same Idempotency-Key has taken this one's place; try again in a moment"
    return Busy("idempotency-key-in-use", detail)
