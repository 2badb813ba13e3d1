"""Pages in a real Valkey that is killed, halted, restarted and replaced by a server with another protocol."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from application.settings import BadSetting, read_settings
from interfaces.services.cache import redis_cache
from interfaces.services.cache.circuit_breaker import CircuitBreaker
from interfaces.services.cache.configured import open_page_cache
from interfaces.services.cache.page_cache import LocalCache, TwoTierCache
from interfaces.services.cache.redis_cache import PREFIX, READ_TIMEOUT_SECONDS, RedisCache
from tests.valkey import Valkey

REST = 0.3


def test_a_value_stored_by_one_process_is_found_by_another(valkey: Valkey) -> None:
    async def scenario() -> None:
        async with running(valkey.url) as one, running(valkey.url) as other:
            value = os.urandom(20_000)
            one.put("a", value)
            assert await until_got(other, "a") == value
            assert await other.get("b") is None

    asyncio.run(scenario())


def test_a_value_expires_after_an_hour_under_a_key_of_this_format(valkey: Valkey) -> None:
    async def scenario() -> None:
        async with running(valkey.url) as cache:
            cache.put("a", b"1")
            await until_got(cache, "a")
            assert 3_590 < await cache._redis.ttl(PREFIX + "a") <= 3_600

    asyncio.run(scenario())


def test_a_damaged_value_is_not_used(valkey: Valkey) -> None:
    async def scenario() -> None:
        async with running(valkey.url) as cache:
            cache.put("a", b"some value")
            await until_got(cache, "a")
            kept = await cache._redis.get(PREFIX + "a")
            assert isinstance(kept, bytes)
            for garbage in (b"", b"x", kept[:-1], kept + b"x", b"x" * 5_000):
                await cache._redis.set(PREFIX + "a", garbage)
                assert await cache.get("a") is None
            await cache._redis.set(PREFIX + "b", kept)
            assert await cache.get("b") is None
            await cache._redis.delete(PREFIX + "a")
            await cache._redis.lpush(PREFIX + "a", "a list")
            assert await cache.get("a") is None

    asyncio.run(scenario())


def test_reads_continue_without_a_killed_server_and_use_it_again_later(valkey: Valkey) -> None:
    async def scenario() -> None:
        async with running(valkey.url) as cache:
            cache.put("a", b"1")
            await until_got(cache, "a")
            valkey.kill()
            assert await slowest(cache, 50) < READ_TIMEOUT_SECONDS * 3
            cache.put("b", b"2")
            valkey.start()
            await asyncio.sleep(REST)
            assert await until_kept(cache, "c", b"3") == b"3"

    asyncio.run(scenario())


def test_a_server_that_hangs_delays_three_reads_by_a_twentieth_of_a_second(valkey: Valkey) -> None:
    async def scenario() -> None:
        async with running(valkey.url, rest=60) as cache:
            cache.put("a", b"1")
            await until_got(cache, "a")
            valkey.suspend()
            took = [await timed(cache) for _ in range(20)]
            assert max(took) < READ_TIMEOUT_SECONDS * 4
            assert sum(one > READ_TIMEOUT_SECONDS / 2 for one in took) <= 3
            begun = time.monotonic()
            for number in range(5_000):
                cache.put(f"k{number}", bytes(10_000))
            assert time.monotonic() - begun < 0.5
            assert cache._waiting_bytes <= redis_cache.MAX_QUEUED_BYTES
            valkey.resume()

    asyncio.run(scenario())


def test_a_server_that_hung_never_answers_the_wrong_request(valkey: Valkey) -> None:
    async def scenario() -> None:
        async with running(valkey.url) as cache:
            for key in "abcdefgh":
                cache.put(key, key.encode())
            await until_got(cache, "h")
            for _ in range(3):
                valkey.suspend()
                await asyncio.gather(*(cache.get(key) for key in "abcdefgh"))
                valkey.resume()
                await asyncio.sleep(REST)
                for key in "abcdefgh":
                    assert await until_got(cache, key) == key.encode()

    asyncio.run(scenario())


def test_a_server_that_does_not_speak_redis_is_ignored() -> None:
    async def scenario() -> None:
        async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" + os.urandom(500))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with server, running(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", rest=60) as cache:
            cache.put("a", b"1")
            assert [await cache.get("a") for _ in range(10)] == [None] * 10

    asyncio.run(scenario())


def test_without_any_server_a_read_costs_next_to_nothing() -> None:
    async def scenario() -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            async with running(f"redis://127.0.0.1:{free.getsockname()[1]}", rest=60) as cache:
                await slowest(cache, 3)
                assert await slowest(cache, 1_000) < 0.02

    asyncio.run(scenario())


def test_the_settings_say_which_cache_there_is(valkey: Valkey) -> None:
    async def scenario() -> None:
        settings = read_settings({}, Path())
        async with open_page_cache(settings) as cache:
            assert isinstance(cache, LocalCache)
        async with open_page_cache(replace(settings, cache_bytes=0)) as cache:
            assert cache is None
        async with open_page_cache(replace(settings, redis_url=valkey.url)) as cache:
            assert isinstance(cache, TwoTierCache)
            cache.put("a", b"1")
        async with open_page_cache(replace(settings, redis_url=valkey.url, cache_bytes=0)) as cache:
            assert isinstance(cache, RedisCache)

    asyncio.run(scenario())


def test_a_url_of_another_kind_is_refused_without_showing_it() -> None:
    with pytest.raises(BadSetting, match="REDIS_URL must begin with one of redis://") as refused:
        read_settings({"REDIS_URL": "http://user:secret@host"}, Path())
    assert "secret" not in str(refused.value)


@asynccontextmanager
async def running(url: str, rest: float = REST) -> AsyncIterator[RedisCache]:
    cache = RedisCache(url, CircuitBreaker(rest))
    async with cache.running():
        yield cache


async def until_got(cache: RedisCache, key: str) -> bytes:
    async def got() -> bytes | None:
        return await cache.get(key)

    return await until(got)


async def until_kept(cache: RedisCache, key: str, value: bytes) -> bytes:
    async def kept() -> bytes | None:
        cache.put(key, value)
        await asyncio.sleep(0.02)
        return await cache.get(key)

    return await until(kept)


async def until(ask: Callable[[], Awaitable[bytes | None]]) -> bytes:
    for _ in range(500):
        if (value := await ask()) is not None:
            return value
        await asyncio.sleep(0.02)
    raise AssertionError("nothing came")


async def slowest(cache: RedisCache, reads: int) -> float:
    return max([await timed(cache) for _ in range(reads)])


async def timed(cache: RedisCache) -> float:
    begun = time.monotonic()
    await cache.get("never put")
    return time.monotonic() - begun
