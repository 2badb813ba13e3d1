"""`…/indexes` lists the indexes that queries need and their state."""

import time
from typing import Any
from uuid import UUID

import httpx
import pytest

from application.commands import writer_lease
from interfaces.services import database
from interfaces.services.wiring import Service
from projections.indexes import keeper
from projections.indexes.keeper import IndexBudget
from tests import given
from tests.given import Dataset

ROWS = 20_000


@pytest.fixture(scope="module")
def large(client: httpx.Client) -> Dataset:
    rows = "".join(f"n{number % 977},{number % 7},{number * 31 % 1_000}\n" for number in range(ROWS))
    return given.import_csv(client, f"name,grade,price\n{rows}")


def test_a_dataset_without_queries_has_no_indexes(client: httpx.Client) -> None:
    dataset = given.create_people(client, 30)
    dataset.values(sort="age", filter="name eq 'p1'")
    assert dataset.get_json("/indexes") == {"data": [], "version": 2}


def test_an_index_for_a_query_on_a_large_dataset_is_listed_then_built(service: Service, large: Dataset) -> None:
    query = {"filter": "grade eq 3", "sort": "-price"}
    before = large.values(**query)
    (index,) = until(large, 1)
    assert (index["kind"], index["state"], index["uses"], index["note"]) == ("order", "wanted", 1, None)
    assert (index["columns"], index["equal"]) == (["grade", "price"], ["grade"])
    assert index["order"] == [{"column": "price", "descending": True}]
    assert (index["bytes"], index["built_at"], index["seconds"]) == (0, None, None)
    with database.connect_unpooled(service.conninfo) as connection:
        keeper.build_due(connection, IndexBudget(12, 200, 14), writer_lease.is_free)
    (index,) = large.get_json("/indexes")["data"]
    assert index["state"] == "ready" and index["bytes"] > 100_000 and index["seconds"] > 0
    assert index["built_at"] >= index["first_used"]
    assert large.values(**query) == before


def test_what_an_index_serves_is_right_for_every_value(service: Service, large: Dataset) -> None:
    """Once the index is there, its pages are read by a plan that is made for no value in particular."""
    large.values(filter="grade eq 0", sort="price")
    until(large, 1)
    with database.connect_unpooled(service.conninfo) as connection:
        keeper.build_due(connection, IndexBudget(12, 200, 14), writer_lease.is_free)
    time.sleep(2.5)  # uses are stored, and what serves is looked up, every second
    for grade in range(9):
        wanted = sorted((n * 31 % 1_000, n + 1) for n in range(ROWS) if n % 7 == grade)
        for limit in (7, 1_000):
            page = large.get_json("/records", filter=f"grade eq {grade}", sort="price", limit=limit)
            following = (
                large.get_json("/records", cursor=page["page"]["next"])["data"] if page["page"]["next"] else []
            )
            assert [r["id"] for r in page["data"]] == [id for _, id in wanted[:limit]]
            assert [r["id"] for r in following] == [id for _, id in wanted[limit : limit + 50]]
        large.values(filter=f"grade eq {grade}", sort="price", limit=3)


def test_the_listing_is_never_kept_by_caches(large: Dataset) -> None:
    answer = large.get("/indexes")
    assert answer.headers["cache-control"] == "no-store" and "etag" not in answer.headers
    assert answer.headers["rowledger-version"] == "1"


def test_columns_have_the_names_of_the_requested_version(client: httpx.Client) -> None:
    rows = "".join(f"{number}\n" for number in range(ROWS))
    dataset = given.import_csv(client, f"price\n{rows}")
    dataset.values(sort="price")
    until(dataset, 1)
    dataset.send("PATCH", "", {"columns": {"price": {"name": "cost"}}})
    assert dataset.get_json("/indexes")["data"][0]["columns"] == ["cost"]
    assert dataset.get_json("/indexes", as_of=1)["data"][0]["columns"] == ["price"]


def test_a_missing_dataset_or_version_is_refused(client: httpx.Client, large: Dataset) -> None:
    assert given.code(client.get(f"/v1/datasets/{UUID(int=7)}/indexes"), 404) == "dataset-not-found"
    assert given.code(large.get("/indexes", as_of=99), 404) == "version-not-found"
    assert given.code(large.get("/indexes", as_of="soon"), 400) == "invalid-as-of"
    assert given.code(large.get("/indexes", limit=5), 400) == "unknown-parameter"
    gone = given.create_people(client)
    gone.send("DELETE", "")
    assert given.code(gone.get("/indexes"), 410) == "dataset-deleted"


def until(dataset: Dataset, number: int) -> Any:
    """The listing once it has so many indexes: uses are stored every second."""
    deadline = time.monotonic() + 10
    while len(found := dataset.get_json("/indexes")["data"]) < number:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found
