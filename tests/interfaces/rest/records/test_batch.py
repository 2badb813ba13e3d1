"""Many operations in one request: all or nothing, one version."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain.columns import Value
from interfaces.server import app
from interfaces.services.wiring import Service
from projections.rebuild import rebuild
from projections.verify import verify
from tests.given import (
    Dataset,
    code,
    create_dataset,
    create_people,
    import_csv,
    import_into,
    json_of,
    problem,
    serve_http,
)

Operation = dict[str, Any]


def batch(dataset: Dataset, *operations: Operation, **headers: str) -> httpx.Response:
    return dataset.send("POST", "/batch", {"operations": operations}, **headers)


def products(client: httpx.Client) -> Dataset:
    """Record 1 is a in NO with code 1, record 2 is b in NO with code 2; the newest version is 3."""
    columns: list[dict[str, object]] = [
        {"name": "sku", "type": "string"},
        {"name": "land", "type": "string"},
        {"name": "code", "type": "integer", "unique": True},
    ]
    dataset = create_dataset(client, columns, key=["sku", "land"])
    dataset.create(sku="a", land="NO", code=1)
    dataset.create(sku="b", land="NO", code=2)
    return dataset


def rows(dataset: Dataset, **parameters: object) -> list[list[Value]]:
    return [list(values.values()) for values in dataset.values(**parameters)]


def test_all_operations_are_one_version(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40, 50)
    answer = batch(
        dataset,
        {"op": "create", "values": {"name": "new", "age": 1}},
        {"op": "update", "id": 1, "values": {"age": 31}, "if_version": 2},
        {"op": "replace", "id": 2, "values": {"name": "other"}},
        {"op": "delete", "id": 3},
    )
    assert json_of(answer) == {
        "version": 5,
        "summary": {"added": 1, "changed": 2, "removed": 1},
        "results": [
            {"index": 0, "id": 4, "version": 5},
            {"index": 1, "id": 1, "version": 5},
            {"index": 2, "id": 2, "version": 5},
            {"index": 3, "id": 3, "version": None},
        ],
    }
    assert (answer.headers["etag"], answer.headers["rowledger-version"]) == ('"5"', "5")
    assert dataset.values(fields="name,age") == [
        {"name": "p1", "age": 31},
        {"name": "other", "age": None},
        {"name": "new", "age": 1},
    ]
    assert dataset.column("age", as_of=4) == [30, 40, 50]
    version = dataset.get_json("/versions/5")
    assert (version["type"], version["summary"]) == ("RecordsChanged", {"added": 1, "changed": 2, "removed": 1})
    assert [entry["version"] for entry in dataset.get_json("/records/3/history")["data"]] == [5, 4]


def test_operations_on_one_record_are_done_in_order(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40)
    done = json_of(
        batch(
            dataset,
            {"op": "update", "id": 1, "values": {"age": 31}, "if_version": 2},
            {"op": "update", "id": 1, "values": {"name": "n"}, "if_version": 2},
            {"op": "update", "id": 2, "values": {"age": 41}},
            {"op": "delete", "id": 2},
        )
    )
    assert done["summary"] == {"added": 0, "changed": 1, "removed": 1}
    assert dataset.values(fields="name,age") == [{"name": "n", "age": 31}]


def test_a_batch_without_effect_makes_no_version(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    same = batch(
        dataset,
        {"op": "update", "id": 1, "values": {"age": 31}},
        {"op": "update", "id": 1, "values": {"age": 30}},
        {"op": "replace", "id": 1, "values": {"name": "p1", "age": 30}},
    )
    assert json_of(same)["version"] == 2
    assert json_of(same)["results"][0] == {"index": 0, "id": 1, "version": 2}
    assert json_of(batch(dataset))["summary"] == {"added": 0, "changed": 0, "removed": 0}
    assert dataset.get_json()["version"] == 2


def test_a_record_created_and_removed_in_one_batch_never_existed(client: httpx.Client) -> None:
    dataset = products(client)
    new = {"sku": "c", "land": "NO"}
    done = json_of(batch(dataset, {"op": "upsert", "values": new}, {"op": "delete", "key": new}))
    assert (done["version"], done["results"][1]["version"]) == (3, None)
    batch(dataset, {"op": "upsert", "values": new}, {"op": "delete", "key": new}, {"op": "delete", "id": 1})
    assert dataset.create(sku="d", land="NO")["id"] == 4
    assert code(dataset.get("/records/3/history"), 404) == "record-not-found"


def test_every_failing_operation_is_named_and_nothing_is_changed(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40)
    refused = problem(
        batch(
            dataset,
            {"op": "update", "id": 1, "values": {"age": 31}},
            {"op": "update", "id": 1, "values": {"age": "x", "zip": 1}},
            {"op": "delete", "id": 77},
            {"op": "update", "id": 2, "values": {"age": 41}, "if_version": 2},
            {"op": "create", "values": {"age": 1}},
        ),
        422,
    )
    assert [(fault["pointer"], fault["code"]) for fault in refused["errors"]] == [
        ("/operations/1/values/age", "type-error"),
        ("/operations/1/values/zip", "unknown-column"),
        ("/operations/2/id", "record-not-found"),
        ("/operations/3/if_version", "version-conflict"),
        ("/operations/4/values/name", "required"),
    ]
    assert "4 of 5 operations failed" in refused["detail"] and refused["failed"] == 4
    assert (dataset.get_json()["version"], dataset.column("age")) == (3, [30, 40])


def test_of_very_many_failures_a_hundred_are_listed(client: httpx.Client) -> None:
    dataset = create_people(client)
    refused = problem(batch(dataset, *[{"op": "create", "values": {"name": n}} for n in range(250)]), 422)
    assert (len(refused["errors"]), refused["failed"]) == (100, 250)


def test_stale_operations_alone_are_a_failed_precondition(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    stale = {"op": "delete", "id": 1, "if_version": 1}
    assert code(batch(dataset, stale), 412) == "version-conflict"
    assert code(batch(dataset, {"op": "delete", "id": 1}, if_match='"1"'), 412) == "version-conflict"
    assert json_of(batch(dataset, {"op": "delete", "id": 1}, if_match='"2"'))["version"] == 3


@pytest.mark.parametrize(
    ("operation", "pointer", "fault"),
    [
        (7, "", "type-error"),
        ({}, "/op", "unknown-operation"),
        ({"op": "updaet", "id": 1, "values": {}}, "/op", "unknown-operation"),
        ({"op": ["create"], "values": {}}, "/op", "unknown-operation"),
        ({"op": "create"}, "/values", "required"),
        ({"op": "create", "values": [1]}, "/values", "required"),
        ({"op": "create", "values": {}, "id": 7}, "/id", "unknown-field"),
        ({"op": "delete", "id": 1, "values": {}}, "/values", "unknown-field"),
        ({"op": "delete"}, "/id", "required"),
        ({"op": "delete", "id": 1, "key": {}}, "/id", "required"),
        ({"op": "delete", "id": "1"}, "/id", "type-error"),
        ({"op": "delete", "id": True}, "/id", "type-error"),
        ({"op": "delete", "id": 2**63}, "/id", "type-error"),
        ({"op": "delete", "id": -1}, "/id", "type-error"),
        ({"op": "delete", "id": 1, "if_version": "1"}, "/if_version", "type-error"),
        ({"op": "delete", "key": "a"}, "/key", "type-error"),
        ({"op": "delete", "key": {"skuu": "a", "land": "NO"}}, "/key/skuu", "unknown-column"),
        ({"op": "delete", "key": {"sku": "a"}}, "/key/land", "required"),
        ({"op": "delete", "key": {"sku": 7, "land": "NO"}}, "/key/sku", "type-error"),
        ({"op": "delete", "key": {"sku": "z", "land": "NO"}}, "/id", "record-not-found"),
        ({"op": "upsert", "values": {"sku": "a"}}, "/key/land", "required"),
        ({"op": "upsert", "key": {"sku": "a", "land": "NO"}, "values": {"sku": "b"}}, "/values/sku", "key-mismatch"),
        ({"op": "create", "values": {"sku": "a", "land": "NO"}}, "/values/sku", "duplicate"),
    ],
    ids=str,
)
def test_an_invalid_operation_is_refused_with_a_pointer(
    client: httpx.Client, operation: Operation, pointer: str, fault: str
) -> None:
    answer = batch(products(client), {"op": "delete", "id": 2}, operation)
    refused = problem(answer, 409 if fault == "duplicate" else 422)
    assert (f"/operations/1{pointer}", fault) in [(one["pointer"], one["code"]) for one in refused["errors"]]


def test_operations_that_cannot_be_understood_are_named_with_the_others(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40)
    refused = problem(
        batch(
            dataset,
            {"op": "updaet", "id": 1, "values": {"age": 31}},
            {"op": "update", "id": 1, "values": {"agee": 31}},
            {"op": None},
            {"op": "delete", "id": 77},
            {"op": "delete", "id": 1},
            {"op": "update", "id": 2, "values": {}, "a/b": 1, "if_version": "x"},
            {"op": "update", "id": 2, "values": {"age": 1}, "if_version": 1},
        ),
        422,
    )
    assert refused["type"] == "/problems/operations-refused"
    assert [(fault["pointer"], fault["code"]) for fault in refused["errors"]] == [
        ("/operations/0/op", "unknown-operation"),
        ("/operations/1/values/agee", "unknown-column"),
        ("/operations/2/op", "unknown-operation"),
        ("/operations/3/id", "record-not-found"),
        ("/operations/5/a~1b", "unknown-field"),
        ("/operations/5/if_version", "type-error"),
        ("/operations/6/if_version", "version-conflict"),
    ]
    assert "6 of 7 operations failed" in refused["detail"] and "'update'" in refused["detail"]
    assert refused["failed"] == 6 and dataset.get_json()["version"] == 3


def test_a_batch_that_is_too_large_for_one_statement_names_them_too(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    good: list[Operation] = [{"op": "update", "id": 1, "values": {"age": n}} for n in range(400)]
    refused = problem(batch(dataset, *good, {"op": "x"}, {"op": "delete", "id": 9}), 422)
    assert [fault["pointer"] for fault in refused["errors"]] == ["/operations/400/op", "/operations/401/id"]
    assert dataset.get_json()["version"] == 2


def test_a_missing_dataset_is_missing_whatever_the_batch_says(client: httpx.Client) -> None:
    answer = client.post("/v1/datasets/nowhere/batch", json={"operations": [{"op": "x"}]})
    assert code(answer, 404) == "dataset-not-found"


@pytest.mark.parametrize("body", [{}, {"operations": {}}, {"operations": [], "op": 1}], ids=str)
def test_a_body_of_another_shape_is_refused(client: httpx.Client, body: object) -> None:
    assert "'operations'" in str(problem(create_people(client).send("POST", "/batch", body), 422)).replace('"', "'")


def test_by_key_needs_a_key(client: httpx.Client) -> None:
    assert code(batch(create_people(client, 1), {"op": "upsert", "values": {"name": "x"}}), 422) == "no-key"


def test_records_are_addressed_by_key(client: httpx.Client) -> None:
    dataset = products(client)
    done = json_of(
        batch(
            dataset,
            {"op": "upsert", "values": {"sku": "a", "land": "NO", "code": 10}},
            {"op": "upsert", "key": {"sku": "c", "land": "SE"}, "values": {"code": 3}},
            {"op": "update", "key": {"sku": "c", "land": "SE"}, "values": {"code": 30}},
            {"op": "replace", "key": {"sku": "b", "land": "NO"}, "values": {}},
        )
    )
    assert [one["id"] for one in done["results"]] == [1, 3, 3, 2]
    assert done["summary"] == {"added": 1, "changed": 2, "removed": 0}
    assert rows(dataset) == [["a", "NO", 10], ["b", "NO", None], ["c", "SE", 30]]


def test_two_records_swap_what_must_be_unique(client: httpx.Client) -> None:
    dataset = products(client)
    json_of(
        batch(
            dataset,
            {"op": "update", "id": 1, "values": {"sku": "b", "code": 2}},
            {"op": "update", "id": 2, "values": {"sku": "a", "code": 1}},
            {"op": "update", "key": {"sku": "a", "land": "NO"}, "values": {"code": 11}},
        )
    )
    assert rows(dataset) == [["b", "NO", 2], ["a", "NO", 11]]


def test_a_value_that_was_freed_may_be_used(client: httpx.Client) -> None:
    dataset = products(client)
    new = {"op": "create", "values": {"sku": "a", "land": "NO", "code": 1}}
    assert json_of(batch(dataset, new, {"op": "delete", "id": 1}))["summary"]["added"] == 1
    assert rows(dataset) == [["b", "NO", 2], ["a", "NO", 1]]


@pytest.mark.parametrize(
    ("operations", "failing"),
    [
        ([{"op": "update", "id": 1, "values": {"code": 2}}], [0]),
        (
            [{"op": "update", "id": 1, "values": {"code": 2}}, {"op": "update", "id": 2, "values": {"land": "SE"}}],
            [0],
        ),
        ([{"op": "update", "id": 1, "values": {"code": 7}}, {"op": "update", "id": 2, "values": {"code": 7}}], [1]),
        ([{"op": "delete", "id": 2}, {"op": "create", "values": {"sku": "a", "land": "NO"}}], [1]),
    ],
    ids=["taken", "taken by one that is changed too", "twice in the batch", "a key that stays"],
)
def test_uniqueness_is_checked_at_the_end(
    client: httpx.Client, operations: Sequence[Operation], failing: Sequence[int]
) -> None:
    dataset = products(client)
    refused = problem(batch(dataset, *operations), 409)
    assert refused["type"].endswith("duplicate-key")
    found = {int(fault["pointer"].split("/")[2]) for fault in refused["errors"]}
    assert sorted(found) == failing
    assert rows(dataset) == [["a", "NO", 1], ["b", "NO", 2]]


def test_return_minimal_leaves_out_the_results(client: httpx.Client) -> None:
    answer = batch(create_people(client, 30), {"op": "delete", "id": 1}, prefer="return=minimal, max-affected=1")
    assert json_of(answer) == {"version": 3, "summary": {"added": 0, "changed": 0, "removed": 1}}
    assert answer.headers["preference-applied"] == "return=minimal, max-affected=1"


def test_more_than_may_be_affected_is_refused(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40)
    both = [{"op": "delete", "id": 1}, {"op": "delete", "id": 2}]
    refused = problem(batch(dataset, *both, prefer="max-affected=1"), 409)
    assert (refused["type"], refused["affected"]) == ("/problems/too-many-affected", 2)
    assert code(batch(dataset, *both, prefer="max-affected=one"), 400) == "invalid-preference"
    assert dataset.get_json()["version"] == 3


@contextmanager
def limited(service: Service, **limits: int) -> Iterator[httpx.Client]:
    """A client of the service with other limits."""
    settings = replace(service.settings, limits=replace(service.settings.limits, **limits))
    with serve_http(service, app.create_app(replace(service, settings=settings))) as address:
        yield httpx.Client(base_url=address, timeout=60)


def test_limits_are_named(service: Service, client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    with limited(service, batch_operations=2, batch_bytes=300) as other, other:
        few = replace(dataset, client=other)
        same = {"op": "update", "id": 1, "values": {}}
        assert json_of(batch(few, same, same))["version"] == 2
        assert "ROWLEDGER_LIMIT_BATCH_OPERATIONS" in problem(batch(few, same, same, same), 413)["detail"]
        long = {"op": "update", "id": 1, "values": {"name": "n" * 300}}
        assert "ROWLEDGER_LIMIT_BATCH_BYTES" in problem(batch(few, long), 413)["detail"]


def test_many_changes_are_stored_in_chunks_and_rebuilt_equal(service: Service, client: httpx.Client) -> None:
    dataset = import_csv(client, "sku,price\n" + "".join(f"s{n},{n}.50\n" for n in range(700)), key="sku")
    done = json_of(
        batch(
            dataset,
            *[{"op": "update", "id": n, "values": {"price": n}} for n in range(1, 401)],
            *[{"op": "delete", "key": {"sku": f"s{n}"}} for n in range(400, 500)],
            *[{"op": "create", "values": {"sku": f"new{n}"}} for n in range(50)],
        )
    )
    assert done["summary"] == {"added": 50, "changed": 400, "removed": 100}
    (recorded,) = service.store.stream(UUID(dataset.id), 1)
    assert [chunk.rows for chunk in getattr(recorded.event, "chunks", ())] == [550]
    assert dataset.get_json()["records"] == 650
    assert dataset.create(sku="after")["id"] == 751
    before = verify(service.source(), UUID(dataset.id))
    rebuild(service.source(), UUID(dataset.id))
    after = verify(service.source(), UUID(dataset.id))
    assert before.difference is after.difference is None and before.digest == after.digest


def test_chunks_of_a_batch_outlive_the_sweep_of_an_import(service: Service, client: httpx.Client) -> None:
    dataset = import_csv(client, "sku\n" + "".join(f"s{n}\n" for n in range(400)))
    json_of(batch(dataset, *[{"op": "delete", "id": n} for n in range(1, 401)]))
    import_into(client, dataset, "sku\nx\n", "append")
    assert verify(service.source(), UUID(dataset.id)).difference is None


def test_ten_thousand_operations_take_little_time(client: httpx.Client) -> None:
    columns = [{"name": f"c{n}", "type": "string" if n % 2 else "decimal"} for n in range(12)]
    dataset = create_dataset(client, columns)
    values = {f"c{n}": f"text {n}" if n % 2 else n for n in range(12)}
    begun = time.monotonic()
    json_of(batch(dataset, *[{"op": "create", "values": values}] * 10_000))
    created = time.monotonic()
    updates = [{"op": "update", "id": n, "values": {"c1": f"n{n}", "c2": n}} for n in range(1, 10_001)]
    json_of(batch(dataset, *updates))
    updated = time.monotonic()
    assert (created - begun, updated - created) < (20, 20), "far above what it takes; a hang, not a slow machine"
