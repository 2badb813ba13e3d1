"""An export that comes back as an upsert or a replacement is nothing new."""

import httpx
import pytest

from domain import exact_json
from tests.given import Dataset, create_dataset, import_csv, import_into

TYPES = {
    "k": "string",
    "n": "integer",
    "price": "decimal",
    "at": "datetime",
    "day": "date",
    "ok": "boolean",
    "note": "string",
}

ROWS = """[
    ["001", 1, 1.10, "2024-03-01T10:00:00Z", "2024-02-29", true, "plain"],
    ["002", 12345678901234567, 100.0, "2024-03-01T10:00:00.123456Z", "1999-12-31", false, "a,b;c\\n\\"d\\""],
    ["003", -5, 0.000001, "2024-12-31T23:30:00Z", "2000-01-01", null, "  blanks  "],
    ["004", null, null, null, null, null, null],
    ["005", 0, 12345678901234567890.50, "1970-01-01T00:00:00Z", "1970-01-01", true, "1.10"]
]"""


@pytest.fixture
def dataset(client: httpx.Client) -> Dataset:
    columns = [{"name": name, "type": type} for name, type in TYPES.items()]
    created = create_dataset(client, columns, key=("k",))
    for row in exact_json.loads(ROWS):
        created.create(**dict(zip(TYPES, row, strict=True)))
    return created


@pytest.mark.parametrize("mode", ["upsert", "replace"])
@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "xlsx", "parquet"])
def test_an_export_comes_back_as_nothing_new(client: httpx.Client, dataset: Dataset, form: str, mode: str) -> None:
    before, version = dataset.get("/records").text, dataset.get_json()["version"]
    exported = dataset.get("/export", format=form)
    assert exported.status_code == 200
    job = import_into(client, dataset, exported.content, mode, filename=f"back.{form}")
    assert job["result"]["rows"] == {"read": 5, "accepted": 5, "rejected": 0}
    assert job["result"]["summary"] == {"added": 0, "changed": 0, "removed": 0, "unchanged": 5}
    assert dataset.get_json()["version"] == version and dataset.get("/records").text == before


def test_an_export_in_the_original_format_comes_back_as_nothing_new(client: httpx.Client) -> None:
    """Also where each of its values could be read in two ways: the dataset remembers how they were written."""
    source = "id;amount;day\n1;1.000;03/04/2024\n2;17,5;31/12/2024\n"
    dataset = import_csv(client, source.encode(), key="id")
    exported = dataset.get("/export", format="csv", delimiter=";", original_format="true", filter="id eq 1")
    assert exported.text == "id;amount;day\n1;1.000;03/04/2024\n"
    job = import_into(client, dataset, exported.content, "upsert", filename="back.csv")
    assert job["result"]["summary"] == {"added": 0, "changed": 0, "removed": 0, "unchanged": 1}
