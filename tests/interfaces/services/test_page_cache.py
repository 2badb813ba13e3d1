"""Cached pages are found again, within the size limit."""

import asyncio
import tracemalloc
from collections.abc import Iterator
from itertools import product
from uuid import UUID, uuid4

import pytest

from interfaces.services.cache.circuit_breaker import CircuitBreaker
from interfaces.services.cache.page_cache import (
    ENTRY_OVERHEAD_BYTES,
    LocalCache,
    TwoTierCache,
    page_key,
)

DATASET = UUID(int=7)
PARTS: tuple[str | int | bool | None, ...] = ("", "a", 'a","b', "1", 1, True, None, "None", "null", "a, b", "\ud800")


def test_different_queries_have_different_keys() -> None:
    part_lists = [(), *((one,) for one in PARTS), *product(PARTS, PARTS)]
    keys = {page_key(DATASET, 1, "records", *parts) for parts in part_lists}
    assert len(keys) == len(part_lists)
    assert page_key(DATASET, 1, "records", "a") == page_key(DATASET, 1, "records", "a")


def test_a_key_names_dataset_version_and_kind() -> None:
    keys = {page_key(id, version, kind, "a") for id in (DATASET, uuid4()) for version in (1, 11) for kind in "xy"}
    assert len(keys) == 8


def test_a_stored_value_is_returned() -> None:
    cache = LocalCache(100_000)
    cache.put("a", b"1")
    cache.put("a", b"two")
    assert (got(cache, "a"), got(cache, "b")) == (b"two", None)
    assert cache.size == len(b"two") + ENTRY_OVERHEAD_BYTES


def test_the_least_recently_used_value_is_removed() -> None:
    cache = LocalCache(10 * (1_000 + ENTRY_OVERHEAD_BYTES))
    for key in "abcdefghij":
        cache.put(key, bytes(1_000))
    assert got(cache, "a") is not None
    cache.put("k", bytes(1_000))
    assert [key for key in "abcdefghijk" if got(cache, key) is None] == ["b"]


def test_a_value_that_is_too_large_evicts_nothing() -> None:
    cache = LocalCache(10_000)
    cache.put("a", b"1")
    cache.put("b", bytes(9_000))
    assert (got(cache, "a"), got(cache, "b")) == (b"1", None)


def test_memory_stays_within_the_bound() -> None:
    tracemalloc.start()
    try:
        cache = LocalCache(4_000_000)
        before = tracemalloc.get_traced_memory()[0]
        for number in range(60_000):
            cache.put(page_key(DATASET, number, "records"), bytes(number % 700))
        used = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert cache.size <= 4_000_000
    assert used < 4_800_000


def test_a_value_from_the_far_cache_is_stored_in_the_near_one() -> None:
    near, far = LocalCache(100_000), LocalCache(100_000)
    cache = TwoTierCache(near, far)
    far.put("a", b"1")
    assert got(near, "a") is None
    assert got(cache, "a") == b"1"
    assert got(near, "a") == b"1"
    cache.put("b", b"2")
    assert (got(near, "b"), got(far, "b")) == (b"2", b"2")


@pytest.fixture
def clock() -> Iterator[list[float]]:
    yield [0.0]


def test_a_circuit_opens_after_three_failures_in_a_row(clock: list[float]) -> None:
    breaker = CircuitBreaker(5, lambda: clock[0])
    assert [breaker.record_failure(), breaker.record_failure()] == [False, False]
    breaker.record_success()
    assert [breaker.record_failure(), breaker.record_failure()] == [False, False]
    assert breaker.allows_call()
    assert breaker.record_failure()
    assert not breaker.allows_call()


def test_after_a_pause_one_call_decides_for_all(clock: list[float]) -> None:
    breaker = CircuitBreaker(5, lambda: clock[0])
    for _ in range(3):
        breaker.record_failure()
    clock[0] = 5.1
    assert [breaker.allows_call(), breaker.allows_call()] == [True, False]
    assert not breaker.record_failure()
    clock[0] = 10.0
    assert not breaker.allows_call()
    clock[0] = 10.3
    assert breaker.allows_call()
    breaker.record_success()
    assert [breaker.allows_call(), breaker.allows_call()] == [True, True]


def got(cache: LocalCache | TwoTierCache, key: str) -> bytes | None:
    return asyncio.run(cache.get(key))
