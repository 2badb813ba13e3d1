"""Columns are added, dropped, and get other rules: one version, checked against the records, and undone like any."""

import threading
from typing import Any
from uuid import UUID

import httpx
import pytest

from application.commands import writer_lease
from interfaces.services.wiring import Service
from projections.rebuild import rebuild
from projections.verify import verify
from tests.given import Dataset, code, create_dataset, import_csv, import_into, json_of, problem

STOCK = (
    {"name": "sku", "type": "string"},
    {"name": "n", "type": "integer"},
    {"name": "note", "type": "string"},
)


def stock(
    client: httpx.Client, *rows: tuple[str | None, int | None, str | None], key: tuple[str, ...] = ()
) -> Dataset:
    """A dataset whose records are version 2, all of them."""
    dataset = create_dataset(client, STOCK, key)
    operations = [{"op": "create", "values": dict(zip(("sku", "n", "note"), row, strict=True))} for row in rows]
    json_of(dataset.send("POST", "/batch", {"operations": operations}))
    return dataset


def change(dataset: Dataset, body: object, **headers: str) -> Any:
    return json_of(dataset.send("PATCH", "", body, **headers))


def names(dataset: Dataset) -> list[str]:
    return [column["name"] for column in dataset.get_json()["columns"]]


def require_true_to_log(service: Service, dataset: Dataset) -> None:
    """Verify finds no difference, also after a rebuild."""
    assert verify(service.source(), UUID(dataset.id)).difference is None
    rebuild(service.source(), UUID(dataset.id))
    assert verify(service.source(), UUID(dataset.id)).difference is None


def test_a_dropped_column_stays_in_history_and_comes_back(service: Service, client: httpx.Client) -> None:
    dataset = stock(client, ("a", 1, "x"), ("b", 2, "y"))
    changed = change(dataset, {"columns": {"n": None}})
    assert (changed["version"], changed["summary"]["changed"], changed["conversions"]) == (3, 0, [])
    assert names(dataset) == ["sku", "note"]
    assert dataset.values() == [{"sku": "a", "note": "x"}, {"sku": "b", "note": "y"}]
    assert dataset.column("n", as_of=2) == [1, 2]
    assert dataset.get("/export", format="csv").text == "sku,note\na,x\nb,y\n"
    assert code(dataset.get("/records", filter="n eq 1"), 400) == "unknown-column"
    assert dataset.get_json("/records/1")["version"] == 2
    assert dataset.get_json("/versions/3")["type"] == "ColumnsChanged"
    json_of(dataset.send("PATCH", "/records/2", {"values": {"note": "z"}}))
    json_of(dataset.send("POST", "/revert", {"to": 2}))
    assert dataset.values() == [{"sku": "a", "n": 1, "note": "x"}, {"sku": "b", "n": 2, "note": "y"}]
    require_true_to_log(service, dataset)


def test_a_new_column_never_shows_values_of_a_dropped_one(service: Service, client: httpx.Client) -> None:
    dataset = stock(client, ("a", 1, "x"))
    change(dataset, {"columns": {"note": None}, "add": [{"name": "note", "type": "string"}]})
    assert dataset.values() == [{"sku": "a", "n": 1, "note": None}]
    json_of(dataset.send("PATCH", "/records/1", {"values": {"note": "new"}}))
    change(dataset, {"columns": {"note": None}})
    change(dataset, {"add": [{"name": "note", "type": "integer"}]})
    assert dataset.values() == [{"sku": "a", "n": 1, "note": None}]
    assert [dataset.column("note", as_of=version) for version in (2, 3, 4, 6)] == [["x"], [None], ["new"], [None]]
    require_true_to_log(service, dataset)


def test_values_of_a_dropped_column_are_no_difference(client: httpx.Client) -> None:
    dataset = import_csv(client, "sku,n,at\na,1,2024-01-01T10:00:00\nb,2,2024-01-02T10:00:00\n", key="sku")
    change(dataset, {"columns": {"n": None}})
    json_of(dataset.send("PUT", "/records/1", {"values": {"sku": "a", "at": "2024-01-01T10:00:00"}}))
    for mode in ("upsert", "replace"):
        job = import_into(client, dataset, "sku,at\nb,2024-01-02T10:00:00\na,2024-01-01T10:00:00\n", mode)
        assert (job["result"]["import"], job["result"]["summary"]["unchanged"]) == (None, 2)
    change(dataset, {"key": []})
    job = import_into(client, dataset, "sku,at\na,2024-01-01T10:00:00\nb,2024-01-02T10:00:00\n ", "replace")
    assert job["result"]["import"] is None
    assert dataset.get_json()["version"] == 3


def test_a_new_column_has_its_default_in_every_record(service: Service, client: httpx.Client) -> None:
    dataset = stock(client, ("a", 1, "x"), ("b", None, None))
    add = [{"name": "size", "type": "decimal", "default": "1.10", "required": True}, {"name": "tag", "type": "json"}]
    changed = change(dataset, {"add": add})
    assert (changed["version"], changed["summary"]["changed"], names(dataset)[3:]) == (3, 2, ["size", "tag"])
    assert [str(size) for size in dataset.column("size")] == ["1.10", "1.10"]
    assert "size" not in dataset.values(as_of=2)[0]
    assert code(dataset.send("POST", "/records", {"values": {"sku": "c"}}), 422) == "invalid-values"
    assert dataset.get_json("/records/1/history")["data"][0]["changed"] == ["size"]
    require_true_to_log(service, dataset)


def test_rules_are_checked_against_the_records(client: httpx.Client) -> None:
    dataset = stock(client, ("a", 1, None), ("b", None, "x"), ("a", 1, None), (None, 3, "x"))
    refused = problem(
        dataset.send("PATCH", "", {"columns": {"note": {"required": True}, "n": {"unique": True}}}), 409
    )
    assert refused["type"].endswith("values-do-not-fit")
    assert refused["failed"] == 3
    assert refused["failures"] == [
        {"id": 1, "column": "note", "value": None, "why": "the column needs a value"},
        {"id": 3, "column": "note", "value": None, "why": "the column needs a value"},
        {"id": 3, "column": "n", "value": 1, "why": "record 1 has the same value"},
    ]
    assert [(one["pointer"], one["code"]) for one in refused["errors"]] == [
        ("/columns/note", "required"),
        ("/columns/n", "duplicate"),
    ]
    keyed = problem(dataset.send("PATCH", "", {"key": ["sku", "n"]}), 409)
    assert [(one["id"], one["column"], one["value"]) for one in keyed["failures"]] == [
        (4, "sku", None),
        (2, "n", None),
        (3, "sku, n", ["a", 1]),
    ]
    missing = problem(dataset.send("PATCH", "", {"add": [{"name": "x", "type": "date", "required": True}]}), 409)
    assert missing["failed"] == 4
    assert dataset.get_json()["version"] == 2


def test_rules_hold_from_then_on(service: Service, client: httpx.Client) -> None:
    dataset = stock(client, ("a", 1, "x"), ("b", 2, "y"))
    change(dataset, {"columns": {"n": {"unique": True}, "note": {"required": True}}, "key": ["sku"]})
    assert (dataset.get_json()["key"], dataset.get_json()["version"]) == (["sku"], 3)
    assert (
        code(dataset.send("POST", "/records", {"values": {"sku": "c", "n": 1, "note": "z"}}), 409) == "duplicate-key"
    )
    assert (
        code(dataset.send("POST", "/records", {"values": {"sku": "a", "n": 3, "note": "z"}}), 409) == "duplicate-key"
    )
    assert code(dataset.send("POST", "/records", {"values": {"sku": "c", "n": 3}}), 422) == "invalid-values"
    assert dataset.get_json("/records/by-key/b")["id"] == 2
    job = import_into(client, dataset, "sku,n,note\nb,2,new\nc,3,z\n", "upsert")
    assert job["result"]["summary"] == {"added": 1, "changed": 1, "removed": 0, "unchanged": 0}
    change(dataset, {"columns": {"n": {"unique": False}, "note": {"required": False}}, "key": []})
    dataset.create(sku="a", n=1)
    change(dataset, {"columns": {"note": {"unique": True}}})
    assert (
        problem(dataset.send("PATCH", "", {"key": ["sku"]}), 409)["failures"][0]["why"]
        == "record 1 has the same value"
    )
    require_true_to_log(service, dataset)


def test_a_dry_run_lists_what_does_not_fit_and_changes_nothing(client: httpx.Client) -> None:
    dataset = stock(client, *[(None, 7, f"x{number}") for number in range(150)])
    body = {"columns": {"sku": {"required": True}, "note": None}, "add": [{"name": "b", "type": "boolean"}]}
    planned = json_of(dataset.send("PATCH", "", body, prefer="dry-run"))
    assert (planned["dry_run"], planned["version"], planned["failed"]) == (True, 2, 150)
    assert [one["id"] for one in planned["failures"]] == list(range(1, 101))
    assert [column["name"] for column in planned["columns"]] == ["sku", "n", "b"]
    assert dataset.get_json()["version"] == 2
    refused = problem(dataset.send("PATCH", "", body), 409)
    assert (refused["failed"], len(refused["failures"])) == (150, 100)
    assert "150 values do not fit" in refused["detail"]


def test_everything_happens_in_one_version(service: Service, client: httpx.Client) -> None:
    dataset = stock(client, ("a", 1, "x"), ("b", 2, "y"))
    body = {
        "name": "Shop",
        "description": "all of it",
        "columns": {"sku": {"name": "code", "unique": True}, "n": {"name": "sku"}, "note": None},
        "add": [{"name": "n", "type": "integer", "default": 5}],
        "key": ["code"],
    }
    changed = change(dataset, body)
    assert (changed["version"], changed["name"], changed["description"]) == (3, "Shop", "all of it")
    assert dataset.values() == [{"code": "a", "sku": 1, "n": 5}, {"code": "b", "sku": 2, "n": 5}]
    assert change(dataset, {"columns": {"code": {"unique": True}}, "key": ["code"]})["version"] == 3
    json_of(dataset.send("POST", "/revert", {"to": 2}))
    assert dataset.values() == dataset.values(as_of=2)
    require_true_to_log(service, dataset)


@pytest.mark.parametrize(
    ("body", "status", "pointer", "says"),
    [
        ({"columns": {"skuu": None}}, 422, "/columns/skuu", "did you mean 'sku'?"),
        ({"columns": {"n": {"type": "strng"}}}, 422, "/columns/n/type", "'string'"),
        ({"columns": {"n": {"type": None}}}, 422, "/columns/n/type", "null is not a column type"),
        ({"columns": {"n": {"typ": "string"}}}, 422, "/columns/n/typ", "'type'"),
        ({"columns": {"n": {}}}, 422, "/columns/n", "object like"),
        ({"columns": {"n": {"name": None}}}, 422, "/columns/n/name", "string"),
        ({"columns": {"n": {"required": "yes"}}}, 422, "/columns/n/required", "true or false"),
        ({"columns": {"n": {"on_failure": "null"}}}, 422, "/columns/n/on_failure", "needs a type"),
        (
            {"columns": {"n": {"type": "date", "on_failure": "skip"}}},
            422,
            "/columns/n/on_failure",
            "'refuse' or 'null'",
        ),
        ({"columns": {"n": {"type": "decimal", "format": "euros"}}}, 422, "/columns/n/format", "1.234,56"),
        ({"columns": {"n": {"type": "date", "format": "DD.MM"}}}, 422, "/columns/n/format", "date format"),
        ({"columns": {"n": {"type": "json", "format": "x"}}}, 422, "/columns/n/format", "has no format"),
        ({"columns": {"sku": None}}, 422, "/columns/sku", "belongs to the key"),
        ({"columns": {"sku": None, "n": None, "note": None}, "key": []}, 422, "/columns", "needs a column"),
        ({"add": {"name": "x"}}, 422, "/add", "list"),
        ({"add": ["x"]}, 422, "/add/0", "object like"),
        ({"add": [{"name": "x"}]}, 422, "/add/0/type", "needs a type"),
        ({"add": [{"type": "date"}]}, 422, "/add/0/name", "needs a name"),
        ({"add": [{"name": "x", "type": "date", "default": "today"}]}, 422, "/add/0/default", "2024-01-31"),
        ({"add": [{"name": "x", "type": "date", "defalt": 1}]}, 422, "/add/0/defalt", "'default'"),
        ({"add": [{"name": "note", "type": "date"}]}, 422, "/columns", "two columns"),
        ({"key": "sku"}, 422, "/key", "list"),
        ({"key": ["sku", 1]}, 422, "/key", "list"),
        ({"key": ["sk"]}, 422, "/key", "did you mean 'sku'?"),
    ],
)
def test_mistakes_are_refused(client: httpx.Client, body: object, status: int, pointer: str, says: str) -> None:
    dataset = stock(client, ("a", 1, "x"), key=("sku",))
    for prefer in ("", "dry-run"):
        refused = problem(dataset.send("PATCH", "", body, prefer=prefer), status)
        fault = next(one for one in refused["errors"] if one["pointer"] == pointer)
        assert says in fault["detail"]
    assert dataset.get_json()["version"] == 2


def test_one_column_cannot_be_renamed_and_dropped(client: httpx.Client) -> None:
    dataset = stock(client, ("a", 1, "x"))
    body = '{"columns": {"n": null, "n": {"name": "m"}}}'
    answer = client.patch(dataset.url, content=body, headers={"Content-Type": "application/json"})
    assert "repeated" in problem(answer, 400)["detail"]


def test_too_many_columns_are_refused(quiet: Service, caller: httpx.Client) -> None:
    dataset = create_dataset(caller, STOCK)
    most = quiet.settings.limits.columns
    add = [{"name": f"c{number}", "type": "date"} for number in range(most - 2)]
    refused = problem(dataset.send("PATCH", "", {"add": add}), 422)
    assert refused["type"].endswith("too-many-columns") and "ROWLEDGER" in refused["detail"]
    assert change(dataset, {"add": add[1:]})["version"] == 2


def test_a_change_expects_the_version_that_it_was_made_for(client: httpx.Client) -> None:
    dataset = stock(client, ("a", 1, "x"))
    assert code(dataset.send("PATCH", "", {"columns": {"n": None}}, if_match='"1"'), 412) == "version-conflict"
    assert change(dataset, {"columns": {"n": None}}, if_match='"2"')["version"] == 3


def test_the_number_of_changed_records_can_be_limited(client: httpx.Client) -> None:
    dataset = stock(client, ("a", 1, "x"), ("b", 1, "x"))
    add = {"add": [{"name": "x", "type": "integer", "default": 0}]}
    assert code(dataset.send("PATCH", "", add, prefer="max-affected=1"), 409) == "too-many-affected"
    assert change(dataset, add, prefer="max-affected=2")["version"] == 3


def test_other_writers_wait_for_a_change_of_columns(service: Service, client: httpx.Client) -> None:
    dataset = stock(client, ("a", 1, "x"))
    with service.pool.connection() as holder, writer_lease.hold_lease(holder, UUID(dataset.id)):
        answer = dataset.send("PATCH", "", {"columns": {"n": None}})
        assert code(answer, 409) == "dataset-busy"
    assert change(dataset, {"columns": {"n": None}})["version"] == 3


def test_edits_beside_changes_of_columns_lose_nothing(service: Service, client: httpx.Client) -> None:
    dataset = stock(client, *[(f"s{number}", number, "x") for number in range(400)])
    answers: list[int] = []

    def edit() -> None:
        for number in range(1, 30):
            answer = dataset.send("PATCH", f"/records/{number}", {"values": {"n": 1000 + number}})
            answers.append(answer.status_code)

    editor = threading.Thread(target=edit)
    editor.start()
    for number in range(4):
        answer = dataset.send("PATCH", "", {"add": [{"name": f"c{number}", "type": "integer", "default": number}]})
        answers.append(answer.status_code)
    editor.join()
    assert set(answers) <= {200, 409}
    added = len(names(dataset)) - 3
    assert {tuple(list(values.values())[3:]) for values in dataset.values(limit=1000)} == {tuple(range(added))}
    assert dataset.get_json()["version"] == 2 + answers.count(200)
    require_true_to_log(service, dataset)


def test_the_same_request_is_carried_out_once(client: httpx.Client) -> None:
    dataset = stock(client, ("a", 1, "x"))
    body = {"add": [{"name": "y", "type": "integer", "default": 1}]}
    first = dataset.send("PATCH", "", body, idempotency_key="columns-once")
    again = dataset.send("PATCH", "", body, idempotency_key="columns-once")
    assert (json_of(first)["version"], again.text) == (3, first.text)
    assert dataset.get_json()["version"] == 3


def test_values_that_are_too_long_cannot_be_unique(client: httpx.Client) -> None:
    long = "".join(chr(0x4E00 + number) for number in range(3000))
    dataset = stock(client, ("a", 1, long))
    refused = problem(dataset.send("PATCH", "", {"columns": {"note": {"unique": True}}}), 409)
    assert "2,000 bytes" in refused["failures"][0]["why"]


def test_odata_shows_the_columns_of_each_version(client: httpx.Client) -> None:
    dataset = stock(client, ("a", 1, "x"))
    slug = dataset.get_json()["slug"]
    change(dataset, {"columns": {"n": None}, "add": [{"name": "size", "type": "decimal", "default": 2}]})
    name = next(
        one["name"] for one in json_of(client.get("/odata"))["value"] if slug.replace("-", "_") == one["name"]
    )
    now = json_of(client.get(f"/odata/{name}"))["value"][0]
    then = json_of(client.get(f"/odata/@2/{name}"))["value"][0]
    assert ("n" in now, now["size"], then["n"], "size" in then) == (False, 2, 1, False)
    metadata = {at: client.get(f"/odata{at}/$metadata").text for at in ("", "/@2")}
    kind = f'EntityType Name="{name}_record"'
    parts = {at: text.split(kind)[1].split("</EntityType>")[0] for at, text in metadata.items()}
    assert 'Name="size"' in parts[""] and 'Name="n"' not in parts[""]
    assert 'Name="n"' in parts["/@2"] and 'Name="size"' not in parts["/@2"]
