"""The table of idempotency keys: who acts for a key, what is kept of it, and what happens when processes die."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import AsyncConnection, AsyncCursor
from psycopg.errors import LockNotAvailable

from application.commands.idempotency import idempotency_keys
from application.commands.idempotency.idempotency_claims import BodyDigest, ClaimEffect, IdempotencyClaim
from application.commands.idempotency.idempotency_keys import AcquiredKey, CompletedKey, StoredResponse
from domain.errors import Busy, Invalid
from tests.application.commands.keyed_requests import (
    ANSWER,
    BODY,
    KeyProcess,
    new_request,
    other_request,
    read_row,
    run_async,
    run_process,
    set_expired,
)

EFFECTS = [ClaimEffect(uuid4(), version=3), ClaimEffect(uuid4(), job_id=uuid4())]
STATE = "request, body, body_bytes, body_whole, dataset_id, version, job_id, status, headers, content"


@pytest.fixture
def one(shared_database: str) -> Iterator[KeyProcess]:
    with run_process(shared_database) as process:
        yield process


@pytest.fixture
def other(shared_database: str) -> Iterator[KeyProcess]:
    with run_process(shared_database) as process:
        yield process


def test_a_new_key_is_acquired(one: KeyProcess) -> None:
    claim = uuid4()
    request = new_request()
    assert one.acquire(request, claim) == AcquiredKey(claim, True, None, None)
    row = read_row(one.conninfo, request, "claim, holder, expires_at - created_at")
    assert row == (claim, one.holder, timedelta(hours=24))


def test_a_process_without_its_lock_has_no_proof_of_life(one: KeyProcess) -> None:
    acquired = replace(one, holder=one.holder + 1).acquire(new_request())
    assert isinstance(acquired, AcquiredKey) and not acquired.is_proven


@pytest.mark.parametrize("who", ["one", "other"])
def test_a_key_at_work_is_in_use(one: KeyProcess, other: KeyProcess, who: str) -> None:
    request = new_request()
    claim = one.claim(request)
    with pytest.raises(
        Busy, match=r"^The first request with this Idempotency-Key is still running; try again in a moment"
    ) as refused:
        {"one": one, "other": other}[who].acquire(request)
    assert refused.value.code == "idempotency-key-in-use"
    assert one.holds(claim)


def test_everyone_has_keys_of_their_own(one: KeyProcess) -> None:
    request = new_request()
    one.complete(one.claim(request))
    for their in (replace(request, workspace="elsewhere"), replace(request, actor="bob"), new_request()):
        assert isinstance(one.acquire(their), AcquiredKey)
        with pytest.raises(Busy):
            one.acquire(their)
    assert one.acquire(request) == CompletedKey(BODY, ANSWER)


def test_a_key_of_another_request_is_refused(one: KeyProcess) -> None:
    request = replace(new_request(), key=f"{uuid4()}-{'x' * 60}")
    claim = one.claim(request)
    for complete in (False, True):
        if complete:
            one.complete(claim)
        with pytest.raises(
            Invalid, match=r"^The Idempotency-Key .* was used for another request; use a new key"
        ) as refused:
            one.acquire(other_request(request))
        assert refused.value.code == "idempotency-key-reused"
        assert repr(request.key[:60]) in refused.value.detail


@pytest.mark.parametrize(
    "body", [BODY, BodyDigest(b"part", 7, False)], ids=lambda body: "whole" if body.is_whole else "part"
)
def test_the_answer_is_kept(one: KeyProcess, body: BodyDigest) -> None:
    request, bystander = new_request(), new_request()
    one.claim(bystander)
    one.complete(replace(one.claim(request), body=body))
    assert one.acquire(request) == CompletedKey(body, ANSWER)
    assert read_row(one.conninfo, request, "holder") == (None,)
    with pytest.raises(Busy):
        one.acquire(bystander)


def test_the_answer_outlives_its_process(shared_database: str, one: KeyProcess) -> None:
    request = new_request()
    with run_process(shared_database) as process:
        process.complete(process.claim(request))
    assert one.acquire(request) == CompletedKey(BODY, ANSWER)


def test_a_dead_process_loses_its_claim(shared_database: str, one: KeyProcess, other: KeyProcess) -> None:
    request = new_request()
    with run_process(shared_database) as process:
        lost = process.claim(request)
        assert process.holds(lost)
    taken_over = one.acquire(request)
    assert isinstance(taken_over, AcquiredKey)
    assert (taken_over.is_proven, taken_over.done, taken_over.body) == (True, None, None)
    assert not process.holds(lost)
    with psycopg.connect(shared_database) as connection, connection.cursor() as cursor:
        idempotency_keys.require_claim(cursor, None)
        idempotency_keys.require_claim(cursor, IdempotencyClaim(taken_over.claim, BODY))
        with pytest.raises(
            Busy, match=r"^Another request with the same Idempotency-Key has taken over from this one; try"
        ) as refused:
            idempotency_keys.require_claim(cursor, lost)
    assert refused.value.code == "idempotency-key-in-use"
    process.complete(lost)
    process.release(lost)
    with pytest.raises(Busy):
        other.acquire(request)
    one.complete(IdempotencyClaim(taken_over.claim, BODY))
    assert other.acquire(request) == CompletedKey(BODY, ANSWER)


def test_a_process_that_takes_over_needs_a_proof_of_life_itself(shared_database: str, one: KeyProcess) -> None:
    request = new_request()
    with run_process(shared_database) as process:
        process.claim(request)
    taken_over = replace(one, holder=one.holder + 1).acquire(request)
    assert isinstance(taken_over, AcquiredKey) and not taken_over.is_proven


@pytest.mark.parametrize("effect", EFFECTS, ids=["version", "job"])
@pytest.mark.parametrize(
    "body", [BODY, BodyDigest(b"part", 7, False)], ids=lambda body: "whole" if body.is_whole else "part"
)
def test_what_a_dead_process_did_is_found(
    shared_database: str, one: KeyProcess, effect: ClaimEffect, body: BodyDigest
) -> None:
    request, bystander = new_request(), new_request()
    with run_process(shared_database) as process:
        process.claim(bystander)
        process.note(IdempotencyClaim(process.claim(request).id, body), effect)
        with pytest.raises(Busy):
            one.acquire(request)
    found = one.acquire(request)
    assert isinstance(found, AcquiredKey)
    assert (found.done, found.body) == (effect, body)
    nothing = one.acquire(bystander)
    assert isinstance(nothing, AcquiredKey) and nothing.done is None


def test_a_released_key_that_did_nothing_is_free(one: KeyProcess, other: KeyProcess) -> None:
    request, bystander = new_request(), new_request()
    one.claim(bystander)
    one.release(one.claim(request))
    assert read_row(one.conninfo, request, "key") is None
    other.claim(other_request(request))
    with pytest.raises(Busy):
        other.acquire(bystander)


@pytest.mark.parametrize("effect", EFFECTS, ids=["version", "job"])
def test_a_released_key_keeps_what_was_done(one: KeyProcess, other: KeyProcess, effect: ClaimEffect) -> None:
    """Its process lives on: it lost the answer, not its life."""
    request = new_request()
    claim = one.claim(request)
    one.note(claim, effect)
    one.release(claim)
    assert read_row(one.conninfo, request, "holder") == (None,)
    found = other.acquire(request)
    assert isinstance(found, AcquiredKey) and found.done == effect and found.is_proven
    with pytest.raises(Busy):
        one.acquire(request)


@pytest.mark.parametrize("effect", EFFECTS, ids=["version", "job"])
def test_an_answer_too_large_to_keep_is_kept_without_its_content(
    one: KeyProcess, other: KeyProcess, effect: ClaimEffect
) -> None:
    request, bystander = new_request(), new_request()
    waiting = one.claim(bystander)
    one.note(waiting, effect)
    claim = one.claim(request)
    one.note(claim, effect)
    answer = replace(ANSWER, content=None)
    one.complete(claim, answer)
    assert other.acquire(request) == CompletedKey(BODY, answer)
    assert read_row(one.conninfo, request, "holder") == (None,)
    assert read_row(one.conninfo, bystander, "holder, status") == (one.holder, None)


def test_an_answer_too_large_to_keep_of_what_did_nothing_is_forgotten(one: KeyProcess, other: KeyProcess) -> None:
    request = new_request()
    one.complete(one.claim(request), StoredResponse(200, (), None))
    assert read_row(one.conninfo, request, "key") is None
    other.claim(request)


def test_an_empty_answer_is_an_answer(one: KeyProcess) -> None:
    request, empty = new_request(), StoredResponse(204, [], b"")
    one.complete(one.claim(request), empty)
    assert one.acquire(request) == CompletedKey(BODY, empty)


@pytest.mark.parametrize("effect", EFFECTS, ids=["version", "job"])
def test_after_a_day_the_key_is_new(one: KeyProcess, other: KeyProcess, effect: ClaimEffect) -> None:
    request = new_request()
    claim = one.claim(request)
    one.note(claim, effect)
    one.complete(claim)
    set_expired(one.conninfo, request)
    acquired = other.acquire(other_request(request))
    assert isinstance(acquired, AcquiredKey) and acquired.is_proven and acquired.done is None
    assert read_row(one.conninfo, request, STATE) == (b"POST /batch", *(None,) * 9)
    row = read_row(
        one.conninfo, request, "claim, holder, expires_at - created_at, created_at > now() - '1 min'::interval"
    )
    assert row == (acquired.claim, other.holder, timedelta(hours=24), True)
    assert not one.holds(claim)


def test_a_key_is_not_new_before_its_day_is_over(one: KeyProcess) -> None:
    request = new_request()
    one.complete(one.claim(request))
    with psycopg.connect(one.conninfo, autocommit=True) as connection:
        connection.execute(
            "UPDATE idempotency SET expires_at = now() + interval '1 min' WHERE key = %s", [request.key]
        )
    assert isinstance(one.acquire(request), CompletedKey)


def test_what_has_expired_is_swept(database: str) -> None:
    with run_process(database) as process:
        expired, kept = [new_request() for _ in range(3)], new_request()
        for request in (*expired, kept):
            process.claim(request)
        for request in expired:
            set_expired(database, request)
    with psycopg.connect(database, autocommit=True) as connection, connection.cursor() as cursor:
        assert [idempotency_keys.sweep(cursor) for _ in range(2)] == [3, 0]
    assert read_row(database, kept, "status") == (None,)


def test_the_keys_of_a_dataset_are_forgotten(one: KeyProcess) -> None:
    requests, dataset_id = [new_request() for _ in range(3)], uuid4()
    effects = (ClaimEffect(dataset_id, 1), ClaimEffect(uuid4(), 1))
    for request, effect in zip(requests, effects, strict=False):
        one.note(one.claim(request), effect)
    one.claim(requests[2])
    with psycopg.connect(one.conninfo) as connection, connection.cursor() as cursor:
        idempotency_keys.delete_claims_of_dataset(cursor, dataset_id)
    assert [read_row(one.conninfo, request, "1") for request in requests] == [None, (1,), (1,)]


def test_the_claims_of_a_group_are_locked_until_its_end(one: KeyProcess) -> None:
    requests = [new_request() for _ in range(3)]
    claims = [one.claim(request) for request in requests]
    unknown = IdempotencyClaim(uuid4(), BODY)
    with psycopg.connect(one.conninfo) as connection, connection.cursor() as cursor:
        assert idempotency_keys.lock_claims(cursor, [None, None]) == frozenset()
        locked = idempotency_keys.lock_claims(cursor, [claims[0], None, unknown, claims[1]])
        assert locked == {claims[0].id, claims[1].id}
        with psycopg.connect(one.conninfo, autocommit=True, options="-c lock_timeout=50") as another:
            for request, claim in zip(requests[:2], claims[:2], strict=True):
                with pytest.raises(LockNotAvailable):
                    another.execute("UPDATE idempotency SET status = 200 WHERE key = %s", [request.key])
                assert claim.id in locked
            another.execute("UPDATE idempotency SET status = 200 WHERE key = %s", [requests[2].key])


def test_what_a_group_did_is_noted_claim_by_claim(one: KeyProcess) -> None:
    requests = [new_request() for _ in range(3)]
    claims = [
        IdempotencyClaim(one.claim(request).id, BodyDigest(b"%d" % n, n, n == 1))
        for n, request in enumerate(requests)
    ]
    with psycopg.connect(one.conninfo) as connection, connection.cursor() as cursor:
        idempotency_keys.complete_claims(cursor, [])
        idempotency_keys.complete_claims(cursor, list(zip(claims[:2], EFFECTS, strict=True)))
    columns = "body, body_bytes, body_whole, dataset_id, version, job_id, status, holder"
    version, job = EFFECTS
    assert [read_row(one.conninfo, request, columns) for request in requests] == [
        (b"0", 0, False, version.dataset_id, 3, None, None, one.holder),
        (b"1", 1, True, job.dataset_id, None, job.job_id, None, one.holder),
        (None, None, None, None, None, None, None, one.holder),
    ]


class RacingConnection(AsyncConnection[Any]):
    """Lets something happen just before certain statements, as another process's."""

    before = ""
    happens: Callable[[], object] = staticmethod(lambda: None)
    seen = 0

    async def execute(self, query: Any, *arguments: Any, **options: Any) -> "AsyncCursor[Any]":
        if query == self.before:
            RacingConnection.seen += 1
            await asyncio.to_thread(RacingConnection.happens)
        return await super().execute(query, *arguments, **options)


def race(monkeypatch: pytest.MonkeyPatch, before: str, happens: Any) -> None:
    for name, value in (("before", before), ("happens", staticmethod(happens)), ("seen", 0)):
        monkeypatch.setattr(RacingConnection, name, value)


def test_a_key_at_work_is_looked_at_once(one: KeyProcess, other: KeyProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    request = new_request()
    one.claim(request)
    race(monkeypatch, idempotency_keys._FIND, lambda: None)
    with pytest.raises(Busy):
        run_async(
            one.conninfo, lambda at: idempotency_keys.acquire(at, request, uuid4(), other.holder), RacingConnection
        )
    assert RacingConnection.seen == 1


def test_a_key_that_is_released_meanwhile_is_acquired(
    one: KeyProcess, other: KeyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, claim = new_request(), uuid4()
    first = one.claim(request)
    race(monkeypatch, idempotency_keys._FIND, lambda: one.release(first))
    acquired = run_async(
        one.conninfo, lambda at: idempotency_keys.acquire(at, request, claim, other.holder), RacingConnection
    )
    assert acquired == AcquiredKey(claim, True)
    assert RacingConnection.seen == 1


def test_a_key_that_another_takes_over_meanwhile_is_in_use(
    shared_database: str, one: KeyProcess, other: KeyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = new_request()
    with run_process(shared_database) as process:
        process.claim(request)
    race(monkeypatch, idempotency_keys._TAKE_OVER, lambda: one.claim(request))
    with pytest.raises(Busy):
        run_async(
            one.conninfo, lambda at: idempotency_keys.acquire(at, request, uuid4(), other.holder), RacingConnection
        )
    assert RacingConnection.seen == 1


def test_a_key_that_another_completes_meanwhile_is_completed(
    shared_database: str, one: KeyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process taken for dead had only lost its lock."""
    request = new_request()
    with run_process(shared_database) as process:
        claim = process.claim(request)
    race(monkeypatch, idempotency_keys._TAKE_OVER, lambda: process.complete(claim))
    found = run_async(
        one.conninfo, lambda at: idempotency_keys.acquire(at, request, uuid4(), one.holder), RacingConnection
    )
    assert found == CompletedKey(BODY, ANSWER)


def test_it_gives_up_after_a_few_races(one: KeyProcess, other: KeyProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before each look the key vanishes, and comes back before the next attempt."""
    request = new_request()
    claims = [one.claim(request)]
    race(monkeypatch, idempotency_keys._FIND, lambda: one.release(claims[-1]))

    class ReclaimingConnection(RacingConnection):
        async def execute(self, query: Any, *arguments: Any, **options: Any) -> "AsyncCursor[Any]":
            if query == idempotency_keys._ACQUIRE and RacingConnection.seen:
                values = {**arguments[0], "claim": uuid4(), "holder": one.holder}
                claims.append(IdempotencyClaim(values["claim"], BODY))
                await super().execute(query, values)
            return await super().execute(query, *arguments, **options)

    with pytest.raises(Busy):
        run_async(
            one.conninfo,
            lambda at: idempotency_keys.acquire(at, request, uuid4(), other.holder),
            ReclaimingConnection,
        )
    assert RacingConnection.seen == idempotency_keys.MAX_TRIES == 5
