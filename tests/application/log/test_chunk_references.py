"""Chunks that an event refers to are kept, whatever the event; chunks that none refers to are removed."""

import json
import re
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

import migrations
from application.log import chunks
from application.log.chunk_references import find_chunks
from domain.dataset.events import ChunkRef, DatasetCreated, RecordChange, RecordCreated, RecordsChanged
from interfaces.services import database as connections
from interfaces.services.wiring import Service
from tests import given
from tests.application.conftest import DEFINITION, WriteSide, to_counter
from tests.application.counter import CounterBox, CounterFilled, FillCounter

ONE, OTHER = ChunkRef("01" * 32, 1), ChunkRef("02" * 32, 2)


@pytest.mark.parametrize(
    ("event", "found"),
    [
        (RecordCreated(1, ("a",)), []),
        (DatasetCreated("w", "s", "ann", DEFINITION), []),
        (RecordsChanged(changes=(RecordChange(1, None),)), []),
        (RecordsChanged(chunks=(ONE, OTHER)), [ONE, OTHER]),
        (CounterFilled((CounterBox(), CounterBox((ONE,)), CounterBox((OTHER, ONE)))), [ONE, OTHER, ONE]),
    ],
    ids=["a record", "a dataset", "a few changes", "many changes", "chunks within a field's fields"],
)
def test_the_chunks_of_an_event_are_found_in_its_fields(event: object, found: list[ChunkRef]) -> None:
    assert list(find_chunks(event)) == found


def test_the_chunks_of_a_new_kind_of_event_are_kept(write_side: WriteSide) -> None:
    counter_id = uuid4()
    with connections.transaction(write_side.pool) as cursor:
        ref = chunks.store(cursor, counter_id, b"[1]\n[2]\n", 2)
        write_side.handler.execute_one(cursor, to_counter(counter_id, FillCounter((ref, ref))))
        orphaned = chunks.store(cursor, counter_id, b"[3]\n", 1)
    with write_side.pool.connection() as connection:
        chunks.delete_orphaned(connection, counter_id)
    assert write_side.models.read_chunk(counter_id, ref) == b"[1]\n[2]\n"
    with pytest.raises(chunks.MissingChunk):
        write_side.models.read_chunk(counter_id, orphaned)


def test_what_dies_before_it_is_published_leaves_chunks_that_are_removed(write_side: WriteSide) -> None:
    """The chunks were committed, and the transaction that would have appended the event was not."""
    counter_id = uuid4()
    with connections.transaction(write_side.pool) as cursor:
        ref = chunks.store(cursor, counter_id, b"[1]\n", 1)
    with connections.transaction(write_side.pool, roll_back=True) as cursor:
        write_side.handler.execute_one(cursor, to_counter(counter_id, FillCounter((ref,))))
    assert write_side.models.read_chunk(counter_id, ref) == b"[1]\n"
    with write_side.pool.connection() as connection:
        chunks.delete_orphaned(connection, counter_id)
    with pytest.raises(chunks.MissingChunk):
        write_side.models.read_chunk(counter_id, ref)


def test_chunks_of_another_stream_are_left_alone(write_side: WriteSide) -> None:
    with connections.transaction(write_side.pool) as cursor:
        ref = chunks.store(cursor, other := uuid4(), b"[1]\n", 1)
    with write_side.pool.connection() as connection:
        chunks.delete_orphaned(connection, uuid4())
    assert write_side.models.read_chunk(other, ref) == b"[1]\n"


def test_the_references_are_those_that_the_log_mentions(service: Service, client: httpx.Client) -> None:
    """Imports, merges, a change by filter, a large batch and a revert, each of more records than an event holds."""
    rows = "".join(f"{number},n{number % 7}\n" for number in range(1_200))
    dataset = given.import_csv(client, f"number,name\n{rows}", key="number")
    changed = "".join(f"{number},changed\n" for number in range(600, 1_900))
    given.import_into(client, dataset, f"number,name\n{changed}", "upsert")
    given.import_into(client, dataset, "number,name\n1,a key that is taken\n5000,new\n", "append")
    given.json_of(dataset.send("PATCH", "/records?filter=number%20lt%20700", {"values": {"name": "few"}}))
    operations = [{"op": "update", "id": id, "values": {"name": f"b{id}"}} for id in range(1, 400)]
    given.json_of(dataset.send("POST", "/batch", {"operations": operations}))
    assert dataset.send("POST", "/revert", {"to": 1}).status_code == 200
    dataset.create(number=9_999, name="one more")
    states = "SELECT originator_version, state FROM events WHERE originator_id = %s"
    with service.pool.connection() as connection:
        before = read_references(connection, UUID(dataset.id))
        mentioned = {
            (version, sha256.decode())
            for version, state in connection.execute(states, [dataset.id]).fetchall()
            for sha256 in re.findall(rb'"sha256":"([0-9a-f]{64})"', state)
            if sha256.decode() not in read_source_hashes(state)
        }
        chunks.delete_orphaned(connection, UUID(dataset.id))
        query = "SELECT encode(sha256, 'hex') FROM chunks WHERE dataset_id = %s"
        kept = {sha256 for (sha256,) in connection.execute(query, [dataset.id]).fetchall()}
    assert before == mentioned
    assert {version for version, _ in before} == {1, 2, 3, 4, 5, 6}
    assert kept == {sha256 for _, sha256 in before}


def test_the_migration_finds_the_references_of_events_that_are_there(service: Service, client: httpx.Client) -> None:
    given.import_csv(client, f"{given.unique('a')},b\n1,2\n")
    text = (Path(migrations.__file__).parent / "versions" / "0011_streams.sql").read_text(encoding="utf-8")
    (fill,) = re.findall(r"^INSERT INTO chunk_references[^;]*;", text, re.MULTILINE)
    read = b"SELECT * FROM chunk_references ORDER BY 1, 2, 3"
    with connections.transaction(service.pool, roll_back=True) as cursor:
        before = cursor.execute(read).fetchall()
        cursor.execute("DELETE FROM chunk_references")
        cursor.execute(fill.encode())
        assert cursor.execute(read).fetchall() == before != []


def read_references(
    connection: "psycopg.Connection[tuple[object, ...]]", dataset_id: UUID
) -> set[tuple[object, object]]:
    query = "SELECT version, encode(sha256, 'hex') FROM chunk_references WHERE dataset_id = %s"
    return {(version, sha256) for version, sha256 in connection.execute(query, [dataset_id]).fetchall()}


def read_source_hashes(state: bytes) -> set[str]:
    """The SHA-256 of an import's file, which is no chunk."""
    source = json.loads(state)["body"].get("source")
    return {source["sha256"]} if source else set()
