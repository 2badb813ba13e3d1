"""Pages from a cache that processes share always equal those from the database."""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from application.settings import Settings
from interfaces.services import wiring
from tests.given import Dataset, create_people, serve_http
from tests.valkey import Valkey

QUERIES: tuple[dict[str, str], ...] = (
    {},
    {"sort": "-age"},
    {"filter": "age gt 40"},
    {"filter": "age gt 40", "sort": "name", "count": "exact"},
)


@pytest.fixture
def two(database: str, valkey: Valkey, tmp_path: Path) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Two services on one database and one Valkey."""
    settings = Settings("127.0.0.1", 0, tmp_path, database, workers=0)
    with ExitStack() as stack:
        clients = []
        for _ in range(2):
            shared = replace(settings, redis_url=valkey.url)
            service = stack.enter_context(wiring.build_service(shared, database))
            address = stack.enter_context(serve_http(service))
            clients.append(stack.enter_context(httpx.Client(base_url=address, timeout=60)))
        yield clients[0], clients[1]


def test_no_page_is_stale_with_concurrent_readers_and_writers(
    two: tuple[httpx.Client, httpx.Client], database: str, tmp_path: Path
) -> None:
    """Every read, from either process, is what a service without any cache answers at that moment."""
    source = random.Random(5)
    bare = Settings("127.0.0.1", 0, tmp_path, database, workers=0, cache_bytes=0)
    with (
        wiring.build_service(bare, database) as service,
        serve_http(service) as address,
        httpx.Client(base_url=address, timeout=60) as without,
    ):
        dataset = create_people(two[0], *range(20, 60, 2))
        for _ in range(60):
            writer, reader = source.choice(two), source.choice(two)
            id = source.randint(1, 20)
            Dataset(writer, dataset.id).send("PATCH", f"/records/{id}", {"values": {"age": source.randint(20, 80)}})
            for query in source.sample(QUERIES, 2):
                answers = [Dataset(one, dataset.id).get("/records", **query).text for one in (reader, *two, without)]
                assert len(set(answers)) == 1, query


def test_pages_are_served_when_the_cache_is_down(two: tuple[httpx.Client, httpx.Client], valkey: Valkey) -> None:
    dataset = create_people(two[0], 30, 40)
    before = dataset.get("/records").text
    valkey.kill()
    for client in two:
        for _ in range(5):
            assert Dataset(client, dataset.id).get("/records").text == before


def test_a_deleted_dataset_is_gone_though_its_pages_are_cached(two: tuple[httpx.Client, httpx.Client]) -> None:
    dataset = create_people(two[0], 30)
    other = Dataset(two[1], dataset.id)
    assert dataset.get("/records").status_code == other.get("/records").status_code == 200
    assert dataset.send("DELETE", "").status_code == 204
    assert other.get("/records").status_code == dataset.get("/records").status_code == 410
