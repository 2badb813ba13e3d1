"""A dataset's name in addresses: made from its name, unique in its workspace, free again when it is deleted."""

import asyncio
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection

from application.commands import slugs
from application.commands.datasets import create_dataset
from domain.dataset.commands import DeleteDataset
from domain.dataset.events import DatasetCreated
from interfaces.services import database as connections
from tests.application.conftest import CONTEXT, DEFINITION, WriteSide, open_counters_database


@pytest.fixture
def counters_database(server: str, template: str) -> Iterator[str]:
    """One for each test: a slug is taken for all of a workspace."""
    with open_counters_database(server, template) as conninfo:
        yield conninfo


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Orders 2024 (final)", "orders-2024-final"),
        ("  --Orders__  ", "orders"),
        ("snake_case", "snake_case"),
        ("a, b; c", "a-b-c"),
        ("Straße", "strasse"),
        ("ÅRSRAPPORT", "årsrapport"),
        ("ﬁle №1", "file-no1"),
        ("東京 データ", "東京-データ"),
        ("", "dataset"),
        ("!?", "dataset"),
        ("x" * 81, "x" * 80),
        ("x" * 79 + " y", "x" * 79),
        ("x" * 79 + "_y", "x" * 79),
    ],
)
def test_a_slug_is_made_from_a_name(name: str, slug: str) -> None:
    assert slugs.make_slug(name) == slug


def test_a_taken_slug_gets_a_number(write_side: WriteSide) -> None:
    assert [reserve(write_side, "Sales", uuid4()) for _ in range(3)] == ["sales", "sales-2", "sales-3"]
    assert reserve(write_side, "Sales 2", uuid4()) == "sales-2-2"
    assert reserve(write_side, "Sales", uuid4(), "elsewhere") == "sales"
    assert reserve(write_side, "Sales", uuid4()) == "sales-4"


def test_a_reserved_slug_is_found_in_its_workspace(write_side: WriteSide) -> None:
    here, there = uuid4(), uuid4()
    reserve(write_side, "Sales", there, "elsewhere")
    assert find(write_side, "default", "sales") is None
    reserve(write_side, "Sales", here)
    assert find(write_side, "default", "sales") == here
    assert find(write_side, "elsewhere", "sales") == there
    assert find(write_side, "default", "sales-2") is None


def test_a_released_slug_is_free(write_side: WriteSide) -> None:
    first, second, third = uuid4(), uuid4(), uuid4()
    reserve(write_side, "Sales", first)
    reserve(write_side, "Sales", second)
    with connections.transaction(write_side.pool) as cursor:
        slugs.release(cursor, first)
    assert find(write_side, "default", "sales") is None
    assert find(write_side, "default", "sales-2") == second
    assert reserve(write_side, "Sales", third) == "sales"


def test_a_deleted_datasets_slug_is_free(write_side: WriteSide) -> None:
    first, slug = create(write_side)
    second, numbered = create(write_side)
    assert (slug, numbered) == ("things", "things-2")
    write_side.send(second, DeleteDataset())
    third, taken_over = create(write_side)
    assert taken_over == "things-2"
    assert find(write_side, "default", "things-2") == third
    assert find(write_side, "default", "things") == first
    write_side.send(third, DeleteDataset())
    write_side.send(first, DeleteDataset())
    assert [create(write_side)[1] for _ in range(3)] == ["things", "things-2", "things-3"]


def test_a_dry_run_creates_nothing(write_side: WriteSide) -> None:
    with connections.transaction(write_side.pool, roll_back=True) as cursor:
        dataset_id, outcome = create_dataset(cursor, write_side.handler, CONTEXT, DEFINITION, dry_run=True)
    assert isinstance(outcome.event, DatasetCreated) and outcome.version == 0
    assert list(write_side.store.stream(dataset_id)) == []
    assert find(write_side, "default", "things") is None


def reserve(write_side: WriteSide, name: str, dataset_id: UUID, workspace: str = "default") -> str:
    with connections.transaction(write_side.pool) as cursor:
        return slugs.reserve(cursor, write_side.models, workspace, name, dataset_id)


def create(write_side: WriteSide) -> tuple[UUID, str]:
    """A new dataset and its slug."""
    with connections.transaction(write_side.pool) as cursor:
        dataset_id, outcome = create_dataset(cursor, write_side.handler, CONTEXT, DEFINITION)
    assert isinstance(outcome.event, DatasetCreated) and outcome.version == 1
    assert (outcome.event.workspace, outcome.event.owner) == ("default", "ann")
    return dataset_id, outcome.event.slug


def find(write_side: WriteSide, workspace: str, slug: str) -> UUID | None:
    async def ask() -> UUID | None:
        async with await AsyncConnection.connect(write_side.conninfo, autocommit=True) as connection:
            return await slugs.find_dataset(connection, workspace, slug)

    return asyncio.run(ask())
