"""Datasets are created, found, listed, renamed and deleted."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.given import (
    PEOPLE,
    Dataset,
    code,
    create_dataset,
    create_people,
    import_csv,
    json_of,
    problem,
    unique,
    upload,
)


def test_an_empty_dataset_has_its_columns_and_no_records(client: httpx.Client) -> None:
    name = unique("Our People")
    dataset = create_dataset(client, PEOPLE, key=["name"], name=name)
    found = dataset.get_json()
    assert (found["name"], found["version"], found["records"], found["key"]) == (name, 1, 0, ["name"])
    assert [(column["name"], column["type"], column["required"]) for column in found["columns"]] == [
        ("name", "string", True),
        ("age", "integer", False),
        ("balance", "decimal", False),
        ("born", "date", False),
    ]
    assert dataset.values() == []


def test_creating_answers_with_where_the_dataset_is(client: httpx.Client) -> None:
    answer = client.post("/v1/datasets", json={"name": unique("x"), "columns": [{"name": "a", "type": "string"}]})
    made = json_of(answer, 201)
    assert (answer.headers["location"], answer.headers["etag"]) == (f"/v1/datasets/{made['id']}", '"1"')


def test_a_dataset_is_found_by_its_id_and_by_its_slug(client: httpx.Client) -> None:
    dataset = create_dataset(client, name=unique("Crème Brûlée"))
    slug = dataset.get_json()["slug"]
    assert slug.startswith("crème-brûlée-")
    assert json_of(client.get(f"/v1/datasets/{slug}")) == dataset.get_json()


def test_two_datasets_of_one_name_have_different_slugs(client: httpx.Client) -> None:
    name = unique("twin")
    first, second = create_dataset(client, name=name).get_json(), create_dataset(client, name=name).get_json()
    assert (first["name"], second["slug"]) == (second["name"], f"{first['slug']}-2")


def test_the_list_is_paged_newest_first(client: httpx.Client) -> None:
    made = [create_dataset(client).id for _ in range(5)]
    listed, cursor = [], None
    for _ in range(3):
        page = json_of(client.get("/v1/datasets", params={"limit": 2, **({"cursor": cursor} if cursor else {})}))
        listed += [dataset["id"] for dataset in page["data"]]
        cursor = page["page"]["next"]
    assert listed[:5] == made[::-1]


def test_a_new_name_and_description_are_one_version(client: httpx.Client) -> None:
    dataset = create_dataset(client)
    name = unique("renamed")
    answer = dataset.send("PATCH", "", {"name": name, "description": "what it is"})
    changed = json_of(answer)
    assert (changed["name"], changed["description"], changed["version"]) == (name, "what it is", 2)
    assert answer.headers["etag"] == '"2"'
    assert dataset.get_json(as_of=1)["description"] == ""


def test_a_change_that_changes_nothing_keeps_the_version(client: httpx.Client) -> None:
    dataset = create_dataset(client, name="Same again")
    assert json_of(dataset.send("PATCH", "", {"name": "Same again", "columns": {}}))["version"] == 1
    assert len(dataset.get_json("/versions")["data"]) == 1


def test_a_renamed_column_has_its_old_name_in_older_versions(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    json_of(dataset.send("PATCH", "", {"columns": {"age": {"name": "years"}}}))
    assert dataset.values()[0] == {"name": "p1", "years": 30, "balance": None, "born": None}
    assert dataset.column("age", as_of=2) == [30]
    assert dataset.column("years", filter="years eq 30") == [30]
    assert dataset.column("age", as_of=2, filter="age eq 30", sort="age") == [30]
    assert code(dataset.get("/records", filter="age eq 30"), 400) == "unknown-column"
    assert code(dataset.get("/records", filter="years eq 30", as_of=2), 400) == "unknown-column"


def test_two_columns_may_swap_their_names(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": "a", "type": "string"}, {"name": "b", "type": "string"}])
    dataset.create(a="1", b="2")
    json_of(dataset.send("PATCH", "", {"columns": {"a": {"name": "b"}, "b": {"name": "a"}}}))
    assert dataset.values() == [{"b": "1", "a": "2"}]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"columns": {"agee": {"name": "x"}}}, "'age'"),
        ({"columns": {"age": {"name": "name"}}}, "two columns would be called 'name'"),
        ({"columns": {"age": {"name": "  "}}}, "blank"),
        ({"columns": {"age": "years"}}, "changed with an object"),
        ({"columns": []}, "object"),
        ({"name": " "}, "needs a name"),
        ({"name": 3}, "must be a string"),
        ({"nmae": "x"}, "'name'"),
    ],
    ids=str,
)
def test_a_change_is_refused(client: httpx.Client, change: Mapping[str, object], why: str) -> None:
    dataset = create_dataset(client)
    refused = problem(dataset.send("PATCH", "", change), 422)
    assert why in refused["detail"] and refused["errors"]
    assert dataset.get_json()["version"] == 1


@pytest.mark.parametrize("text", ["nul\x00", "half \ud800"])
@pytest.mark.parametrize("field", ["name", "description", "column"])
def test_invalid_text_is_refused_in_a_change(client: httpx.Client, field: str, text: str) -> None:
    dataset = create_dataset(client)
    escaped = text.encode("unicode_escape").decode().replace("\\x00", "\\u0000")
    change = (
        f'{{"columns": {{"age": {{"name": "{escaped}"}}}}}}' if field == "column" else f'{{"{field}": "{escaped}"}}'
    )
    answer = client.patch(dataset.url, content=change, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert dataset.get_json()["version"] == 1


@pytest.mark.parametrize(
    ("body", "pointer", "hint"),
    [
        ({"name": "x", "columns": [{"name": "a", "type": "strng"}]}, "/columns/0/type", "'string'"),
        ({"name": "x", "columns": [{"name": "a", "type": "string"}] * 2}, "/columns/1/name", "'a'"),
        ({"name": "x", "columns": [{"name": "sku", "type": "string"}], "key": ["sk"]}, "/key", "'sku'"),
        ({"name": "x", "columns": [{"name": "a", "type": "string", "uniqe": True}]}, "/columns/0/uniqe", "'unique'"),
        ({"name": "x", "columns": [{"name": "a", "type": "string", "unique": 1}]}, "/columns/0/unique", "true"),
        ({"name": "x", "columns": []}, "/columns", "list"),
        ({"name": "", "columns": [{"name": "a", "type": "string"}]}, "/name", "name"),
        ({"columns": [{"name": "a", "type": "string"}]}, "/name", "name"),
        ({"name": "x", "columns": [{"name": "a", "type": ["string"]}]}, "/columns/0/type", "type"),
        ({"name": "x", "columns": [{"name": "a", "type": "string"}], "key": [["a"]]}, "/key", "key"),
    ],
    ids=str,
)
def test_a_dataset_is_refused_with_a_pointer(
    client: httpx.Client, body: Mapping[str, object], pointer: str, hint: str
) -> None:
    refused = problem(client.post("/v1/datasets", json=body), 422)
    assert [pointer] == [fault["pointer"] for fault in refused["errors"]]
    assert hint in refused["errors"][0]["detail"]


def test_an_unknown_parameter_is_refused_with_the_nearest(client: httpx.Client) -> None:
    refused = problem(client.get("/v1/datasets", params={"limt": "3"}), 400)
    assert "'limit'" in refused["detail"] and refused["errors"][0]["pointer"] == "limt"


@pytest.mark.parametrize("limit", ["0", "1001", "ten", "-1"])
def test_a_limit_is_between_1_and_1000(client: httpx.Client, limit: str) -> None:
    assert code(client.get("/v1/datasets", params={"limit": limit}), 400) == "invalid-parameter"


def test_a_deleted_dataset_is_gone_and_its_slug_is_free(client: httpx.Client) -> None:
    dataset = create_dataset(client, name=unique("short-lived"))
    slug = dataset.get_json()["slug"]
    deleted = dataset.send("DELETE", "")
    assert (deleted.status_code, deleted.headers["rowledger-version"]) == (204, "2")
    for path in ("", "/records", "/versions", "/records/1", "/export"):
        assert code(dataset.get(path), 410) == "dataset-deleted"
    assert code(dataset.send("POST", "/records", {"values": {"name": "x"}}), 410) == "dataset-deleted"
    assert code(dataset.send("DELETE", ""), 410) == "dataset-deleted"
    assert code(client.get(f"/v1/datasets/{slug}"), 410) == "dataset-deleted"
    assert dataset.id not in [one["id"] for one in json_of(client.get("/v1/datasets"))["data"]]
    assert create_dataset(client, name=slug).get_json()["slug"] == slug


def test_a_deleted_datasets_slug_goes_to_one_of_many_at_once(client: httpx.Client) -> None:
    dataset = create_dataset(client, name=unique("wanted"))
    slug = dataset.get_json()["slug"]
    dataset.send("DELETE", "")
    with ThreadPoolExecutor(6) as pool:
        created = list(pool.map(lambda _: create_dataset(client, name=slug).get_json()["slug"], range(6)))
    assert sorted(created) == sorted([slug, *(f"{slug}-{number}" for number in range(2, 7))])


def test_the_file_of_a_deleted_dataset_is_claimed_by_one_of_many_at_once(client: httpx.Client) -> None:
    text = f"{unique('a')},b\nx,1\n"
    import_csv(client, text).send("DELETE", "")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: upload(client, text).status_code, range(6)))
    assert sorted(answers) == [202, 409, 409, 409, 409, 409]


def test_the_file_of_a_deleted_dataset_may_be_imported_again(client: httpx.Client) -> None:
    text = f"{unique('a')},b\nx,1\n"
    dataset = import_csv(client, text)
    assert dataset.send("DELETE", "").status_code == 204
    assert import_csv(client, text).id != dataset.id


def test_if_match_guards_a_change_and_a_deletion(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    for method, body in (("PATCH", {"name": "x"}), ("DELETE", None)):
        answer = dataset.send(method, "", body, if_match='"1"')
        assert problem(answer, 412)["current"]["version"] == 2
        assert code(dataset.send(method, "", body, if_match="2"), 400) == "invalid-if-match"
        assert code(dataset.send(method, "", body, if_match='"abc"'), 412) == "version-conflict"
    assert json_of(dataset.send("PATCH", "", {"description": "x"}, if_match='"2"'))["version"] == 3
    assert dataset.send("DELETE", "", None, if_match="*").status_code == 204


def test_an_unchanged_dataset_is_not_sent_again(client: httpx.Client) -> None:
    dataset = create_dataset(client)
    etag = dataset.get().headers["etag"]
    again = client.get(dataset.url, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    dataset.create(name="Ann")
    assert client.get(dataset.url, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("name", ["nobody", "00000000-0000-4000-8000-000000000000", "%00", "a%2Fb", "ü" * 50])
def test_an_unknown_dataset_is_not_found(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/v1/datasets/{name}")
    assert answer.status_code in (400, 404) and answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", ["", "{", "[]", '{"a": 1, "a": 2}', '{"name": NaN}', "[" * 10_000])
def test_a_body_that_is_no_json_object_is_refused(client: httpx.Client, body: str) -> None:
    answer = client.post("/v1/datasets", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert problem(answer, answer.status_code)["detail"]


def test_a_time_selects_the_dataset_as_it_was_then(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    then = dataset.get_json("/versions")["data"][0]["at"]
    time.sleep(0.002)
    dataset.create(name="later")
    assert (dataset.get_json(as_of=then)["version"], dataset.get_json(as_of=then)["records"]) == (2, 1)
    assert dataset.get_json(as_of=then.replace("+00:00", "Z"))["version"] == 2
    assert dataset.get_json(as_of=dataset.get_json()["updated_at"])["version"] == 3
    assert code(dataset.get(as_of="2999-01-01T00:00:00Z"), 400) == "invalid-as-of"
    assert code(dataset.get(as_of="1999-01-01T00:00:00Z"), 404) == "version-not-found"


@pytest.mark.parametrize(
    ("as_of", "status"),
    [("0", 404), ("99", 404), ("9" * 30, 404), ("yesterday", 400), ("", 400), ("-1", 400), ("1.5", 400), ("²", 400)],
)
def test_an_invalid_version_is_refused(client: httpx.Client, as_of: str, status: int) -> None:
    dataset: Dataset = create_people(client, 30)
    for path in ("", "/records", "/records/1", "/export", "/versions", "/records/1/history"):
        assert problem(dataset.get(path, as_of=as_of), status)["detail"]


def test_the_service_says_that_it_runs(client: httpx.Client) -> None:
    found = json_of(client.get("/status"))
    assert found["status"] == "running" and found["timestamp"] and found["version"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/nothing", 404), ("PUT", "/v1/datasets", 405)])
def test_what_the_framework_refuses_is_a_problem_too(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    assert problem(client.request(method, path), status)["title"]
