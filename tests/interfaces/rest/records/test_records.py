"""Records are created, read, changed and removed, one at a time."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from domain import exact_json
from tests.given import Dataset, code, create_dataset, create_people, json_of, problem

HUGE = 10**399 + 7


def numbers(client: httpx.Client) -> Dataset:
    return create_dataset(client, [{"name": "i", "type": "integer"}, {"name": "d", "type": "decimal"}])


def products(client: httpx.Client) -> Dataset:
    columns: list[dict[str, object]] = [
        {"name": "sku", "type": "string"},
        {"name": "land", "type": "string"},
        {"name": "code", "type": "integer", "unique": True},
    ]
    return create_dataset(client, columns, key=["sku", "land"])


def test_a_record_is_created_and_found_where_it_says(client: httpx.Client) -> None:
    dataset = create_dataset(client)
    answer = dataset.send("POST", "/records", {"values": {"name": "Ann", "age": 30, "born": "1990-02-28"}})
    made = json_of(answer, 201)
    assert made == {
        "id": 1,
        "version": 2,
        "values": {"name": "Ann", "age": 30, "balance": None, "born": "1990-02-28"},
    }
    assert (answer.headers["etag"], answer.headers["rowledger-version"]) == ('"2"', "2")
    assert json_of(client.get(answer.headers["location"])) == made
    assert dataset.get_json()["records"] == 1


def test_ids_count_up_and_are_never_used_again(client: httpx.Client) -> None:
    dataset = create_people(client, 1, 2)
    assert dataset.send("DELETE", "/records/2").status_code == 204
    assert dataset.create(name="third")["id"] == 3
    json_of(dataset.send("POST", "/revert", {"to": 1}))
    assert dataset.create(name="fourth")["id"] == 4


def test_a_patch_changes_only_what_it_names(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    answer = dataset.send("PATCH", "/records/1", {"values": {"age": None, "balance": 5}})
    assert json_of(answer) == {
        "id": 1,
        "version": 3,
        "values": {"name": "p1", "age": None, "balance": 5, "born": None},
    }
    assert dataset.column("age", as_of=2) == [30]


def test_a_put_sets_all_columns(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    replaced = json_of(dataset.send("PUT", "/records/1", {"values": {"name": "new"}}))
    assert replaced["values"] == {"name": "new", "age": None, "balance": None, "born": None}


def test_a_removed_record_is_not_found_but_exists_in_older_versions(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 31)
    gone = dataset.send("DELETE", "/records/1")
    assert (gone.status_code, gone.headers["rowledger-version"]) == (204, "4")
    assert code(dataset.get("/records/1"), 404) == "record-not-found"
    for method, body in (("PATCH", {"values": {}}), ("PUT", {"values": {"name": "x"}}), ("DELETE", None)):
        assert code(dataset.send(method, "/records/1", body), 404) == "record-not-found"
    assert dataset.get_json("/records/1", as_of=3)["values"]["age"] == 30
    assert (dataset.get_json()["records"], dataset.get_json(as_of=3)["records"]) == (1, 2)


@pytest.mark.parametrize("id", ["0", "7", "9" * 18, "9" * 40, "-1", "one", "1.0", "²"])
def test_a_record_that_never_existed_is_not_found(client: httpx.Client, id: str) -> None:
    dataset = create_people(client, 30)
    assert code(dataset.get(f"/records/{id}"), 404) == "record-not-found"
    assert code(dataset.send("PATCH", f"/records/{id}", {"values": {"age": 1}}), 404) == "record-not-found"


@pytest.mark.parametrize(
    ("column", "number"),
    [
        ("d", "1.10"),
        ("d", "-0.0000000000000000000001"),
        ("d", "12345678901234567890.12345678901234567890"),
        ("d", "0.00"),
        ("i", str(2**63 + 1)),
        ("i", str(-(2**64))),
        ("i", str(HUGE)),
        ("d", f"{HUGE}.5"),
    ],
)
def test_a_number_keeps_every_digit(client: httpx.Client, column: str, number: str) -> None:
    dataset = numbers(client)
    made = client.post(
        f"{dataset.url}/records",
        content=f'{{"values": {{"{column}": {number}}}}}',
        headers={"Content-Type": "application/json"},
    )
    for answer in (made, dataset.get("/records/1"), dataset.get("/records"), dataset.get("/records/1/history")):
        assert answer.is_success and number in answer.text, answer.text
    assert dataset.column(column, filter=f"{column} eq {number}") == [exact_json.loads(number)]
    assert f"{number}\n" in dataset.get("/export", fields=column).text


@pytest.mark.parametrize("number", ["1.50e2", "15E1", "-0.00", "-0", "1e-7", "0e5", "1.10"])
def test_the_same_number_again_changes_nothing(client: httpx.Client, number: str) -> None:
    dataset = numbers(client)
    body, headers = f'{{"values": {{"d": {number}}}}}', {"Content-Type": "application/json"}
    json_of(client.post(f"{dataset.url}/records", content=body, headers=headers), 201)
    again = client.patch(f"{dataset.url}/records/1", content=body, headers=headers)
    assert json_of(again) == dataset.get_json("/records/1")
    assert dataset.get_json()["version"] == 2


def test_another_spelling_of_the_same_number_is_a_change(client: httpx.Client) -> None:
    dataset = numbers(client)
    body = '{"values": {"d": %s}}'
    headers = {"Content-Type": "application/json"}
    client.post(f"{dataset.url}/records", content=body % "1.1", headers=headers)
    answer = client.patch(f"{dataset.url}/records/1", content=body % "1.10", headers=headers)
    assert (json_of(answer)["version"], "1.10" in dataset.get("/records/1").text) == (3, True)


@pytest.mark.parametrize(
    ("values", "pointer", "fault"),
    [
        ({"name": 5}, "/values/name", "type-error"),
        ({"name": "x", "age": "30 years"}, "/values/age", "type-error"),
        ({"name": "x", "age": True}, "/values/age", "type-error"),
        ({"name": "x", "balance": "1,5"}, "/values/balance", "type-error"),
        ({"name": "x", "born": "2023-02-29"}, "/values/born", "type-error"),
        ({"name": "x", "born": {}}, "/values/born", "type-error"),
        ({"name": "x", "born": [1]}, "/values/born", "type-error"),
        ({"name": "x", "nmae": 1}, "/values/nmae", "unknown-column"),
        ({"name": "x", "a/b~c": 1}, "/values/a~1b~0c", "unknown-column"),
        ({"age": 1}, "/values/name", "required"),
        ({"name": None}, "/values/name", "required"),
        ({"name": "nul \x00"}, "/values/name", "type-error"),
        ({"name": "x", "age": 10**1000}, "/values/age", "type-error"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_value_that_does_not_fit_is_refused_with_a_pointer(
    client: httpx.Client, values: Mapping[str, object], pointer: str, fault: str
) -> None:
    dataset = create_people(client, 30)
    for method, path in (("POST", "/records"), ("PUT", "/records/1")):
        refused = problem(dataset.send(method, path, {"values": values}), 422)
        assert [(one["pointer"], one["code"]) for one in refused["errors"]] == [(pointer, fault)]
    assert dataset.get_json()["version"] == 2


def test_a_fraction_is_no_integer(client: httpx.Client) -> None:
    answer = client.post(
        f"{create_people(client).url}/records",
        content='{"values": {"name": "x", "age": 1.5}}',
        headers={"Content-Type": "application/json"},
    )
    assert "expected an integer, got 1.5" in problem(answer, 422)["detail"]


def test_every_wrong_value_is_named_at_once(client: httpx.Client) -> None:
    refused = problem(
        create_people(client).send("POST", "/records", {"values": {"age": "x", "born": 1, "zip": 1}}), 422
    )
    assert [fault["pointer"] for fault in refused["errors"]] == [
        "/values/age",
        "/values/born",
        "/values/zip",
        "/values/name",
    ]


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({}, '{"values"'),
        ({"values": []}, '{"values"'),
        ({"values": {}, "valeus": {}}, "'values'"),
        ({"value": {}}, "'values'"),
    ],
    ids=str,
)
def test_a_body_of_another_shape_is_refused(client: httpx.Client, body: object, hint: str) -> None:
    assert hint in problem(create_people(client).send("POST", "/records", body), 422)["detail"]


def test_only_json_is_read(client: httpx.Client) -> None:
    answer = client.post(
        f"{create_people(client).url}/records", content="name=Ann", headers={"Content-Type": "text/plain"}
    )
    assert code(answer, 415) == "unsupported-media-type"


def test_a_stale_if_match_is_refused_with_the_current_record(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    json_of(dataset.send("PATCH", "/records/1", {"values": {"age": 31}}, if_match='"2"'))
    body = {"values": {"name": "stale", "age": 1}}
    for method, sent in (("PATCH", body), ("PUT", body), ("DELETE", None)):
        refused = problem(dataset.send(method, "/records/1", sent, if_match='"2"'), 412)
        assert refused["current"] == dataset.get_json("/records/1")
    assert dataset.get_json()["version"] == 3


@pytest.mark.parametrize("tags", ['"1", "2"', '"2","9"', 'W/"1" , "2"', '"x", "2"', ',"2",', '"a,b", "2"'])
def test_of_a_list_of_tags_one_must_match(client: httpx.Client, tags: str) -> None:
    dataset = create_people(client, 30)
    assert json_of(dataset.send("PATCH", "/records/1", {"values": {"age": 31}}, if_match=tags))["version"] == 3
    assert (
        code(dataset.send("PATCH", "/records/1", {"values": {"age": 32}}, if_match=tags), 412) == "version-conflict"
    )
    assert code(dataset.send("DELETE", "", None, if_match='"1", "2"'), 412) == "version-conflict"
    assert dataset.send("DELETE", "", None, if_match='"1", "3"').status_code == 204


@pytest.mark.parametrize("tag", ['W/"2"', 'W/"1", W/"2"', '""', '"02"', '"2-gzip"', '"2-text/csv"'])
def test_weak_and_other_tags_match_nothing(client: httpx.Client, tag: str) -> None:
    dataset = create_people(client, 30)
    for path in ("/records/1", "/records?filter=true"):
        refused = problem(dataset.send("PATCH", path, {"values": {"age": 31}}, if_match=tag), 412)
        assert refused["type"] == "/problems/version-conflict" and refused["current"]["version"] == 2
    assert code(dataset.send("POST", "/revert", {"to": 1}, if_match=tag), 412) == "version-conflict"


@pytest.mark.parametrize("tag", ["2", '"2', 'w/"2"', '"2", *', '*, "2"', '"2" "3"', "W/2", ","])
def test_what_is_no_list_of_tags_is_refused(client: httpx.Client, tag: str) -> None:
    dataset = create_people(client, 30)
    answer = dataset.send("PATCH", "/records/1", {"values": {"age": 31}}, if_match=tag)
    assert code(answer, 400) == "invalid-if-match"


def test_writers_of_other_records_do_not_disturb_an_if_match(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40)
    json_of(dataset.send("PATCH", "/records/2", {"values": {"age": 41}}))
    assert json_of(dataset.send("PATCH", "/records/1", {"values": {"age": 31}}, if_match='"2"'))["version"] == 5


def test_of_many_writers_with_the_same_if_match_one_wins(client: httpx.Client) -> None:
    dataset = create_people(client, 0)

    def write(age: int) -> int:
        return dataset.send("PATCH", "/records/1", {"values": {"age": age}}, if_match='"2"').status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, range(1, 9))) == [200] + [412] * 7


def test_many_writers_of_many_records_all_succeed_in_versions_of_their_own(client: httpx.Client) -> None:
    dataset = create_people(client, 0, 0, 0, 0)

    def write(number: int) -> int:
        version = json_of(dataset.send("PATCH", f"/records/{number % 4 + 1}", {"values": {"age": number}}))["version"]
        return int(version)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, range(1, 41))) == list(range(6, 46))
    assert dataset.get_json()["version"] == 45


def test_an_unchanged_record_is_not_sent_again(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    etag = dataset.get("/records/1").headers["etag"]
    for header in (etag, f"W/{etag}", f'"77", {etag}', "*"):
        assert client.get(f"{dataset.url}/records/1", headers={"If-None-Match": header}).status_code == 304
    assert client.get(f"{dataset.url}/records/1", headers={"If-None-Match": '"77"'}).status_code == 200


def test_a_write_that_changes_nothing_appends_nothing(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    for method, values in (("PATCH", {"age": 30}), ("PATCH", {}), ("PUT", {"name": "p1", "age": 30})):
        answer = dataset.send(method, "/records/1", {"values": values})
        assert (json_of(answer)["version"], answer.headers["rowledger-version"]) == (2, "2")
    assert [version["version"] for version in dataset.get_json("/versions")["data"]] == [2, 1]


def test_return_minimal_answers_without_a_body(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    changed = dataset.send("PATCH", "/records/1", {"values": {"age": 31}}, prefer="return=minimal")
    assert (changed.status_code, changed.content, changed.headers["etag"]) == (204, b"", '"3"')
    assert changed.headers["preference-applied"] == "return=minimal"
    made = dataset.send("POST", "/records", {"values": {"name": "x"}}, prefer="return=minimal")
    assert (made.status_code, made.content, made.headers["location"]) == (201, b"", f"{dataset.url}/records/2")


def test_a_key_is_used_once(client: httpx.Client) -> None:
    dataset = products(client)
    dataset.create(sku="a", land="NO", code=1)
    dataset.create(sku="a", land="SE", code=2)
    refused = problem(dataset.send("POST", "/records", {"values": {"sku": "a", "land": "NO", "code": 3}}), 409)
    assert (refused["record"], [fault["pointer"] for fault in refused["errors"]]) == (
        1,
        ["/values/sku", "/values/land"],
    )
    assert code(dataset.send("PATCH", "/records/2", {"values": {"land": "NO"}}), 409) == "duplicate-key"
    assert dataset.send("DELETE", "/records/1").status_code == 204
    assert json_of(dataset.send("PATCH", "/records/2", {"values": {"land": "NO"}}))["values"]["land"] == "NO"


def test_a_key_needs_all_of_its_values(client: httpx.Client) -> None:
    refused = problem(products(client).send("POST", "/records", {"values": {"sku": "a"}}), 422)
    assert [(fault["pointer"], fault["code"]) for fault in refused["errors"]] == [("/values/land", "required")]


def test_a_unique_column_may_be_empty_many_times_but_hold_a_value_once(client: httpx.Client) -> None:
    dataset = products(client)
    for number in range(3):
        dataset.create(sku=f"s{number}", land="NO")
    json_of(dataset.send("PATCH", "/records/1", {"values": {"code": 7}}))
    refused = problem(dataset.send("PATCH", "/records/2", {"values": {"code": 7}}), 409)
    assert "unique column code = 7 is taken by record 1" in refused["detail"]


def test_of_many_that_race_for_a_key_one_gets_it(client: httpx.Client) -> None:
    dataset = products(client)

    def take(_: int) -> int:
        return dataset.send("POST", "/records", {"values": {"sku": "a", "land": "NO"}}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take, range(8))) == [201] + [409] * 7
    assert dataset.get_json("/records", count="exact")["page"]["count"] == 1


def test_fields_choose_and_order_columns(client: httpx.Client) -> None:
    record = create_people(client, 30).get("/records/1", fields="age,name")
    assert json_of(record)["values"] == {"age": 30, "name": "p1"}
    assert list(json_of(record)["values"]) == ["age", "name"]


def test_an_unknown_parameter_or_field_names_the_nearest(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    for path, parameter, value, hint in (
        ("/records", "fitler", "age eq 1", "'filter'"),
        ("/records", "fields", "nmae", "'name'"),
        ("/records", "sort", "aeg", "'age'"),
        ("/records", "filter", "aeg eq 1", "'age'"),
        ("/records/1", "as_off", "1", "'as_of'"),
        ("/export", "delimeter", ";", "'delimiter'"),
    ):
        assert hint in problem(dataset.get(path, **{parameter: value}), 400)["detail"]
