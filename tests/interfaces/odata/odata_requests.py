"""Requests to the OData service for tests."""

from collections.abc import Iterator
from typing import Any

import httpx

from tests.given import Dataset, create_dataset, json_of, unique

ALL_TYPES = (
    {"name": "Text", "type": "string"},
    {"name": "Whole number", "type": "integer"},
    {"name": "Exact (€)", "type": "decimal"},
    {"name": "yes?", "type": "boolean"},
    {"name": "Day", "type": "date"},
    {"name": "Time", "type": "datetime"},
    {"name": "Anything", "type": "json"},
)


def entity_set_name(dataset: Dataset) -> str:
    """The name of the dataset's entity set, from the service document."""
    title = dataset.get_json()["name"]
    (name,) = [each["name"] for each in json_of(dataset.client.get("/odata/"))["value"] if each["title"] == title]
    return str(name)


def get_json(client: httpx.Client, path: str, headers: dict[str, str] | None = None, **options: object) -> Any:
    """The JSON of a response, which must succeed; `top=5` is the option `$top=5`."""
    return json_of(get(client, path, headers, **options))


def get(client: httpx.Client, path: str, headers: dict[str, str] | None = None, **options: object) -> httpx.Response:
    answer = client.get(
        f"/odata/{path}", params={f"${key}": str(text) for key, text in options.items()}, headers=headers
    )
    assert answer.headers.get_list("odata-version") == ["4.0"]
    return answer


def entity_ids(client: httpx.Client, path: str, **options: object) -> list[int]:
    return [entity["_id"] for entity in get_json(client, path, None, **options)["value"]]


def walk_pages(client: httpx.Client, path: str, size: int, **options: object) -> Iterator[Any]:
    """The pages of a walk; the preference is given for the first one only."""
    page = get_json(client, path, {"Prefer": f"odata.maxpagesize={size}"}, **options)
    yield page
    while "@odata.nextLink" in page:
        page = json_of(client.get(page["@odata.nextLink"]))
        yield page


def walk_ids(client: httpx.Client, path: str, size: int, **options: object) -> list[list[int]]:
    return [[entity["_id"] for entity in page["value"]] for page in walk_pages(client, path, size, **options)]


def error_object(answer: httpx.Response, status: int) -> Any:
    """The error object of a response with this status, which must not show internals."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers.get_list("odata-version") == ["4.0"]
    assert not any(inner in answer.text for inner in ("Traceback", "psycopg", "SELECT ", "jsonb")), answer.text
    found = answer.json()["error"]
    assert found["code"] and found["message"] and isinstance(found["details"], list)
    return found


def create_dataset_of_all_types(client: httpx.Client) -> Dataset:
    """A dataset with two records: one with a value of every type, one of nulls."""
    dataset = create_dataset(client, ALL_TYPES, name=unique("types"))
    values = {"Text": 'say "hi"\n', "Whole number": 2**63 - 1, "yes?": True, "Day": "2024-02-29"}
    dataset.create(**values, **{"Exact (€)": 5, "Time": "2024-01-31T10:00:00.123456789", "Anything": {"a": ["b", 1]}})
    dataset.create(Text=None)
    return dataset
