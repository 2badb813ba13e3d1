"""A dataset is exported as CSV and imported again unchanged."""

import httpx
import pytest

from tests.given import code, create_dataset, create_people, import_csv, json_of, unique


def test_an_export_is_a_csv_file(client: httpx.Client) -> None:
    dataset = create_people(client, 30, None)
    answer = dataset.get("/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].endswith(f"{dataset.get_json()['slug']}-v3.csv")
    assert (answer.headers["etag"], answer.headers["rowledger-version"]) == ('"3"', "3")
    assert answer.text == "name,age,balance,born\np1,30,,\np2,,,\n"


def test_an_import_of_an_export_gives_the_same_records(client: httpx.Client) -> None:
    cells = (
        'x,1,1.10,true,2024-02-29,2024-02-29T12:00:00Z,007\n"a ""b"",\nc",-2,0.00,false,0001-01-01,,1e5\n"",,,,,,é\n'
    )
    dataset = import_csv(client, f"s,i,d,b,on,at,{unique('code')}\n{cells}")
    exported = dataset.get("/export").text
    again = import_csv(client, exported)
    assert again.values() == dataset.values()
    assert again.get_json()["columns"] == dataset.get_json()["columns"]
    assert again.get("/export").text == exported
    assert dataset.column("s") == ["x", 'a "b",\nc', ""]


def test_an_export_shows_any_version(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    json_of(dataset.send("PATCH", "", {"columns": {"age": {"name": "years"}}}))
    dataset.create(name="later")
    assert dataset.get("/export", as_of=2).text == "name,age,balance,born\np1,30,,\n"
    assert dataset.get("/export", as_of=1).text == "name,age,balance,born\n"
    assert dataset.get("/export").text.startswith("name,years,")


def test_an_export_takes_filter_sort_and_fields(client: httpx.Client) -> None:
    dataset = create_people(client, 30, None, 20, 40)
    assert (
        dataset.get("/export", filter="age ge 30", sort="-age", fields="age,name").text == "age,name\n40,p4\n30,p1\n"
    )
    assert dataset.get("/export", sort="age", fields="name").text == "name\np3\np1\np4\np2\n"


@pytest.mark.parametrize("delimiter", [";", "|", "\t", ":"])
def test_an_export_takes_a_delimiter(client: httpx.Client, delimiter: str) -> None:
    dataset = create_dataset(
        client, [{"name": f"a{delimiter}b", "type": "string"}, {"name": "c,d", "type": "string"}]
    )
    dataset.create(**{f"a{delimiter}b": f"x{delimiter}y", "c,d": "1,2"})
    text = dataset.get("/export", delimiter=delimiter).text
    assert text == f'"a{delimiter}b"{delimiter}c,d\n"x{delimiter}y"{delimiter}1,2\n'


@pytest.mark.parametrize("delimiter", ["", ";;", "x", '"', "\n", "€"])
def test_an_invalid_delimiter_is_refused(client: httpx.Client, delimiter: str) -> None:
    assert code(create_people(client).get("/export", delimiter=delimiter), 400) == "invalid-delimiter"


def test_an_export_may_begin_with_a_byte_order_mark(client: httpx.Client) -> None:
    assert create_people(client).get("/export", bom=True).content == b"\xef\xbb\xbfname,age,balance,born\n"


def test_another_format_is_refused(client: httpx.Client) -> None:
    assert code(create_people(client).get("/export", format="pdf"), 400) == "invalid-parameter"


def test_a_null_in_a_single_column_is_no_blank_line(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": "only", "type": "string"}])
    for value in ("x", "", None, "\\.", "y"):
        dataset.create(only=value)
    exported = dataset.get("/export").text
    assert exported == 'only,\nx,\n"",\n,\n\\.,\ny,\n'
    assert import_csv(client, exported).column("only") == dataset.column("only")
    assert dataset.get("/export", filter="only ne null").text == 'only\nx\n""\n"\\."\ny\n'


def test_many_records_are_streamed_in_order(client: httpx.Client) -> None:
    rows = "".join(f"{number},{'x' * (number % 90)}\n" for number in range(30_000))
    text = f"n,{unique('x')}\n{rows}"
    exported = import_csv(client, text).get("/export").text
    assert exported == text
