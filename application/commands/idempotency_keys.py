"""Idempotency keys and their table: the first request with a key is carried out, later ones get its answer for a day.

A claim belongs to a process that proves it lives by an advisory lock of its own (`holder`). Where the lock is free
the process is gone, and the next request with the key takes the claim over: it finds what was done, if anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Cursor
from psycopg.types.json import Jsonb

from application.commands.idempotency_claims import BodyDigest, ClaimEffect, IdempotencyClaim, claim_lost_error
from domain.errors import Busy, Invalid

RETENTION_HOURS = 24
MAX_TRIES = 5

_ACQUIRE = """
INSERT INTO idempotency (workspace, actor, key, request, claim, holder, expires_at)
VALUES (%(workspace)s, %(actor)s, %(key)s, %(request)s, %(claim)s, %(holder)s,
        now() + make_interval(hours => %(hours)s))
ON CONFLICT (workspace, actor, key) DO UPDATE SET
    request = excluded.request, claim = excluded.claim, holder = excluded.holder, body = NULL, body_bytes = NULL,
    body_whole = NULL, dataset_id = NULL, version = NULL, job_id = NULL, status = NULL, headers = NULL,
    content = NULL, created_at = now(), expires_at = excluded.expires_at
WHERE idempotency.expires_at <= now()
RETURNING NOT pg_try_advisory_xact_lock_shared(holder)
"""
"""A key that is new, or whose day is over; with it, whether the holder's proof of life stands."""

_FIND = """
SELECT claim, request, body, body_bytes, body_whole, dataset_id, version, job_id, status, headers, content,
       CASE WHEN status IS NULL THEN holder IS NULL OR pg_try_advisory_xact_lock_shared(holder) ELSE false END
FROM idempotency WHERE workspace = %(workspace)s AND actor = %(actor)s AND key = %(key)s
"""

_TAKE_OVER = """
UPDATE idempotency SET claim = %(claim)s, holder = %(holder)s
WHERE claim = %(dead)s AND status IS NULL
RETURNING NOT pg_try_advisory_xact_lock_shared(holder), dataset_id, version, job_id, body, body_bytes, body_whole
"""

_COMPLETE = """
UPDATE idempotency SET status = %s, headers = %s, content = %s, body = %s, body_bytes = %s, body_whole = %s,
                       holder = NULL
WHERE claim = %s
"""

_COMPLETE_WITHOUT_CONTENT = """
UPDATE idempotency SET status = %s, headers = %s, holder = NULL
WHERE claim = %s AND (version IS NOT NULL OR job_id IS NOT NULL)
"""

_DELETE_UNUSED = "DELETE FROM idempotency WHERE claim = %s AND version IS NULL AND job_id IS NULL"

_CLEAR_HOLDER = "UPDATE idempotency SET holder = NULL WHERE claim = %s"

_LOCK_CLAIMS = "SELECT claim FROM idempotency WHERE claim = ANY(%s::uuid[]) ORDER BY claim FOR UPDATE"

_STORE_EFFECTS = """
UPDATE idempotency SET body = done.body, body_bytes = done.body_bytes, body_whole = done.body_whole,
                       dataset_id = done.dataset_id, version = done.version, job_id = done.job_id
FROM unnest(%s::uuid[], %s::bytea[], %s::bigint[], %s::boolean[], %s::uuid[], %s::bigint[], %s::uuid[])
     AS done (claim, body, body_bytes, body_whole, dataset_id, version, job_id)
WHERE idempotency.claim = done.claim
"""

_DELETE_EXPIRED = "DELETE FROM idempotency WHERE expires_at <= now()"

_DELETE_OF_DATASET = "DELETE FROM idempotency WHERE dataset_id = %s"


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request with a key; `request` is the SHA-256 of what it asks, its body apart."""

    workspace: str
    actor: str
    key: str
    request: bytes


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """What was answered. `content` is None where it was too large to keep."""

    status: int
    headers: Sequence[tuple[str, str]]
    content: bytes | None


@dataclass(frozen=True, slots=True)
class CompletedKey:
    """The key's first request has been answered."""

    body: BodyDigest
    answer: StoredResponse


@dataclass(frozen=True, slots=True)
class AcquiredKey:
    """The key is the caller's. `done` is what an attempt did that died before it could answer, to that body."""

    claim: UUID
    is_proven: bool
    done: ClaimEffect | None = None
    body: BodyDigest | None = None


async def acquire(
    connection: "AsyncConnection[Any]", asked: KeyedRequest, claim: UUID, holder: int
) -> AcquiredKey | CompletedKey:
    """Claim the key, or find what was answered. The connection must be in autocommit mode.

    Raises Invalid `idempotency-key-reused`, or Busy `idempotency-key-in-use` while another request is at work.
    """
    values = {**asdict(asked), "claim": claim, "holder": holder, "hours": RETENTION_HOURS}
    for _ in range(MAX_TRIES):
        row = await (await connection.execute(_ACQUIRE, values)).fetchone()
        if row is not None:
            return AcquiredKey(claim, row[0])
        found = await (await connection.execute(_FIND, values)).fetchone()
        if found is None:
            continue
        if found[1] != asked.request:
            raise key_reused_error(asked.key)
        if found[8] is not None:
            return CompletedKey(
                BodyDigest(*found[2:5]),
                StoredResponse(found[8], [(name, value) for name, value in found[9]], found[10]),
            )
        if not found[11]:
            break
        row = await (await connection.execute(_TAKE_OVER, values | {"dead": found[0]})).fetchone()
        if row is not None:
            return _parse_taken_over_row(claim, row)
    detail = "The first request with this Idempotency-Key is still being carried out; try again in a moment"
    raise Busy("idempotency-key-in-use", detail)


async def complete(connection: "AsyncConnection[Any]", claim: UUID, body: BodyDigest, answer: StoredResponse) -> None:
    """Keep the answer, unless another has taken the claim over.

    Without its content it is kept only if something was done: else the next request may as well ask anew.
    """
    headers = Jsonb([list(header) for header in answer.headers])
    if answer.content is None:
        updated = await connection.execute(_COMPLETE_WITHOUT_CONTENT, [answer.status, headers, claim])
        if updated.rowcount == 0:
            await release(connection, claim)
        return
    values = [answer.status, headers, answer.content, body.sha256, body.size, body.is_whole, claim]
    await connection.execute(_COMPLETE, values)


async def release(connection: "AsyncConnection[Any]", claim: UUID) -> None:
    """Give the key free: the next request with it is carried out, or finds what was done."""
    await connection.execute(_DELETE_UNUSED, [claim])
    await connection.execute(_CLEAR_HOLDER, [claim])


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
        cursor.execute(_STORE_EFFECTS, [list(column) for column in zip(*rows, strict=True)])


def delete_claims_of_dataset(cursor: "Cursor[Any]", dataset_id: UUID) -> None:
    """Forget the keys whose requests changed the dataset, with their answers."""
    cursor.execute(_DELETE_OF_DATASET, [dataset_id])


def sweep(cursor: "Cursor[Any]") -> int:
    """Forget the keys whose day is over. Returns how many there were."""
    return cursor.execute(_DELETE_EXPIRED).rowcount


def key_reused_error(key: str) -> Invalid:
    detail = f"The Idempotency-Key {key[:60]!r} came with another request before; take a new key for a new request"
    return Invalid("idempotency-key-reused", detail)


def _parse_taken_over_row(claim: UUID, row: tuple[Any, ...]) -> AcquiredKey:
    is_proven, dataset_id, version, job_id, *body = row
    if version is None and job_id is None:
        return AcquiredKey(claim, is_proven)
    return AcquiredKey(claim, is_proven, ClaimEffect(dataset_id, version, job_id), BodyDigest(*body))
