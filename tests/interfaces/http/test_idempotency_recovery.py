"""A change was stored but its response was not: a repeated request gets a response rebuilt from the stored change."""

from collections.abc import Callable
from typing import NoReturn

import httpx
import psycopg
import pytest

from application.commands.idempotency import idempotency_keys
from domain import exact_json
from tests.given import Dataset, code, create_dataset, create_people, import_csv, json_of, unique

Send = Callable[[], httpx.Response]


def test_a_record_is_created_once(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = create_dataset(client)
    answer = repeat_lost_request(monkeypatch, json_sender(dataset, "POST", "/records", {"values": {"name": "Ann"}}))
    assert json_of(answer, 201) == dataset.get_json("/records/1")
    assert answer.headers["location"] == f"{dataset.url}/records/1"
    assert answer.headers["etag"] == '"2"'
    assert (dataset.get_json()["records"], dataset.get_json()["version"]) == (1, 2)


def test_a_record_is_changed_once_and_shown_as_it_was_then(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = create_people(client, 1)
    send = json_sender(dataset, "PATCH", "/records/1", {"values": {"age": 2}})
    send_without_storing(monkeypatch, send)
    json_of(dataset.send("PATCH", "/records/1", {"values": {"age": 3}}))
    answer = send()
    assert json_of(answer)["values"]["age"] == 2 and answer.headers["etag"] == '"3"'
    assert dataset.get_json()["version"] == 4


def test_return_minimal_is_respected(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = create_people(client, 1)
    send = json_sender(dataset, "PATCH", "/records/1", {"values": {"age": 2}}, prefer="return=minimal")
    answer = repeat_lost_request(monkeypatch, send)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["preference-applied"] == "return=minimal"


def test_a_dataset_is_created_and_renamed_once(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    name = unique("once")
    body = {"name": name, "columns": [{"name": "a", "type": "string"}]}
    everywhere = Dataset(client, "")
    made = json_of(repeat_lost_request(monkeypatch, json_sender(everywhere, "POST", "", body)), 201)
    found = client.get("/v1/datasets", params={"limit": 1000}).json()["data"]
    assert [one["id"] for one in found if one["name"] == name] == [made["id"]]
    dataset = Dataset(client, made["id"])
    renamed = json_of(repeat_lost_request(monkeypatch, json_sender(dataset, "PATCH", "", {"name": "other"})))
    assert (renamed["name"], renamed["version"]) == ("other", 2)


def test_a_dataset_is_reverted_once(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = create_people(client, 1, 2)
    answer = repeat_lost_request(monkeypatch, json_sender(dataset, "POST", "/revert", {"to": 2}))
    assert (json_of(answer)["version"], json_of(answer)["type"]) == (4, "DatasetReverted")
    assert dataset.get_json()["version"] == 4


def test_what_was_deleted_since_is_gone(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = create_people(client, 1)
    send = json_sender(dataset, "PATCH", "/records/1", {"values": {"age": 2}})
    send_without_storing(monkeypatch, send)
    assert dataset.send("DELETE", "").status_code == 204
    assert code(send(), 410) == "dataset-deleted"


def test_an_upload_makes_one_job(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    name = unique("upload")
    send = file_sender(client, "/v1/datasets", f"a,b\n{name},1\n", name=name)
    answer = json_of(repeat_lost_request(monkeypatch, send), 202)
    assert answer["job"]["state"] == "succeeded"
    dataset = Dataset(client, answer["dataset"]["id"])
    assert answer["dataset"] == {"id": dataset.id, "slug": dataset.get_json()["slug"], "name": name, "version": 1}
    jobs = client.get("/v1/jobs", params={"dataset": dataset.id}).json()["data"]
    assert [job["id"] for job in jobs] == [answer["job"]["id"]]


def test_a_file_is_imported_into_a_dataset_once(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = import_csv(client, f"a,b\n{unique('one')},1\n")
    send = file_sender(client, f"{dataset.url}/imports", "a,b\n3,4\n")
    answer = json_of(repeat_lost_request(monkeypatch, send), 202)
    assert (answer["dataset"]["id"], answer["dataset"]["version"]) == (dataset.id, 2)
    assert dataset.get_json()["records"] == 2


def test_an_export_is_one_job(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = create_people(client, 1)
    answer = repeat_lost_request(monkeypatch, json_sender(dataset, "POST", "/exports", {"format": "csv"}))
    made = json_of(answer, 202)["job"]
    found = client.get("/v1/jobs", params={"limit": 1000}).json()["data"]
    assert [one["id"] for one in found if one["dataset"] == dataset.id] == [made["id"]]
    assert (made["kind"], answer.headers["location"]) == ("export", f"/v1/jobs/{made['id']}")


def test_a_request_that_changed_nothing_is_executed_again(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = create_people(client, 1)
    send = json_sender(dataset, "PATCH", "/records/1", {"values": {"age": 1}})
    send_without_storing(monkeypatch, send)
    answer = send()
    assert answer.status_code == 200 and "idempotency-replayed" not in answer.headers
    assert dataset.get_json()["version"] == 2


def test_another_request_does_not_get_the_answer(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset, key = create_dataset(client), unique("key").replace(" ", "-")
    send = json_sender(dataset, "POST", "/records", {"values": {"name": "Ann"}}, idempotency_key=key)
    send_without_storing(monkeypatch, send)
    other = json_sender(dataset, "POST", "/records", {"values": {"name": "Bob"}}, idempotency_key=key)
    assert code(other(), 422) == "idempotency-key-reused"
    assert json_of(send(), 201)["values"]["name"] == "Ann"
    assert dataset.get_json()["records"] == 1


def repeat_lost_request(monkeypatch: pytest.MonkeyPatch, send: Send) -> httpx.Response:
    """The response to a request that was executed before without being stored; a third time it is the same."""
    send_without_storing(monkeypatch, send)
    answer, again = send(), send()
    assert answer.headers["idempotency-replayed"] == again.headers["idempotency-replayed"] == "true"
    assert (answer.status_code, answer.content) == (again.status_code, again.content)
    return answer


def send_without_storing(monkeypatch: pytest.MonkeyPatch, send: Send) -> None:
    """Send the request, and lose the database when its response is stored: the client still gets it."""

    async def lost(*_: object) -> NoReturn:
        raise psycopg.OperationalError("the connection is lost")

    with monkeypatch.context() as patched:
        patched.setattr(idempotency_keys, "complete", lost)
        assert send().is_success


def json_sender(dataset: Dataset, method: str, path: str, body: object, **headers: str) -> Send:
    given = {"idempotency_key": unique("key").replace(" ", "-")} | headers
    named = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in given.items()}
    url = (dataset.url + path).rstrip("/")
    return lambda: dataset.client.request(method, url, content=exact_json.dumps(body), headers=named)


def file_sender(client: httpx.Client, url: str, text: str, **parameters: str) -> Send:
    headers = {"Content-Type": "text/csv", "Idempotency-Key": unique("key").replace(" ", "-"), "Prefer": "wait=30"}
    return lambda: client.post(url, params=parameters, content=text.encode(), headers=headers)
