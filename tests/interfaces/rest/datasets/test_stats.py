"""The totals of a workspace over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.given import (
    code,
    create_people,
    import_csv,
    import_into,
    json_of,
    open_service,
    run_worker,
    serve_http,
)


@pytest.fixture
def alone(database: str, tmp_path: Path) -> Iterator[httpx.Client]:
    """Speaks to a service on a database of its own, where totals are known."""
    with (
        open_service(database, tmp_path) as running,
        open_service(database, tmp_path) as worker,
        run_worker(worker),
        serve_http(running) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield client


def test_an_empty_workspace_has_nothing(alone: httpx.Client) -> None:
    found = stats(alone)
    assert found | {"storage": {}} == {
        "datasets": 0,
        "deleted": 0,
        "records": 0,
        "versions": 0,
        "position": 0,
        "imports": {"count": 0, "rows_read": 0, "accepted": 0, "rejected": 0},
        "jobs": {"queued": 0, "running": 0, "succeeded": 0, "failed": 0, "cancelled": 0},
        "files": {"files": 0, "bytes": 0},
        "storage": {},
    }
    assert found["storage"]["records"] == 0 and set(found["storage"]) == {"records", "events", "chunks", "rejects"}


def test_totals_grow_with_what_is_done(alone: httpx.Client) -> None:
    gone = create_people(alone, 1, 2)
    gone.send("DELETE", "")
    create_people(alone, 1, 2, 3)
    dataset = import_csv(alone, "a,b\n" + "1,2\n" * 500)
    import_into(alone, dataset, "a,b\n3,4\n", "append")
    found = stats(alone)
    assert (found["datasets"], found["deleted"], found["records"]) == (2, 1, 504)
    assert (found["versions"], found["position"]) == (10, 10)
    assert found["imports"] == {"count": 2, "rows_read": 501, "accepted": 501, "rejected": 0}
    assert found["jobs"]["succeeded"] == 2
    assert found["files"] == {"files": 2, "bytes": 2012}
    assert all(size > 0 and size % 8192 == 0 for size in found["storage"].values())


def test_totals_are_current_and_have_no_parameters(client: httpx.Client) -> None:
    assert client.get("/v1/stats").headers["cache-control"] == "no-store"
    assert code(client.get("/v1/stats", params={"as_of": "1"}), 400) == "unknown-parameter"


def stats(client: httpx.Client) -> Any:
    return json_of(client.get("/v1/stats"))
