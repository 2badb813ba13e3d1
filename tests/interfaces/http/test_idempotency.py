"""A request with an `Idempotency-Key` is executed once, however often it is sent."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx
import psycopg
import pytest

from application.commands.idempotency import idempotency_keys
from interfaces.services.wiring import Service
from tests.given import (
    code,
    create_dataset,
    create_people,
    import_csv,
    json_of,
    open_service,
    serve_http,
    unique,
)

CONTENT = b'{"values": {"name": "Ann"}}'
KEEPING = ("content-type", "etag", "location", "rowledger-version")


@pytest.fixture(scope="module")
def other(service: Service) -> Iterator[httpx.Client]:
    """Speaks to another process's interface to the same database, as far as the database can tell."""
    with (
        open_service(service.conninfo, service.settings.data) as second,
        serve_http(second) as address,
        httpx.Client(base_url=address, timeout=60) as opened,
    ):
        yield opened


def test_the_same_request_again_gets_the_same_answer_and_changes_nothing(client: httpx.Client) -> None:
    dataset, key = create_dataset(client), unique("key").replace(" ", "-")
    first, second = (
        dataset.send("POST", "/records", {"values": {"name": "Ann"}}, idempotency_key=key) for _ in range(2)
    )
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert [first.headers[name] for name in KEEPING] == [second.headers[name] for name in KEEPING]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert dataset.get_json()["records"] == 1


def test_the_answer_is_replayed_by_every_process(client: httpx.Client, other: httpx.Client) -> None:
    dataset, key = create_people(client, 1), a_key()
    first = dataset.send("PATCH", "/records/1", {"values": {"age": 2}}, idempotency_key=key)
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    second = other.patch(f"{dataset.url}/records/1", content=first.request.content, headers=headers)
    assert second.headers["idempotency-replayed"] == "true"
    assert second.content == first.content


def test_the_key_goes_into_the_event(client: httpx.Client, service: Service) -> None:
    dataset, key = create_dataset(client), a_key()
    dataset.send("POST", "/records", {"values": {"name": "Ann"}}, idempotency_key=key)
    (recorded,) = service.store.stream(UUID(dataset.id), 1)
    assert recorded.metadata.idempotency_key == key


def test_a_key_in_quotes_is_the_same_key(client: httpx.Client) -> None:
    dataset, key = create_dataset(client), a_key()
    dataset.send("POST", "/records", {"values": {"name": "Ann"}}, idempotency_key=key)
    again = dataset.send("POST", "/records", {"values": {"name": "Ann"}}, idempotency_key=f'"{key}"')
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("key", ["", "two words", '"open', '"a";b=1', "a" * 256, "schlüssel"])
def test_an_invalid_key_is_refused(client: httpx.Client, key: str) -> None:
    dataset = create_dataset(client)
    headers = {b"Idempotency-Key": key.encode("latin-1")}
    answer = client.post(f"{dataset.url}/records", json={"values": {"name": "Ann"}}, headers=headers)
    assert code(answer, 400) == "invalid-idempotency-key"
    assert dataset.get_json()["records"] == 0


def test_two_keys_are_refused(client: httpx.Client) -> None:
    dataset = create_dataset(client)
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = client.post(f"{dataset.url}/records", json={"values": {"name": "Ann"}}, headers=headers)
    assert code(answer, 400) == "invalid-idempotency-key"


def test_a_key_of_another_request_is_refused(client: httpx.Client) -> None:
    dataset, key = create_people(client, 1), a_key()
    dataset.send("POST", "/records", {"values": {"name": "Ann"}}, idempotency_key=key)
    for method, path, name in (
        ("POST", "/records", "Bob"),
        ("POST", "/records", "Anna"),
        ("POST", "/records?x=1", "Ann"),
        ("PATCH", "/records/1", "Ann"),
    ):
        answer = dataset.send(method, path, {"values": {"name": name}}, idempotency_key=key)
        assert code(answer, 422) == "idempotency-key-reused"
    assert dataset.get_json()["version"] == 3


def test_a_refusal_is_replayed_too(client: httpx.Client) -> None:
    dataset, key = create_dataset(client), a_key()
    first, second = (dataset.send("POST", "/records", {"values": {}}, idempotency_key=key) for _ in range(2))
    assert code(first, 422) == code(second, 422)
    assert second.headers["idempotency-replayed"] == "true"


def test_a_refusal_before_the_body_was_read_is_replayed(client: httpx.Client) -> None:
    dataset, key = create_dataset(client), a_key()
    for name in ("Ann", "Bob"):
        body = {"values": {"name": name}}
        answer = dataset.send("POST", "/records?unknown=1", body, idempotency_key=key)
        assert code(answer, 400) == "unknown-parameter"
    assert answer.headers["idempotency-replayed"] == "true"


def test_put_and_delete_ignore_the_key(client: httpx.Client) -> None:
    dataset, key = create_people(client, 1, 2), a_key()
    for age in (3, 4):
        body = {"values": {"name": "Ann", "age": age}}
        assert json_of(dataset.send("PUT", "/records/1", body, idempotency_key=key))["values"]["age"] == age
    assert dataset.send("DELETE", "/records/2", idempotency_key=key).status_code == 204


def test_of_many_concurrent_requests_one_is_executed(client: httpx.Client, other: httpx.Client) -> None:
    dataset, key = create_dataset(client), a_key()

    def post(number: int) -> httpx.Response:
        through = (client, other)[number % 2]
        return through.post(
            f"{dataset.url}/records", json={"values": {"name": "Ann"}}, headers={"Idempotency-Key": key}
        )

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(24)))
    for answer in answers:
        if answer.status_code == 409:
            assert code(answer, 409) == "idempotency-key-in-use"
            assert answer.headers["retry-after"] == "1"
        else:
            assert json_of(answer, 201)["id"] == 1
    assert sum(answer.status_code == 201 for answer in answers) > 0
    assert dataset.get_json()["records"] == 1


def test_a_key_whose_request_is_running_is_locked(
    client: httpx.Client, other: httpx.Client, service: Service
) -> None:
    dataset, key = create_dataset(client), a_key()
    release = threading.Event()

    def slowly() -> Iterator[bytes]:
        yield b'{"values": {"na'
        release.wait(20)
        yield b'me": "Ann"}}'

    with ThreadPoolExecutor(1) as pool:
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        first = pool.submit(client.post, f"{dataset.url}/records", content=slowly(), headers=headers)
        _until_claimed(service, key)
        answer = other.post(f"{dataset.url}/records", content=CONTENT, headers=headers)
        assert code(answer, 409) == "idempotency-key-in-use"
        release.set()
        assert json_of(first.result(), 201)["id"] == 1
    again = other.post(f"{dataset.url}/records", content=CONTENT, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"


def test_a_request_that_is_cut_off_releases_its_key(client: httpx.Client) -> None:
    dataset, key = create_dataset(client), a_key()
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}

    def breaking() -> Iterator[bytes]:
        yield b'{"values": '
        raise ConnectionAbortedError

    with httpx.Client(base_url=client.base_url) as leaving, pytest.raises(ConnectionAbortedError):
        leaving.post(f"{dataset.url}/records", content=breaking(), headers=headers)
    answer = client.post(f"{dataset.url}/records", content=CONTENT, headers=headers)
    while answer.status_code == 409:
        time.sleep(0.01)
        answer = client.post(f"{dataset.url}/records", content=CONTENT, headers=headers)
    assert json_of(answer, 201)["id"] == 1


def test_an_upload_that_is_sent_again_is_the_same_job(client: httpx.Client) -> None:
    key = a_key()
    first, second = (_upload(client, key, b"a,b\n1,2\n") for _ in range(2))
    assert json_of(first, 202)["job"]["id"] == json_of(second, 202)["job"]["id"]
    assert second.headers["idempotency-replayed"] == "true"
    assert code(_upload(client, key, b"a,b\n1,3\n"), 422) == "idempotency-key-reused"
    assert code(_upload(client, key, b"a,b\n1,2\n3,4\n"), 422) == "idempotency-key-reused"


def test_a_key_is_free_again_after_a_day(client: httpx.Client, service: Service) -> None:
    dataset, key = create_dataset(client), a_key()
    for number in (1, 2):
        answer = dataset.send("POST", "/records", {"values": {"name": "Ann"}}, idempotency_key=key)
        assert json_of(answer, 201)["id"] == number
        with psycopg.connect(service.conninfo) as connection:
            connection.execute("UPDATE idempotency SET expires_at = now() WHERE key = %s", [key])


def test_what_has_expired_is_swept(client: httpx.Client, service: Service) -> None:
    dataset, expired, kept = create_dataset(client), a_key(), a_key()
    for key in (expired, kept):
        dataset.send("POST", "/records", {"values": {"name": "Ann"}}, idempotency_key=key)
    with psycopg.connect(service.conninfo) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE idempotency SET expires_at = now() WHERE key = %s", [expired])
        assert idempotency_keys.sweep(cursor) >= 1
        rows = cursor.execute("SELECT key FROM idempotency WHERE key = ANY(%s)", [[expired, kept]]).fetchall()
    assert rows == [(kept,)]


def test_a_response_too_large_to_store_is_replayed_without_its_content(client: httpx.Client) -> None:
    columns = [{"name": name, "type": "string"} for name in "ab"]
    dataset, key = create_dataset(client, columns), a_key()
    body = {"values": {"a": "x" * 900_000, "b": "y" * 900_000}}
    first, second = (dataset.send("POST", "/records", body, idempotency_key=key) for _ in range(2))
    assert json_of(first, 201)["id"] == 1
    assert second.status_code == 201 and second.content == b""
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["preference-applied"] == "return=minimal"
    assert dataset.get_json()["records"] == 1


def test_busy_is_not_replayed(client: httpx.Client, service: Service) -> None:
    dataset, key = create_people(client, 1), a_key()
    with psycopg.connect(service.conninfo) as holder:
        holder.execute("SELECT pg_advisory_lock(writer_lease_key(%s))", [dataset.id])
        answer = dataset.send("PATCH", "/records/1", {"values": {"age": 2}}, idempotency_key=key)
        assert code(answer, 409) == "dataset-busy"
    answer = dataset.send("PATCH", "/records/1", {"values": {"age": 2}}, idempotency_key=key)
    assert json_of(answer)["values"]["age"] == 2


def test_an_attempt_whose_key_was_taken_over_changes_nothing(client: httpx.Client, service: Service) -> None:
    """It hung, others took it for dead, and then it goes on: its claim is gone."""
    dataset, key = create_dataset(client), a_key()
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    release = threading.Event()

    def slowly() -> Iterator[bytes]:
        yield b'{"values": {"name": '
        release.wait(20)
        yield b'"Ann"}}'

    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(client.post, f"{dataset.url}/records", content=slowly(), headers=headers)
        _until_claimed(service, key)
        with psycopg.connect(service.conninfo) as connection:
            connection.execute("UPDATE idempotency SET holder = NULL WHERE key = %s", [key])
        assert json_of(client.post(f"{dataset.url}/records", content=CONTENT, headers=headers), 201)["id"] == 1
        release.set()
        assert code(hanging.result(), 409) == "idempotency-key-in-use"
    assert dataset.get_json()["records"] == 1
    again = client.post(f"{dataset.url}/records", content=CONTENT, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"


def test_a_process_that_loses_its_liveness_lock_acquires_a_new_one(client: httpx.Client, service: Service) -> None:
    dataset = create_dataset(client)
    dataset.send("POST", "/records", {"values": {"name": "Ann"}}, idempotency_key=a_key())
    with psycopg.connect(service.conninfo, autocommit=True) as connection:
        killed = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'SELECT pg_advisory_lock(%'"
        ).fetchall()
    assert killed
    key = a_key()
    for _ in range(2):
        answer = dataset.send("POST", "/records", {"values": {"name": "Bob"}}, idempotency_key=key)
        assert json_of(answer, 201)["id"] == 2
    assert answer.headers["idempotency-replayed"] == "true"


def test_requests_without_a_key_are_not_remembered(client: httpx.Client, service: Service) -> None:
    count = "SELECT count(*) FROM idempotency"
    with psycopg.connect(service.conninfo, autocommit=True) as connection:
        before = connection.execute(count).fetchone()
        create_people(client, 1, 2)
        assert connection.execute(count).fetchone() == before


def test_importing_a_file_into_a_dataset_again_is_the_same_job(client: httpx.Client) -> None:
    dataset, key = import_csv(client, "a,b\n1,2\n"), a_key()
    answers = [
        client.post(
            f"{dataset.url}/imports",
            params={"mode": "append"},
            files={"file": ("more.csv", b"a,b\n3,4\n")},
            headers={
                "Idempotency-Key": key,
                "Prefer": "wait=30",
                "Content-Type": "multipart/form-data; boundary=the-boundary",
            },
        )
        for _ in range(2)
    ]
    assert json_of(answers[0], 202) == json_of(answers[1], 202)
    assert dataset.get_json()["records"] == 2


def a_key() -> str:
    return unique("key").replace(" ", "-")


def _until_claimed(service: Service, key: str) -> None:
    with psycopg.connect(service.conninfo, autocommit=True) as connection:
        while connection.execute("SELECT FROM idempotency WHERE key = %s", [key]).fetchone() is None:
            time.sleep(0.01)


def _upload(client: httpx.Client, key: str, content: bytes) -> httpx.Response:
    headers = {"Content-Type": "text/csv", "Idempotency-Key": key, "Prefer": "wait=30"}
    return client.post("/v1/datasets", params={"name": key, "duplicates": "allow"}, content=content, headers=headers)
