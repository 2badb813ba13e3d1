"""How a verb reaches the data: the settings, the running service, a connection to read on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from psycopg import AsyncConnection

from application.settings import Settings, from_environment
from interfaces.services import embedded_postgres, wiring
from interfaces.services.query_limits import limits_of
from interfaces.services.wiring import Service
from projections.query import snapshots
from projections.query.compiled import AskLimits
from projections.query.snapshots import Snapshot

T = TypeVar("T")
Connection = AsyncConnection[Any]

_running: ContextVar[Service | None] = ContextVar("running", default=None)


class Failed(Exception):
    """What a verb was asked could not be done; the message says why, in one line."""


def settings() -> Settings:
    return from_environment(embedded_postgres.default_folder())


@contextmanager
def service() -> Iterator[Service]:
    """The service on the settings' database; within `running`, the one that runs already."""
    if (open_already := _running.get()) is not None:
        yield open_already
        return
    with wiring.service(settings()) as opened:
        yield opened


@contextmanager
def running(opened: Service) -> Iterator[None]:
    """Have the verbs called within use this service."""
    token = _running.set(opened)
    try:
        yield
    finally:
        _running.reset(token)


def read(question: Callable[[Connection], Awaitable[T]]) -> T:
    """The answer of a read model to `question`, which is given a connection."""

    async def ask(opened: Service) -> T:
        async with connection(opened) as reading:
            return await question(reading)

    with service() as opened:
        return asyncio.run(ask(opened))


@asynccontextmanager
async def connection(opened: Service) -> AsyncIterator[Connection]:
    async with await AsyncConnection.connect(opened.conninfo, autocommit=True) as reading:
        yield reading


async def find(reading: Connection, dataset: str, as_of: str | None = None) -> Snapshot:
    return await snapshots.find(reading, wiring.WORKSPACE, dataset, as_of)


def limits() -> AskLimits:
    return limits_of(settings())
