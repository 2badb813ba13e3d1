"""Indexes that queries want are recorded, built in the background, used, kept within a budget and dropped."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from application.commands import writer_lease
from domain.schema import Definition
from interfaces.services import database
from interfaces.services.index_usage import IndexUsage
from interfaces.services.wiring import Service
from interfaces.worker import index_keeping
from projections.indexes import catalog, index_specs, keeper
from projections.indexes.catalog import IndexEntry
from projections.indexes.keeper import IndexBudget
from projections.models.datasets import dataset_reads, heads
from projections.query.compiled import CompiledQuery, QuerySpec, compile_query
from projections.rebuild import rebuild
from projections.sql.ordering import order_by_sql
from projections.sql.record_tables import table_of
from projections.verify import verify
from tests import given
from tests.given import Dataset
from tests.limits import QUERY_LIMITS

WIDE_BUDGET = IndexBudget(12, 1_000_000, 14)
ROWS = 6_000

LONG = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(4_000))
"""12,000 bytes of text that does not compress well."""

QUERIES = (
    ("", "price"),
    ("", "-price"),
    ("", "city,-price"),
    ("city eq 'Oslo'", "-price"),
    ("city eq 'Oslo'", ""),
    ("city eq 'rare'", "price"),
    ("city eq 'last'", "price"),
    ("active", "price"),
    ("not active", "-day"),
    ("price gt 99 and city eq 'Rome'", ""),
    ("price lt 0.5", ""),
    ("day eq null", "price"),
    ("at gt 2024-02-01T00:00:00Z", "at"),
    ("startswith(city,'ra')", "city"),
    ("", "city:ci,-price"),
    ("active", "-city:natural"),
)


@pytest.fixture
def dataset(client: httpx.Client) -> Dataset:
    """Rows with a common, a rare and a clustered value, ties, and nulls."""
    text = "city,price,active,day,at\n" + "".join(row(number) for number in range(ROWS))
    return given.import_csv(client, text)


def row(number: int) -> str:
    city = "rare" if number % 2_000 == 7 else "last" if number > ROWS - 60 else ("Oslo", "Oslo", "Rome")[number % 3]
    price = "" if number % 50 == 0 else f"{number * 37 % 1_000 / 10}"
    day = "" if number % 70 == 0 else f"2024-01-{number % 28 + 1:02}"
    return f"{city},{price},{'true' if number % 9 == 0 else 'false'},{day},2024-02-{number % 28 + 1:02}T10:00:00Z\n"


def test_every_page_is_the_same_with_and_without_its_index(service: Service, dataset: Dataset) -> None:
    dataset.send("PATCH", "/records/5", {"values": {"price": Decimal("0.5"), "city": "Rome"}})
    dataset.send("DELETE", "/records/6")
    before = [read_pages(dataset, filter, sort) for filter, sort in QUERIES]
    for filter, sort in QUERIES:
        note_uses(service, dataset, filter, sort)
    run_keeper(service, IndexBudget(50, 1_000_000, 14))
    assert {one.state for one in read_entries(service, dataset)} == {"ready"}
    assert [read_pages(dataset, filter, sort) for filter, sort in QUERIES] == before


@pytest.mark.parametrize(("filter", "sort"), QUERIES)
def test_the_planner_uses_the_index_that_was_built(
    service: Service, dataset: Dataset, filter: str, sort: str
) -> None:
    note_uses(service, dataset, filter, sort)
    run_keeper(service)
    names = {one.name for one in read_entries(service, dataset)}
    used = {node["Index Name"] for node in explain_page(service, dataset, filter, sort) if "Index Name" in node}
    assert used and used <= names


def test_a_page_reads_only_its_own_records_if_a_value_is_at_the_far_end(service: Service, dataset: Dataset) -> None:
    for filter, sort in (("city eq 'last'", ""), ("city eq 'last'", "-price"), ("city eq 'rare'", "price")):
        note_uses(service, dataset, filter, sort)
    run_keeper(service)
    for filter, sort in (("city eq 'last'", ""), ("city eq 'last'", "-price"), ("city eq 'rare'", "price")):
        assert count_filtered_rows(service, dataset, filter, sort) == 0


def test_a_rare_value_with_an_indexed_sort_does_not_scan_the_index(service: Service, dataset: Dataset) -> None:
    note_uses(service, dataset, "city eq 'rare'", "")
    note_uses(service, dataset, "", "price")
    run_keeper(service)
    assert (
        sum(
            node.get("Rows Removed by Filter", 0)
            for node in explain_page(service, dataset, "city eq 'rare'", "price")
        )
        == 0
    )


def test_an_older_version_is_served_by_the_same_index(service: Service, dataset: Dataset) -> None:
    note_uses(service, dataset, "", "-price")
    run_keeper(service)
    before = dataset.column("price", sort="-price", limit=5)
    dataset.send("PATCH", "/records/9", {"values": {"price": 5000}})
    assert dataset.column("price", sort="-price", limit=5) == [5000, *before[:4]]
    assert dataset.column("price", sort="-price", limit=5, as_of=1) == before


def test_a_renamed_column_keeps_its_index(service: Service, dataset: Dataset) -> None:
    note_uses(service, dataset, "", "price")
    run_keeper(service)
    dataset.send("PATCH", "", {"columns": {"price": {"name": "cost"}}})
    note_uses(service, dataset, "", "cost")
    assert [(one.state, one.uses) for one in read_entries(service, dataset)] == [("ready", 2)]
    assert dataset.get_json("/indexes")["data"][0]["columns"] == ["cost"]


def test_edits_continue_while_an_index_is_built(service: Service, dataset: Dataset) -> None:
    stop, answers = threading.Event(), list[int]()

    def keep_writing() -> None:
        while not stop.is_set():
            change = {"values": {"price": len(answers)}}
            answers.append(dataset.send("PATCH", f"/records/{len(answers) % 50 + 1}", change).status_code)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    for filter, sort in QUERIES:
        note_uses(service, dataset, filter, sort)
    run_keeper(service, IndexBudget(50, 1_000_000, 14))
    stop.set()
    writer.join()
    assert set(answers) == {200}
    assert {one.state for one in read_entries(service, dataset)} == {"ready"}
    assert verify(service.source(), UUID(dataset.id)).difference is None


def test_no_more_indexes_are_kept_than_the_budget_says(service: Service, dataset: Dataset) -> None:
    for sort, times in (("price", 5), ("city", 4), ("day", 1)):
        note_uses(service, dataset, "", sort, times)
    run_keeper(service, IndexBudget(2, 1_000_000, 14))
    assert [one.state for one in read_entries(service, dataset)] == ["ready", "ready", "wanted"]
    note_uses(service, dataset, "", "day", times=20)
    clear_retry_times(service)
    run_keeper(service, IndexBudget(2, 1_000_000, 14))
    assert [(column_positions(one), one.state) for one in read_entries(service, dataset)] == [
        ([3], "ready"),
        ([1], "ready"),
        ([0], "wanted"),
    ]


def test_a_use_of_long_ago_counts_less_than_one_of_today(service: Service, dataset: Dataset) -> None:
    note_uses(service, dataset, "", "price", times=8)
    with service.pool.connection() as connection:
        ago = "UPDATE record_indexes SET last_used = now() - interval '9 days' WHERE dataset_id = %s"
        connection.execute(ago, [dataset.id])
    note_uses(service, dataset, "", "city", times=4)
    assert [(column_positions(one), round(one.score)) for one in read_entries(service, dataset)] == [
        ([0], 4),
        ([1], 1),
    ]


def test_all_indexes_together_are_no_larger_than_the_budget_says(service: Service, dataset: Dataset) -> None:
    note_uses(service, dataset, "", "price", times=2)
    note_uses(service, dataset, "", "city")
    run_keeper(service, IndexBudget(12, 1, 14))
    assert {one.state for one in read_entries(service, dataset)} == {"wanted"}
    assert all("room" in str(one.failure) for one in read_entries(service, dataset))


def test_an_index_that_is_not_used_is_dropped(service: Service, dataset: Dataset) -> None:
    note_uses(service, dataset, "", "price")
    run_keeper(service)
    (one,) = read_entries(service, dataset)
    with service.pool.connection() as connection:
        ago = "UPDATE record_indexes SET last_used = now() - interval '15 days' WHERE dataset_id = %s"
        connection.execute(ago, [dataset.id])
    run_keeper(service)
    assert read_entries(service, dataset) == [] and not exists(service, one.name)


def test_the_indexes_of_a_deleted_dataset_are_dropped(service: Service, dataset: Dataset) -> None:
    note_uses(service, dataset, "", "price")
    run_keeper(service)
    (one,) = read_entries(service, dataset)
    dataset.send("DELETE", "")
    run_keeper(service)
    assert read_entries(service, dataset) == [] and not exists(service, one.name)


def test_an_index_left_by_a_killed_build_is_replaced(service: Service, dataset: Dataset) -> None:
    note_uses(service, dataset, "", "price")
    (one,) = read_entries(service, dataset)
    create = index_specs.create_index_sql(table_of(UUID(dataset.id)), one.spec)
    with hold_snapshot(service), database.connect_unpooled(service.conninfo) as building:
        building.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            building.execute(create)
    assert read_entries(service, dataset)[0].state == "building" and exists(service, one.name)
    run_keeper(service)
    assert read_entries(service, dataset)[0].state == "ready"


def test_a_build_that_waits_for_another_transaction_times_out_and_is_tried_again(
    service: Service, dataset: Dataset
) -> None:
    note_uses(service, dataset, "", "price")
    with hold_snapshot(service):
        run_keeper(service, lock_timeout="50ms")
        (one,) = read_entries(service, dataset)
        assert one.state == "failed" and one.retry_at is not None and "tried again" in str(one.failure)
        assert not exists(service, one.name)
    clear_retry_times(service)
    run_keeper(service)
    assert read_entries(service, dataset)[0].state == "ready"


def test_nothing_is_built_while_a_bulk_change_runs(service: Service, dataset: Dataset) -> None:
    note_uses(service, dataset, "", "price")
    with database.connect_unpooled(service.conninfo) as bulk, writer_lease.hold_lease(bulk, UUID(dataset.id)):
        run_keeper(service)
        assert read_entries(service, dataset)[0].state == "wanted"
    run_keeper(service)
    assert read_entries(service, dataset)[0].state == "ready"


def test_a_value_too_long_for_an_index_is_reported(service: Service, client: httpx.Client) -> None:
    dataset = given.import_csv(client, f"a,b\n1,{LONG}\n2,short\n")
    note_uses(service, dataset, "", "b")
    run_keeper(service)
    (one,) = read_entries(service, dataset)
    assert (one.state, one.failure) == ("failed", "a value is too long for an index")
    assert not exists(service, one.name)


@pytest.mark.parametrize("way", ["create", "patch", "append", "upsert"])
def test_an_index_is_dropped_for_a_value_that_is_too_long(service: Service, client: httpx.Client, way: str) -> None:
    dataset = given.import_csv(client, "a,b\n1,short\n2,shorter\n", key="a")
    note_uses(service, dataset, "", "b")
    note_uses(service, dataset, "", "a")
    run_keeper(service)
    match way:
        case "create":
            dataset.create(a=3, b=LONG)
        case "patch":
            assert dataset.send("PATCH", "/records/2", {"values": {"b": LONG}}).status_code == 200
        case _:
            given.import_into(client, dataset, f"a,b\n3,{LONG}\n", way, duplicates="allow")
    assert LONG in dataset.column("b", sort="b")
    states = {str(one.spec.order[0].position): (one.state, one.failure) for one in read_entries(service, dataset)}
    assert states == {"0": ("ready", None), "1": ("wanted", "a value is too long for an index")}
    rebuild(service.source(), UUID(dataset.id))
    assert verify(service.source(), UUID(dataset.id)).difference is None


@pytest.mark.parametrize("rule", ["ci", "natural"])
def test_a_long_value_keeps_the_index_of_a_rule(service: Service, client: httpx.Client, rule: str) -> None:
    dataset = given.import_csv(client, "a,b\n1,short\n2,shorter\n")
    note_uses(service, dataset, "", f"b:{rule}")
    run_keeper(service)
    dataset.create(a=3, b=LONG)
    dataset.create(a=4, b="1a" * 3_000)
    dataset.create(a=5, b="\ufdfa" * 3_000)
    assert [one.state for one in read_entries(service, dataset)] == ["ready"]


def test_a_long_value_beside_a_rule_leaves_room_for_it(service: Service, client: httpx.Client) -> None:
    dataset = given.import_csv(client, "a,b\nx,short\ny,shorter\n")
    note_uses(service, dataset, "a eq 'x'", "b:ci")
    run_keeper(service)
    dataset.create(a=LONG[:500], b=LONG)
    assert [one.state for one in read_entries(service, dataset)] == ["ready"]
    dataset.create(a=LONG[:600], b=LONG)
    assert [one.state for one in read_entries(service, dataset)] == ["wanted"]


def test_a_long_value_in_another_column_keeps_the_index(service: Service, client: httpx.Client) -> None:
    dataset = given.import_csv(client, "a,b\nx,short\ny,shorter\n")
    note_uses(service, dataset, "", "a")
    run_keeper(service)
    dataset.create(a="z", b=LONG)
    assert [one.state for one in read_entries(service, dataset)] == ["ready"]


def test_a_rebuild_keeps_the_indexes(service: Service, dataset: Dataset) -> None:
    note_uses(service, dataset, "city eq 'Oslo'", "-price")
    note_uses(service, dataset, "", "day")
    run_keeper(service)
    before = read_entries(service, dataset)
    rebuild(service.source(), UUID(dataset.id))
    kept = {(one.name, one.state, one.built_at) for one in read_entries(service, dataset)}
    assert kept == {(one.name, "ready", one.built_at) for one in before}
    used = [node.get("Index Name") for node in explain_page(service, dataset, "city eq 'Oslo'", "-price")]
    assert any(one.name in used for one in before)
    assert verify(service.source(), UUID(dataset.id)).difference is None


def test_a_concurrent_rebuild_and_build_both_finish(service: Service, dataset: Dataset) -> None:
    for filter, sort in QUERIES:
        note_uses(service, dataset, filter, sort)
    builder = threading.Thread(target=run_keeper, args=(service, IndexBudget(50, 1_000_000, 14)))
    builder.start()
    for _ in range(3):
        rebuild(service.source(), UUID(dataset.id))
    builder.join()
    clear_retry_times(service)
    run_keeper(service, IndexBudget(50, 1_000_000, 14))
    assert {one.state for one in read_entries(service, dataset)} == {"ready"}
    assert verify(service.source(), UUID(dataset.id)).difference is None


def test_a_missing_index_is_listed_as_wanted_and_built_again(service: Service, dataset: Dataset) -> None:
    note_uses(service, dataset, "", "price")
    run_keeper(service)
    with service.pool.connection() as connection:
        connection.execute(SQL("DROP INDEX {}").format(Identifier("records", read_entries(service, dataset)[0].name)))
    assert read_entries(service, dataset)[0].state == "wanted"
    run_keeper(service)
    assert read_entries(service, dataset)[0].state == "ready"


def test_small_datasets_get_no_indexes(service: Service, dataset: Dataset) -> None:
    uses = IndexUsage(lambda: database.transaction(service.pool), 20_000)
    uses.add(UUID(dataset.id), 19_999, compile_test_query(service, dataset, "", "price"))
    uses.flush()
    assert read_entries(service, dataset) == []


def test_a_failed_flush_fails_nothing(service: Service, dataset: Dataset, caplog: pytest.LogCaptureFixture) -> None:
    @contextmanager
    def broken() -> Iterator[Any]:
        raise psycopg.OperationalError("the server is gone")
        yield

    uses = IndexUsage(broken, 0)
    uses.add(UUID(dataset.id), 1, compile_test_query(service, dataset, "", "price"))
    uses.flush()
    assert "the server is gone" in caplog.text


def test_one_keeper_works_while_others_wait_and_survives_a_lost_connection(
    service: Service, dataset: Dataset, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(index_keeping, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(index_keeping, "STANDBY_SECONDS", 0.05)
    indexing = service.settings.indexing
    with (
        index_keeping.keep_indexes(service.conninfo, indexing),
        index_keeping.keep_indexes(service.conninfo, indexing),
    ):
        note_uses(service, dataset, "", "price")
        wait_until_ready(service, dataset)
        with service.pool.connection() as connection:
            owners = connection.execute(_OWNERS, [index_keeping.OWNER_LOCK_KEY]).fetchall()
            assert len(owners) == 1
            connection.execute("SELECT pg_terminate_backend(%s)", owners[0])
        note_uses(service, dataset, "", "city")
        wait_until_ready(service, dataset)
    assert "keeping indexes failed" in caplog.text


def test_a_worker_keeps_indexes_and_ends_at_once_when_stopped(service: Service, dataset: Dataset) -> None:
    note_uses(service, dataset, "", "price")
    environment = {"DATABASE_URL": service.conninfo, "ROWLEDGER_DATA": str(service.settings.data)}
    with subprocess.Popen([sys.executable, "-m", "interfaces.worker"], env=environment) as worker:
        try:
            wait_until_ready(service, dataset)
        finally:
            worker.terminate()
            assert worker.wait(10) == 0


_OWNERS = """
SELECT pid FROM pg_locks
WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) + objid::bigint = %s
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def note_uses(service: Service, dataset: Dataset, filter: str, sort: str, times: int = 1) -> None:
    uses = IndexUsage(lambda: database.transaction(service.pool), 0)
    for _ in range(times):
        uses.add(UUID(dataset.id), ROWS, compile_test_query(service, dataset, filter, sort))
    uses.flush()


def compile_test_query(service: Service, dataset: Dataset, filter: str, sort: str) -> CompiledQuery:
    return compile_query(definition(service, dataset), QuerySpec(filter, sort), QUERY_LIMITS)


def definition(service: Service, dataset: Dataset) -> Definition:
    with database.transaction(service.pool) as cursor:
        return heads.lock_heads(cursor, [UUID(dataset.id)])[UUID(dataset.id)][0].definition


def run_keeper(service: Service, budget: IndexBudget = WIDE_BUDGET, **settings: str) -> None:
    """Run one round of the keeper."""
    with database.connect_unpooled(
        database.session_conninfo(service.conninfo, **(keeper.SESSION_SETTINGS | settings))
    ) as connection:
        keeper.remove_unused(connection, budget, dataset_reads.exists_sql)
        keeper.build_due(connection, budget, writer_lease.is_free)


def read_entries(service: Service, dataset: Dataset) -> list[IndexEntry]:
    with service.pool.connection() as connection:
        return catalog.read_indexes(connection, UUID(dataset.id))


def column_positions(one: IndexEntry) -> Sequence[int]:
    return [part.position for part in (*one.spec.equal, *one.spec.order)]


def clear_retry_times(service: Service) -> None:
    with service.pool.connection() as connection:
        connection.execute("UPDATE record_indexes SET retry_at = NULL")


def exists(service: Service, name: str) -> bool:
    with service.pool.connection() as connection:
        row = connection.execute("SELECT FROM pg_class WHERE relname = %s", [name]).fetchone()
    return row is not None


def wait_until_ready(service: Service, dataset: Dataset) -> None:
    deadline = time.monotonic() + 20
    while {one.state for one in read_entries(service, dataset)} != {"ready"}:
        assert time.monotonic() < deadline, read_entries(service, dataset)
        time.sleep(0.02)


def read_pages(dataset: Dataset, filter: str, sort: str) -> list[Any]:
    """The first two pages and the number of records."""
    first = dataset.get_json("/records", filter=filter, sort=sort, limit=40, count="exact")
    if first["page"]["next"] is None:
        return [first]
    return [first, dataset.get_json("/records", limit=40, cursor=first["page"]["next"])]


def explain_page(service: Service, dataset: Dataset, filter: str, sort: str) -> list[Any]:
    """The nodes of the executed plan of a page, with a cost of sequential scans as for a large table."""
    compiled = compile_test_query(service, dataset, filter, sort)
    query = SQL(
        "EXPLAIN (ANALYZE, FORMAT JSON) SELECT id, version, values FROM {} WHERE version <= %s AND until > %s AND {}"
        " ORDER BY {} LIMIT %s"
    ).format(table_of(UUID(dataset.id)).identifier, compiled.where.text, order_by_sql(compiled.sort_keys).text)
    with database.connect_unpooled(service.conninfo) as connection:
        connection.execute("SET random_page_cost = 1.1")
        row = connection.execute(query, [1, 1, *compiled.where.params, 20]).fetchone()
    assert row is not None
    found, waiting = [], [row[0][0]["Plan"]]
    while waiting:
        found.append(waiting.pop())
        waiting += found[-1].get("Plans", [])
    return found


def count_filtered_rows(service: Service, dataset: Dataset, filter: str, sort: str) -> int:
    """The number of rows that a page reads but does not return."""
    return sum(node.get("Rows Removed by Filter", 0) for node in explain_page(service, dataset, filter, sort))


@contextmanager
def hold_snapshot(service: Service) -> Iterator[None]:
    """Hold a transaction with a snapshot of the current database while the block runs."""
    with database.connect_unpooled(service.conninfo) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SELECT count(*) FROM datasets")
        yield
