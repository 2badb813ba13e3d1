"""How long responses may be cached, and conditional requests."""

import httpx
import pytest

from tests.given import Dataset, code, create_dataset, create_people, import_csv, json_of

FOR_EVER = "private, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def dataset(client: httpx.Client) -> Dataset:
    return import_csv(client, "name,age\nAnn,30\nBob,old\n", options='{"columns": {"age": "integer"}}')


VERSIONED = ("", "/records", "/records/1", "/records/1/history", "/versions", "/records/1/provenance", "/export")


@pytest.mark.parametrize("path", VERSIONED)
def test_a_response_of_a_named_version_may_be_cached_forever(dataset: Dataset, path: str) -> None:
    assert dataset.get(path, as_of=1).headers["cache-control"] == FOR_EVER
    assert dataset.get(path).headers["cache-control"] == "no-cache"
    now = dataset.get_json()["updated_at"]
    assert dataset.get(path, as_of=now).headers["cache-control"] == "no-cache"


def test_a_response_by_slug_must_be_revalidated(client: httpx.Client) -> None:
    dataset = create_dataset(client)
    answer = client.get(f"/v1/datasets/{dataset.get_json()['slug']}", params={"as_of": 1})
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", [*VERSIONED, "/versions/1", "/imports", "/imports/{id}", "/imports/{id}/rejects",
                                  "/imports/{id}/rejects?format=csv", "/imports/{id}/source"])  # fmt: skip
def test_what_a_client_has_is_not_sent_again(dataset: Dataset, path: str) -> None:
    path = path.replace("{id}", dataset.get_json("/imports")["data"][0]["id"])
    must_not_be_sent_again(dataset.client, dataset.url + path)


@pytest.mark.parametrize("path", ["/v1/datasets", "/v1/jobs", "/v1/limits", "/v1/jobs/{job}"])
def test_unchanged_responses_without_a_version_are_not_sent_again(
    client: httpx.Client, dataset: Dataset, path: str
) -> None:
    path = path.replace("{job}", dataset.get_json("/imports")["data"][0]["job"])
    assert client.get(path).headers["cache-control"] == "no-cache"
    must_not_be_sent_again(client, path)


def test_a_list_that_has_changed_has_another_tag(client: httpx.Client) -> None:
    before = client.get("/v1/datasets").headers["etag"]
    create_dataset(client)
    answer = client.get("/v1/datasets", headers={"If-None-Match": before})
    assert answer.status_code == 200 and answer.headers["etag"] != before


def test_a_newer_version_is_sent(client: httpx.Client) -> None:
    dataset = create_people(client, 1)
    tag = dataset.get("/records").headers["etag"]
    dataset.create(name="Bob")
    assert client.get(f"{dataset.url}/records", headers={"If-None-Match": tag}).status_code == 200


def test_errors_are_not_cached(client: httpx.Client, dataset: Dataset) -> None:
    for path in ("/nowhere", "/records?limit=0", "/records/99?as_of=1", "?as_of=99"):
        answer = client.get(dataset.url + path)
        assert answer.is_client_error and answer.headers["cache-control"] == "no-store"
    assert code(client.get("/v1/datasets/nowhere"), 404) == "dataset-not-found"


def test_the_rejects_of_a_dataset_of_any_script_can_be_downloaded(client: httpx.Client) -> None:
    dataset = import_csv(
        client,
        "name,age\nAnn,old\nBob,5\n",
        name="данные",
        options='{"columns": {"age": "integer"}}',
    )
    import_id = dataset.get_json("/imports")["data"][0]["id"]
    answer = dataset.get(f"/imports/{import_id}/rejects", format="csv")
    assert answer.status_code == 200
    assert "filename*=UTF-8''%D0%B4" in answer.headers["content-disposition"]


def must_not_be_sent_again(client: httpx.Client, url: str) -> None:
    first = client.get(url)
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(url, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b""), url
        assert again.headers["etag"] == tag
    several = client.get(url, headers=[("If-None-Match", '"other"'), ("If-None-Match", tag)])
    assert several.status_code == 304
    assert client.get(url, headers={"If-None-Match": '"other"'}).content == first.content
    json_of(client.get("/v1/limits"))
