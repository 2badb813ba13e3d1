"""Measure the first page, a sorted page and a page deep inside a dataset.

The baseline of a page is its SQL alone, run without HTTP in the same minute, plus a request without a database query.
A deep page is compared with the first one: it must not cost more.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from statistics import median

import httpx
import psycopg
from psycopg.sql import SQL

from application.jobs.job_store.job_lists import find_unfinished
from application.settings import DEFAULTS
from benchmarks.environment import BenchmarkEnvironment, ImportedService
from benchmarks.figures import Figure
from interfaces.services import database
from interfaces.services.authentication import LOCAL_ACCESS
from interfaces.services.query_limits import query_limits
from projections.query import snapshots
from projections.query.compiled import QuerySpec, compile_query
from projections.query.pages import cursors, ranked_pages
from projections.query.pages.cursors import PageCursor
from projections.sql.record_tables import table_of

REQUESTS = 30
DEEP_SHARE = 0.9
_FIND_ID = SQL("SELECT id FROM {table} ORDER BY {order} OFFSET %s LIMIT 1")


def figures(environment: BenchmarkEnvironment) -> Iterator[Figure]:
    service = environment.imported_service
    rows = int(environment.files.rows * DEEP_SHARE)
    with httpx.Client(base_url=service.address, timeout=60) as client:
        round_trip = _time_request(lambda: client.get("/status"))
        yield Figure("pages: a request without a query", round_trip, "ms")
        firsts = {}
        for title, sort in (("first page", ""), ("first page by price", "price")):
            firsts[sort] = _time_page(client, service, {"sort": sort} if sort else {})
            own = asyncio.run(_time_sql(service, sort, None))
            note = f"its SQL alone {own:.2f} ms"
            yield Figure(f"pages: {title}", firsts[sort], "ms", round_trip + own, at_most=2, note=note)
        for sort in ("", "price"):
            cursor = _make_cursor(client, service, rows, sort)
            deep = _time_page(client, service, {"cursor": cursors.encode(cursor)})
            own = asyncio.run(_time_sql(service, sort, cursor))
            title = f"pages: after {rows:,} rows" + (f" by {sort}" if sort else "")
            yield Figure(title, deep, "ms", firsts[sort], at_most=2, note=f"its SQL alone {own:.2f} ms")


def _time_page(client: httpx.Client, service: ImportedService, parameters: dict[str, str]) -> float:
    path = f"/v1/datasets/{service.dataset_id}/records"
    return _time_request(lambda: client.get(path, params={"limit": "50", **parameters}))


def _time_request(send: Callable[[], httpx.Response]) -> float:
    send().raise_for_status()
    times = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        send()
        times.append(time.perf_counter() - began)
    return median(times) * 1000


def _make_cursor(client: httpx.Client, service: ImportedService, rows: int, sort: str) -> PageCursor:
    """The cursor of the page after `rows` rows, the same as the previous page would return."""
    table = table_of(service.dataset_id).identifier
    order = SQL("rowledger_number(values->3), id" if sort else "id")
    with psycopg.connect(service.conninfo) as connection:
        row = connection.execute(_FIND_ID.format(table=table, order=order), [rows - 1]).fetchone()
    assert row is not None
    record = client.get(f"/v1/datasets/{service.dataset_id}/records/{row[0]}").raise_for_status()
    price = record.json()["values"]["price"]
    after = (None if price is None else str(price), str(row[0])) if sort else (str(row[0]),)
    return PageCursor(1, QuerySpec("", sort), after)


async def _time_sql(service: ImportedService, sort: str, cursor: PageCursor | None) -> float:
    """The milliseconds to read a page directly from PostgreSQL."""
    conninfo = database.session_conninfo(service.conninfo)
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        snapshot = await snapshots.find(connection, LOCAL_ACCESS, str(service.dataset_id), find_job=find_unfinished)
        query = compile_query(snapshot.definition, QuerySpec("", sort), query_limits(DEFAULTS))
        columns = snapshot.definition.columns
        return await _time_async(lambda: ranked_pages.read(connection, snapshot, query, columns, 50, cursor))


async def _time_async(send: Callable[[], Awaitable[object]]) -> float:
    await send()
    times = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        await send()
        times.append(time.perf_counter() - began)
    return median(times) * 1000
