"""A column gets another type: values convert exactly or are listed, as one version that can be reverted."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain.columns import Value
from interfaces.services.wiring import Service
from projections.rebuild import rebuild
from projections.verify import verify
from tests.given import Dataset, code, create_dataset, import_csv, json_of, problem


def column_of(client: httpx.Client, type: str, *values: Value) -> Dataset:
    """A dataset with one column `c` of this type; its records are version 2."""
    dataset = create_dataset(client, ({"name": "c", "type": type},))
    operations = [{"op": "create", "values": {"c": value}} for value in values]
    json_of(dataset.send("POST", "/batch", {"operations": operations}))
    return dataset


def retype(dataset: Dataset, type: str, format: str | None = None, **options: Any) -> httpx.Response:
    change = {"type": type, **({"format": format} if format else {}), **options}
    return dataset.send("PATCH", "", {"columns": {"c": change}})


def require_true_to_log(service: Service, dataset: Dataset) -> None:
    assert verify(service.source(), UUID(dataset.id)).difference is None
    rebuild(service.source(), UUID(dataset.id))
    assert verify(service.source(), UUID(dataset.id)).difference is None


@pytest.mark.parametrize(
    ("before", "values", "after", "format", "expected", "converted"),
    [
        ("integer", [1, None, 2**70], "decimal", None, [1, None, 2**70], 0),
        ("decimal", [Decimal("1.10"), 7, None], "string", None, ["1.10", "7", None], 2),
        ("decimal", [Decimal("1.00"), 7], "integer", None, [1, 7], 1),
        ("boolean", [True, False, None], "string", None, ["true", "false", None], 2),
        ("date", ["2024-02-29", None], "datetime", None, ["2024-02-29T00:00:00", None], 1),
        ("date", ["2024-02-29", None], "string", None, ["2024-02-29", None], 0),
        ("datetime", ["2024-02-29T00:00:00"], "date", None, ["2024-02-29"], 1),
        ("decimal", [Decimal("1.10"), None], "json", None, [Decimal("1.10"), None], 0),
        ("string", ['{"a": 1.10}', "x", "[]", "7"], "json", None, [{"a": Decimal("1.10")}, "x", [], "7"], 2),
        ("json", [{"a": [1]}, "x", 7, True, None], "string", None, ['{"a":[1]}', "x", "7", "true", None], 3),
        ("json", ["5", 7, None], "integer", None, [5, 7, None], 1),
        ("string", ["1.234,50", "-7", "0,5", None, ""], "decimal", None, ["1234.50", -7, "0.5", None, None], 3),
        ("string", ["1.234,50", "7"], "decimal", "1.234,50", ["1234.50", 7], 2),
        ("string", ["1,234,567", "12"], "integer", None, [1234567, 12], 2),
        ("string", ["31.01.2024", "01.02.2023"], "date", None, ["2024-01-31", "2023-02-01"], 2),
        ("string", ["03/04/2024"], "date", "MM/DD/YYYY", ["2024-03-04"], 1),
        ("string", ["Jan 5, 2024 1:30 PM"], "datetime", None, ["2024-01-05T13:30:00"], 1),
        ("string", ["yes", "no", None], "boolean", None, [True, False, None], 2),
        ("integer", [1, 0], "boolean", None, [True, False], 2),
        ("integer", [20240229], "date", "YYYYMMDD", ["2024-02-29"], 1),
    ],
)
def test_values_convert(
    client: httpx.Client,
    before: str,
    values: list[Value],
    after: str,
    format: str | None,
    expected: list[Any],
    converted: int,
) -> None:
    dataset = column_of(client, before, *values)
    answer = json_of(retype(dataset, after, format))
    assert (answer["version"], answer["columns"][0]["type"], answer["summary"]["changed"]) == (
        3,
        after,
        converted + sum(value == "" for value in values),
    )
    assert (answer["conversions"][0]["converted"], answer["conversions"][0]["nulled"]) == (converted, 0)
    exact = [Decimal(value) if isinstance(value, str) and after == "decimal" else value for value in expected]
    assert repr(dataset.column("c")) == repr(exact)
    assert repr(dataset.column("c", as_of=2)) == repr(values)
    assert dataset.get_json(as_of=2)["columns"][0]["type"] == before
    json_of(dataset.send("POST", "/revert", {"to": 2}))
    assert repr(dataset.column("c")) == repr(values)
    assert dataset.get_json()["columns"] == dataset.get_json(as_of=2)["columns"]


@pytest.mark.parametrize(
    ("before", "values", "after", "options", "failed"),
    [
        (
            "string",
            ["5", "five", "007", "5.0"],
            "integer",
            {},
            {2: "'five' is not an integer", 3: "'007'", 4: "'5.0'"},
        ),
        ("string", ["1.5", "NA", "1e5"], "decimal", {}, {2: "'NA' is not a number", 3: "'1e5'"}),
        ("decimal", [Decimal("1.5"), 2], "integer", {}, {1: "expected an integer, got 1.5"}),
        ("datetime", ["2024-02-29T12:00:00"], "date", {}, {1: "time of day"}),
        ("string", ["31.01.2024", "31.02.2024"], "date", {}, {2: "not a date like DD.MM.YYYY"}),
        ("string", ["01/31/2024", "31/01/2024"], "date", {"format": "DD/MM/YYYY"}, {1: "not a date like DD/MM/YYYY"}),
        ("json", [[1], 5, {"a": 1}], "decimal", {}, {1: "an array", 3: "an object"}),
        ("boolean", [True], "integer", {}, {1: "'true' is not an integer"}),
        ("integer", [2, 1], "boolean", {}, {1: "'2' is not"}),
    ],
)
def test_values_that_do_not_convert_are_listed(
    client: httpx.Client, before: str, values: list[Value], after: str, options: Any, failed: dict[int, str]
) -> None:
    dataset = column_of(client, before, *values)
    body = {"columns": {"c": {"type": after, **options}}}
    planned = json_of(dataset.send("PATCH", "", body, prefer="dry-run"))
    refused = problem(dataset.send("PATCH", "", body), 409)
    assert refused["type"].endswith("values-do-not-fit")
    for found in (planned, refused):
        assert found["failed"] == len(failed)
        assert [one["id"] for one in found["failures"]] == list(failed)
        for one in found["failures"]:
            assert failed[one["id"]] in one["why"]
            assert (one["column"], one["value"]) == ("c", values[one["id"] - 1])
    assert dataset.get_json()["version"] == 2
    nulled = json_of(retype(dataset, after, on_failure="null", **options))
    assert nulled["conversions"][0]["nulled"] == len(failed)
    assert [id for id, value in enumerate(dataset.column("c"), 1) if value is None] == list(failed)
    json_of(dataset.send("POST", "/revert", {"to": 2}))
    assert dataset.column("c") == values


@pytest.mark.parametrize(("type", "text"), [("date", "03/04/2024"), ("integer", "1,234")])
def test_values_that_can_be_read_in_two_ways_need_a_format(client: httpx.Client, type: str, text: str) -> None:
    dataset = column_of(client, "string", text)
    refused = problem(retype(dataset, type), 422)
    assert refused["type"].endswith("ambiguous-format")
    assert refused["errors"][0]["pointer"] == "/columns/c/format"


def test_nulled_values_may_break_a_rule(client: httpx.Client) -> None:
    dataset = create_dataset(client, ({"name": "c", "type": "string", "required": True, "unique": True},))
    for value in ("1.0", "x", "1.00", "2"):
        dataset.create(c=value)
    refused = problem(retype(dataset, "decimal", on_failure="null"), 409)
    assert [(one["id"], one["why"]) for one in refused["failures"]] == [
        (2, "the column needs a value"),
        (3, "record 1 has the same value"),
    ]


def test_a_key_keeps_identifying_its_records(service: Service, client: httpx.Client) -> None:
    dataset = create_dataset(client, ({"name": "c", "type": "string"}, {"name": "n", "type": "integer"}), key=("c",))
    for number, text in enumerate(("10", "20"), 1):
        dataset.create(c=text, n=number)
    json_of(retype(dataset, "integer"))
    assert dataset.get_json("/records/by-key/20")["values"] == {"c": 20, "n": 2}
    assert code(dataset.send("POST", "/records", {"values": {"c": 10}}), 409) == "duplicate-key"
    require_true_to_log(service, dataset)


def test_a_new_type_filters_sorts_and_counts_as_such(client: httpx.Client) -> None:
    dataset = column_of(client, "string", "10", "9", "100")
    assert dataset.column("c", sort="c") == ["10", "100", "9"]
    json_of(retype(dataset, "integer"))
    assert dataset.column("c", sort="c") == [9, 10, 100]
    assert dataset.column("c", filter="c gt 9") == [10, 100]
    assert dataset.column("c", sort="c", as_of=2) == ["10", "100", "9"]
    assert dataset.column("c", filter="startswith(c,'10')", as_of=2) == ["10", "100"]
    totals = dataset.get_json("/aggregate", measures="sum(c)")["data"]
    assert "119" in str(totals)


def test_many_values_stand_in_chunks(service: Service, client: httpx.Client) -> None:
    dataset = import_csv(client, "c\n" + "".join(f"{number}\n" for number in range(25_000)))
    answer = json_of(retype(dataset, "string"))
    assert (answer["summary"]["changed"], answer["version"]) == (25_000, 2)
    (recorded,) = service.store.stream(UUID(dataset.id), 1, 2)
    event: Any = recorded.event
    assert (event.changes, [chunk.rows for chunk in event.chunks]) == ((), [10_000, 10_000, 5_000])
    assert dataset.column("c", filter="$id eq 24999") == ["24998"]
    json_of(dataset.send("POST", "/revert", {"to": 1}))
    assert dataset.column("c", filter="$id eq 24999") == [24998]
    require_true_to_log(service, dataset)


def test_several_columns_and_rules_change_together(service: Service, client: httpx.Client) -> None:
    columns = ({"name": "a", "type": "string"}, {"name": "b", "type": "integer"}, {"name": "c", "type": "date"})
    dataset = create_dataset(client, columns)
    dataset.create(a="1", b=2, c="2024-01-01")
    body = {
        "columns": {"a": {"name": "b", "type": "integer"}, "b": {"name": "a", "type": "string"}, "c": None},
        "add": [{"name": "c", "type": "boolean", "default": True}],
        "key": ["b"],
    }
    answer = json_of(dataset.send("PATCH", "", body))
    assert [(one["column"], one["type"]) for one in answer["conversions"]] == [("b", "integer"), ("a", "string")]
    assert dataset.values() == [{"b": 1, "a": "2", "c": True}]
    require_true_to_log(service, dataset)


def test_a_format_alone_changes_no_value(client: httpx.Client) -> None:
    dataset = column_of(client, "decimal", Decimal("1234.50"))
    answer = json_of(dataset.send("PATCH", "", {"columns": {"c": {"format": "1.234,50"}}}))
    assert (answer["version"], answer["columns"][0]["format"]) == (3, "1.234,56")
    assert answer["summary"]["changed"] == 0
    json_of(retype(dataset, "string"))
    assert dataset.column("c") == ["1.234,50"]


def test_odata_has_the_type_of_each_version(client: httpx.Client) -> None:
    dataset = column_of(client, "string", "10", "9")
    json_of(retype(dataset, "integer"))
    name = dataset.get_json()["slug"].replace("-", "_")
    assert [one["c"] for one in json_of(client.get(f"/odata/{name}?$filter=c gt 9"))["value"]] == [10]
    assert [one["c"] for one in json_of(client.get(f"/odata/@2/{name}?$filter=c eq '9'"))["value"]] == ["9"]
    for at, edm in (("", "Edm.Int64"), ("/@2", "Edm.String")):
        text = client.get(f"/odata{at}/$metadata").text.split(f'EntityType Name="{name}_record"')[1]
        assert f'Name="c" Type="{edm}"' in text.split("</EntityType>")[0]
