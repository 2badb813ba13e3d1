"""The claim on an idempotency key: the right to act for it, and what was done.

The transaction that acts for a key locks its claim until the commit and stores there what it did. An attempt that
was taken for dead finds that its claim is gone, and does nothing. So a key has one effect, whatever fails.
"""

from dataclasses import dataclass
from uuid import UUID

from domain.errors import Busy


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


def claim_lost_error() -> Busy:
    detail = "Another request with the same Idempotency-Key has taken this one's place; try again in a moment"
    return Busy("idempotency-key-in-use", detail)
