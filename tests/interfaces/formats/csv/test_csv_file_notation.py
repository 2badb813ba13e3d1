"""A file has one way of writing numbers and dates: what one column proves counts for the others."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from application.imports.file_format import FileOptions, KnownColumn, RequestedType
from domain.columns import ColumnType
from domain.errors import Invalid
from tests.interfaces.formats.reading import read

DECIMAL = RequestedType(ColumnType.DECIMAL)
INTEGER = RequestedType(ColumnType.INTEGER)
TWO_WAYS = "cannot be distinguished"

# the cells of a column `p`, which may prove something, and of `v`; the delimiter; the type, format and values of `v`
SETTLED: list[tuple[str, str, str, str, str | None, list[Any], str]] = [
    ("1.234,50 0,10", "1.000 17", ";", "integer", "1.234", [1000, 17], "like column 'p'"),
    ("0,5 12,25", "2.500 1.750", ";", "integer", "1.234", [2500, 1750], "like column 'p'"),
    ("1.234.567 1.000.000", "4.125 3", "\t", "integer", "1.234", [4125, 3], "like column 'p'"),
    ("0.5 12.25", "2.500 1.750", ";", "decimal", None, [Decimal("2.500"), Decimal("1.750")], "like column 'p'"),
    ("1,234.5 0.1", "1,000 17", "\t", "integer", "1,234", [1000, 17], "like column 'p'"),
    ("1,5 2,75", "1,000 17", "\t", "decimal", "1,5", [Decimal("1.000"), 17], "like column 'p'"),
    ("3 4", "1.000 17", ",", "decimal", None, [Decimal("1.000"), 17], "set options.decimal to ','"),
    ("3 4", "1.000 17", ";", "string", None, ["1.000", "17"], TWO_WAYS),
    ("0,5 0.5", "1.000 17", "\t", "decimal", None, [Decimal("1.000"), 17], "set options.decimal"),
    ("8.125 2", "1.000 17", ";", "string", None, ["1.000", "17"], TWO_WAYS),
    (
        "31/12/2024 01/02/2024",
        "03/04/2024 05/06/2024",
        ";",
        "date",
        "DD/MM/YYYY",
        ["2024-04-03", "2024-06-05"],
        "'p'",
    ),
    ("12/31/2024 1/2/2024", "3/4/2024 5/6/2024", ";", "date", "M/D/YYYY", ["2024-03-04", "2024-05-06"], "'p'"),
    ("31/12/2024 10:00", "03/04/2024", ";", "date", "DD/MM/YYYY", ["2024-04-03"], "'p'"),
    ("31-12-2024 01-02-2024", "03/04/2024 05/06/2024", ";", "string", None, ["03/04/2024", "05/06/2024"], TWO_WAYS),
    ("31.12.2024 01.02.2024", "03/04/2024 05/06/2024", ";", "string", None, ["03/04/2024", "05/06/2024"], TWO_WAYS),
]


def two_columns(first: str, second: str, delimiter: str, *more: str) -> str:
    """A file of three columns: a word, `p` and `v`; the last cell of `p` may have a blank."""
    cells = first.split(" ") if "10:00" not in first else [first]
    lines = [delimiter.join(row) for row in zip(["x"] * 9, cells, second.split(" "), strict=False)]
    return "\n".join([delimiter.join("tpv"), *lines, *more, ""])


@pytest.mark.parametrize(("proof", "cells", "delimiter", "kind", "format", "values", "note"), SETTLED)
def test_an_ambiguous_column_is_read_like_the_others(
    tmp_path: Path,
    proof: str,
    cells: str,
    delimiter: str,
    kind: str,
    format: str | None,
    values: list[Any],
    note: str,
) -> None:
    found = read(tmp_path, two_columns(proof, cells, delimiter))
    assert (found.types[2], found.table.columns[2].format, found.column(2)) == (kind, format, values)
    assert any("'v'" in one and note in one for one in found.table.notes), found.table.notes
    assert found.as_written(2) == cells.split(" ")


def test_columns_that_contradict_each_other_prove_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, "a\tb\tv\n0,5\t0.5\t1.000\n1,5\t1.5\t17\n")
    assert found.types == ["decimal", "decimal", "string"]
    assert any("'v' stays text" in note and "options.decimal" in note for note in found.table.notes)


def test_the_decimal_sign_in_the_options_outweighs_the_columns(tmp_path: Path) -> None:
    found = read(tmp_path, "a;v\n0,5;1.000\n1,5;17\n", FileOptions(decimal="."))
    assert (found.types, found.column(1)) == (["string", "decimal"], [Decimal("1.000"), 17])


def test_a_column_of_nearly_nothing_but_numbers_proves_the_sign(tmp_path: Path) -> None:
    rows = "".join(f"0,{number};1.{number}\n" for number in range(100, 140))
    found = read(tmp_path, f"p;v\n{rows}unknown;2.000\n")
    assert (found.types, found.column(1)[-1]) == (["string", "integer"], 2000)


FAR = [
    ("5", "0,5", "integer", 1000, "1.234"),
    ("5", "0.5", "decimal", Decimal("1.000"), None),
    ("0,5", "17", "integer", 1000, "1.234"),
    ("0,5", "unknown", "integer", 1000, "1.234"),
    ("x", "0,5", "string", "1.000", None),
]


@pytest.mark.parametrize(("usual", "last", "kind", "value", "format"), FAR)
def test_a_proof_far_below_counts(
    tmp_path: Path, usual: str, last: str, kind: str, value: object, format: str | None
) -> None:
    found = read(tmp_path, "t;p;v\n" + f"some text;{usual};1.000\n" * 30_000 + f"some text;{last};17\n")
    assert (found.types[2], found.table.columns[2].format, found.column(2)[0]) == (kind, format, value)
    assert len(found.rows) == 30_001


def test_a_declared_type_is_read_like_the_other_columns(tmp_path: Path) -> None:
    text = "p;v\n1.234,50;1.000\n0,10;17\n"
    for declared, format in ((DECIMAL, "1.234,56"), (INTEGER, "1.234")):
        found = read(tmp_path, text, FileOptions(columns={"v": declared}))
        assert (found.column(1), found.table.columns[1].format) == ([1000, 17], format)
    found = read(tmp_path, text.replace("0,10", "x"), FileOptions(columns={"v": DECIMAL, "p": DECIMAL}))
    assert (found.column(1), [reject.line for reject in found.rejects]) == ([1000], [3])


def test_a_declared_type_that_nothing_decides_is_refused_with_the_value(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"'1.000' …\); set options.decimal") as refused:
        read(tmp_path, "t;v\nx;17\nx;1.000\n", FileOptions(columns={"v": DECIMAL}))
    assert refused.value.code == "ambiguous-format"


KNOWN: list[tuple[KnownColumn, str, object]] = [
    (KnownColumn(ColumnType.DECIMAL, "1.234,56"), "1.000", 1000),
    (KnownColumn(ColumnType.INTEGER, "1.234"), "1.000", 1000),
    (KnownColumn(ColumnType.DECIMAL, "1,5"), "1.000", Decimal("1.000")),
    (KnownColumn(ColumnType.DECIMAL), "1.000", Decimal("1.000")),
    (KnownColumn(ColumnType.DATE, "DD/MM/YYYY"), "03/04/2024", "2024-04-03"),
    (KnownColumn(ColumnType.DATE, "M/D/YYYY"), "03/04/2024", "2024-03-04"),
    (KnownColumn(ColumnType.DATE, "YYYYMMDD"), "20240304", "2024-03-04"),
    (KnownColumn(ColumnType.BOOLEAN, "open/shut"), "shut", False),
    (KnownColumn(ColumnType.DECIMAL, "1,234"), "1.5", Decimal("1.5")),
    (KnownColumn(ColumnType.DATETIME, " "), "2024-03-04 10:00:00", "2024-03-04T10:00:00"),
    (KnownColumn(ColumnType.BOOLEAN, "open/shut"), "true", True),
]


@pytest.mark.parametrize(("known", "cell", "value"), KNOWN)
def test_the_format_that_the_dataset_remembers_decides(
    tmp_path: Path, known: KnownColumn, cell: str, value: object
) -> None:
    options = FileOptions(columns={"v": RequestedType(known.type)}, known_formats={"v": known})
    assert read(tmp_path, f"t,v\nx,{cell}\n", options).column(1) == [value]


def test_a_column_without_values_proves_no_notation(tmp_path: Path) -> None:
    columns = {"empty": DECIMAL, "v": DECIMAL}
    known = {name: KnownColumn(ColumnType.DECIMAL, "1.234,56") for name in columns}
    text = 't,empty,v\nx,,"1,000"\n'
    assert read(tmp_path, text, FileOptions(columns=columns, known_formats=known)).column(2) == [Decimal("1.000")]


@pytest.mark.parametrize(("remembered", "value"), [("1.234,56", Decimal("1.000")), ("1,234.56", 1000), (None, 1000)])
def test_columns_written_as_the_dataset_remembers_them_prove_nothing_about_others(
    tmp_path: Path, remembered: str | None, value: object
) -> None:
    """In the file `p` has the comma as its decimal sign, so a program that wrote `p` anew wrote `v` anew too."""
    known = {"p": KnownColumn(ColumnType.DECIMAL, remembered), "v": KnownColumn(ColumnType.DECIMAL)}
    columns = dict.fromkeys(known, DECIMAL)
    found = read(tmp_path, "p;v\n1.234,50;1.000\n", FileOptions(columns=columns, known_formats=known))
    assert found.column(1) == [value]
