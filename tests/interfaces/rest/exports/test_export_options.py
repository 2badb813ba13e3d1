"""CSV export options: the formula guard and the notation of the source file."""

import csv
import io

import httpx
import pytest

from tests.given import code, create_dataset, create_people, import_csv, import_into, json_of, unique

FORMULAS = ["=1+1", "+47", "-x", "@sum", "\tx", "\rx"]


def test_formulas_are_guarded_and_numbers_are_not_touched(client: httpx.Client) -> None:
    columns = [("=s", "string"), ("n", "integer"), ("d", "date"), ("j", "json")]
    dataset = create_dataset(client, [{"name": name, "type": type} for name, type in columns])
    for text in [*FORMULAS, "x=1", "", None, "'=", "'x", "％s"]:
        dataset.create(**{"=s": text, "n": -1, "d": "2024-01-31", "j": [-1]})
    plain, guarded = (
        list(csv.reader(io.StringIO(dataset.get("/export", formula_guard=guard).text, newline="")))
        for guard in (False, True)
    )
    assert [row[0] for row in plain[1:7]] == FORMULAS
    expected = ["'=s", *(f"'{text}" for text in FORMULAS), "x=1", "", "", "''=", "'x", "％s"]
    assert [row[0] for row in guarded] == expected
    assert [row[1:] for row in guarded] == [row[1:] for row in plain]
    assert ',""' not in dataset.get("/export", formula_guard=True, fields="n,=s", filter='"=s" eq null').text


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_values_are_exported_as_their_file_wrote_them(client: httpx.Client, delimiter: str) -> None:
    cells = [
        ["day", "price", "ok", "n", "word", unique("x")],
        ["31.01.2024", "1.234,50", "yes", "1.000", "a;b,c", ""],
        ["01.12.1999", "-0,5", "no", "12", 'say "x"', "z"],
        ["", "", "", "", "\\.", "z"],
    ]
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(cells)
    dataset = import_csv(client, file.getvalue())
    original = dataset.get("/export", original_format=True, delimiter=delimiter).text
    assert list(csv.reader(io.StringIO(original, newline=""), delimiter=delimiter)) == cells
    assert dataset.get("/export").text.splitlines()[1].startswith("2024-01-31,1234.50,true,")
    again = import_csv(client, original)
    assert again.values() == dataset.values()


def test_the_original_format_is_otherwise_the_same_csv(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": "only", "type": "string"}])
    for value in ("x", "", None, '"', "a,b", "=1"):
        dataset.create(only=value)
    option_sets: list[dict[str, object]] = [{}, {"formula_guard": True}, {"bom": True, "delimiter": ";"}]
    option_sets.append({"filter": "only ne null"})
    for options in option_sets:
        plain = dataset.get("/export", **options).content
        assert dataset.get("/export", original_format=True, **options).content == plain


@pytest.mark.parametrize("name", ["formula_guard", "original_format", "bom"])
def test_an_invalid_option_value_is_refused(client: httpx.Client, name: str) -> None:
    assert code(create_people(client).get("/export", **{name: "maybe"}), 400) == "invalid-parameter"


def test_the_original_format_restores_null_words_and_comes_back(client: httpx.Client) -> None:
    word = unique("x")
    text = f"k,day,n,price,{word}\n1,25/12/2023,NA,1.234,a\n2,04/03/2024,5,NA,NA\n3,05/03/2024,NA,2.000,b\n"
    options = '{"columns": {"price": {"type": "decimal", "format": "1.234,56"}}}'
    dataset = import_csv(client, text, key="k", options=options)
    assert [str(value) for value in dataset.column("price")] == ["1234", "None", "2000"]
    exported = dataset.get("/export", original_format=True)
    assert exported.text == text
    some = dataset.get("/export", original_format=True, filter="k gt 1")
    json_of(dataset.send("PATCH", "/records/1", {"values": {"day": "1900-01-01"}}))
    for content in (some.content, dataset.get("/export", original_format=True).content):
        assert import_into(client, dataset, content, "upsert")["result"]["import"] is None


@pytest.mark.parametrize("options", [{"formula_guard": True}, {"format": "datapackage"}, {"format": "xlsx"}])
def test_texts_that_look_like_texts_written_as_formulas_come_back(
    client: httpx.Client, options: dict[str, object]
) -> None:
    dataset = create_dataset(client, [{"name": "s", "type": "string"}, {"name": "n", "type": "integer"}])
    for at, text in enumerate(['="007"', '=""', '="a""b"', '="1", "2"']):
        dataset.create(s=text, n=at)
    exported = dataset.get("/export", **options)
    assert import_into(client, dataset, exported.content, "replace")["result"]["import"] is None


def test_a_guarded_export_is_a_new_dataset_of_the_same_values(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": "=s", "type": "string"}, {"name": "t", "type": "string"}])
    for text in (*FORMULAS, "'", "'=x", "''+", "'x", "a,'=b", 'say "=x"', "\n'=c"):
        dataset.create(**{"=s": text, "t": unique("t")})
    guarded = dataset.get("/export", formula_guard=True).content
    assert import_csv(client, guarded).values() == dataset.values()
    assert import_csv(client, guarded, options='{"formula_guard": false}').column("'=s")[0] == "'=1+1"
    in_tabs = dataset.get("/export", formula_guard=True, delimiter="\t").content
    assert import_csv(client, in_tabs).values() == dataset.values(), "the tab after ' is no part of the cell"
    resaved = guarded.replace(b'"t"', b"t")
    again = import_csv(client, resaved, options='{"formula_guard": true}')
    assert again.values() == dataset.values()
