"""Records addressed by the dataset's key."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx
import pytest

from tests.given import Dataset, code, create_dataset, create_people, import_csv, json_of, problem


def of_type(client: httpx.Client, type: str) -> Dataset:
    return create_dataset(client, [{"name": "k", "type": type}, {"name": "v", "type": "string"}], key=["k"])


def stock(client: httpx.Client) -> Dataset:
    """A key of two columns, and in another order than theirs."""
    columns = [
        {"name": "n", "type": "integer"},
        {"name": "land", "type": "string"},
        {"name": "shelf", "type": "string"},
    ]
    return create_dataset(client, columns, key=["shelf", "land"])


def test_put_creates_and_then_replaces(client: httpx.Client) -> None:
    dataset = of_type(client, "string")
    made = dataset.send("PUT", "/records/by-key/a", {"values": {"v": "one"}})
    assert json_of(made, 201) == {"id": 1, "version": 2, "values": {"k": "a", "v": "one"}}
    assert (made.headers["etag"], made.headers["location"]) == ('"2"', f"{dataset.url}/records/1")
    again = dataset.send("PUT", "/records/by-key/a", {"values": {"k": "a"}})
    assert json_of(again) == {"id": 1, "version": 3, "values": {"k": "a", "v": None}}
    assert json_of(dataset.send("PUT", "/records/by-key/a", {"values": {}}))["version"] == 3


def test_get_patch_and_delete(client: httpx.Client) -> None:
    dataset = of_type(client, "string")
    dataset.create(k="a", v="one")
    found = dataset.get("/records/by-key/a")
    assert (json_of(found)["id"], found.headers["etag"]) == (1, '"2"')
    assert json_of(dataset.send("PATCH", "/records/by-key/a", {"values": {"v": "two"}}))["version"] == 3
    assert dataset.send("DELETE", "/records/by-key/a").status_code == 204
    assert code(dataset.get("/records/by-key/a"), 404) == "record-not-found"
    assert dataset.get_json("/records/by-key/a", as_of=2, fields="v")["values"] == {"v": "one"}
    for method, body in (("PATCH", {"values": {}}), ("DELETE", None)):
        assert "k = 'a'" in problem(dataset.send(method, "/records/by-key/a", body), 404)["detail"]


def test_an_unchanged_record_is_not_sent_again(client: httpx.Client) -> None:
    dataset = of_type(client, "string")
    dataset.create(k="a")
    answer = client.get(f"{dataset.url}/records/by-key/a", headers={"If-None-Match": '"2"'})
    assert answer.status_code == 304


@pytest.mark.parametrize(
    "key",
    [
        "a,b",
        "a/b",
        "/",
        "history",
        "provenance",
        "x/history",
        "",
        " ",
        "%",
        "100%2C",
        "é€😀",
        "a+b",
        "?",
        "#",
        "..",
        "007",
    ],
)
def test_a_key_may_be_any_text(client: httpx.Client, key: str) -> None:
    dataset = of_type(client, "string")
    address = f"/records/by-key/{quote(key, safe='').replace('..', '%2E%2E')}"
    assert json_of(dataset.send("PUT", address, {"values": {"v": "x"}}), 201)["values"]["k"] == key
    assert json_of(dataset.send("PATCH", address, {"values": {"v": "y"}}))["values"] == {"k": key, "v": "y"}
    assert dataset.get_json(address)["values"]["k"] == key
    assert dataset.send("DELETE", address).status_code == 204


def test_a_key_of_several_columns_is_split_at_commas_before_it_is_decoded(client: httpx.Client) -> None:
    dataset = stock(client)
    json_of(dataset.send("PUT", "/records/by-key/a%2Cb,N%2FO", {"values": {"n": 1}}), 201)
    assert dataset.values() == [{"n": 1, "land": "N/O", "shelf": "a,b"}]
    assert dataset.get_json("/records/by-key/a%2cb,N%2FO")["id"] == 1
    assert code(dataset.get("/records/by-key/N%2FO,a%2Cb"), 404) == "record-not-found"
    for wrong in ("a", "a,b,c"):
        assert "%2C" in problem(dataset.get(f"/records/by-key/{wrong}"), 422)["detail"]


@pytest.mark.parametrize(
    ("type", "stored", "same", "other", "refused"),
    [
        ("integer", 7, ["7", "7.0", "70e-1"], ["8", "-7"], ["007", "seven", "7.5", "", "٧", "9" * 5000]),
        ("decimal", 1.5, ["1.5", "1.50", "15e-1"], ["1.51"], ["1,5", "NaN", "Infinity", "1.", "1e99999"]),
        ("boolean", True, ["true"], ["false"], ["True", "1", "yes"]),
        ("date", "2024-02-29", ["2024-02-29"], ["2024-02-28"], ["2023-02-29", "29.2.2024"]),
        ("json", {"a": [1]}, ['{"a": [1]}', '{"a":[1.0]}'], ["[1]", "7"], ["{", "null"]),
    ],
)
def test_a_key_is_read_as_its_column_s_type(
    client: httpx.Client, type: str, stored: object, same: list[str], other: list[str], refused: list[str]
) -> None:
    dataset = of_type(client, type)
    if isinstance(stored, float):
        json_of(dataset.send("PUT", f"/records/by-key/{stored}", {"values": {}}), 201)
    else:
        dataset.create(k=stored)
    for text in same:
        assert dataset.get_json(f"/records/by-key/{quote(text)}")["id"] == 1
        assert json_of(dataset.send("PATCH", f"/records/by-key/{quote(text)}", {"values": {}}))["version"] == 2
    for text in other:
        assert code(dataset.get(f"/records/by-key/{quote(text)}"), 404) == "record-not-found"
    for text in refused:
        for method in ("GET", "PUT"):
            body: object = {"values": {}} if method == "PUT" else None
            answer = dataset.send(method, "/records/by-key/" + quote(text, safe=""), body)
            assert code(answer, 422) == "invalid-key", text
    assert dataset.get_json()["version"] == 2


def test_a_record_keeps_its_key_as_it_wrote_it(client: httpx.Client) -> None:
    dataset = of_type(client, "decimal")
    json_of(dataset.send("PUT", "/records/by-key/1.50", {"values": {}}), 201)
    answer = dataset.send("PUT", "/records/by-key/1.5", {"values": {"v": "x"}})
    assert '"k":1.50' in answer.text


def test_the_body_may_leave_the_key_out_or_must_agree(client: httpx.Client) -> None:
    dataset = stock(client)
    for method in ("PUT", "PATCH", "PUT"):
        refused = dataset.send(method, "/records/by-key/a,NO", {"values": {"land": "SE", "n": 1}})
        if method == "PATCH":
            assert code(refused, 404) == "record-not-found"
            continue
        assert [fault["pointer"] for fault in problem(refused, 422)["errors"]] == ["/values/land"]
    json_of(dataset.send("PUT", "/records/by-key/a,NO", {"values": {"land": "NO", "n": 1}}), 201)
    mismatch = dataset.send("PATCH", "/records/by-key/a,NO", {"values": {"shelf": "b"}})
    assert code(mismatch, 422) == "key-mismatch"
    for value in (7, None):
        wrong = problem(dataset.send("PATCH", "/records/by-key/a,NO", {"values": {"shelf": value}}), 422)
        assert wrong["type"].endswith("invalid-values")


def test_a_dataset_without_a_key_says_so(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    for method, body in (("GET", None), ("PUT", {"values": {}}), ("PATCH", {"values": {}}), ("DELETE", None)):
        assert code(dataset.send(method, "/records/by-key/p1", body), 422) == "no-key"


def test_an_address_that_is_no_utf_8_is_refused(client: httpx.Client) -> None:
    assert code(of_type(client, "string").get("/records/by-key/%FF"), 400) == "invalid-url"


def test_preconditions_of_put(client: httpx.Client) -> None:
    dataset = of_type(client, "string")
    body = {"values": {"v": "x"}}
    for tag in ('"1"', "*"):
        assert code(dataset.send("PUT", "/records/by-key/a", body, if_match=tag), 412) == "version-conflict"
    json_of(dataset.send("PUT", "/records/by-key/a", body, if_none_match="*"), 201)
    exists = problem(dataset.send("PUT", "/records/by-key/a", body, if_none_match="*"), 412)
    assert (exists["type"], exists["current"]["id"]) == ("/problems/record-exists", 1)
    assert code(dataset.send("PUT", "/records/by-key/a", body, if_none_match='"2"'), 400) == "invalid-if-none-match"
    stale = problem(dataset.send("PUT", "/records/by-key/a", {"values": {}}, if_match='"1"'), 412)
    assert stale["current"] == dataset.get_json("/records/1")
    for method, sent in (("PATCH", body), ("DELETE", None)):
        assert code(dataset.send(method, "/records/by-key/a", sent, if_match='"1"'), 412) == "version-conflict"
    json_of(dataset.send("PUT", "/records/by-key/a", {"values": {"v": "y"}}, if_match='"2"'))
    json_of(dataset.send("PUT", "/records/by-key/a", {"values": {"v": "z"}}, if_match="*"))


def test_of_many_that_race_to_create_one_does(client: httpx.Client) -> None:
    dataset = of_type(client, "string")

    def put(number: int) -> int:
        return dataset.send("PUT", "/records/by-key/a", {"values": {"v": str(number)}}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(put, range(16))) == [200] * 15 + [201]
    assert dataset.get_json()["records"] == 1


def test_of_many_that_race_to_create_only_one_may(client: httpx.Client) -> None:
    dataset = of_type(client, "string")

    def put(number: int) -> int:
        body = {"values": {"v": str(number)}}
        return dataset.send("PUT", "/records/by-key/a", body, if_none_match="*").status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(put, range(16))) == [201] + [412] * 15


def test_unique_columns_that_are_not_in_the_key_stay_unique(client: httpx.Client) -> None:
    columns: list[dict[str, object]] = [{"name": "k", "type": "string"}]
    columns.append({"name": "u", "type": "integer", "unique": True})
    dataset = create_dataset(client, columns, key=["k"])
    dataset.create(k="a", u=1)
    assert code(dataset.send("PUT", "/records/by-key/b", {"values": {"u": 1}}), 409) == "duplicate-key"


def test_the_key_of_an_import_serves_too(client: httpx.Client) -> None:
    dataset = import_csv(client, "code,name\n007,Bond\n7,Other\n", key="code")
    assert dataset.get_json("/records/by-key/007")["values"]["name"] == "Bond"
    assert dataset.get_json("/records/by-key/7")["values"]["name"] == "Other"
