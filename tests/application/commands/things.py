"""Datasets for tests of commands, and functions that read them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from psycopg.sql import SQL, Literal

from application.commands.change_by_filter import BulkChangeTools
from application.commands.envelope import AnyEnvelope, AnyOutcome, CommandEnvelope, CommandOutcome
from application.log.large_events import MAX_INLINE_RECORDS
from domain.columns import Column, ColumnType, Value
from domain.dataset.commands import ChangeRecords, CreateDataset, CreateRecord
from domain.errors import Refusal
from domain.schema import Definition
from interfaces.services import database as connections
from projections.sql.record_tables import OPEN, table_of
from projections.verify import verify
from tests.application.conftest import CONTEXT, WriteSide

PRODUCTS = Definition(
    "Products",
    "",
    (
        Column("sku", ColumnType.STRING, 0),
        Column("land", ColumnType.STRING, 1),
        Column("code", ColumnType.INTEGER, 2, unique=True),
        Column("n", ColumnType.INTEGER, 3),
    ),
    key=(0, 1),
)

MANY = MAX_INLINE_RECORDS + 1
"""A number of records that is too large to store in the event itself."""


def create_products(write_side: WriteSide, *records: tuple[str, str, int | None, int]) -> UUID:
    """A dataset with the key (sku, land) and the unique column code: record 1 is of version 2, and so on."""
    dataset_id = uuid4()
    write_side.send(dataset_id, CreateDataset("default", f"products-{dataset_id}", "ann", PRODUCTS))
    for record in records:
        write_side.send(dataset_id, CreateRecord(dict(zip(PRODUCTS.names, record, strict=True))))
    return dataset_id


def create_things(write_side: WriteSide, number: int) -> UUID:
    """A dataset without a key whose records have n = 1, 2, …, made by one command: version 2."""
    dataset_id = write_side.create_dataset()
    write_side.send(dataset_id, create_many(number))
    return dataset_id


def create_many(number: int) -> ChangeRecords:
    return ChangeRecords(tuple(CreateRecord({"name": f"r{n}", "n": n}) for n in range(1, number + 1)))


def execute(write_side: WriteSide, *envelopes: AnyEnvelope) -> list[AnyOutcome | Refusal]:
    """The outcomes of the commands, executed in one transaction."""
    with connections.transaction(write_side.pool) as cursor:
        return write_side.handler.execute(cursor, envelopes)


def execute_one(write_side: WriteSide, envelope: CommandEnvelope) -> CommandOutcome:
    with connections.transaction(write_side.pool) as cursor:
        return write_side.handler.execute_one(cursor, envelope)


def envelope(dataset_id: UUID, command: Any, **options: Any) -> CommandEnvelope:
    return CommandEnvelope(dataset_id, command, CONTEXT, **options)


def refusals(results: Sequence[AnyOutcome | Refusal]) -> list[str | None]:
    """The code of each refusal; None for a command that succeeded."""
    return [one.code if isinstance(one, Refusal) else None for one in results]


def read_records(write_side: WriteSide, dataset_id: UUID) -> dict[int, list[Value]]:
    """The current records by id, as the read table has them."""
    query = SQL("SELECT id, values FROM {} WHERE until = {} ORDER BY id")
    with connections.transaction(write_side.pool) as cursor:
        return dict(cursor.execute(query.format(table_of(dataset_id).identifier, Literal(OPEN))).fetchall())


def count_versions(write_side: WriteSide, dataset_id: UUID) -> int:
    """The dataset's version; what the log and the read models hold must be the same."""
    assert verify(write_side.source(), dataset_id).difference is None
    return len(list(write_side.store.stream(dataset_id)))


def count_chunks(write_side: WriteSide, dataset_id: UUID) -> int:
    with connections.transaction(write_side.pool) as cursor:
        row = cursor.execute("SELECT count(*) FROM chunks WHERE dataset_id = %s", [dataset_id]).fetchone()
    assert row is not None
    return int(row[0])


def bulk_tools(write_side: WriteSide) -> BulkChangeTools:
    return BulkChangeTools(write_side.pool.connection, write_side.handler, write_side.models)
