"""`Prefer: dry-run` decides everything and stores nothing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from interfaces.services.wiring import Service
from tests.given import (
    Dataset,
    code,
    create_dataset,
    create_people,
    import_csv,
    json_of,
    problem,
    unique,
)

KEYED = ({"name": "k", "type": "string"}, {"name": "n", "type": "integer", "unique": True})


def keyed(client: httpx.Client) -> Dataset:
    """Records a and b at version 3."""
    dataset = create_dataset(client, KEYED, key=["k"])
    dataset.create(k="a", n=1)
    dataset.create(k="b", n=2)
    return dataset


def stored(service: Service, dataset: Dataset) -> Any:
    """Everything the database holds about the dataset."""
    counts = (
        "SELECT count(*) FROM events WHERE originator_id = %s",
        "SELECT count(*) FROM chunks WHERE dataset_id = %s",
    )
    with service.pool.connection() as connection:
        numbers = [connection.execute(query, [UUID(dataset.id)]).fetchone() for query in counts]
        head = connection.execute("SELECT * FROM datasets WHERE dataset_id = %s", [dataset.id]).fetchone()
    return numbers, head, dataset.get_json("/records", limit=1000)


MANY = [{"op": "create", "values": {"k": f"new{n}"}} for n in range(400)]


@pytest.mark.parametrize(
    ("method", "path", "body", "answer"),
    [
        ("POST", "/records", {"values": {"k": "c"}}, {"id": 3, "version": None, "values": {"k": "c", "n": None}}),
        ("PATCH", "/records/1", {"values": {"n": 5}}, {"id": 1, "version": 2, "values": {"k": "a", "n": 5}}),
        ("PUT", "/records/1", {"values": {"k": "z"}}, {"id": 1, "version": 2, "values": {"k": "z", "n": None}}),
        ("DELETE", "/records/1", None, {"version": 3, "summary": {"added": 0, "changed": 0, "removed": 1}}),
        ("PUT", "/records/by-key/c", {"values": {}}, {"id": 3, "version": None, "values": {"k": "c", "n": None}}),
        ("PUT", "/records/by-key/a", {"values": {}}, {"id": 1, "version": 2, "values": {"k": "a", "n": None}}),
        ("PATCH", "/records/by-key/a", {"values": {"n": 9}}, {"id": 1, "version": 2, "values": {"k": "a", "n": 9}}),
        ("DELETE", "/records/by-key/a", None, {"version": 3, "summary": {"added": 0, "changed": 0, "removed": 1}}),
        (
            "POST",
            "/batch",
            {"operations": [{"op": "delete", "id": 1}, {"op": "create", "values": {"k": "c", "n": 1}}]},
            {
                "version": 3,
                "summary": {"added": 1, "changed": 0, "removed": 1},
                "results": [{"index": 0, "id": 1, "version": 2}, {"index": 1, "id": 3, "version": None}],
            },
        ),
        (
            "POST",
            "/batch",
            {"operations": MANY},
            {"version": 3, "summary": {"added": 400, "changed": 0, "removed": 0}},
        ),
        (
            "PATCH",
            "/records?filter=n%20eq%201",
            {"values": {"n": None}},
            {"version": 3, "summary": {"added": 0, "changed": 1, "removed": 0}},
        ),
        ("DELETE", "/records?filter=true", None, {"version": 3, "summary": {"added": 0, "changed": 0, "removed": 2}}),
        ("POST", "/revert", {"to": 1}, {"version": 3, "summary": {"added": 0, "changed": 0, "removed": 2}}),
        ("PATCH", "", {"name": "Other"}, {"version": 3, "name": "Other"}),
        ("DELETE", "", None, {"version": 3, "records": 2}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_dry_run_reports_the_result_and_stores_nothing(
    service: Service, client: httpx.Client, method: str, path: str, body: object, answer: dict[str, object]
) -> None:
    dataset = keyed(client)
    before = stored(service, dataset)
    planned = dataset.send(method, path, body, prefer="dry-run")
    found = json_of(planned)
    assert {name: found[name] for name in answer} == answer and found["dry_run"] is True
    assert (planned.headers["preference-applied"], planned.headers["rowledger-version"]) == ("dry-run", "3")
    assert "etag" not in planned.headers and "location" not in planned.headers
    assert stored(service, dataset) == before
    assert dataset.send(method, path, body).is_success


def test_a_dry_run_of_a_new_dataset_makes_none(client: httpx.Client) -> None:
    body = {"name": unique("dry"), "columns": list(KEYED), "key": ["k"]}
    planned = json_of(client.post("/v1/datasets", json=body, headers={"Prefer": "dry-run"}))
    assert (planned["id"], planned["version"], planned["key"], planned["dry_run"]) == (None, 0, ["k"], True)
    assert code(client.get(f"/v1/datasets/{planned['slug']}"), 404) == "dataset-not-found"
    assert json_of(client.post("/v1/datasets", json=body), 201)["slug"] == planned["slug"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda dataset: dataset.send("POST", "/records", {"values": {"k": "a"}}, prefer="dry-run"),
        lambda dataset: dataset.send("PATCH", "/records/1", {"values": {"n": 2}}, prefer="dry-run"),
        lambda dataset: dataset.send("PATCH", "/records?filter=true", {"values": {"n": 7}}, prefer="dry-run"),
        lambda dataset: dataset.send("POST", "/batch", {"operations": [*MANY, *MANY]}, prefer="dry-run"),
    ],
    ids=["create", "update", "bulk", "batch"],
)
def test_a_dry_run_refuses_what_would_be_refused(
    client: httpx.Client, ask: Callable[[Dataset], httpx.Response]
) -> None:
    assert problem(ask(keyed(client)), 409)["type"].endswith("duplicate-key")


def test_a_dry_run_of_a_large_revert_keeps_no_chunks(service: Service, client: httpx.Client) -> None:
    dataset = import_csv(client, "n\n" + "".join(f"{n}\n" for n in range(1000)))
    dataset.send("DELETE", "/records?filter=true")
    before = stored(service, dataset)
    planned = json_of(dataset.send("POST", "/revert", {"to": 1}, prefer="dry-run, max-affected=1000"))
    assert (planned["version"], planned["summary"]["added"], stored(service, dataset)) == (2, 1000, before)
    assert code(dataset.send("POST", "/revert", {"to": 1}, prefer="max-affected=999"), 409) == "too-many-affected"


def test_a_change_without_effect_has_none_in_a_dry_run(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    planned = json_of(dataset.send("PATCH", "/records/1", {"values": {"age": 30}}, prefer="dry-run"))
    assert (planned["version"], planned["values"]["age"]) == (2, 30)
