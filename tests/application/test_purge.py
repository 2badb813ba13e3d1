"""Purge removes a deleted dataset for good, and nothing else."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx
import pytest

from application.imports import source_files
from application.imports.source_files import BlobNotFound
from application.purge import purge_dataset
from domain.errors import Conflict
from interfaces.services import database
from interfaces.services.wiring import Service
from tests import given

HOLDING = (
    "SELECT count(*) FROM events WHERE originator_id = %s",
    "SELECT count(*) FROM chunks WHERE dataset_id = %s",
    "SELECT count(*) FROM chunk_references WHERE dataset_id = %s",
    "SELECT count(*) FROM datasets WHERE dataset_id = %s",
    "SELECT count(*) FROM versions WHERE dataset_id = %s",
    "SELECT count(*) FROM imports WHERE dataset_id = %s",
    "SELECT count(*) FROM jobs WHERE dataset_id = %s",
    "SELECT count(*) FROM slugs WHERE dataset_id = %s",
    "SELECT count(*) FROM file_claims WHERE dataset_id = %s",
    "SELECT count(*) FROM pg_tables WHERE schemaname = 'records' AND tablename = %s::text",
)


def purge(service: Service, dataset_id: UUID) -> None:
    with database.transaction(service.pool) as cursor:
        hashes = purge_dataset(cursor, service.models, dataset_id)
    with database.transaction(service.pool) as cursor:
        source_files.remove_unreferenced(cursor, service.models, service.blobs, hashes)


def held(service: Service, dataset_id: UUID) -> list[int]:
    with service.pool.connection() as connection:
        rows = [connection.execute(query.encode(), [dataset_id]).fetchone() for query in HOLDING]
    return [row[0] for row in rows if row is not None]


def test_a_deleted_dataset_is_gone_for_good(service: Service, client: httpx.Client) -> None:
    dataset = given.import_csv(client, f"a,{given.unique('b')}\n1,2\n", once=True)
    assert all(held(service, UUID(dataset.id)))
    dataset.send("DELETE", "")
    assert dataset.get().status_code == 410
    purge(service, UUID(dataset.id))
    assert held(service, UUID(dataset.id)) == [0] * len(HOLDING)
    assert dataset.get().status_code == 404


def test_a_dataset_that_is_not_deleted_is_kept(service: Service, client: httpx.Client) -> None:
    dataset = given.create_people(client, 30)
    with pytest.raises(Conflict):
        purge(service, UUID(dataset.id))
    assert dataset.get("/records/1").status_code == 200


def test_the_file_goes_with_the_last_import_that_names_it(service: Service, client: httpx.Client) -> None:
    text = f"a,{given.unique('n')}\n1,2\n"
    first, second = (given.import_csv(client, text) for _ in range(2))
    sha256 = first.get_json("/imports")["data"][0]["source"]["sha256"]
    for dataset, kept in ((first, True), (second, False)):
        dataset.send("DELETE", "")
        assert service.blobs.size(sha256) == len(text), "a deleted dataset may still be wanted back"
        purge(service, UUID(dataset.id))
        if kept:
            assert b"".join(service.blobs.stream(sha256)) == text.encode()
        else:
            with pytest.raises(BlobNotFound):
                service.blobs.size(sha256)


def test_what_was_answered_about_it_is_forgotten(service: Service, client: httpx.Client) -> None:
    dataset, key = given.create_people(client, 30), given.unique("key").replace(" ", "-")
    dataset.send("PATCH", "/records/1", {"values": {"name": "a secret"}}, idempotency_key=key)
    dataset.send("DELETE", "")
    purge(service, UUID(dataset.id))
    with service.pool.connection() as connection:
        assert connection.execute("SELECT FROM idempotency WHERE key = %s", [key]).fetchone() is None


def test_the_audit_forgets_it_too(service: Service, client: httpx.Client) -> None:
    dataset = given.create_people(client, 30)
    assert len(given.json_of(client.get("/v1/audit", params={"dataset": dataset.id}))["data"]) == 2
    dataset.send("DELETE", "")
    purge(service, UUID(dataset.id))
    assert given.json_of(client.get("/v1/audit", params={"dataset": dataset.id}))["data"] == []


def test_a_purge_waits_for_a_follower_that_is_writing(service: Service, client: httpx.Client) -> None:
    """The follower has read the dataset's events before the purge, and writes their rows while it goes on."""
    dataset = given.create_people(client, 30)
    given.json_of(client.get("/v1/audit", params={"dataset": dataset.id}))
    dataset.send("DELETE", "")
    copy = """
        INSERT INTO audit (workspace, position, stream_id, dataset_id, version, type, actor, at, added, changed,
                           removed, correlation_id)
        SELECT workspace, position + 1000000000, stream_id, dataset_id, version, type, actor, at, added, changed,
               removed, correlation_id
        FROM audit WHERE stream_id = %s
    """
    with ThreadPoolExecutor(1) as thread:
        with database.transaction(service.pool) as follower:
            follower.execute(copy, [dataset.id])
            assert follower.rowcount > 0
            purging = thread.submit(purge, service, UUID(dataset.id))
            with pytest.raises(TimeoutError):
                purging.result(0.3)
        purging.result(30)
    with service.pool.connection() as connection:
        row = connection.execute("SELECT count(*) FROM audit WHERE stream_id = %s", [dataset.id]).fetchone()
    assert row == (0,)
