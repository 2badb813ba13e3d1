"""The claim on an idempotency key: the right to act for it, and what was done.

The transaction that acts for a key locks its claim until the commit and stores there what it did. An attempt that
was taken for dead finds that its claim is gone, and does nothing. So a key has one effect, whatever fails.
"""

from dataclasses import dataclass
from uuid import UUID

from domain.errors import Busy


@dataclass(frozen=True, slots=True)
class BodyDigest:
    """The part of a request's body that was read: its SHA-256, its size in bytes, and whether it is the whole."""

    sha256: bytes
    size: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class IdempotencyClaim:
    """The right to act for a key, and the digest of the request's body."""

    id: UUID
    body: BodyDigest


@dataclass(frozen=True, slots=True)
class ClaimEffect:
    """What was done for a key: a version of a dataset was appended, or a job was created."""

    dataset_id: UUID
    version: int | None = None
    job_id: UUID | None = None


def claim_lost_error() -> Busy:
    detail = "Another request with the same Idempotency-Key has taken over from this one; try again in a moment"
    return Busy("idempotency-key-in-use", detail)
