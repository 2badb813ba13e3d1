"""Gives verbs access to the data: settings, the service and a connection for reading."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from psycopg import AsyncConnection

from application.jobs.job_store.job_lists import find_unfinished
from application.settings import Settings, from_environment
from interfaces.services import wiring
from interfaces.services.authentication import LOCAL_ACCESS
from interfaces.services.embedded import embedded_postgres
from interfaces.services.query_limits import query_limits
from interfaces.services.wiring import Service
from projections.query import snapshots
from projections.query.compiled import QueryLimits
from projections.query.snapshots import Snapshot

T = TypeVar("T")
Connection = AsyncConnection[Any]

_shared_service: ContextVar[Service | None] = ContextVar("running", default=None)


class CliError(Exception):
    """A verb failed; the message gives the reason in one line."""


def load_settings() -> Settings:
    return from_environment(embedded_postgres.default_data_folder())


@contextmanager
def open_service() -> Iterator[Service]:
    """The service on the settings' database, or the shared one within `use_service`."""
    if (open_already := _shared_service.get()) is not None:
        yield open_already
        return
    with wiring.open_service(load_settings()) as opened:
        yield opened


@contextmanager
def use_service(opened: Service) -> Iterator[None]:
    """Make verbs called within the block use this service."""
    token = _shared_service.set(opened)
    try:
        yield
    finally:
        _shared_service.reset(token)


def run_read(read: Callable[[Connection], Awaitable[T]]) -> T:
    """The result of `read`, which is called with a new connection."""

    async def run(opened: Service) -> T:
        async with open_connection(opened) as reading:
            return await read(reading)

    with open_service() as opened:
        return asyncio.run(run(opened))


@asynccontextmanager
async def open_connection(opened: Service) -> AsyncIterator[Connection]:
    async with await AsyncConnection.connect(opened.conninfo, autocommit=True) as reading:
        yield reading


async def find_snapshot(reading: Connection, dataset: str, as_of: str | None = None) -> Snapshot:
    return await snapshots.find(reading, LOCAL_ACCESS, dataset, as_of, find_job=find_unfinished)


def load_query_limits() -> QueryLimits:
    return query_limits(load_settings())
