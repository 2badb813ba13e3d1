"""The notes of an import name the values that keep a column from having a type, and the options that settle it."""

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import openpyxl  # type: ignore[import-untyped]
import pytest

from tests.given import Dataset, json_of, unique

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_file(header: str, values: list[Any]) -> tuple[bytes, str]:
    lines = [f"{value};x" for value in (header, *values)]
    return "\n".join([*lines, ""]).encode(), "text/csv"


def xlsx_file(header: str, values: list[Any]) -> tuple[bytes, str]:
    book = openpyxl.Workbook()
    for row in [[header, "x"], *([value, "x"] for value in values)]:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue(), XLSX


def ndjson_file(header: str, values: list[Any]) -> tuple[bytes, str]:
    lines = (json.dumps({header: value, "x": "x"}, default=str) for value in values)
    return "".join(f"{line}\n" for line in lines).encode(), "application/x-ndjson"


Writer = Callable[[str, list[Any]], tuple[bytes, str]]


def import_values(client: httpx.Client, write: Writer, values: list[Any], **options: object) -> tuple[str, list[str]]:
    """The type of a column of these values, and the notes on it."""
    content, media_type = write("v", values)
    answer = client.post(
        "/v1/datasets",
        params={"name": unique("notes"), "duplicates": "allow", "options": json.dumps(options)},
        content=content,
        headers={"Content-Type": media_type, "Prefer": "wait=30"},
    )
    job = json_of(answer, 202)["job"]
    assert job["state"] == "succeeded", job
    columns = Dataset(client, json_of(answer, 202)["dataset"]["id"]).get_json()["columns"]
    return columns[0]["type"], [note for note in job["result"]["notes"] if "Column 'v' stays" in note]


MANY = [5, "open", 6, 7, "late", 8, 9, "?!", 10, "late", 11, 12]
DAYS = [date(2024, 1, day) for day in range(1, 9)]
READ_OR_REJECT = "Set options.null_values to read such values as null, or options.columns to {} to reject their rows."
CASES: list[tuple[Writer, list[Any], str, str, str]] = [
    (csv_file, MANY, "'open' (line 3), 'late' (line 6), '?!' (line 9) "
     "and 1 more: each other value is an integer.", '{"v": "integer"}', "integer"),
    (csv_file, [*DAYS, "soon"], "'soon' (line 10): each other value is a date like YYYY-MM-DD.", '{"v": "date"}',
     "date"),
    (csv_file, ["open", *range(9), "late"], "'open' (line 2) and 'late' (line 12): each other value is an integer.",
     '{"v": "integer"}', "integer"),
    (csv_file, ["yes", "no", "maybe", "yes"], "'maybe' (line 4): each other value is yes or no.", '{"v": "boolean"}',
     "boolean"),
    (xlsx_file, [0.5, *MANY[1:]], "'open' (row 3), 'late' (row 6), '?!' (row 9) and "
     "1 more: each other value is a number.", '{"v": "decimal"}', "decimal"),
    (xlsx_file, [*DAYS, "soon"], "'soon' (row 10): each other value is a date.", '{"v": "date"}', "date"),
    (xlsx_file, [True, "maybe", True, False], "'maybe' (row 3): each other value is true or false.",
     '{"v": "boolean"}', "boolean"),
    (ndjson_file, MANY, "'open' (line 2), 'late' (line 5), '?!' (line 8) "
     "and 1 more: each other value is an integer.", '{"v": "integer"}', "integer"),
    (ndjson_file, [*DAYS, "soon"], "'soon' (line 9): each other value is a date like 2024-01-31.", '{"v": "date"}',
     "date"),
    (ndjson_file, ["soon", *DAYS, 2.5], "'soon' (line 1) and 2.5 (line 10): each other value is a date like "
     "2024-01-31.", '{"v": "date"}', "date"),
]  # fmt: skip


@pytest.mark.parametrize(("write", "values", "because", "declared", "kind"), CASES)
def test_the_values_that_stand_in_the_way_are_named(
    client: httpx.Client, write: Writer, values: list[Any], because: str, declared: str, kind: str
) -> None:
    found, notes = import_values(client, write, values)
    ways = READ_OR_REJECT.format(declared)
    assert (found, notes) == ("string", [f"Column 'v' stays text because of {because} {ways}"])
    assert import_values(client, write, values, columns=json.loads(declared)) == (kind, [])


NULLED: list[tuple[Writer, list[Any]]] = [(csv_file, [5, "open", 6]), (xlsx_file, [5, "open", 6]),
          (ndjson_file, [5, "open", 6])]  # fmt: skip


@pytest.mark.parametrize(("write", "values"), NULLED)
def test_null_values_settle_it(client: httpx.Client, write: Writer, values: list[Any]) -> None:
    assert import_values(client, write, values, null_values=["open"]) == ("integer", [])


READABLE: list[tuple[Writer, list[Any], str, dict[str, object], str]] = [
    (csv_file, [5, 6, "$7", 8], "Set options.columns to {\"v\": \"integer\"} to read '$7' like the others.",
     {"columns": {"v": "integer"}}, "integer"),
    (csv_file, [5, 6, "7.5%", 8], "Set options.columns to {\"v\": \"decimal\"} to read '7.5%' like the others.",
     {"columns": {"v": "decimal"}}, "decimal"),
    (csv_file, [5, 6, '="7"', 8], "Set options.columns to {\"v\": \"integer\"} to read '=\"7\"' like the others.",
     {"columns": {"v": "integer"}}, "integer"),
    (csv_file, [5, 6, " 7", 8, "  "], "Set options.trim to true to leave out the blanks around values.",
     {"trim": True}, "integer"),
    (xlsx_file, [5, 6, "7", "x", 8, 9, 10], "Set options.columns to {\"v\": \"integer\"} to read '7' like the "
     "others; the row of 'x' is then rejected.", {"columns": {"v": "integer"}}, "integer"),
    (xlsx_file, [5, 6, " 7", 8], "Set options.columns to {\"v\": \"integer\"}, and options.trim to true, to read "
     "' 7' like the others.", {"columns": {"v": "integer"}, "trim": True}, "integer"),
    (ndjson_file, [5, 6, "$7", 8], "Set options.columns to {\"v\": \"integer\"} to read '$7' like the others.",
     {"columns": {"v": "integer"}}, "integer"),
    (ndjson_file, [True, False, "yes", False], "Set options.columns to {\"v\": \"boolean\"} to read 'yes' like the "
     "others.", {"columns": {"v": "boolean"}}, "boolean"),
]  # fmt: skip


@pytest.mark.parametrize(("write", "values", "way", "options", "kind"), READABLE)
def test_values_that_an_option_reads_are_not_called_null(
    client: httpx.Client, write: Writer, values: list[Any], way: str, options: dict[str, object], kind: str
) -> None:
    found, (note,) = import_values(client, write, values)
    assert found == "string" and note.endswith(way)
    assert import_values(client, write, values, **options) == (kind, [])


@pytest.mark.parametrize("write", [xlsx_file, ndjson_file])
def test_many_rows_are_counted(client: httpx.Client, write: Writer) -> None:
    values = ["x" if at % 1_000 == 999 else at for at in range(12_000)]
    first = 1_000 + (write is xlsx_file)
    _, (note,) = import_values(client, write, values)
    word = "row" if write is xlsx_file else "line"
    assert (
        f"'x' ({word} {first:,}), 'x' ({word} {first + 1_000:,}), 'x' ({word} {first + 2_000:,}) and 9 more" in note
    )


@pytest.mark.parametrize("write", [csv_file, xlsx_file, ndjson_file])
def test_text_with_a_few_numbers_is_no_such_column(client: httpx.Client, write: Writer) -> None:
    assert import_values(client, write, ["a", "b", "c", 4, "d"]) == ("string", [])


def test_an_object_among_numbers_is_named_too(client: httpx.Client) -> None:
    found, (note,) = import_values(client, ndjson_file, [1, 2, {"a": 1}, 4, [5], 6])
    assert found == "json"
    assert note.startswith("Column 'v' stays JSON because of an object (line 3) and an array (line 5): each other")
