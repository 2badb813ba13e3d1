"""`/v1/events` and its stream: CloudEvents in the order of the log, without gaps."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from domain import exact_json
from interfaces.server import app as server_app
from interfaces.services.wiring import Service
from tests.given import code, create_dataset, create_people, import_csv, json_of, serve_http


def read_feed(client: httpx.Client, after: str = "0", limit: int = 1000) -> tuple[list[Any], str]:
    """All events after a cursor, and the last cursor."""
    found: list[Any] = []
    while True:
        page = json_of(client.get("/v1/events", params={"after": after, "limit": str(limit)}))
        found += page["data"]
        if page["next"] == after:
            return found, after
        after = page["next"]


def head_of(client: httpx.Client) -> str:
    return read_feed(client)[1]


def test_events_are_cloud_events(client: httpx.Client) -> None:
    begin = head_of(client)
    dataset = create_people(client, 30)
    dataset.send("PATCH", "/records/1", {"values": {"balance": Decimal("1.10")}})
    dataset.send("DELETE", "/records/1")
    events, _ = read_feed(client, begin)
    assert [event["type"] for event in events] == [
        "DatasetCreated",
        "RecordCreated",
        "RecordUpdated",
        "RecordDeleted",
    ]
    for number, event in enumerate(events, 1):
        assert event["specversion"] == "1.0" and event["source"] == f"/v1/datasets/{dataset.id}"
        assert event["id"] == f"{dataset.id}.{number}" and event["version"] == number
        assert event["dataset"] == dataset.id and event["actor"] == "local"
        assert event["datacontenttype"] == "application/json" and event["dataschema"].startswith("urn:")
        assert all(name.isalnum() and name.islower() for name in event), "attribute names are lower-case letters"
        assert None not in event.values()
    created, updated, deleted = (event["data"] for event in events[1:])
    person = {"name": "p1", "age": 30, "balance": None, "born": None}
    richer = person | {"balance": Decimal("1.10")}
    assert (created["id"], created["before"], created["after"]) == (1, None, person)
    assert (updated["id"], updated["before"], updated["after"]) == (1, person, richer)
    assert (deleted["id"], deleted["before"], deleted["after"]) == (1, richer, None)
    assert "1.10" in client.get("/v1/events", params={"after": begin}).text, "every digit is kept"
    assert updated["summary"] == {"added": 0, "changed": 1, "removed": 0}
    assert events[1]["subject"] == "records/1" and "subject" not in events[0]


def test_values_are_named_as_the_columns_were_called_then(client: httpx.Client) -> None:
    begin = head_of(client)
    dataset = create_dataset(client, [{"name": "old", "type": "string"}])
    dataset.create(old="x")
    dataset.send("PATCH", "", {"columns": {"old": {"name": "new"}}})
    dataset.send("PATCH", "/records/1", {"values": {"new": "y"}})
    events, _ = read_feed(client, begin)
    assert events[1]["data"]["after"] == {"old": "x"}
    assert (events[3]["data"]["before"], events[3]["data"]["after"]) == ({"new": "x"}, {"new": "y"})


def test_pages_of_any_size_give_the_same_events(client: httpx.Client) -> None:
    begin = head_of(client)
    create_people(client, *range(5))
    import_csv(client, "event_feed\n1\n2\n")
    whole, end = read_feed(client, begin)
    assert len(whole) == 7 and whole[-1]["data"]["summary"]["added"] == 2
    for limit in (1, 2, 3):
        assert read_feed(client, begin, limit) == (whole, end)
    positions = [event["position"] for event in whole]
    assert positions == sorted(set(positions)) and str(positions[-1]) == end


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/stream"])
@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "9" * 30])
def test_what_is_no_cursor_is_refused(client: httpx.Client, path: str, cursor: str) -> None:
    assert code(client.get(path, params={"after": cursor}), 400) == "invalid-cursor"
    if path.endswith("stream"):
        assert code(client.get(path, headers={"Last-Event-ID": cursor}), 400) == "invalid-cursor"


@contextmanager
def streaming(client: httpx.Client, after: str | None = None, **headers: str) -> Iterator[Iterator[dict[str, str]]]:
    """The messages of the stream, as dicts of their fields."""
    parameters = {} if after is None else {"after": after}
    with client.stream(
        "GET", "/v1/events/stream", params=parameters, headers={n.replace("_", "-"): v for n, v in headers.items()}
    ) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _messages(response.iter_lines())


def _messages(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    message: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            message[name] = value
        else:
            if "data" in message:
                yield message
            message = {}


def test_the_stream_gives_what_was_and_what_comes(client: httpx.Client) -> None:
    begin = head_of(client)
    dataset = create_people(client, 1)
    with streaming(client, begin) as messages:
        seen = [next(messages), next(messages)]
        dataset.create(name="new")
        seen.append(next(messages))
    assert [message["event"] for message in seen] == ["DatasetCreated", "RecordCreated", "RecordCreated"]
    events, end = read_feed(client, begin)
    assert [exact_json.loads(message["data"]) for message in seen] == events
    assert seen[-1]["id"] == end


def test_a_stream_without_a_cursor_begins_now(client: httpx.Client) -> None:
    dataset = create_people(client, 1)
    with streaming(client) as messages:
        dataset.create(name="new")
        assert json.loads(next(messages)["data"])["version"] == 3


def test_a_stream_that_broke_off_goes_on_after_the_last_event(client: httpx.Client) -> None:
    begin = head_of(client)
    create_people(client, *range(4))
    with streaming(client, begin) as messages:
        first = [next(messages), next(messages)]
    with streaming(client, begin, Last_Event_ID=first[-1]["id"]) as messages:
        rest = [next(messages) for _ in range(3)]
    events, _ = read_feed(client, begin)
    assert [exact_json.loads(message["data"]) for message in first + rest] == events


def test_streams_miss_nothing_while_many_write(client: httpx.Client) -> None:
    begin = head_of(client)
    dataset = create_dataset(client)
    found: list[int] = []

    def listen() -> None:
        with streaming(client, begin) as messages:
            for message in messages:
                found.append(json.loads(message["data"])["version"])
                if found[-1] == 81:
                    return

    def write() -> None:
        for _ in range(20):
            dataset.create(name="x")

    listener, writers = threading.Thread(target=listen), [threading.Thread(target=write) for _ in range(4)]
    for thread in (listener, *writers):
        thread.start()
    for thread in (*writers, listener):
        thread.join(60)
    assert found == list(range(1, 82))


def test_a_stream_ends_when_the_service_does(service: Service) -> None:
    application: FastAPI = server_app.create_app(service)
    begun, ended = threading.Event(), threading.Event()

    def listen(address: str) -> None:
        with httpx.stream("GET", f"{address}/v1/events/stream", timeout=30) as response:
            begun.set()
            for _ in response.iter_bytes():
                pass
        ended.set()

    with serve_http(service, application) as address:
        thread = threading.Thread(target=listen, args=(address,))
        thread.start()
        assert begun.wait(10)
    thread.join(20)
    assert ended.is_set()
