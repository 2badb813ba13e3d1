"""A column that was read as another type is taken back to exactly the text that its file held."""

import gzip
import io
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain import exact_json
from domain.columns import Value
from interfaces.services.wiring import Service
from projections.rebuild import rebuild
from projections.verify import verify
from tests.given import Dataset, import_csv, import_into, json_of, unique


def take_back(dataset: Dataset, *names: str) -> list[dict[str, Any]]:
    """Change the columns to text; what became of each."""
    body = {"columns": {name: {"type": "string"} for name in names}}
    found: list[dict[str, Any]] = json_of(dataset.send("PATCH", "", body))["conversions"]
    return found


def types(dataset: Dataset) -> list[str]:
    return [column["type"] for column in dataset.get_json()["columns"]]


def require_true_to_log(service: Service, dataset: Dataset) -> None:
    assert verify(service.source(), UUID(dataset.id)).difference is None
    rebuild(service.source(), UUID(dataset.id))
    assert verify(service.source(), UUID(dataset.id)).difference is None


@pytest.mark.parametrize(
    ("type", "texts"),
    [
        ("integer", ["5", "", "NA", "1234"]),
        ("integer", ['"1,234"', "12", '"5,000,000"']),
        ("decimal", ["1.10", "2", "-0.5", "n/a"]),
        ("decimal", ['"1.234,50"', '"0,5"', "-", ""]),
        ("boolean", ["yes", "no", "yes"]),
        ("boolean", ["TRUE", "FALSE", "NULL"]),
        ("date", ["31.01.2024", "01.02.2024", "?"]),
        ("date", ["Jan 5, 2024".join('""'), "Feb 10, 2024".join('""')]),
        ("datetime", ["31/01/2024 1:30 PM", "01/02/2024 12:00 AM"]),
        ("datetime", ["2024-01-31 12:30", "2024-02-01 00:00"]),
    ],
)
def test_a_guess_is_taken_back_to_the_text_of_the_file(
    service: Service, client: httpx.Client, type: str, texts: list[str]
) -> None:
    file = "id,c\n" + "".join(f"{number},{text}\n" for number, text in enumerate(texts, 1))
    as_text = import_csv(client, file, options='{"columns": {"c": "string"}}')
    dataset = import_csv(client, file)
    assert types(dataset)[1] == type
    (conversion,) = take_back(dataset, "c")
    assert dataset.column("c") == as_text.column("c")
    assert conversion["from_source"] == sum(text != "" for text in texts)
    assert (conversion["from_format"], dataset.get_json()["version"]) == (0, 2)
    json_of(dataset.send("POST", "/revert", {"to": 1}))
    assert repr(dataset.column("c")) == repr(dataset.column("c", as_of=1))
    require_true_to_log(service, dataset)
    take_back(dataset, "c")
    assert dataset.column("c") == as_text.column("c"), "also after the first change was reverted"


def test_values_that_were_changed_since_are_written_in_the_format(service: Service, client: httpx.Client) -> None:
    dataset = import_csv(client, 'id,c\n1,"1.234,50"\n2,NA\n3,"0,5"\n4,NA\n5,"7,0"\n', key="id")
    for id, values in ((1, {"c": 2500}), (2, {"c": None}), (4, {"c": 1}), (4, {"c": None}), (5, {"id": 55})):
        json_of(dataset.send("PATCH", f"/records/{id}", {"values": values}))
    dataset.create(id=6, c=1000000)
    (conversion,) = take_back(dataset, "c")
    assert dataset.column("c") == ["2.500", "NA", "0,5", None, "7,0", "1.000.000"]
    assert (conversion["from_source"], conversion["from_format"], conversion["converted"]) == (3, 2, 5)
    require_true_to_log(service, dataset)


def test_each_value_comes_from_the_file_that_last_changed_it(client: httpx.Client) -> None:
    dataset = import_csv(client, "id,c,n\na,1.10,1\nb,2.0,1\nc,3.00,1\n", key="id")
    import_into(client, dataset, "id,c,n\nb,2.00,2\nd,4.000,2\nx\nc,NA,2\n", "upsert")
    assert dataset.send("DELETE", "/records/1").status_code == 204
    json_of(dataset.send("POST", "/revert", {"to": 2}))
    (conversion,) = take_back(dataset, "c")
    assert dict(zip(dataset.column("id"), dataset.column("c"), strict=True)) == {
        "a": "1.10",
        "b": "2.0",
        "c": "NA",
        "d": "4.000",
    }
    assert conversion["from_source"] == 4


def test_rejected_rows_and_line_breaks_do_not_shift_the_texts(service: Service, client: httpx.Client) -> None:
    file = 'id,c,t\n1,2,"a\nb"\n2,3\n3,many,x\n\n1,5,"double"\n4,0,"a\n\nb"\n5,7,x\n'
    options = '{"columns": {"c": {"type": "decimal"}}}'
    dataset = import_csv(client, file, key="id", options=options)
    assert dataset.column("id") == [1, 4, 5]
    (conversion,) = take_back(dataset, "c")
    assert (dataset.column("c"), conversion["from_source"]) == (["2", "0", "7"], 3)
    require_true_to_log(service, dataset)


def test_values_that_became_null_come_back(client: httpx.Client) -> None:
    dataset = import_csv(client, "c\n1.5\n007\nx\n", options='{"columns": {"c": "string"}}')
    body = {"columns": {"c": {"type": "decimal", "on_failure": "null"}}}
    assert json_of(dataset.send("PATCH", "", body))["conversions"][0]["nulled"] == 2
    json_of(dataset.send("PATCH", "", {"columns": {"c": {"name": "d"}}}))
    take_back(dataset, "d")
    assert dataset.column("d") == ["1.5", "007", "x"]


def test_a_wrong_type_is_replaced_by_way_of_the_text(client: httpx.Client) -> None:
    dataset = import_csv(client, 'c,d\n20240131,"1,500,000"\n20240201,"20,000"\n')
    assert types(dataset) == ["integer", "integer"]
    body = {"columns": {"c": {"type": "date", "format": "YYYYMMDD"}, "d": {"type": "string"}}}
    found = json_of(dataset.send("PATCH", "", body))
    assert dataset.values() == [{"c": "2024-01-31", "d": "1,500,000"}, {"c": "2024-02-01", "d": "20,000"}]
    assert [one["from_source"] for one in found["conversions"]] == [2, 2]
    take_back(dataset, "c")
    assert dataset.column("c") == ["20240131", "20240201"]


@pytest.mark.parametrize(
    ("options", "file", "expected"),
    [
        ({"null_values": ["none", "-"]}, "id,c\n1,none\n2,5\n3,-\n", ["none", "5", "-"]),
        ({"header": False, "columns": ["id", "c"]}, "1,5\n2,NA\n", ["5", "NA"]),
        ({"skip_rows": 2, "delimiter": ";"}, "a;b\nc;d\nid;c\n1;1,5\n2;NA\n", ["1,5", "NA"]),
    ],
)
def test_the_file_is_read_with_the_options_of_its_import(
    client: httpx.Client, options: dict[str, Any], file: str, expected: list[str]
) -> None:
    dataset = import_csv(client, file, options=exact_json.dumps(options))
    assert types(dataset)[1] != "string"
    take_back(dataset, "c")
    assert dataset.column("c") == expected


@pytest.mark.parametrize(
    ("media_type", "content", "expected"),
    [
        ("application/json", b'[{"c": 1.10, "o": {"a": 1}}, {"c": null, "o": [1]}, {"c": 20}]', ["1.10", None, "20"]),
        ("application/x-ndjson", b'{"c": 1.10}\n\n{"c": null}\n{"c": 2}\n', ["1.10", None, "2"]),
        ("application/gzip", gzip.compress(b"c\n5\nNA\n", mtime=0), ["5", "NA"]),
    ],
)
def test_other_formats_are_read_again_too(
    client: httpx.Client, media_type: str, content: bytes, expected: list[Value]
) -> None:
    answer = client.post(
        "/v1/datasets",
        params={"name": unique("file"), "duplicates": "allow"},
        content=content,
        headers={"Content-Type": media_type, "Prefer": "wait=30"},
    )
    dataset = Dataset(client, json_of(answer, 202)["dataset"]["id"])
    assert types(dataset)[0] != "string"
    (conversion,) = take_back(dataset, "c")
    assert dataset.column("c") == expected
    assert conversion["from_source"] == sum(value is not None for value in expected)


def test_a_workbook_is_read_again_too(client: httpx.Client) -> None:
    dataset = import_csv(client, 'd,c\n31.01.2024,"1,5"\n01.02.2024,"20,25"\n')
    workbook = client.get(f"{dataset.url}/export", params={"format": "xlsx"}).content
    answer = client.post(
        "/v1/datasets",
        params={"name": unique("book")},
        content=io.BytesIO(workbook).read(),
        headers={
            "Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "Prefer": "wait=30",
        },
    )
    book = Dataset(client, json_of(answer, 202)["dataset"]["id"])
    assert types(book) == ["date", "decimal"]
    conversions = take_back(book, "d", "c")
    assert book.values() == [{"d": "2024-01-31", "c": "1.5"}, {"d": "2024-02-01", "c": "20.25"}]
    assert [one["from_source"] for one in conversions] == [2, 2]


def test_without_its_file_a_value_is_written_in_the_format(service: Service, client: httpx.Client) -> None:
    dataset = import_csv(client, f'id,c\n1,"1.234,50"\n2,NA\n3,"0,5"\n"{unique("x")}",\n')
    (imported,) = dataset.get_json("/imports")["data"]
    service.blobs.delete(imported["source"]["sha256"])
    (conversion,) = take_back(dataset, "c")
    assert dataset.column("c") == ["1.234,50", None, "0,5", None]
    assert (conversion["from_source"], conversion["from_format"]) == (0, 2)


def test_provenance_is_still_known(client: httpx.Client) -> None:
    dataset = import_csv(client, "c\n5\n6\n")
    take_back(dataset, "c")
    found = dataset.get_json("/records/2/provenance")
    assert (found["version"], found["line"], found["edited"]) == (2, 3, False)
    json_of(dataset.send("PATCH", "/records/2", {"values": {"c": "x"}}))
    assert dataset.get_json("/records/2/provenance")["edited"] is True
