"""Idempotency keys and their table: the first request with a key is executed, later ones get its response for a day.

A claim belongs to a process that proves that it is alive by holding an advisory lock (`holder`). If the lock is free,
the process is dead, and the next request with the key takes over the claim and finds what was done, if anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Cursor
from psycopg.types.json import Jsonb

from application.commands.idempotency.idempotency_claims import (
    BodyDigest,
    ClaimEffect,
    IdempotencyClaim,
    claim_lost_error,
)
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
"""Acquires a key that is new or expired; returns whether the holder's liveness lock is held."""

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
    """A request with a key; `request` is the SHA-256 of its method, path and query, without the body."""

    workspace: str
    actor: str
    key: str
    request: bytes


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A stored response. `content` is None if it was too large to store."""

    status: int
    headers: Sequence[tuple[str, str]]
    content: bytes | None


@dataclass(frozen=True, slots=True)
class CompletedKey:
    """The first request with the key was answered."""

    body: BodyDigest
    response: StoredResponse


@dataclass(frozen=True, slots=True)
class AcquiredKey:
    """The caller may act for the key.

    `done` is what an earlier attempt with `body` did before it died without a response. `is_proven`: the caller's
    liveness lock was held.
    """

    claim: UUID
    is_proven: bool
    done: ClaimEffect | None = None
    body: BodyDigest | None = None


async def acquire(
    connection: "AsyncConnection[Any]", request: KeyedRequest, claim: UUID, holder: int
) -> AcquiredKey | CompletedKey:
    """Acquire the key, or find the stored response. The connection must be in autocommit mode.

    Raises Invalid `idempotency-key-reused`, or Busy `idempotency-key-in-use` while another request is running.
    """
    values = {**asdict(request), "claim": claim, "holder": holder, "hours": RETENTION_HOURS}
    for _ in range(MAX_TRIES):
        row = await (await connection.execute(_ACQUIRE, values)).fetchone()
        if row is not None:
            return AcquiredKey(claim, row[0])
        found = await (await connection.execute(_FIND, values)).fetchone()
        if found is None:
            continue
        if found[1] != request.request:
            raise key_reused_error(request.key)
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
    detail = "The first request with this Idempotency-Key is still running; try again in a moment"
    raise Busy("idempotency-key-in-use", detail)


async def complete(
    connection: "AsyncConnection[Any]", claim: UUID, body: BodyDigest, response: StoredResponse
) -> None:
    """Store the response, unless another process has taken over the claim.

    A response without content is stored only if the request changed something; otherwise it can be repeated.
    """
    headers = Jsonb([list(header) for header in response.headers])
    if response.content is None:
        updated = await connection.execute(_COMPLETE_WITHOUT_CONTENT, [response.status, headers, claim])
        if updated.rowcount == 0:
            await release(connection, claim)
        return
    values = [response.status, headers, response.content, body.sha256, body.size, body.is_whole, claim]
    await connection.execute(_COMPLETE, values)


async def release(connection: "AsyncConnection[Any]", claim: UUID) -> None:
    """Release the key: the next request with it is executed, or finds what was done."""
    await connection.execute(_DELETE_UNUSED, [claim])
    await connection.execute(_CLEAR_HOLDER, [claim])


def lock_claims(cursor: "Cursor[Any]", claims: Iterable[IdempotencyClaim | None]) -> frozenset[UUID]:
    """The ids of the claims that still exist, locked until the transaction ends so that none is taken over."""
    ids = [claim.id for claim in claims if claim is not None]
    if not ids:
        return frozenset()
    return frozenset(id for (id,) in cursor.execute(_LOCK_CLAIMS, [ids]).fetchall())


def require_claim(cursor: "Cursor[Any]", claim: IdempotencyClaim | None) -> None:
    """Lock one claim. Raises Busy if it was taken over."""
    if claim is not None and claim.id not in lock_claims(cursor, [claim]):
        raise claim_lost_error()


def complete_claims(cursor: "Cursor[Any]", effects: Sequence[tuple[IdempotencyClaim, ClaimEffect]]) -> None:
    """Store what was done for claims that are held."""
    if effects:
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
            for claim, done in effects
        ]
        cursor.execute(_STORE_EFFECTS, [list(column) for column in zip(*rows, strict=True)])


def delete_claims_of_dataset(cursor: "Cursor[Any]", dataset_id: UUID) -> None:
    """Delete the keys of requests that changed the dataset, with their responses."""
    cursor.execute(_DELETE_OF_DATASET, [dataset_id])


def sweep(cursor: "Cursor[Any]") -> int:
    """Delete expired keys. Returns their number."""
    return cursor.execute(_DELETE_EXPIRED).rowcount


def key_reused_error(key: str) -> Invalid:
    detail = f"The Idempotency-Key {key[:60]!r} was used for another request; use a new key for a new request"
    return Invalid("idempotency-key-reused", detail)


def _parse_taken_over_row(claim: UUID, row: tuple[Any, ...]) -> AcquiredKey:
    is_proven, dataset_id, version, job_id, *body = row
    if version is None and job_id is None:
        return AcquiredKey(claim, is_proven)
    return AcquiredKey(claim, is_proven, ClaimEffect(dataset_id, version, job_id), BodyDigest(*body))
