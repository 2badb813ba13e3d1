"""Measure pages, records, exports and groups of a dataset with a million records, next to twenty other datasets.

A page filters one column for a value and sorts by another. The value is common, rare, or found only at the far end of
the sort. The indexes are those that the service builds by itself for these queries. The page cache is off where a
page is measured. Each page is compared with its SQL alone over one connection.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from statistics import median
from urllib.parse import quote

import httpx
import psycopg
from psycopg.sql import SQL

from application.jobs.job_store.job_lists import find_unfinished
from application.settings import DEFAULTS
from benchmarks import generate
from benchmarks.environment import TIMEOUT_SECONDS, BenchmarkEnvironment, UncachedService
from benchmarks.figures import Figure
from benchmarks.load import run_load
from domain import exact_json
from interfaces.services import database
from interfaces.services.authentication import LOCAL_ACCESS
from interfaces.services.query_limits import query_limits
from projections.query import snapshots
from projections.query.compiled import QuerySpec, compile_query
from projections.query.pages import cursors, ranked_pages
from projections.query.pages.cursors import PageCursor
from projections.sql.record_tables import table_of

OTHER_DATASETS = 20
OTHER_ROWS = 100_000
EDIT_COUNT = 10_000
RARE_ROWS = 40
FAR_PRICE = 9_900
"""Higher prices are at the far end of the sort."""

MAX_MEDIAN_MILLISECONDS = 6.0
MAX_P99_MILLISECONDS = 25.0
MIN_PAGES_PER_SECOND = 2_000.0
MIN_READS_PER_SECOND = 4_000.0
MAX_MEGABYTES = 150.0

UNCOMPRESSED = {"Accept-Encoding": "identity"}

CASES = {"common": "status eq 'paid'", "rare": "status eq 'lost'", "correlated": "country eq 'ZZ'"}
SORT = "price"


def figures(environment: BenchmarkEnvironment) -> Iterator[Figure]:
    with (
        environment.uncached_service() as service,
        httpx.Client(base_url=service.address, timeout=TIMEOUT_SECONDS) as client,
    ):
        before = _prepare_data(environment, client, service)
        yield from _measure_pages(service, before)
        yield from _measure_rates(service)
        yield from _measure_exports(client, service)


def _prepare_data(environment: BenchmarkEnvironment, client: httpx.Client, service: UncachedService) -> int:
    """Import the other datasets, write rare and far values, then apply edits. Returns the version before the
    edits."""
    for _ in range(OTHER_DATASETS):
        service.upload(generate.generate_files(OTHER_ROWS).csv)
    path = f"/v1/datasets/{service.dataset_id}"
    source = random.Random(1)
    rare = ",".join(str(source.randrange(1, environment.files.rows)) for _ in range(RARE_ROWS))
    _send_change(
        client, "PATCH", f"{path}/records?filter={quote(f'number in ({rare})')}", {"values": {"status": "lost"}}
    )
    _send_change(
        client, "PATCH", f"{path}/records?filter={quote(f'price gt {FAR_PRICE}')}", {"values": {"country": "ZZ"}}
    )
    before = int(client.get(path).raise_for_status().json()["version"])
    edits = [
        {"op": "update", "id": source.randrange(1, environment.files.rows), "values": {"quantity": number}}
        for number in range(EDIT_COUNT)
    ]
    _send_change(client, "POST", f"{path}/batch", {"operations": edits})
    _wait_for_indexes(client, service)
    return before


def _send_change(client: httpx.Client, method: str, path: str, body: object) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.request(method, path, content=exact_json.dumps(body), headers=headers)
    if answer.is_error:
        raise SystemExit(f"{method} {path[:80]} failed: {answer.text}")


def _wait_for_indexes(client: httpx.Client, service: UncachedService) -> None:
    """Repeat the queries until the indexes that they want are ready."""
    for _ in range(120):
        for case in CASES.values():
            client.get(_page_path(service, case)).raise_for_status()
        client.get(_page_path(service, "", SORT)).raise_for_status()
        time.sleep(1)
        indexes = client.get(f"/v1/datasets/{service.dataset_id}/indexes").raise_for_status().json()["data"]
        if len(indexes) >= len(CASES) and all(index["state"] == "ready" for index in indexes):
            return
    raise SystemExit(f"the indexes were not built: {indexes}")


def _page_path(service: UncachedService, filter: str, sort: str = SORT, **more: str) -> str:
    parameters = {"filter": filter, "sort": sort, "limit": "50", **more}
    query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items() if value)
    return f"/v1/datasets/{service.dataset_id}/records?{query}"


def _measure_pages(service: UncachedService, before: int) -> Iterator[Figure]:
    for name, filter in CASES.items():
        result = run_load(service.address, [_page_path(service, filter)])
        note = f"its SQL alone {_time_sql(service, filter):.2f} ms"
        yield Figure(
            f"queries: {name} value, median", result.median, "ms", MAX_MEDIAN_MILLISECONDS, at_most=1, note=note
        )
        yield Figure(f"queries: {name} value, 99 of 100", result.slowest, "ms", MAX_P99_MILLISECONDS, at_most=1)
    now = run_load(service.address, [_page_path(service, CASES["common"])])
    then = run_load(service.address, [_page_path(service, CASES["common"], as_of=str(before))])
    yield Figure("queries: as of before the edits", then.median, "ms", now.median, at_most=1.5)
    first = run_load(service.address, [_page_path(service, "", SORT)])
    deep = run_load(service.address, [_page_path(service, "", SORT, cursor=_deep_cursor(service))])
    yield Figure("queries: the page after 90 % of the rows", deep.median, "ms", first.median, at_most=1.5)


def _measure_rates(service: UncachedService) -> Iterator[Figure]:
    with service.run_minimal_routes() as address:
        floors = {name: run_load(address, [f"/{name}"]).rate for name in ("page", "one", "nothing")}
    for name, rate in floors.items():
        yield Figure(f"queries: floor, a minimal route: {name}", rate, "/s")
    source = random.Random(2)
    texts = [f"status eq 'paid' and price gt {source.randrange(FAR_PRICE)}.5" for _ in range(2_000)]
    for name, paths in (
        ("common pages", [_page_path(service, CASES["common"])]),
        ("pages, each its own filter", [_page_path(service, text) for text in texts]),
    ):
        result = run_load(service.address, paths)
        note = f"{result.rate / floors['page']:.2f} of the minimal page route"
        yield Figure(f"queries: {name} (limit)", result.rate, "/s", MIN_PAGES_PER_SECOND, at_least=1, note=note)
    ids = [f"/v1/datasets/{service.dataset_id}/records/{source.randrange(1, 100_000)}" for _ in range(2_000)]
    by_id = run_load(service.address, ids)
    note = f"{by_id.rate / floors['one']:.2f} of the SELECT 1 route"
    yield Figure("queries: records by id (limit)", by_id.rate, "/s", MIN_READS_PER_SECOND, at_least=1, note=note)
    with service.run_cached_service() as address:
        cached = run_load(address, [_page_path(service, CASES["common"])])
    note = f"{cached.rate / floors['one']:.2f} of the SELECT 1 route"
    yield Figure("queries: a cached page (limit)", cached.rate, "/s", MIN_READS_PER_SECOND, at_least=1, note=note)


def _measure_exports(client: httpx.Client, service: UncachedService) -> Iterator[Figure]:
    path, table = f"/v1/datasets/{service.dataset_id}", table_of(service.dataset_id).identifier
    cells = SQL(", ").join([SQL("values->>{}").format(number) for number in range(12)])
    copy = SQL("COPY (SELECT {} FROM {} WHERE until = 9223372036854775807 ORDER BY id) TO STDOUT (FORMAT csv)")
    group = SQL("""SELECT json_agg(row) FROM (SELECT values->>9, count(*), sum((values->>3)::numeric) FROM {}
                   WHERE version <= 9 AND until > 9 GROUP BY 1 ORDER BY 1) AS row""")
    exports, copies, groups, selects = [], [], [], []
    before = service.peak_megabytes()
    service.reset_peak()
    with psycopg.connect(service.conninfo, autocommit=True) as connection, connection.cursor() as cursor:
        for _ in range(3):
            began = time.perf_counter()
            with cursor.copy(copy.format(cells, table)) as blocks:
                sum(len(block) for block in blocks)
            copies.append(time.perf_counter() - began)
            began = time.perf_counter()
            with client.stream("GET", f"{path}/export?format=csv", headers=UNCOMPRESSED) as answer:
                sum(len(block) for block in answer.iter_raw())
            exports.append(time.perf_counter() - began)
            began = time.perf_counter()
            cursor.execute(group.format(table)).fetchall()
            selects.append(time.perf_counter() - began)
            began = time.perf_counter()
            client.get(f"{path}/aggregate?group_by=country&measures=count,sum(price)").raise_for_status()
            groups.append(time.perf_counter() - began)
    speed, floor = 1 / median(exports), 1 / median(copies)
    yield Figure("queries: CSV exports a second", speed, "/s", floor, at_least=0.5)
    note = f"{before:.0f} MB at its peak before, under load"
    yield Figure(
        "queries: memory while exporting (limit)", service.peak_megabytes(), "MB", MAX_MEGABYTES, at_most=1, note=note
    )
    yield Figure("queries: grouped by a column", median(groups), "s", median(selects), at_most=1.5)


def _deep_cursor(service: UncachedService) -> str:
    """The cursor of the page after 90 % of the rows, the same as the previous page would return."""
    table = table_of(service.dataset_id).identifier
    query = SQL("""SELECT rowledger_number(values->3)::text, id::text, (SELECT max(version) FROM versions
                   WHERE dataset_id = %s) FROM {} WHERE until = 9223372036854775807
                   ORDER BY rowledger_number(values->3), id OFFSET %s LIMIT 1""").format(table)
    with psycopg.connect(service.conninfo) as connection:
        rows = connection.execute(SQL("SELECT count(*) FROM {}").format(table)).fetchone()
        assert rows is not None
        position = connection.execute(query, [service.dataset_id, int(rows[0] * 0.9)]).fetchone()
    assert position is not None
    return cursors.encode(PageCursor(position[2], QuerySpec("", SORT), (position[0], position[1])))


def _time_sql(service: UncachedService, filter: str) -> float:
    """The median milliseconds of the page's SQL over one connection."""
    return asyncio.run(_time_sql_async(service, filter))


async def _time_sql_async(service: UncachedService, filter: str) -> float:
    times = []
    session = database.session_conninfo(service.conninfo, plan_cache_mode="force_custom_plan")
    async with await psycopg.AsyncConnection.connect(session, autocommit=True) as connection:
        snapshot = await snapshots.find(connection, LOCAL_ACCESS, str(service.dataset_id), find_job=find_unfinished)
        query = compile_query(snapshot.definition, QuerySpec(filter, SORT), query_limits(DEFAULTS))
        for _ in range(50):
            began = time.perf_counter()
            await ranked_pages.read(connection, snapshot, query, snapshot.definition.columns, 50)
            times.append((time.perf_counter() - began) * 1000)
    return median(times)
