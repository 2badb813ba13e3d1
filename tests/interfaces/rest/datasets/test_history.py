"""Versions of a dataset, histories of its records, and reverts."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.given import Dataset, code, create_people, import_csv, json_of, problem, unique


def edited(client: httpx.Client) -> Dataset:
    """Versions: 1 made, 2 and 3 two people, 4 one older, 5 a column renamed, 6 one removed."""
    dataset = create_people(client, 30, 40)
    json_of(dataset.send("PATCH", "/records/1", {"values": {"age": 31}}))
    json_of(dataset.send("PATCH", "", {"columns": {"age": {"name": "years"}}}))
    assert dataset.send("DELETE", "/records/1").status_code == 204
    return dataset


def test_versions_are_listed_newest_first_with_what_they_did(client: httpx.Client) -> None:
    versions = edited(client).get_json("/versions")["data"]
    counts = [tuple(version["summary"].values()) for version in versions]
    assert [version["version"] for version in versions] == [6, 5, 4, 3, 2, 1]
    assert [version["type"] for version in versions] == [
        "RecordDeleted",
        "DatasetChanged",
        "RecordUpdated",
        "RecordCreated",
        "RecordCreated",
        "DatasetCreated",
    ]
    assert counts == [(0, 0, 1), (0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 0, 0), (0, 0, 0)]
    assert all(version["actor"] and version["at"] for version in versions)
    assert [version["at"] for version in versions] == sorted((v["at"] for v in versions), reverse=True)


def test_versions_are_paged_and_seen_as_of_one(client: httpx.Client) -> None:
    dataset = edited(client)
    first = dataset.get_json("/versions", limit=4)
    rest = dataset.get_json("/versions", limit=4, cursor=first["page"]["next"])
    assert [version["version"] for version in first["data"] + rest["data"]] == [6, 5, 4, 3, 2, 1]
    assert rest["page"]["next"] is None
    assert [version["version"] for version in dataset.get_json("/versions", as_of=2)["data"]] == [2, 1]
    assert code(dataset.get("/versions", cursor="x"), 400) == "invalid-cursor"


def test_one_version_is_read(client: httpx.Client) -> None:
    dataset = edited(client)
    assert dataset.get_json("/versions/4") == dataset.get_json("/versions")["data"][2]
    for version in ("0", "7", "9" * 30, "x", "-1"):
        assert code(dataset.get(f"/versions/{version}"), 404) == "version-not-found"


def test_a_version_has_the_correlation_id_of_its_request(client: httpx.Client) -> None:
    dataset = create_people(client)
    dataset.send("POST", "/records", {"values": {"name": "x"}}, x_correlation_id="my-request-7")
    assert dataset.get_json("/versions/2")["correlation_id"] == "my-request-7"


def test_a_records_history_lists_each_version(client: httpx.Client) -> None:
    dataset = edited(client)
    entries = dataset.get_json("/records/1/history")["data"]
    assert [(one["version"], one["removed"], one["changed"]) for one in entries] == [
        (6, True, ["name", "years"]),
        (4, False, ["age"]),
        (2, False, ["name", "age"]),
    ]
    assert entries[0]["values"] is None
    assert entries[1]["values"] == {"name": "p1", "age": 31, "balance": None, "born": None}
    assert code(dataset.get("/records/99/history"), 404) == "record-not-found"
    assert [one["version"] for one in dataset.get_json("/records/1/history", as_of=3)["data"]] == [2]


def test_a_records_history_is_paged(client: httpx.Client) -> None:
    dataset = edited(client)
    page = dataset.get_json("/records/1/history", limit=2)
    rest = dataset.get_json("/records/1/history", limit=2, cursor=page["page"]["next"])
    assert [one["version"] for one in page["data"] + rest["data"]] == [6, 4, 2]


def test_a_restored_record_shows_that_it_was_removed(client: httpx.Client) -> None:
    dataset = edited(client)
    json_of(dataset.send("POST", "/revert", {"to": 3}))
    entries = dataset.get_json("/records/1/history")["data"]
    assert [(one["version"], one["type"], one["removed"]) for one in entries[:2]] == [
        (7, "DatasetReverted", False),
        (6, "RecordDeleted", True),
    ]


@pytest.mark.parametrize("to", [1, 2, 3, 4, 5])
def test_a_revert_makes_a_new_version_that_equals_the_old(client: httpx.Client, to: int) -> None:
    dataset = edited(client)
    answer = dataset.send("POST", "/revert", {"to": to})
    assert (json_of(answer)["version"], json_of(answer)["type"]) == (7, "DatasetReverted")
    assert answer.headers["etag"] == '"7"'
    assert dataset.values() == dataset.values(as_of=to)
    assert dataset.get_json()["columns"] == dataset.get_json(as_of=to)["columns"]
    assert dataset.get_json()["records"] == dataset.get_json(as_of=to)["records"] == len(dataset.values())
    assert dataset.values(as_of=6) == [{"name": "p2", "years": 40, "balance": None, "born": None}]


def test_a_revert_reports_its_changes(client: httpx.Client) -> None:
    dataset = edited(client)
    assert json_of(dataset.send("POST", "/revert", {"to": 2}))["summary"] == {"added": 1, "changed": 0, "removed": 1}
    assert json_of(dataset.send("POST", "/revert", {"to": 4}))["summary"] == {"added": 1, "changed": 1, "removed": 0}
    assert json_of(dataset.send("POST", "/revert", {"to": 6}))["summary"] == {"added": 0, "changed": 0, "removed": 1}
    assert dataset.values() == dataset.values(as_of=6)


def test_a_revert_of_nothing_keeps_the_version(client: httpx.Client) -> None:
    dataset = edited(client)
    assert json_of(dataset.send("POST", "/revert", {"to": 6}))["version"] == 6
    json_of(dataset.send("POST", "/revert", {"to": 4}))
    assert json_of(dataset.send("POST", "/revert", {"to": 4}))["version"] == 7
    assert dataset.get_json()["version"] == 7


def test_a_change_there_and_back_is_no_difference(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    for age in (31, 30):
        json_of(dataset.send("PATCH", "/records/1", {"values": {"age": age}}))
    assert json_of(dataset.send("POST", "/revert", {"to": 2}))["version"] == 4


@pytest.mark.parametrize("count", [299, 300, 301, 12_000])
def test_a_revert_takes_back_a_few_or_very_many_records(client: httpx.Client, count: int) -> None:
    rows = "".join(f"{number},{number}.10\n" for number in range(count))
    dataset = import_csv(client, f"{unique('a')},b\n{rows}")
    json_of(dataset.send("POST", "/revert", {"to": 1}))
    assert dataset.get_json()["version"] == 1
    before = dataset.get("/export").text
    assert dataset.send("DELETE", "/records/1").status_code == 204
    assert json_of(dataset.send("PATCH", "/records/2", {"values": {"b": 7}}))["version"] == 3
    assert json_of(dataset.send("POST", "/revert", {"to": 1}))["summary"] == {"added": 1, "changed": 1, "removed": 0}
    assert dataset.get("/export").text == before
    assert dataset.get_json()["records"] == count


@pytest.mark.parametrize(
    ("body", "status"),
    [({"to": 0}, 422), ({"to": "1"}, 422), ({"to": True}, 422), ({}, 422), ({"too": 1}, 422), ({"to": 99}, 404)],
    ids=str,
)
def test_a_revert_is_refused(client: httpx.Client, body: object, status: int) -> None:
    dataset = create_people(client, 30)
    assert problem(dataset.send("POST", "/revert", body), status)["detail"]
    assert dataset.get_json()["version"] == 2


def test_a_revert_respects_if_match(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    assert problem(dataset.send("POST", "/revert", {"to": 1}, if_match='"1"'), 412)["current"]["version"] == 2
    assert json_of(dataset.send("POST", "/revert", {"to": 1}, if_match='"2"'))["version"] == 3


def test_a_key_is_free_again_after_a_revert(client: httpx.Client) -> None:
    dataset = import_csv(client, f"sku,{unique('n')}\na,1\n", key="sku")
    made = dataset.create(sku="b")
    json_of(dataset.send("POST", "/revert", {"to": 1}))
    assert code(dataset.send("POST", "/records", {"values": {"sku": "a"}}), 409) == "duplicate-key"
    assert dataset.create(sku="b")["id"] == made["id"] + 1


def test_a_bulk_revert_is_stored_in_chunks_and_can_be_reverted(client: httpx.Client) -> None:
    dataset = create_people(client)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: dataset.create(name=f"p{number}", age=number), range(350)))
    before = dataset.get("/export").text
    back = json_of(dataset.send("POST", "/revert", {"to": 1}))
    assert (back["version"], back["summary"]) == (352, {"added": 0, "changed": 0, "removed": 350})
    assert (dataset.values(), dataset.get_json()["records"]) == ([], 0)
    again = json_of(dataset.send("POST", "/revert", {"to": 351}))
    assert (again["version"], again["summary"]) == (353, {"added": 350, "changed": 0, "removed": 0})
    assert dataset.get("/export").text == before
