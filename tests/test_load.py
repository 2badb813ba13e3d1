"""Many connections read and write at the same time: nothing fails, and every page is correct for its version.

The response to each write contains its version. Afterwards the dataset is replayed version by version, and each page
is compared with the page of a simple model at that version.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from domain import exact_json
from interfaces.services.wiring import Service
from tests.given import create_dataset, json_of, serve_http

COLUMNS = ({"name": "group", "type": "string"}, {"name": "rank", "type": "integer"})
GROUPS = ("a", "b", "c")
PATIENCE_SECONDS = 60
LIMIT = 20

Row = tuple[str, int | None]
Records = Mapping[int, Row]


def _rank(item: tuple[int, Row]) -> tuple[bool, int, int]:
    id, (_, rank) = item
    return rank is None, rank or 0, id


@dataclass(frozen=True)
class PageQuery:
    """The parameters of a page, and the same filter and order in Python."""

    parameters: Mapping[str, str]
    keeps: Callable[[Row], bool]
    order: Callable[[tuple[int, Row]], Any]

    def of(self, records: Records) -> list[int]:
        return [id for id, _ in sorted(((i, r) for i, r in records.items() if self.keeps(r)), key=self.order)][:LIMIT]


QUERIES = (
    PageQuery({}, lambda row: True, lambda item: item[0]),
    PageQuery({"sort": "rank"}, lambda row: True, _rank),
    PageQuery({"filter": "group eq 'b'", "sort": "rank"}, lambda row: row[0] == "b", _rank),
    PageQuery({"filter": "rank gt 50"}, lambda row: row[1] is not None and row[1] > 50, lambda item: item[0]),
)


@dataclass
class LoadRecord:
    """The results of a run: the change of each version, the pages by version and query, and the response statuses.

    With more than `least` changes and pages there is enough to compare.
    """

    least: int
    changes: dict[int, tuple[int, Row]] = field(default_factory=dict)
    pages: dict[tuple[int, int], list[tuple[int, Row]]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def has_enough(self) -> bool:
        return min(len(self.changes), len(self.pages)) > self.least


async def run_clients(address: str, dataset: str, ids: list[int], connections: int, seconds: float) -> LoadRecord:
    """Run this number of clients for some seconds, on a slow machine for longer, until there is enough to compare.

    Each reads and changes records, one request at a time.
    """
    seen, until = LoadRecord(least=connections), time.monotonic() + seconds
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    async with (
        httpx.AsyncClient(base_url=f"{address}/v1/datasets/{dataset}", timeout=60, limits=limits) as client,
        asyncio.TaskGroup() as group,
    ):
        for number in range(connections):
            own = ids[number::connections]
            group.create_task(_client(client, random.Random(number), own, seen, until))
    return seen


async def _client(
    client: httpx.AsyncClient, source: random.Random, own: list[int], seen: LoadRecord, until: float
) -> None:
    """Read any record, but change only those in `own`, so that no two clients wait for the same record."""
    while (now := time.monotonic()) < until or (not seen.has_enough() and now < until + PATIENCE_SECONDS):
        if source.random() < 0.25:
            await _change(client, source, own, seen)
        elif source.random() < 0.3:
            await _one(client, source.choice(own), seen)
        else:
            await _page(client, source, seen)


async def _change(client: httpx.AsyncClient, source: random.Random, own: list[int], seen: LoadRecord) -> None:
    row: Row = (source.choice(GROUPS), source.choice([None, source.randrange(100)]))
    id = source.choice(own)
    answer = await client.put(f"/records/{id}", content=exact_json.dumps({"values": _values(row)}), headers=JSON)
    seen.statuses[answer.status_code] += 1
    if answer.status_code == 200:
        version = int(answer.headers["rowledger-version"])
        if answer.json()["version"] == version:
            seen.changes[version] = (id, row)


async def _one(client: httpx.AsyncClient, id: int, seen: LoadRecord) -> None:
    answer = await client.get(f"/records/{id}")
    seen.statuses[answer.status_code] += 1
    if answer.json()["id"] != id:
        seen.wrong.append(answer.text)


async def _page(client: httpx.AsyncClient, source: random.Random, seen: LoadRecord) -> None:
    number = source.randrange(len(QUERIES))
    answer = await client.get("/records", params={**QUERIES[number].parameters, "limit": LIMIT})
    seen.statuses[answer.status_code] += 1
    body = answer.json()
    found = [(record["id"], (record["values"]["group"], record["values"]["rank"])) for record in body["data"]]
    if seen.pages.setdefault((body["version"], number), found) != found:
        seen.wrong.append(f"two pages of {QUERIES[number].parameters} at version {body['version']} differ")


JSON = {"Content-Type": "application/json"}


def _values(row: Row) -> dict[str, object]:
    return {"group": row[0], "rank": row[1]}


def assert_pages_match(seen: LoadRecord, records: dict[int, Row], first: int) -> int:
    """Assert that every page equals the model's page at its version; returns the number of pages."""
    assert not seen.wrong, seen.wrong[:3]
    version = first
    for at, number in sorted(seen.pages):
        while version < at:
            version += 1
            id, row = seen.changes[version]
            records[id] = row
        found, expected = seen.pages[at, number], QUERIES[number].of(records)
        assert found == [(id, records[id]) for id in expected], (at, QUERIES[number].parameters)
    return len(seen.pages)


def check_under_load(service: Service, connections: int, seconds: float) -> None:
    with serve_http(service) as address, httpx.Client(base_url=address, timeout=60) as client:
        dataset = create_dataset(client, COLUMNS)
        records: dict[int, Row] = {}
        source = random.Random(7)
        for _ in range(connections * 2):
            row: Row = (source.choice(GROUPS), source.randrange(100))
            records[dataset.create(**_values(row))["id"]] = row
        first = json_of(client.get(dataset.url))["version"]
        seen = asyncio.run(run_clients(address, dataset.id, sorted(records), connections, seconds))
    assert set(seen.statuses) == {200}, seen.statuses
    assert seen.has_enough() and assert_pages_match(seen, records, first) > connections


def test_forty_connections_read_correct_pages(service: Service) -> None:
    check_under_load(service, connections=40, seconds=3)


@pytest.mark.torture
def test_two_hundred_connections_read_correct_pages(service: Service) -> None:
    check_under_load(service, connections=200, seconds=60)
