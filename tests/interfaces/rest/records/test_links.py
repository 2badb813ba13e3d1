"""Every page of a list has a `Link` header to the next one."""

import httpx
import pytest

from tests.given import Dataset, create_dataset, create_people, import_csv, json_of


@pytest.fixture(scope="module")
def dataset(client: httpx.Client) -> Dataset:
    text = "name,age\n" + "".join(f"n{n},old\n" for n in range(5)) + "Ann,1\n"
    dataset = import_csv(client, text, options='{"columns": {"age": "integer"}}')
    for age in range(3):
        dataset.send("PATCH", "/records/1", {"values": {"age": age + 10}})
    for number in range(3):
        client.post(
            f"{dataset.url}/imports",
            params={"mode": "append", "duplicates": "allow"},
            content=f"name,age\nBob,{number}\n",
            headers={"Content-Type": "text/csv", "Prefer": "wait=30"},
        )
    return dataset


@pytest.mark.parametrize("path", ["/versions", "/imports", "/records/1/history", "/imports/{id}/rejects"])
def test_the_pages_of_a_dataset_are_linked(dataset: Dataset, path: str) -> None:
    first = dataset.get_json("/imports")["data"][-1]["id"]
    assert len(followed(dataset.client, dataset.url + path.replace("{id}", first))) >= 3


@pytest.mark.parametrize("path", ["/v1/datasets", "/v1/jobs"])
def test_the_pages_of_the_workspace_are_linked(client: httpx.Client, path: str) -> None:
    for _ in range(3):
        create_dataset(client)
        import_csv(client, "a\n1\n")
    assert len(followed(client, path)) >= 3


def test_a_link_keeps_the_other_parameters(client: httpx.Client, dataset: Dataset) -> None:
    answer = client.get("/v1/jobs", params={"limit": 1, "dataset": dataset.id, "state": "succeeded"})
    url = answer.links["next"]["url"]
    assert url.startswith(f"/v1/jobs?limit=1&dataset={dataset.id}&state=succeeded&cursor=")


def test_a_link_is_right_for_a_slug_of_any_script(client: httpx.Client) -> None:
    dataset = create_people(client, 1, 2)
    named = create_dataset(client, name="Людѝ и вещи").get_json()["slug"]
    Dataset(client, named).create(name="Ann")
    assert len(followed(client, f"/v1/datasets/{named}/versions")) == 2
    assert dataset.get_json()["version"] == 3


def test_the_last_page_has_no_link(dataset: Dataset) -> None:
    assert "link" not in dataset.get("/versions", limit=1000).headers


def followed(client: httpx.Client, url: str) -> list[object]:
    """The rows of all pages of one, by their links; they must be those of one page of all."""
    rows: list[object] = []
    answer = client.get(url, params={"limit": 1})
    while True:
        document = json_of(answer)
        rows += document["data"]
        assert ("next" in answer.links) == (document["page"]["next"] is not None)
        if "next" not in answer.links:
            break
        answer = client.get(answer.links["next"]["url"])
    assert rows == json_of(client.get(url, params={"limit": 1000}))["data"]
    return rows
