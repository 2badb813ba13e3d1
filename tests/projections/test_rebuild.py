"""A rebuild creates the same read models while others write, and verify finds manipulated ones."""

import threading
from typing import Any
from uuid import UUID

import httpx
import pytest
from psycopg.sql import SQL

from domain.errors import NotFound
from interfaces.services.wiring import Service
from projections.rebuild import rebuild
from projections.sql.record_tables import table_of
from projections.verify import VerifyReport, verify
from tests import given
from tests.given import Dataset


def run_verify(service: Service, dataset: Dataset) -> VerifyReport:
    return verify(service.source(), UUID(dataset.id))


def tamper(service: Service, statement: str, dataset: Dataset) -> None:
    with service.pool.connection() as connection:
        connection.execute(SQL(statement).format(table=table_of(UUID(dataset.id)).identifier), {"id": dataset.id})


@pytest.fixture
def dataset(client: httpx.Client) -> Dataset:
    """A dataset whose records and columns were created, changed, removed, renamed and reverted."""
    made = given.create_people(client, 30, 40, None, 50)
    made.send("PATCH", "/records/1", {"values": {"age": 31}})
    made.send("DELETE", "/records/2")
    made.send("PATCH", "", {"columns": {"age": {"name": "years"}}})
    made.send("POST", "/revert", {"to": 4})
    made.create(name="Zoë", age=9)
    return made


def test_a_rebuild_equals_what_was_live(service: Service, dataset: Dataset) -> None:
    before = run_verify(service, dataset)
    report = rebuild(service.source(), UUID(dataset.id))
    after = run_verify(service, dataset)
    assert before.difference is after.difference is None
    assert (report.version, before.digest, before.rows) == (before.version, after.digest, after.rows)


def test_a_rebuild_of_an_import_equals_what_was_live(service: Service, client: httpx.Client) -> None:
    rows = "".join(f"{number},n{number % 7}\n" for number in range(25_000))
    dataset = given.import_csv(client, f"number,name\n{rows}")
    dataset.send("PATCH", "/records/7", {"values": {"name": "seven"}})
    before = run_verify(service, dataset)
    rebuild(service.source(), UUID(dataset.id))
    assert run_verify(service, dataset).digest == before.digest
    assert (before.difference, before.rows) == (None, 25_001)


def test_readers_and_writers_continue_while_a_rebuild_swaps(service: Service, client: httpx.Client) -> None:
    dataset = given.create_people(client, *range(20))
    stop, answers = threading.Event(), list[int]()

    def keep_writing() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            answers.append(dataset.send("PATCH", "/records/3", {"values": {"age": number}}).status_code)
            answers.append(dataset.get("/records").status_code)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    for _ in range(5):
        rebuild(service.source(), UUID(dataset.id))
    stop.set()
    writer.join()
    assert set(answers) == {200}
    assert run_verify(service, dataset).difference is None


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE {table} SET values = jsonb_set(values, '{{1}}', '77') WHERE id = 4", "record 4"),
        ("DELETE FROM {table} WHERE id = 3", "record 3"),
        ("UPDATE {table} SET until = 6 WHERE id = 4", "record 4"),
        ("INSERT INTO {table} SELECT 99, version, until, values FROM {table} WHERE id = 3", "record 99"),
        ("UPDATE versions SET actor = 'eve' WHERE dataset_id = %(id)s AND version = 2", "table versions"),
        ("UPDATE datasets SET records = 77 WHERE dataset_id = %(id)s", "table datasets"),
        ("DELETE FROM versions WHERE dataset_id = %(id)s AND version = 2", "table versions: live None, rebuilt {"),
        ("DELETE FROM versions WHERE dataset_id = %(id)s", "table versions: live None, rebuilt {"),
        ("DELETE FROM {table} WHERE id = 1 AND until < 100", "record 1"),
        ("DROP TABLE {table}", "missing"),
    ],
)
def test_verify_names_the_first_place_that_was_tampered_with(
    service: Service, dataset: Dataset, statement: str, found: str
) -> None:
    tamper(service, statement, dataset)
    difference = run_verify(service, dataset).difference
    assert difference is not None and found in difference
    rebuild(service.source(), UUID(dataset.id))
    assert run_verify(service, dataset).difference is None


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("DELETE FROM imports WHERE dataset_id = %(id)s", "imports"),
        ("DELETE FROM rejects WHERE dataset_id = %(id)s", "rejects"),
    ],
)
def test_verify_names_a_row_of_an_import_that_is_missing(
    service: Service, client: httpx.Client, statement: str, table: str
) -> None:
    text = f"n,{given.unique('name')}\n1,a\n1,b\n"
    dataset = given.import_csv(client, text, key="n")
    assert dataset.get_json("/imports")["data"][0]["rows"]["rejected"] == 1
    tamper(service, statement, dataset)
    difference = run_verify(service, dataset).difference
    assert difference is not None and difference.startswith(f"table {table}: live None, rebuilt {{")
    rebuild(service.source(), UUID(dataset.id))
    assert run_verify(service, dataset).difference is None


def test_no_rebuilt_table_is_left(service: Service, dataset: Dataset) -> None:
    run_verify(service, dataset)
    rebuild(service.source(), UUID(dataset.id))
    with service.pool.connection() as connection:
        left: Any = connection.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE '%% rebuilt'").fetchall()
    assert left == []


def test_a_dataset_that_is_not_in_the_log_is_refused(service: Service) -> None:
    with pytest.raises(NotFound):
        rebuild(service.source(), UUID(int=0))
