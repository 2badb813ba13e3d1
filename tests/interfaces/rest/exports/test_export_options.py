"""CSV export options: the formula guard and the notation of the source file."""

import csv
import io

import httpx
import pytest

from tests.given import code, create_dataset, create_people, import_csv, unique

FORMULAS = ["=1+1", "+47", "-x", "@sum", "\tx", "\rx"]


def test_formulas_are_guarded_and_numbers_are_not_touched(client: httpx.Client) -> None:
    columns = [("=s", "string"), ("n", "integer"), ("d", "date"), ("j", "json")]
    dataset = create_dataset(client, [{"name": name, "type": type} for name, type in columns])
    for text in [*FORMULAS, "x=1", "", None, "'=", "％s"]:
        dataset.create(**{"=s": text, "n": -1, "d": "2024-01-31", "j": [-1]})
    plain, guarded = (
        list(csv.reader(io.StringIO(dataset.get("/export", formula_guard=guard).text, newline="")))
        for guard in (False, True)
    )
    assert [row[0] for row in plain[1:7]] == FORMULAS
    assert [row[0] for row in guarded] == ["'=s", *(f"'{text}" for text in FORMULAS), "x=1", "", "", "'=", "％s"]
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
