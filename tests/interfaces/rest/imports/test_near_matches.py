"""An import into a dataset says which new columns and records are almost existing ones."""

import unicodedata

import httpx
import pytest

from tests.given import import_csv, import_into, unique

NEAR = [
    ("Price", "price", ""),
    ("unit_price", "Unit Price", ""),
    ("unit  price", "unit price", ""),
    (unicodedata.normalize("NFD", "größe"), "größe", ", composed of other characters (Unicode NFC and NFD)"),
]


@pytest.mark.parametrize(("new", "existing", "alike"), NEAR, ids=["case", "underscore", "blanks", "NFD"])
def test_a_new_column_of_nearly_the_same_name_is_noted(
    client: httpx.Client, new: str, existing: str, alike: str
) -> None:
    dataset = import_csv(client, f"sku,{existing},note\na,1,{unique('n')}\n", key="sku")
    for mode in ("append", "upsert"):
        result = import_into(client, dataset, f"sku,{new}\n{mode},2\n", mode, prefer=", dry-run")["result"]
        expected = f"Column {new!r} is new; there is {existing!r}{alike}. If both"
        assert [note for note in result["notes"] if note.startswith(expected)], result["notes"]


def test_other_new_columns_are_not_noted(client: httpx.Client) -> None:
    dataset = import_csv(client, f"sku,price\n{unique('a')},1\n", key="sku")
    result = import_into(client, dataset, "sku,price,prices\nb,2,3\n", "upsert")["result"]
    assert not any("is new" in note for note in result["notes"])


def test_keys_that_differ_by_leading_zeros_are_noted(client: httpx.Client) -> None:
    dataset = import_csv(
        client, f"zip,town\n01067,{unique('t')}\n20095,Hamburg\n00700,Nowhere\n10115,Berlin\n", key="zip"
    )
    result = import_into(client, dataset, "zip,town\n1067,Dresden\n20095,HH\n700,Here\n99,There\n", "upsert")[
        "result"
    ]
    assert result["summary"] == {"added": 3, "changed": 1, "removed": 0, "unchanged": 0}
    assert (
        "Records are new although their 'zip' differs from an existing one by leading zeros only: "
        "'1067' (line 2) and '01067', '700' (line 4) and '00700'."
    ) in result["notes"]
    stored = dataset.get_json("/imports")["data"][0]["notes"]
    assert stored == result["notes"]


def test_keys_that_are_not_only_digits_are_compared_too(client: httpx.Client) -> None:
    dataset = import_csv(client, f"no,town\n0000,{unique('t')}\n012-3,Rome\nA1,Bonn\n", key="no")
    notes = import_into(client, dataset, "no,town\n0,a\n12-3,b\n0B1,c\n012-4,d\n", "upsert")["result"]["notes"]
    assert [note for note in notes if "leading zeros" in note] == [
        "Records are new although their 'no' differs from an existing one by leading zeros only: "
        "'0' (line 2) and '0000', '12-3' (line 3) and '012-3'."
    ]


def test_the_other_columns_of_a_key_must_be_the_same(client: httpx.Client) -> None:
    data = f"land,zip,town\nDE,01067,{unique('t')}\nNO,0150,Oslo\n"
    dataset = import_csv(client, data, key="zip,land")
    notes = import_into(client, dataset, "land,zip,town\nNO,01067x,a\nDE,150,b\nNO,150,c\n", "append")["result"][
        "notes"
    ]
    assert [note for note in notes if "leading zeros" in note] == [
        "Records are new although their 'zip' differs from an existing one by leading zeros only: "
        "'150' (line 4) and '0150'."
    ]
