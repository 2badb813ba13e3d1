"""Equal is equal: numbers equal by value and times equal as instants are no change when a file is brought in."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain import exact_json
from interfaces.services.wiring import Service
from projections import verify
from tests.given import Dataset, import_csv, import_into, json_of, unique

HEADER = "k,price,at,note"
NOTHING_NEW = {"added": 0, "changed": 0, "removed": 0}


def csv(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


ROWS = ("a,1.10,2024-03-01T10:00:00Z,x", "b,-0.50,2024-03-01T10:00:00.123456789Z,y", "c,100.0,2024-03-01T23:30:00Z,")

SPELLINGS = [
    ("a,1.1,2024-03-01T10:00:00Z,x", "b,-0.5,2024-03-01T10:00:00.123456789Z,y", "c,100,2024-03-01T23:30:00Z,"),
    (
        "a,1.100,2024-03-01T12:00:00+02:00,x",
        "b,-0.500,2024-03-01T05:00:00.123456789-05:00,y",
        "c,100.00,2024-03-02T00:30:00+01:00,",
    ),
    (
        "a,1.10,2024-03-01T10:00:00.000Z,x",
        "b,-0.50,2024-03-01T10:00:00.123456789Z,y",
        "c,100.0,2024-03-01T23:30:00Z,",
    ),
    ("a,1.10,2024-03-01T10:00:00,x", "b,-0.50,2024-03-01T10:00:00.123456789,y", "c,100.0,2024-03-01T23:30:00,"),
]


def brought_in(client: httpx.Client, rows: Sequence[str] = ROWS, key: str = "k") -> Dataset:
    return import_csv(client, csv(*rows), key=key)


def text_of(dataset: Dataset) -> str:
    return dataset.get("/records").text


def changes(job: Any) -> dict[str, int]:
    return {name: count for name, count in job["result"]["summary"].items() if name != "unchanged"}


@pytest.mark.parametrize("mode", ["upsert", "replace"])
@pytest.mark.parametrize("rows", SPELLINGS)
def test_other_spellings_of_the_same_values_change_nothing(
    client: httpx.Client, mode: str, rows: Sequence[str]
) -> None:
    dataset = brought_in(client)
    before = text_of(dataset)
    job = import_into(client, dataset, csv(*rows), mode)
    assert changes(job) == NOTHING_NEW and job["result"]["summary"]["unchanged"] == 3
    assert dataset.get_json()["version"] == 1 and text_of(dataset) == before, "the stored digits stay"


@pytest.mark.parametrize("rows", SPELLINGS)
def test_a_replace_without_a_key_pairs_equal_rows(client: httpx.Client, rows: Sequence[str]) -> None:
    dataset = brought_in(client, [*ROWS, ROWS[0]], key="")
    job = import_into(client, dataset, csv(rows[2], rows[0], rows[1], rows[0]), "replace")
    assert changes(job) == NOTHING_NEW and dataset.get_json()["version"] == 1
    job = import_into(client, dataset, csv(*rows, "d,4,,"), "replace")
    assert changes(job) == {"added": 1, "changed": 0, "removed": 1}


@pytest.mark.parametrize(
    "row",
    [
        "a,1.11,2024-03-01T10:00:00Z,x",
        "a,1.10,2024-03-01T10:00:00+01:00,x",
        "a,1.10,2024-03-01T10:00:00.000000001Z,x",
        "a,,2024-03-01T10:00:00Z,x",
        "a,1.10,,x",
    ],
)
@pytest.mark.parametrize("key", ["k", ""])
def test_another_value_is_a_change(client: httpx.Client, row: str, key: str) -> None:
    dataset = brought_in(client, ROWS, key)
    job = import_into(client, dataset, csv(row, *ROWS[1:]), "replace")
    expected = {"added": 0, "changed": 1, "removed": 0} if key else {"added": 1, "changed": 0, "removed": 1}
    assert changes(job) == expected


TIMES = ("2024-03-01T10:00:00+02:00", "2024-03-01T10:00:00.500Z", "2024-03-01T10:00:00.123456789Z")
RESPELLED = ("2024-03-01T08:00:00Z", "2024-03-01T12:00:00.5+02:00", "2024-03-01T10:00:00.123456789")


def timed(*rows: str) -> str:
    return csv(*rows, header="at,sensor,value")


@pytest.mark.parametrize("mode", ["upsert", "replace"])
@pytest.mark.parametrize("key", ["at", "sensor,at"])
def test_times_in_keys_are_found_by_their_instant(client: httpx.Client, mode: str, key: str) -> None:
    sensor = unique("s")
    rows = [f"{time},{sensor},{number}" for number, time in enumerate(TIMES)]
    dataset = import_csv(client, timed(*rows), key=key)
    before = text_of(dataset)
    respelled = [f"{time},{sensor},{number}" for number, time in enumerate(RESPELLED)]
    assert changes(import_into(client, dataset, timed(*respelled), mode)) == NOTHING_NEW
    assert text_of(dataset) == before
    respelled[0] = respelled[0].removesuffix(",0") + ",7"
    respelled.append(f"2024-03-01T10:00:00.123456788Z,{sensor},8")
    changed = changes(import_into(client, dataset, timed(*respelled), mode))
    assert changed == {"added": 1, "changed": 1, "removed": 0}
    assert dataset.column("at") == [*TIMES, "2024-03-01T10:00:00.123456788Z"]
    assert dataset.column("value") == [7, 1, 2, 8]


def test_keys_that_stand_for_one_instant_stay_apart(client: httpx.Client) -> None:
    """As written they are two keys; a row takes the record with its own key, another one is new."""
    sensor = unique("s")
    dataset = import_csv(client, timed(f"{TIMES[0]},{sensor},0", f"{RESPELLED[0]},{sensor},1"), key="at")
    again = timed(f"{RESPELLED[0]},{sensor},1", f"{TIMES[0]},{sensor},0", f"2024-03-01T08:00:00.0Z,{sensor},2")
    assert changes(import_into(client, dataset, again, "upsert")) == {"added": 1, "changed": 0, "removed": 0}
    twice = timed(f"2024-03-01T09:00:00+01:00,{sensor},3", f"2024-03-01T07:00:00-01:00,{sensor},4")
    assert changes(import_into(client, dataset, twice, "replace")) == {"added": 0, "changed": 2, "removed": 1}


def test_a_record_that_changes_keeps_the_digits_of_its_equal_values(client: httpx.Client, service: Service) -> None:
    dataset = brought_in(client)
    row = "a,1.1,2024-03-01T11:00:00+01:00,changed"
    assert changes(import_into(client, dataset, csv(row), "upsert")) == {"added": 0, "changed": 1, "removed": 0}
    values = dataset.values()[0]
    assert (str(values["price"]), values["at"], values["note"]) == ("1.10", "2024-03-01T10:00:00Z", "changed")
    assert changes(import_into(client, dataset, csv("a,2,x", header="k,price,note"), "upsert"))["changed"] == 1
    values = dataset.values()[0]
    assert (str(values["price"]), values["at"], values["note"]) == ("2", "2024-03-01T10:00:00Z", "x")
    assert verify.verify(service.source(), UUID(dataset.id)).difference is None


def test_numbers_within_json_are_compared_by_value(client: httpx.Client) -> None:
    word = unique("j")
    dataset = import_into_json(
        client, [{"k": 1, "deep": {"n": [Decimal("1.50"), 2], "t": word}}, {"k": 2, "deep": {"n": [], "t": ""}}]
    )
    changed = f'[{{"k":1,"deep":{{"t":"{word}","n":[1.5,2.0]}}}},{{"k":2,"deep":{{"n":[0],"t":""}}}}]'
    job = import_into(client, dataset, changed, "upsert")
    assert job["result"]["summary"] == {"added": 0, "changed": 1, "removed": 0, "unchanged": 1}


def import_into_json(client: httpx.Client, rows: list[object]) -> Dataset:
    answer = client.post(
        "/v1/datasets",
        params={"name": unique("json"), "key": "k"},
        content=exact_json.dumps(rows),
        headers={"Content-Type": "application/json", "Prefer": "wait=30"},
    )
    return Dataset(client, json_of(answer, 202)["dataset"]["id"])


def test_values_written_before_a_column_was_added_are_compared_as_null(client: httpx.Client) -> None:
    dataset = brought_in(client)
    import_into(client, dataset, csv("a,9.50", header="k,weight"), "upsert")
    assert dataset.get_json()["version"] == 2
    job = import_into(client, dataset, csv("a,9.5,1.100", "b,,-0.5", header="k,weight,price"), "upsert")
    assert job["result"]["summary"] == {"added": 0, "changed": 0, "removed": 0, "unchanged": 2}


def test_a_patch_stays_literal(client: httpx.Client) -> None:
    dataset = brought_in(client)
    patched = dataset.send("PATCH", "/records/1", {"values": {"price": Decimal("1.1")}})
    assert patched.status_code == 200 and dataset.get_json()["version"] == 2
    assert str(dataset.values()[0]["price"]) == "1.1"
