"""Read models that follow the log are rebuilt and verified while their follower and writers go on."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest
from psycopg import Cursor

from domain.dataset.events import RecordDeleted
from domain.recorded_event import RecordedEvent
from interfaces.services.wiring import Service
from projections.follower_rebuild import EventNotApplied, rebuild_follower, verify_follower
from projections.models import audit
from projections.models.read_model import ProjectionContext
from tests.given import create_people, import_csv, json_of

AUDIT = "SELECT * FROM audit ORDER BY position"


def rows(service: Service) -> list[tuple[Any, ...]]:
    with service.pool.connection() as connection:
        return connection.execute(AUDIT).fetchall()


def wait_for_audit(client: httpx.Client) -> None:
    json_of(client.get("/v1/audit"))


def test_a_rebuild_equals_what_was_live(service: Service, client: httpx.Client) -> None:
    create_people(client, 1, 2).send("DELETE", "/records/1")
    import_csv(client, "a\n1\n")
    wait_for_audit(client)
    before = rows(service)
    assert verify_follower(service.source(), audit.READ_MODEL).difference is None
    report = rebuild_follower(service.source(), audit.READ_MODEL)
    assert report.events >= len(before) and report.position == before[-1][1]
    assert rows(service) == before
    assert verify_follower(service.source(), audit.READ_MODEL).difference is None


def test_writers_and_the_follower_go_on_while_it_is_rebuilt(service: Service, client: httpx.Client) -> None:
    dataset = create_people(client)
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            dataset.create(name="x")

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(5):
        rebuild_follower(service.source(), audit.READ_MODEL)
        assert verify_follower(service.source(), audit.READ_MODEL).difference is None
    done.set()
    writer.join()
    wait_for_audit(client)
    found = [row[4] for row in rows(service) if str(row[3]) == dataset.id]
    assert found == list(range(1, len(found) + 1)) and len(found) > 5
    assert len(found) == dataset.get_json()["version"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'mallory' WHERE position = (SELECT max(position) FROM audit)",
        "DELETE FROM audit WHERE position = (SELECT max(position) FROM audit)",
        "INSERT INTO audit SELECT workspace, -1, stream_id, dataset_id, version, type, actor, at, added, changed, "
        "removed, comment, correlation_id FROM audit LIMIT 1",
    ],
    ids=["changed", "missing", "surplus"],
)
def test_verify_names_what_was_tampered_with(service: Service, client: httpx.Client, statement: str) -> None:
    create_people(client)
    wait_for_audit(client)
    with service.pool.connection() as connection:
        connection.execute(statement.encode())
    found = verify_follower(service.source(), audit.READ_MODEL)
    assert found.difference is not None and "table audit" in found.difference
    rebuild_follower(service.source(), audit.READ_MODEL)
    assert verify_follower(service.source(), audit.READ_MODEL).difference is None


def test_a_rebuild_stops_at_the_first_event_that_cannot_be_applied(service: Service, client: httpx.Client) -> None:
    dataset = create_people(client, 1)
    dataset.send("DELETE", "/records/1")
    wait_for_audit(client)
    before = rows(service)

    def fail(cursor: "Cursor[Any]", recorded: Sequence[RecordedEvent[Any]], context: ProjectionContext) -> None:
        if any(isinstance(one.event, RecordDeleted) and str(one.stream_id) == dataset.id for one in recorded):
            raise ValueError("no such case")

    broken = replace(audit.READ_MODEL, project=fail)
    with pytest.raises(EventNotApplied, match=rf"audit cannot apply RecordDeleted at .*{dataset.id}, version 3"):
        rebuild_follower(service.source(), broken)
    assert rows(service) == before, "the live one is untouched"
