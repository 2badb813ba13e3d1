"""A dataset with more columns than the default limit: all reads, changes, exports and imports answer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from application.exports.export_options import ExportFormat
from application.settings import GREATEST_COLUMNS, ServiceLimits, Settings
from domain import exact_json
from interfaces.services import wiring
from interfaces.worker.followers import run_followers
from tests.given import Dataset, import_csv, json_of, run_worker, serve_http

CELLS = ("7", "1.10", "2024-01-31", "2024-01-31T12:30:00Z", "true", "text {}", "-3")
ROWS = 3


@contextmanager
def open_wide(database: str, data: Path, width: int) -> Iterator[httpx.Client]:
    settings = Settings("127.0.0.1", 0, data, database, workers=0, limits=ServiceLimits(columns=width))
    with (
        wiring.build_service(settings, database) as running,
        wiring.build_service(settings, database) as worker,
        run_worker(worker),
        run_followers(worker),
        serve_http(running) as address,
        httpx.Client(base_url=address, timeout=600) as opened,
    ):
        yield opened


def wide_text(width: int, rows: int = ROWS) -> str:
    lines = [[f"c{at}" for at in range(width)]]
    lines += [[str(row), *(CELLS[at % len(CELLS)].format(row) for at in range(1, width))] for row in range(rows)]
    return "".join(",".join(line) + "\n" for line in lines)


def test_records_of_more_columns_than_a_call_of_calls_has_arguments_are_read(database: str, tmp_path: Path) -> None:
    with open_wide(database, tmp_path, 4_200) as client:
        check_reads(*import_wide(client, 4_200))


@pytest.mark.torture
def test_the_greatest_number_of_columns(database: str, tmp_path: Path) -> None:
    with open_wide(database, tmp_path, GREATEST_COLUMNS) as client:
        dataset, names = import_wide(client, GREATEST_COLUMNS)
        check_reads(dataset, names)
        check_analyses(dataset, names)
        check_odata(dataset, names)
        check_exports(dataset, names)
        check_changes(dataset, names)


def import_wide(client: httpx.Client, width: int) -> tuple[Dataset, list[str]]:
    return import_csv(client, wide_text(width), wait=600, key="c0"), [f"c{at}" for at in range(width)]


def check_reads(dataset: Dataset, names: list[str]) -> None:
    first = dataset.get_json("/records/1")["values"]
    assert list(first) == names and first["c1"] == exact_json.loads("1.10")
    last = names[-1]
    for parameters in (
        {},
        {"filter": f"{last} ne null", "sort": f"-{last},c0"},
        {"search": "text", "count": "exact"},
        {"as_of": "1"},
    ):
        page = dataset.get_json("/records", **parameters)
        assert [list(record["values"]) == names for record in page["data"]] == [True] * ROWS, parameters
    assert list(dataset.get_json("/records", fields=last)["data"][0]["values"]) == [last]
    assert dataset.get_json("/records/by-key/1")["values"]["c5"] == "text 1"
    for media_type in ("text/csv", "application/x-ndjson", "application/json;numbers=string"):
        answer = dataset.client.get(f"{dataset.url}/records", headers={"Accept": media_type})
        assert answer.status_code == 200 and "text 2" in answer.text, answer.text[:300]
    asked = {"filter": f"{last} ne null", "fields": names[:100]}
    assert len(json_of(dataset.send("POST", "/records/query", asked))["data"]) == ROWS
    joined = dataset.get_json(f"/join/{dataset.id}", on="c0")
    assert len(joined["data"]) == ROWS


def check_analyses(dataset: Dataset, names: list[str]) -> None:
    last = names[-1]
    assert dataset.get_json("/aggregate", measures=f"count({last})", group_by="c4")["data"]
    assert dataset.get_json("/profile", fields=last)
    for path in ("", "/versions", "/versions/1", "/imports", "/indexes"):
        assert dataset.get(path).status_code == 200, path
    assert "PROFILE_COLUMNS" in dataset.get("/profile").text, "the limit of the profile is named"


def check_odata(dataset: Dataset, names: list[str]) -> None:
    client, last = dataset.client, names[-1]
    (entity_set,) = [each["name"] for each in json_of(client.get("/odata"))["value"]]
    assert client.get("/odata/$metadata").text.count("<Property ") >= len(names)
    for path in (
        f"{entity_set}",
        f"{entity_set}(1)",
        f"{entity_set}?$filter={last} ne null&$orderby={last} desc&$top=2&$count=true",
        f"{entity_set}?$select={last}&$search=text",
        f"@1/{entity_set}",
    ):
        answer = client.get(f"/odata/{path}")
        assert answer.status_code == 200 and last in answer.text, answer.text[:300]


def check_exports(dataset: Dataset, names: list[str]) -> None:
    options: list[Mapping[str, object]] = [{"format": format.value} for format in ExportFormat]
    options.append({"format": "csv", "original_format": True, "formula_guard": True, "delimiter": ";"})
    options.append({"format": "ndjson", "filter": f"{names[-1]} ne null", "sort": f"-{names[-1]}", "as_of": 1})
    for each in options:
        exported = dataset.get("/export", **each)
        assert exported.status_code == 200, (each, exported.text[:300])
        result = import_again(dataset, exported.content, "replace")
        assert result["import"] is None and result["rows"]["accepted"] == ROWS, (each, result)


def import_again(dataset: Dataset, content: bytes, mode: str) -> Mapping[str, Any]:
    headers = {"Content-Type": "text/csv", "Prefer": "wait=600"}
    answer = dataset.client.post(f"{dataset.url}/imports", params={"mode": mode}, content=content, headers=headers)
    job = json_of(answer, 202)["job"]
    assert job["state"] == "succeeded", job["error"]
    result: Mapping[str, Any] = job["result"]
    return result


def check_changes(dataset: Dataset, names: list[str]) -> None:
    last, width = names[-1], len(names)
    json_of(dataset.send("PATCH", "/records/1", {"values": {"c6": 99}}))
    json_of(dataset.send("POST", "/records", {"values": {"c0": 100, "c5": "new"}}), 201)
    json_of(dataset.send("POST", "/batch", {"operations": [{"op": "delete", "id": 4}]}))
    assert len(dataset.get_json("/records/1/history")["data"]) == 2
    assert dataset.get_json("/records/1/provenance")
    json_of(dataset.send("PATCH", "", {"columns": {last: {"name": "renamed"}, "c6": {"type": "string"}}}))
    assert dataset.get_json("/records/1")["values"]["c6"] == "99"
    json_of(dataset.send("POST", "/revert", {"to": 1}))
    text = wide_text(width, ROWS + 1).encode()
    assert import_again(dataset, text, "upsert")["summary"] == {
        "added": 1,
        "changed": 0,
        "removed": 0,
        "unchanged": ROWS,
    }
    inspected = dataset.client.post("/v1/inspect", content=text, headers={"Content-Type": "text/csv"})
    assert len(json_of(inspected)["columns"]) == width
