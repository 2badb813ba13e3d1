"""Every record that matches a filter is changed, as one version."""

import threading
import time
from uuid import UUID

import httpx
import pytest

from domain.columns import Value
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
)


def update(dataset: Dataset, filter: str, values: object, **headers: str) -> httpx.Response:
    return dataset.client.patch(
        f"{dataset.url}/records",
        params={"filter": filter},
        json={"values": values},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def delete(dataset: Dataset, filter: str, **headers: str) -> httpx.Response:
    return dataset.client.delete(
        f"{dataset.url}/records",
        params={"filter": filter},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def products(client: httpx.Client) -> Dataset:
    columns: list[dict[str, object]] = [
        {"name": "sku", "type": "string"},
        {"name": "land", "type": "string"},
        {"name": "code", "type": "integer", "unique": True},
    ]
    dataset = create_dataset(client, columns, key=["sku", "land"])
    for sku, land, number in (("a", "NO", 1), ("a", "SE", 2), ("b", "NO", 3)):
        dataset.create(sku=sku, land=land, code=number)
    return dataset


def versions(dataset: Dataset) -> int:
    return len(dataset.get_json("/versions")["data"])


def test_every_matching_record_is_updated_as_one_version(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40, None, 50)
    answer = update(dataset, "age ge 40", {"balance": 1, "born": "2000-01-01"})
    assert json_of(answer) == {"version": 6, "summary": {"added": 0, "changed": 2, "removed": 0}}
    assert (answer.headers["etag"], answer.headers["rowledger-version"]) == ('"6"', "6")
    assert dataset.column("balance") == [None, 1, None, 1]
    assert dataset.column("balance", as_of=5) == [None] * 4
    assert dataset.get_json("/versions/6")["type"] == "RecordsChanged"
    assert dataset.get_json("/records/2/history")["data"][0]["changed"] == ["balance", "born"]


def test_every_matching_record_is_deleted_as_one_version(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40, None, 50)
    assert json_of(delete(dataset, "age ge 40"))["summary"] == {"added": 0, "changed": 0, "removed": 2}
    assert (dataset.column("age"), dataset.get_json()["records"]) == ([30, None], 2)
    assert dataset.create(name="new")["id"] == 5
    json_of(dataset.send("POST", "/revert", {"to": 5}))
    assert dataset.column("age") == [30, 40, None, 50]


def test_deleting_everything_must_be_explicit(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40)
    for method, body in (("DELETE", None), ("PATCH", {"values": {"age": 1}})):
        for path in ("/records", "/records?filter=", "/records?filter=%20"):
            refused = problem(dataset.send(method, path, body), 400)
            assert refused["type"].endswith("filter-required") and "filter=true" in refused["detail"]
    assert json_of(delete(dataset, "true"))["summary"]["removed"] == 2


def test_records_that_would_not_change_are_left_alone(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40)
    assert json_of(update(dataset, "true", {"age": 40}))["summary"]["changed"] == 1
    assert dataset.get_json("/records/2")["version"] == 3
    for nothing in (update(dataset, "true", {"age": 40}), update(dataset, "true", {}), delete(dataset, "age eq 7")):
        assert json_of(nothing) == {"version": 4, "summary": {"added": 0, "changed": 0, "removed": 0}}
    assert versions(dataset) == 4


def test_another_spelling_of_a_number_is_a_change(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    for number, changed in (("1.1", 1), ("1.10", 1), ("1.10", 0)):
        answer = client.patch(
            f"{dataset.url}/records?filter=true",
            content=f'{{"values": {{"balance": {number}}}}}',
            headers={"Content-Type": "application/json"},
        )
        assert json_of(answer)["summary"]["changed"] == changed
    assert '"balance":1.10' in dataset.get("/records/1").text


@pytest.mark.parametrize(
    ("values", "pointer", "fault"),
    [
        ({"age": "x"}, "/values/age", "type-error"),
        ({"name": None}, "/values/name", "required"),
        ({"nmae": "x"}, "/values/nmae", "unknown-column"),
    ],
    ids=str,
)
def test_values_that_do_not_fit_are_refused(
    client: httpx.Client, values: dict[str, Value], pointer: str, fault: str
) -> None:
    dataset = create_people(client, 30)
    refused = problem(update(dataset, "true", values), 422)
    assert [(one["pointer"], one["code"]) for one in refused["errors"]] == [(pointer, fault)]


def test_a_filter_that_does_not_fit_is_refused(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    assert "'age'" in problem(delete(dataset, "aeg eq 1"), 400)["detail"]
    assert problem(update(dataset, "age eq", {"age": 1}), 400)["errors"]
    assert code(client.delete("/v1/datasets/nowhere/records?filter=true"), 404) == "dataset-not-found"
    assert dataset.send("DELETE", "").status_code == 204
    assert code(delete(dataset, "true"), 410) == "dataset-deleted"


def test_a_stale_if_match_is_refused(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    for refused in (update(dataset, "true", {"age": 1}, if_match='"1"'), delete(dataset, "true", if_match='"1"')):
        assert problem(refused, 412)["current"]["version"] == 2
    assert json_of(delete(dataset, "true", if_match='"2"'))["version"] == 3


def test_more_than_may_be_affected_is_refused(client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40, 40)
    for refused in (
        update(dataset, "true", {"age": 1}, prefer="max-affected=2"),
        delete(dataset, "true", prefer="max-affected=2"),
    ):
        assert (problem(refused, 409)["affected"], versions(dataset)) == (3, 4)
    allowed = update(dataset, "true", {"age": 40}, prefer="max-affected=1")
    assert (json_of(allowed)["version"], allowed.headers["preference-applied"]) == (5, "max-affected=1")


@pytest.mark.parametrize(
    ("filter", "values"),
    [("land eq 'NO'", {"code": 9}), ("code eq 1", {"code": 3}), ("sku eq 'a'", {"land": "NO"})],
    ids=["two would hold it", "another holds it", "two of one key"],
)
def test_what_must_be_unique_stays_so(client: httpx.Client, filter: str, values: dict[str, Value]) -> None:
    dataset = products(client)
    refused = problem(update(dataset, filter, values), 409)
    assert refused["type"].endswith("duplicate-key") and len(refused["records"]) == 2
    assert refused["errors"][0]["pointer"].startswith("/values/")
    assert versions(dataset) == 4


def test_what_must_be_unique_may_be_set_in_one_record_or_emptied_in_all(client: httpx.Client) -> None:
    dataset = products(client)
    assert json_of(update(dataset, "code eq 1", {"code": 9}))["version"] == 5
    assert json_of(update(dataset, "true", {"code": None}))["summary"]["changed"] == 3
    assert json_of(update(dataset, "sku eq 'b'", {"land": "FI"}))["version"] == 7


def test_records_from_before_a_column_was_added_are_updated_too(client: httpx.Client) -> None:
    dataset = import_csv(client, "a\n1\n2\n")
    import_into(client, dataset, "a,b,c\n3,x,y\n", "append")
    json_of(update(dataset, "a lt 3", {"c": "new"}))
    assert dataset.values() == [
        {"a": 1, "b": None, "c": "new"},
        {"a": 2, "b": None, "c": "new"},
        {"a": 3, "b": "x", "c": "y"},
    ]


def test_many_changes_are_stored_in_chunks_and_rebuilt_equal(service: Service, client: httpx.Client) -> None:
    dataset = import_csv(client, "n,price\n" + "".join(f"{n},{n}.50\n" for n in range(25_000)))
    assert json_of(update(dataset, "n ge 1000", {"price": 1}))["summary"]["changed"] == 24_000
    assert json_of(delete(dataset, "n lt 500"))["summary"]["removed"] == 500
    events = [recorded.event for recorded in service.store.stream(UUID(dataset.id), 1)]
    assert [[one.rows for one in getattr(event, "chunks", ())] for event in events] == [
        [10_000, 10_000, 4_000],
        [500],
    ]
    before = verify(service.source(), UUID(dataset.id))
    rebuild(service.source(), UUID(dataset.id))
    after = verify(service.source(), UUID(dataset.id))
    assert before.difference is after.difference is None and before.digest == after.digest


def test_other_writers_are_told_to_retry_and_readers_notice_nothing(service: Service, client: httpx.Client) -> None:
    dataset = import_csv(client, "n,price\n" + "".join(f"{n},1\n" for n in range(60_000)))
    answers: list[httpx.Response] = []
    changing = threading.Thread(target=lambda: answers.append(update(dataset, "true", {"price": 2})))
    changing.start()
    codes, prices = set[str](), set[Value]()
    while changing.is_alive():
        writing = dataset.send("PATCH", "/records/1", {"values": {}})
        if writing.status_code == 409:
            assert writing.headers["retry-after"]
            codes.add(code(writing, 409))
        prices |= set(dataset.column("price", limit=2))
        time.sleep(0.005)
    changing.join()
    assert json_of(answers[0])["summary"]["changed"] == 60_000
    assert codes == {"dataset-busy"} and prices <= {1, 2}
    assert dataset.column("price", limit=2) == [2, 2]


def test_many_bulk_changes_at_once_are_one_after_the_other(client: httpx.Client) -> None:
    dataset = create_people(client, 1, 2, 3)
    threads = [threading.Thread(target=update, args=(dataset, "true", {"age": 10 + n})) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dataset.get_json()["version"] == 4 + 4
    assert len(set(dataset.column("age"))) == 1
