"""A write side that knows datasets and counters, on a database of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from application.commands.bus import CommandBus
from application.commands.envelope import AggregateEnvelope, CommandContext, CommandEnvelope
from application.commands.handler import CommandHandler
from application.log import chunks
from application.log.codec import EventCodec
from application.log.event_store import EventStore
from application.log.followed_log import FollowedLog
from domain.access.access import Access
from domain.access.grants import Grant, Role
from domain.access.principal import Principal, PrincipalKind
from domain.all_aggregates import AGGREGATES
from domain.columns import Column, ColumnType
from domain.dataset.commands import Command, CreateDataset
from domain.dataset.events import ChunkRef
from domain.schema import Definition
from interfaces.services import database as connections
from interfaces.services.database import SyncPool
from projections.inline import InlineReadModels
from projections.models.registry import READ_MODELS
from projections.shadow_models import RebuildSource
from tests.application.counter import (
    COUNTER,
    COUNTERS,
    CREATE_COUNTERS,
    CounterCommand,
    CounterEvent,
    CounterState,
)
from tests.conftest import a_database

ACCESS = Access(Principal(PrincipalKind.USER, "ann"), "default", (Grant(Role.ADMIN),))

CONTEXT = CommandContext(ACCESS, "request-7")

MODELS = (*READ_MODELS, COUNTERS)

DEFINITION = Definition("Things", "", (Column("name", ColumnType.STRING, 0), Column("n", ColumnType.INTEGER, 1)))


@dataclass(frozen=True, slots=True)
class WriteSide:
    """What a command needs from its bus to the read models."""

    conninfo: str
    pool: SyncPool
    store: EventStore
    handler: CommandHandler
    bus: CommandBus
    models: InlineReadModels

    def source(self) -> RebuildSource:
        return RebuildSource(
            lambda: connections.connect_unpooled(self.conninfo),
            self.store.stream,
            self.models.read_chunk,
            FollowedLog(self.store),
            MODELS,
        )

    def create_dataset(self) -> UUID:
        """An empty dataset."""
        dataset_id = uuid4()
        self.send(dataset_id, CreateDataset("default", f"things-{dataset_id}", "ann", DEFINITION))
        return dataset_id

    def send(self, dataset_id: UUID, command: Command) -> int:
        """The dataset's version after the command. Raises its refusal."""
        return self.bus.submit(CommandEnvelope(dataset_id, command, CONTEXT)).result(30).version


def to_counter(
    counter_id: UUID, command: CounterCommand, context: CommandContext = CONTEXT
) -> AggregateEnvelope[CounterState, CounterCommand, CounterEvent]:
    return AggregateEnvelope(COUNTER, counter_id, command, context)


@pytest.fixture(scope="module")
def counters_database(server: str, template: str) -> Iterator[str]:
    """A database with the counters' read model, shared by the tests of a module: each has streams of its own."""
    with open_counters_database(server, template) as conninfo:
        yield conninfo


@contextmanager
def open_counters_database(server: str, template: str) -> Iterator[str]:
    with a_database(server, template) as name:
        conninfo = connections.session_conninfo(make_conninfo(server, dbname=name))
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(CREATE_COUNTERS)
        yield conninfo


@pytest.fixture
def write_side(counters_database: str) -> Iterator[WriteSide]:
    conninfo = counters_database
    pool = connections.create_sync_pool(conninfo, 8)
    store = EventStore(conninfo, EventCodec((*AGGREGATES, COUNTER)))

    def read_chunk(dataset_id: UUID, chunk: ChunkRef) -> bytes:
        with pool.connection() as connection, connection.cursor() as cursor:
            return chunks.read_lines(cursor, dataset_id, chunk)

    models = InlineReadModels(read_chunk, MODELS)
    handler = CommandHandler(store, models)
    bus = CommandBus(handler, lambda: connections.transaction(pool))
    try:
        yield WriteSide(conninfo, pool, store, handler, bus, models)
    finally:
        bus.close()
        store.close()
        pool.close()
