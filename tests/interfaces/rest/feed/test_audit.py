"""`/v1/audit`: every event of the workspace, newest first."""

import datetime
from typing import Any

import httpx
import pytest

from interfaces.services.wiring import Service
from tests.given import code, create_dataset, create_people, import_csv, json_of, problem, unique


def audit(client: httpx.Client, **parameters: object) -> Any:
    answer = client.get("/v1/audit", params={name: str(value) for name, value in parameters.items()})
    return json_of(answer)


def test_an_event_is_in_the_audit_when_its_command_has_answered(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40)
    dataset.send("PATCH", "/records/1", {"values": {"age": 31}}, X_Correlation_ID="from a test")
    page = audit(client, dataset=dataset.id)
    assert [row["type"] for row in page["data"]] == [
        "RecordUpdated",
        "RecordCreated",
        "RecordCreated",
        "DatasetCreated",
    ]
    newest = page["data"][0]
    assert newest == {
        "position": newest["position"],
        "version": 4,
        "dataset": dataset.id,
        "type": "RecordUpdated",
        "actor": "local",
        "at": newest["at"],
        "summary": {"added": 0, "changed": 1, "removed": 0},
        "comment": None,
        "correlation_id": "from a test",
    }
    assert datetime.datetime.fromisoformat(newest["at"]).tzinfo is not None
    assert page["page"] == {"limit": 50, "next": None, "count": None}


def test_the_audit_agrees_with_the_versions(client: httpx.Client) -> None:
    dataset = import_csv(client, "id,name\n1,a\n2,b\n")
    dataset.send("POST", "/revert", {"to": 1})
    dataset.create(id=3, name="c")
    dataset.send("POST", "/revert", {"to": 1})
    versions = dataset.get_json("/versions")["data"]
    rows = audit(client, dataset=dataset.id)["data"]
    names = ("version", "type", "at", "actor", "summary", "comment", "correlation_id")
    assert [{name: row[name] for name in names} for row in rows] == [
        {name: version[name] for name in names} for version in versions
    ]
    assert rows[0]["comment"] == "reverted to version 1"


def test_pages_follow_each_other(client: httpx.Client) -> None:
    dataset = create_people(client, *range(7))
    found: list[int] = []
    answer = client.get("/v1/audit", params={"dataset": dataset.id, "limit": "3"})
    while True:
        page = json_of(answer)
        found += [row["version"] for row in page["data"]]
        if page["page"]["next"] is None:
            break
        dataset.create(name="late")
        answer = client.get(answer.links["next"]["url"])
    assert found == [8, 7, 6, 5, 4, 3, 2, 1]


def test_conditions(client: httpx.Client) -> None:
    dataset = create_people(client, 1, 2)
    rows = audit(client, dataset=dataset.id)["data"]
    assert [row["version"] for row in audit(client, dataset=dataset.id, type="DatasetCreated")["data"]] == [1]
    assert audit(client, dataset=dataset.id, actor="nobody")["data"] == []
    assert len(audit(client, dataset=dataset.id, actor="local")["data"]) == 3
    since = audit(client, dataset=dataset.id, since=rows[1]["at"])["data"]
    assert [row["version"] for row in since] == [3, 2], "since is inclusive"
    until = audit(client, dataset=dataset.id, until=rows[1]["at"])["data"]
    assert [row["version"] for row in until] == [1], "until is exclusive"
    assert audit(client, dataset=dataset.id, since="2999-01-01")["data"] == []
    assert len(audit(client, dataset=dataset.id, since="2024-01-01T00:00:00Z", until="2999-01-01")["data"]) == 3


def test_a_dataset_is_named_by_its_slug_too(client: httpx.Client) -> None:
    dataset = create_dataset(client, name=unique("audited"))
    slug = dataset.get_json()["slug"]
    assert [row["dataset"] for row in audit(client, dataset=slug)["data"]] == [dataset.id]


def test_a_deleted_dataset_keeps_its_audit(client: httpx.Client) -> None:
    dataset = create_people(client, 1)
    dataset.send("DELETE", "")
    assert audit(client, dataset=dataset.id)["data"][0]["type"] == "DatasetDeleted"


@pytest.mark.parametrize(
    ("parameters", "refusal", "expected_detail"),
    [
        ({"type": "RecordUpdate"}, "unknown-event-type", "did you mean 'RecordUpdated'?"),
        ({"since": "yesterday"}, "invalid-time", "2024-01-31T12:30:00Z"),
        ({"until": "2024-13-01"}, "invalid-time", "until='2024-13-01'"),
        ({"cursor": "x"}, "invalid-cursor", "use `next` of the previous page"),
        ({"limit": "0"}, "invalid-parameter", "limit"),
        ({"user": "ann"}, "unknown-parameter", "'user'"),
        ({"actor": "a\x00"}, "invalid-parameter", "U+0000"),
    ],
)
def test_refusals(client: httpx.Client, parameters: dict[str, str], refusal: str, expected_detail: str) -> None:
    answer = client.get("/v1/audit", params=parameters)
    assert code(answer, 400) == refusal and expected_detail in problem(answer, 400)["detail"]


def test_an_unknown_dataset_is_not_found(client: httpx.Client) -> None:
    assert code(client.get("/v1/audit", params={"dataset": "no-such"}), 404) == "dataset-not-found"


def test_while_the_follower_is_stopped_the_audit_says_so(client: httpx.Client, service: Service) -> None:
    create_people(client)
    audit(client)
    stop = """
    INSERT INTO follower_failures (name, position, stream_id, version, type, error)
    VALUES ('audit', 1, gen_random_uuid(), 1, 'RecordCreated', 'ValueError: poison')
    """
    with service.pool.connection() as connection:
        connection.execute(stop)
        try:
            create_people(client)
            answer = client.get("/v1/audit")
            assert code(answer, 503) == "audit-behind" and answer.headers["Retry-After"]
        finally:
            connection.execute("DELETE FROM follower_failures")
    assert audit(client)["data"][0]["type"] == "DatasetCreated"
