"""Booleans in the words of many languages, in checkboxes, and in any pair that the client names."""

from pathlib import Path

import pytest

from application.imports.file_format import FileOptions, RequestedType
from domain.columns import ColumnType
from domain.errors import Invalid
from tests.interfaces.formats.reading import read
from tests.interfaces.formats.values.test_column_forms import column

PAIRS = [
    *("WAHR/FALSCH", "VRAI/FAUX", "VERO/FALSO", "Verdadero/Falso", "verdadeiro/falso", "ИСТИНА/ЛОЖЬ"),
    *("ja/nein", "Ja/Nee", "oui/non", "sí/no", "SÌ/NO", "sim/não", "да/нет", "tak/nie", "evet/hayır", "是/否"),
    *("checked/unchecked", "J/N"),
]


@pytest.mark.parametrize("pair", PAIRS)
def test_a_pair_of_words(tmp_path: Path, pair: str) -> None:
    true, false = pair.split("/")
    found = column(tmp_path, f"{true};{false};;{true}")
    assert (found.types[1], found.table.columns[1].format) == ("boolean", pair)
    assert found.column(1) == [True, False, None, True]
    assert found.as_written(1) == [true, false, None, true]


@pytest.mark.parametrize("cells", ["ja;ja", "no;SE;DK", "sí;non", "Ja;nein", "N;S", "da;de;fr", "x;"])
def test_words_that_prove_nothing_stay_text(tmp_path: Path, cells: str) -> None:
    assert column(tmp_path, cells).types[1] == "string"


def test_checked_and_empty_cells_are_a_checkbox(tmp_path: Path) -> None:
    found = column(tmp_path, "checked;;checked;NA")
    assert (found.types[1], found.table.columns[1].format) == ("boolean", "checked/")
    assert found.column(1) == [True, False, True, None]


def test_a_row_far_below_tells_unchecked_from_empty(tmp_path: Path) -> None:
    found = read(tmp_path, "t\tv\n" + "some more text\tChecked\n" * 30_000 + "x\tUnchecked\nx\t\n")
    assert (found.types[1], found.column(1)[-2:]) == ("boolean", [False, None])


NAMED = [
    ("open/shut", "open;shut;", [True, False, None]),
    ("x/", "x;;x", [True, False, True]),
    ("1/2", "2;1", [False, True]),
    ("it's {c}/\"\\", "it's {c};\"\\", [True, False]),
    ("aktiv / inaktiv", "inaktiv;aktiv", [False, True]),
]


@pytest.mark.parametrize(("pair", "cells", "values"), NAMED)
def test_a_pair_that_the_client_names(tmp_path: Path, pair: str, cells: str, values: list[bool | None]) -> None:
    options = FileOptions(columns={"v": RequestedType(ColumnType.BOOLEAN, pair)}, quote="")
    found = column(tmp_path, cells, options)
    assert (found.types[1], found.column(1), found.rejects) == ("boolean", values, [])


def test_other_words_are_rejected(tmp_path: Path) -> None:
    options = FileOptions(columns={"v": RequestedType(ColumnType.BOOLEAN, "open/shut")})
    found = column(tmp_path, "open;ajar;shut", options)
    assert [reject.detail for reject in found.rejects] == ["'ajar' is not open or shut"]


@pytest.mark.parametrize("pair", ["open", "open/open", "/", "/no", "a/b/c", "a|b/c", "a\nb/c", "x" * 99 + "/y"])
def test_a_format_that_is_no_pair_is_refused(tmp_path: Path, pair: str) -> None:
    with pytest.raises(Invalid, match=r"is not a format of boolean columns; use for example yes/no") as refused:
        column(tmp_path, "1", FileOptions(columns={"v": RequestedType(ColumnType.BOOLEAN, pair)}))
    assert refused.value.code == "invalid-options"
