"""A file that opens Power BI on a dataset."""

import httpx

from tests.given import code, create_people, json_of
from tests.interfaces.odata.odata_requests import entity_set_name


def url_in(answer: httpx.Response) -> str:
    (connection,) = json_of(answer)["connections"]
    assert connection["details"]["protocol"] == "odata"
    return str(connection["details"]["address"]["url"])


def test_the_file_connects_to_the_entity_set(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40)
    answer = dataset.get("/connect.pbids")
    assert answer.headers["content-disposition"].endswith(f"{dataset.get_json()['slug']}.pbids")
    url = url_in(answer)
    assert url == f"{str(client.base_url).rstrip('/')}/odata/{entity_set_name(dataset)}"
    assert len(json_of(client.get(url))["value"]) == 2


def test_the_file_of_a_past_version_connects_to_it(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40)
    at = dataset.get_json("/versions/2")["at"]
    for as_of in ("2", at):
        assert len(json_of(client.get(url_in(dataset.get("/connect.pbids", as_of=as_of))))["value"]) == 1
    day = dataset.get_json()["updated_at"][:10]
    assert f"/@{day}/" in url_in(dataset.get("/connect.pbids", as_of=day))
    assert code(dataset.get("/connect.pbids", as_of="2999-01-31"), 400) == "invalid-as-of"


def test_a_missing_dataset_has_no_file(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    assert code(dataset.get("/connect.pbids", as_of="9"), 404) == "version-not-found"
    assert code(dataset.get("/connect.pbids", as_of="x"), 400) == "invalid-as-of"
    assert code(dataset.get("/connect.pbids", of="2"), 400) == "unknown-parameter"
    assert code(client.get("/v1/datasets/nothing/connect.pbids"), 404) == "dataset-not-found"
