"""Keys of spooled rows: they must not be null, and of rows with equal keys only the first is accepted."""

from pathlib import Path

import pytest

from domain.columns import ColumnType
from domain.errors import Invalid
from interfaces.formats.source import InputFile, ParsedColumn, ParsedTable, SourceLimits
from interfaces.formats.spool.keys import find_spool_key_faults
from interfaces.formats.spool.row_spool import RowSpool
from tests.limits import SOURCE_LIMITS, source_limits

A = ColumnType


def faults(
    folder: Path, types: list[ColumnType], lines: list[str], key: str, limits: SourceLimits | None = None
) -> object:
    columns = tuple(ParsedColumn(name, kind) for name, kind in zip("abc", types, strict=False))
    spool = RowSpool(folder)
    for number, line in enumerate(lines, 1):
        spool.add(line.encode() + b"\n", number)
    spool.close()
    source = InputFile(folder / "file", "file", folder, limits=limits or SOURCE_LIMITS)
    found = find_spool_key_faults(source, ParsedTable(columns, (), {}), spool, tuple(key))
    return {record: fault.column for record, fault in found.items()}


CASES: list[tuple[str, list[ColumnType], list[str], str, dict[int, str]]] = [
    ("keys of their own", [A.INTEGER], ["[1]", "[2]"], "a", {}),
    ("repeated integers", [A.INTEGER], ["[1]", "[2]", "[1]", "[1]"], "a", {2: "a", 3: "a"}),
    ("nulls", [A.INTEGER, A.STRING], ['[1,"x"]', '[null,"x"]', "[2,null]"], "ab", {1: "a", 2: "b"}),
    ("rows that end before the key", [A.INTEGER, A.STRING], ['[1,"x"]', "[2]"], "b", {1: "b"}),
    ("empty strings", [A.STRING], ['[""]', '["x"]', '[""]'], "a", {2: "a"}),
    ("the text null", [A.STRING], ['["null"]', "[null]"], "a", {1: "a"}),
    ("escapes", [A.STRING], [r'["\u00e9,\"\n"]', '["é,\\"\\n"]'], "a", {1: "a"}),
    ("decimals by value", [A.DECIMAL], ["[1.50]", "[1.5]", "[1.05]", "[1.0]", "[1]"], "a", {1: "a", 4: "a"}),
    ("zeros", [A.DECIMAL], ["[0.0]", "[-0.00]", "[0]", "[-0]"], "a", {1: "a", 2: "a", 3: "a"}),
    ("tens", [A.DECIMAL], ["[10]", "[100]", "[10.0]"], "a", {2: "a"}),
    ("30 digits", [A.DECIMAL], [f"[0.{'3' * 29}1]", f"[0.{'3' * 29}2]"], "a", {}),
    ("integers beyond 64 bits", [A.INTEGER], ["[9223372036854775809]", "[9223372036854775810]"], "a", {}),
    ("decimals after text", [A.STRING, A.DECIMAL], [r'["\",1.5\\",2.5]', '["[",2.50]'], "b", {1: "b"}),
    ("decimals after JSON", [A.JSON, A.DECIMAL], ['[{"a":[1,"x"]},2.5]', "[1,2.50]"], "b", {1: "b"}),
    ("two columns", [A.INTEGER, A.STRING], ['[1,"a"]', '[1,"b"]', '[1,"a"]'], "ab", {2: "a"}),
    ("long lines", [A.INTEGER, A.STRING], [f'[1,"{"x" * 3_000_000}"]', "[1]", "[2]"], "a", {1: "a"}),
    ("no rows", [A.INTEGER], [], "a", {}),
]


@pytest.mark.parametrize(("types", "lines", "key", "found"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_keys_with(
    tmp_path: Path, types: list[ColumnType], lines: list[str], key: str, found: dict[int, str]
) -> None:
    assert faults(tmp_path, types, lines, key) == found


def test_many_rows_are_compared_on_disk(tmp_path: Path) -> None:
    lines = [f'[{number},"some text to be left alone {number}"]' for number in range(200_000)]
    assert faults(tmp_path, [A.INTEGER, A.STRING], [*lines, "[7]"], "a") == {200_000: "a"}


def test_too_many_faults_fail_the_file(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="More than 2 rows"):
        faults(tmp_path, [A.INTEGER], ["[1]"] * 4, "a", source_limits(rejects=2))


def test_json_is_not_allowed_in_a_key(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="'a' has JSON values"):
        faults(tmp_path, [A.JSON], ["[1]"], "a")
