"""Parquet files: every type is read without losing a digit; values that JSON cannot represent are rejects."""

import io
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from domain.columns import ColumnType
from domain.errors import Refusal
from interfaces.formats.parquet import parquet_reader
from tests.interfaces.formats.json.json_reading import Read, read
from tests.limits import source_limits


def packed(frame: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def read_sql(folder: Path, query: str, **how: Any) -> Read:
    """What DuckDB writes of this query's rows, read."""
    path = folder / "written.parquet"
    duckdb.connect(config={"threads": 1}).execute(
        f"set TimeZone = 'UTC'; copy ({query}) to '{path}' (format parquet)"
    )
    return read(parquet_reader, folder, path.read_bytes(), **how)


VALUES = [
    ("(-128)::tinyint", "integer", "-128"),
    ("18446744073709551615::ubigint", "integer", "18446744073709551615"),
    ("1.10::decimal(5, 2)", "decimal", "1.10"),
    (
        "-12345678901234567890123456789012345.678::decimal(38, 3)",
        "decimal",
        "-12345678901234567890123456789012345.678",
    ),
    ("1.1::float", "decimal", "1.1"),
    ("0.1::double", "decimal", "0.1"),
    ("-2.5e-10::double", "decimal", "-0.00000000025"),
    ("1.25e20::double", "decimal", "125000000000000000000.0"),
    ("'-0'::double", "decimal", "0.0"),
    ("true", "boolean", "true"),
    ("date '0001-01-01'", "date", '"0001-01-01"'),
    ("timestamp '2024-01-31 10:00:00'", "datetime", '"2024-01-31T10:00:00"'),
    ("timestamp '2024-01-31 10:00:00.120'", "datetime", '"2024-01-31T10:00:00.12"'),
    ("timestamptz '2024-01-31 10:00:00.5+02:00'", "datetime", '"2024-01-31T08:00:00.5Z"'),
    ("timestamp_ns '2024-01-31 10:00:00.123456789'", "datetime", '"2024-01-31T10:00:00.123456789"'),
    ("time '10:00:01'", "string", '"10:00:01"'),
    ("'a'::enum('a', 'b')", "string", '"a"'),
    ("uuid '8144b336-ab35-4063-b299-a32ecffdda1e'", "string", '"8144b336-ab35-4063-b299-a32ecffdda1e"'),
    ("'2024-01-31'", "string", '"2024-01-31"'),
    ("'007'", "string", '"007"'),
    ("'é\"' || chr(1) || chr(10)", "string", '"é\\"\\u0001\\n"'),
    ("'text'::blob", "string", '"text"'),
    ("'\\xFF'::blob", "string", '"/w=="'),
    ("'\\x00a'::blob", "string", '"AGE="'),
    ("['text'::blob]", "json", '["dGV4dA=="]'),
    ("map {'k'::blob: '\\xFF'::blob}", "json", '{"aw==":"/w=="}'),
    ("['nan'::double, 0.5]", "json", "[null,0.5]"),
    ("map {'k': '-inf'::float}", "json", '{"k":null}'),
    ("[1.10::decimal(3, 2), null]", "json", "[1.10,null]"),
    ("{'a': 1e-7::double, 'b\"': [{'c': date '2024-01-31'}]}", "json", '{"a":0.0000001,"b\\"":[{"c":"2024-01-31"}]}'),
    ("map {'k': [[1.5]], 'l': null}", "json", '{"k":[[1.5]],"l":null}'),
    ("map {1: true}", "json", '{"1":true}'),
    ("'{\"a\": [1.10, 1e2]}'::json", "json", '{"a":[1.10,100]}'),
]


@pytest.mark.parametrize(("value", "kind", "stored"), VALUES, ids=[v[0] for v in VALUES])
def test_a_value_of(tmp_path: Path, value: str, kind: str, stored: str) -> None:
    found = read_sql(tmp_path, f"select {value} as a union all select null")
    assert (found.types, found.lines.decode(), found.rejects) == ([kind], f"[{stored}]\n[null]\n", [])


REFUSED = [
    ("date '12000-01-01'", "12000-01-01"),
    ("date '0044-03-15 (BC)'", "0044-03-15 (BC)"),
    ("'infinity'::timestamp", "infinity"),
    ("'x' || chr(0)", "x\\u0000"),
    ("['x' || chr(0)]", '["x\\u0000"]'),
    ('\'{"a": 1, "a": 2}\'::json', '{"a": 1, "a": 2}'),
]


@pytest.mark.parametrize(("value", "cell"), REFUSED, ids=[r[1] for r in REFUSED])
def test_a_row_is_rejected_for(tmp_path: Path, value: str, cell: str) -> None:
    found = read_sql(
        tmp_path, f"select null as a, 'MARK' as b union all select {value}, 'x' union all select null, 'y'"
    )
    assert (found.rows, found.numbers) == ([[None, "MARK"], [None, "y"]], [1, 3])
    assert [fault[:3] for fault in found.faults] == [(2, "a", "type-error")]
    assert found.rejects[0].cells == (cell, "x")


def test_names_are_those_of_the_file(tmp_path: Path) -> None:
    found = read(parquet_reader, tmp_path, packed(pl.DataFrame({"a": [1], "A": [2], " b ": [3], "": [4], "b": [5]})))
    assert (found.table.names, found.rows) == (("a", "A", "b", "column_4", "b_2"), [[1, 2, 3, 4, 5]])


def test_rows_without_a_unique_key_are_rejected(tmp_path: Path) -> None:
    frame = pl.DataFrame({"k": ["1.50", "2.00", "1.50", None, "2.00", "3.00"], "x": [math.nan, 1, 2, 3, 4, 5]})
    found = read(parquet_reader, tmp_path, packed(frame.cast({"k": pl.Decimal(10, 2)})), key=("k",))
    assert found.rows == [[Decimal("1.50"), None], [2, 1], [3, 5]]
    assert found.numbers == [1, 2, 6]
    assert [fault[:3] for fault in found.faults] == [
        (3, "k", "primary-key"),
        (4, "k", "primary-key"),
        (5, "k", "primary-key"),
    ]


WANTED = [
    (pl.Series([1, 2]), ColumnType.STRING, ["1", "2"], []),
    (pl.Series([1, 2]), ColumnType.DECIMAL, [1, 2], []),
    (pl.Series(["1", "x", "007", None]), ColumnType.INTEGER, [1, None], [2, 3]),
    (pl.Series(["1.50", "2", "1e5"]), ColumnType.DECIMAL, [Decimal("1.50"), 2], [3]),
    (pl.Series(["true", "yes"]), ColumnType.BOOLEAN, [True], [2]),
    (pl.Series(["2024-01-31", "2024-02-30"]), ColumnType.DATE, ["2024-01-31"], [2]),
    (pl.Series(["2024-01-31T10:00:00Z", "10:00"]), ColumnType.DATETIME, ["2024-01-31T10:00:00Z"], [2]),
    (pl.Series([1.5, 2.0, math.nan]), ColumnType.STRING, ["1.5", "2.0", None], []),
    (pl.Series(["1.5", "nan"]), ColumnType.DECIMAL, [Decimal("1.5")], [2]),
    (pl.Series([1, 2]), ColumnType.DATE, [], [1, 2]),
    (pl.Series([[1], [2]]), ColumnType.STRING, [], [1, 2]),
    (pl.Series(["x"]), ColumnType.JSON, ["x"], []),
]


@pytest.mark.parametrize(("values", "kind", "kept", "rejected"), WANTED)
def test_a_declared_type_accepts(
    tmp_path: Path, values: pl.Series, kind: ColumnType, kept: list[object], rejected: list[int]
) -> None:
    found = read(parquet_reader, tmp_path, packed(pl.DataFrame({"a": values})), columns={"a": kind})
    assert (found.types, found.column()) == ([kind.value], kept)
    assert [fault[:3] for fault in found.faults] == [(row, "a", "type-error") for row in rejected]


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    found = read(parquet_reader, tmp_path, packed(pl.DataFrame(schema={"a": pl.Int64, "b": pl.Date})))
    assert (found.types, found.rows) == (["integer", "date"], [])


def test_many_rows_come_in_order(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": range(300_000), "b": ["x" * (number % 50) for number in range(300_000)]})
    found = read(parquet_reader, tmp_path, packed(frame))
    assert found.column() == list(range(300_000))
    assert found.column(1) == frame["b"].to_list()


def damaged(data: bytes) -> bytes:
    return data[:40] + b"\xff" * 40 + data[80:]


WHOLE = packed(pl.DataFrame({"a": [str(number) for number in range(1000)]}))
FOOTER = int.from_bytes(WHOLE[-8:-4], "little")
FILES = [
    ("a truncated file", WHOLE[:-100], "truncated-file", "footer"),
    ("an encrypted file", b"PARE" + WHOLE[4:-4] + b"PARE", "encrypted-file", "encrypted"),
    (
        "a file with a damaged footer",
        WHOLE[: -FOOTER - 8] + b"\xff" * 40 + WHOLE[-FOOTER + 32 :],
        "invalid-parquet",
        "cannot be read",
    ),
    ("a file with damaged pages", damaged(WHOLE), "invalid-parquet", "cannot be read"),
    ("10,000 columns", packed(pl.DataFrame({f"c{at}": [1] for at in range(10_000)})), "too-many-columns", "10,000"),
    ("no columns", packed(pl.DataFrame()), "invalid-parquet", "column"),
    (
        "a bomb",
        packed(pl.select(a=pl.repeat("x" * 100_000, 3000))),
        "unpacked-too-large",
        "50,000,000 bytes",
    ),
    ("rejects beyond the limit", packed(pl.DataFrame({"a": ["\0"] * 9})), "too-many-rejects", "More than 5"),
]


@pytest.mark.parametrize(("data", "code", "words"), [f[1:] for f in FILES], ids=[f[0] for f in FILES])
def test_a_whole_file_is_refused_for(tmp_path: Path, data: bytes, code: str, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        read(parquet_reader, tmp_path, data, limits=source_limits(rejects=5, unpacked_bytes=50_000_000))
    assert refused.value.code == code


def test_a_value_beyond_the_limit_rejects_its_row(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["x", "y" * 2000, "z"]})
    found = read(parquet_reader, tmp_path, packed(frame), limits=source_limits(cell_bytes=1000))
    assert (found.column(), [fault[:3] for fault in found.faults]) == (["x", "z"], [(2, "a", "type-error")])


def test_parquet_is_detected_by_its_first_bytes() -> None:
    assert parquet_reader.detect(WHOLE[:100]) and not parquet_reader.detect(b"a,b\n")


def test_times_with_nanoseconds_keep_them(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": pl.Series([1_700_000_000_123_456_789]).cast(pl.Datetime("ns", "UTC"))})
    found = read(parquet_reader, tmp_path, packed(frame))
    assert found.column() == ["2023-11-14T22:13:20.123456789Z"]
