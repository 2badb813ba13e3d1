"""Past versions below `/odata/@…`: by version, by day and by time."""

import httpx
import pytest

from domain import exact_json
from tests.given import Dataset, create_people, json_of
from tests.interfaces.odata.odata_requests import (
    entity_ids,
    entity_set_name,
    error_object,
    get,
    get_json,
)


@pytest.fixture(scope="module")
def dataset(client: httpx.Client) -> Dataset:
    """Version 3 holds two people; version 4 has called `age` by another name, version 5 removed one."""
    dataset = create_people(client, 30, 40)
    json_of(dataset.send("PATCH", "", {"columns": {"age": {"name": "Years"}}}))
    dataset.send("DELETE", "/records/1")
    return dataset


def sets_at(client: httpx.Client, at: str) -> list[str]:
    return [each["name"] for each in get_json(client, f"@{at}/")["value"]]


def test_a_version_is_each_datasets_own(client: httpx.Client, dataset: Dataset) -> None:
    name = entity_set_name(dataset)
    assert entity_ids(client, f"@3/{name}") == [1, 2] and entity_ids(client, f"@5/{name}") == entity_ids(
        client, name
    ) == [2]
    assert get_json(client, f"@3/{name}(1)")["age"] == 30 and get_json(client, f"@4/{name}(1)")["Years"] == 30
    assert get(client, f"@3/{name}/$count").text == "2"
    assert entity_ids(client, f"@3/{name}", filter="age gt 30") == [2]
    assert get_json(client, f"@3/{name}")["@odata.context"].endswith(f"/odata/@3/$metadata#{name}")
    assert get_json(client, "@3")["@odata.context"].endswith("/odata/@3/$metadata")


def test_metadata_is_that_of_the_version(client: httpx.Client, dataset: Dataset) -> None:
    def type_at(at: str) -> str:
        text = get(client, f"{at}$metadata").text
        return text.partition(f'Name="{entity_set_name(dataset)}_record"')[2].partition("</EntityType>")[0]

    assert 'Name="age"' in type_at("@3/") and 'Name="Years"' not in type_at("@3/")
    assert 'Name="Years"' in type_at("@4/") == type_at("")


def test_a_dataset_without_the_version_is_absent(client: httpx.Client, dataset: Dataset) -> None:
    name = entity_set_name(dataset)
    assert name in sets_at(client, "5") and name not in sets_at(client, "6")
    assert f'"{name}"' not in get(client, "@6/$metadata").text
    assert error_object(get(client, f"@6/{name}"), 404)["code"] == "version-not-found"


def test_a_time_selects_the_version_of_then(client: httpx.Client, dataset: Dataset) -> None:
    name = entity_set_name(dataset)
    at = dataset.get_json("/versions/3")["at"]
    assert entity_ids(client, f"@{at}/{name}") == [1, 2]
    assert name in sets_at(client, at)
    assert "no-cache" in get(client, f"@{at}/{name}").headers["cache-control"]
    link = get_json(client, f"@{at}/{name}", {"Prefer": "maxpagesize=1"})["@odata.nextLink"]
    assert [entity["_id"] for entity in json_of(client.get(link))["value"]] == [2]


def test_a_day_means_its_end(client: httpx.Client, dataset: Dataset) -> None:
    day = dataset.get_json()["updated_at"][:10]
    assert entity_set_name(dataset) in sets_at(client, day) and entity_ids(
        client, f"@{day}/{entity_set_name(dataset)}"
    ) == [2]
    assert sets_at(client, "2001-01-31") == []
    assert error_object(get(client, f"@2001-01-31/{entity_set_name(dataset)}"), 404)["code"] == "version-not-found"


@pytest.mark.parametrize("at", ["yesterday", "2024-02-30", "1.5"])
def test_an_invalid_time_is_refused(client: httpx.Client, dataset: Dataset, at: str) -> None:
    for place in ("", "$metadata", entity_set_name(dataset), f"{entity_set_name(dataset)}/$count"):
        assert error_object(get(client, f"@{at}/{place}"), 400)["code"] == "invalid-as-of"


def test_a_version_number_that_is_too_large_is_not_found(client: httpx.Client, dataset: Dataset) -> None:
    assert error_object(get(client, f"@{'9' * 40}/{entity_set_name(dataset)}"), 404)["code"] == "version-not-found"
    assert sets_at(client, "0") == []
    assert exact_json.loads(get(client, "@999999").content)["value"] == []
