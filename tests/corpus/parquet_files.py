"""Parquet files: types come from the file, every digit stays, and values that JSON cannot represent are rejects."""

import datetime as dt
import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from domain.columns import Value
from tests.corpus.case import Case, Fault, Table, refused, table

D = Decimal


def parquet(*series: pl.Series | dict[str, list[int]], **how: Any) -> Callable[[], bytes]:
    def made() -> bytes:
        file = io.BytesIO()
        pl.DataFrame(series[0] if isinstance(series[0], dict) else list(series)).write_parquet(file, **how)
        return file.getvalue()

    return made


def of(
    title: str,
    dtype: Any,
    values: list[Any],
    kind: str,
    read: list[Value],
    *rejects: Fault,
    notes: Sequence[str] = (),
    **options: object,
) -> Case:
    """A file of two columns, `n` (1, 2, 3 …) and `v`."""
    lines = [number for number in range(1, len(values) + 1) if number not in [line for line, _, _ in rejects]]
    rows = [[number, value] for number, value in zip(lines, read, strict=True)]
    numbers = pl.Series("n", range(1, len(values) + 1), pl.Int8)
    return Case(
        title,
        parquet(numbers, pl.Series("v", values, dtype, strict=False)),
        table({"n": "integer", "v": kind}, *rows, rejects=rejects, notes=notes, format="parquet"),
        options,
        "file.parquet",
    )


def codec(name: Any) -> Case:
    frame = pl.Series("s", ["x", None, "é"] * 100)
    return Case(
        f"packed by {name}",
        parquet(frame, compression=name),
        Table({"s": "string"}, [["x"], [None], ["é"]] * 100, (), {}, ()),
        filename="file.parquet",
    )


def decimal_of_50_digits() -> bytes:
    """A file whose schema says decimal(50, 2): in the two places where polars writes decimal(38, 2)."""
    written = parquet(pl.Series("v", [D("1.25")], pl.Decimal(38, 2)))()
    before, after = b"\x15\x04\x15\x4c", b"\x15\x04\x15\x64"
    assert written.count(before) == 2
    return written.replace(before, after)


NOON = dt.datetime.fromisoformat("2024-01-31T12:30:00.123456")
UTC = NOON.replace(tzinfo=dt.UTC)

CASES = (
    of("text", pl.String, ["x", "", None, "007", "NA", "1"], "string", ["x", "", None, "007", "NA", "1"]),
    of("whole numbers of 8 bits", pl.Int8, [-128, 127, None], "integer", [-128, 127, None]),
    of("whole numbers of 64 bits", pl.Int64, [-(2**63), 2**63 - 1], "integer", [-(2**63), 2**63 - 1]),
    of("whole numbers of 64 bits without a sign", pl.UInt64, [2**64 - 1, 0], "integer", [2**64 - 1, 0]),
    of(
        "floats",
        pl.Float64,
        [1.5, -0.1, 1e300, 5e-324, 100.0, None],
        "decimal",
        [D("1.5"), D("-0.1"), D("1" + "0" * 300 + ".0"), D("5e-324"), D("100.0"), None],
    ),
    of("floats of 32 bits", pl.Float32, [1.5, 0.1], "decimal", [D("1.5"), D("0.1")]),
    of(
        "NaN and Infinity are null, and counted",
        pl.Float64,
        [1.5, float("nan"), float("inf"), None, float("-inf"), 2.5],
        "decimal",
        [D("1.5"), None, None, None, None, D("2.5")],
        notes=["Column 'v' has 3 values that JSON cannot represent (NaN or infinity); null is stored instead."],
    ),
    of(
        "NaN of 32 bits, declared as text",
        pl.Float32,
        [float("nan"), 0.25],
        "string",
        [None, "0.25"],
        notes=["Column 'v' has 1 value that JSON cannot represent"],
        columns={"v": "string"},
    ),
    of(
        "NaN inside lists and structures",
        pl.List(pl.Struct({"a": pl.Float64, "b": pl.List(pl.Float32)})),
        [[{"a": float("nan"), "b": [0.5, float("inf")]}, {"a": 1.5, "b": None}], [], None],
        "json",
        [[{"a": None, "b": [D("0.5"), None]}, {"a": D("1.5"), "b": None}], [], None],
        notes=["Column 'v' has 2 values that JSON cannot represent"],
    ),
    of("minus zero", pl.Float64, [-0.0, 0.0], "decimal", [D("0.0"), D("0.0")]),
    of(
        "decimals keep their zeros",
        pl.Decimal(10, 2),
        [D("1.10"), D("-2.00"), None],
        "decimal",
        [D("1.10"), D("-2.00"), None],
    ),
    of(
        "decimals of 38 digits",
        pl.Decimal(38, 10),
        [D("1234567890123456789012345678.0123456789")],
        "decimal",
        [D("1234567890123456789012345678.0123456789")],
    ),
    of(
        "decimals without a fraction",
        pl.Decimal(20, 0),
        [D("12345678901234567890")],
        "decimal",
        [12345678901234567890],
    ),
    Case(
        "decimals of more digits than are read exactly",
        decimal_of_50_digits,
        refused("unsupported-type", "Column 'v' is decimal(50, 2)"),
        filename="file.parquet",
    ),
    Case(
        "decimals of more digits than are read exactly, declared as text",
        decimal_of_50_digits,
        refused("unsupported-type", "Column 'v' is decimal(50, 2)"),
        {"columns": {"v": "string"}},
        "file.parquet",
    ),
    of("booleans", pl.Boolean, [True, False, None], "boolean", [True, False, None]),
    of(
        "days",
        pl.Date,
        [dt.date(2024, 1, 31), dt.date(1, 1, 1), dt.date(9999, 12, 31), None],
        "date",
        ["2024-01-31", "0001-01-01", "9999-12-31", None],
    ),
    of("moments", pl.Datetime("us"), [NOON, None], "datetime", ["2024-01-31T12:30:00.123456", None]),
    of("moments in milliseconds", pl.Datetime("ms"), [NOON], "datetime", ["2024-01-31T12:30:00.123"]),
    of("moments in nanoseconds", pl.Datetime("ns"), [NOON], "datetime", ["2024-01-31T12:30:00.123456"]),
    of("moments in UTC", pl.Datetime("us", "UTC"), [UTC], "datetime", ["2024-01-31T12:30:00.123456Z"]),
    of("moments of a zone", pl.Datetime("us", "Europe/Oslo"), [UTC], "datetime", ["2024-01-31T12:30:00.123456Z"]),
    of("times of day", pl.Time, [dt.time(12, 30), dt.time(23, 59, 59)], "string", ["12:30:00", "23:59:59"]),
    of(
        "durations",
        pl.Duration("us"),
        [dt.timedelta(days=2, hours=3), dt.timedelta(microseconds=-1_500_000), None, dt.timedelta(days=999)],
        "string",
        ["51:00:00", "-00:00:01.5", None, "23976:00:00"],
    ),
    of("durations in milliseconds", pl.Duration("ms"), [dt.timedelta(milliseconds=7)], "string", ["00:00:00.007"]),
    of(
        "durations in nanoseconds, down to the longest",
        pl.Duration("ns"),
        [1, -(2**63) + 1, 86_399_999_999_999],
        "string",
        ["00:00:00.000000001", "-2562047:47:16.854775807", "23:59:59.999999999"],
    ),
    of(
        "durations declared as numbers",
        pl.Duration("ms"),
        [dt.timedelta(seconds=2), None],
        "integer",
        [2000, None],
        columns={"v": "integer"},
    ),
    of(
        "durations inside lists",
        pl.List(pl.Duration("us")),
        [[dt.timedelta(seconds=1)], []],
        "json",
        [[1_000_000], []],
        notes=["Column 'v' has durations inside lists or structures; they are numbers of their unit."],
    ),
    of("lists", pl.List(pl.Int64), [[1, 2], [], None, [None]], "json", [[1, 2], [], None, [None]]),
    of(
        "structures",
        pl.Struct({"a": pl.Int64, "b": pl.String}),
        [{"a": 1, "b": "x"}, {"a": None, "b": None}],
        "json",
        [{"a": 1, "b": "x"}, {"a": None, "b": None}],
    ),
    of(
        "lists of structures",
        pl.List(pl.Struct({"a": pl.Decimal(5, 2)})),
        [[{"a": D("1.10")}]],
        "json",
        [[{"a": D("1.10")}]],
    ),
    of("bytes that are text", pl.Binary, [b"x", None, "é".encode()], "string", ["x", None, "é"]),
    of("bytes that are no text, in base64", pl.Binary, [b"\xff\x00", b"x"], "string", ["/wA=", "eA=="]),
    of(
        "bytes with NUL, in base64",
        pl.Binary,
        [b"a\0b", b"x", None],
        "string",
        ["YQBi", "eA==", None],
        notes=["Column 'v' has bytes that are not text"],
    ),
    of(
        "bytes inside structures, in base64",
        pl.Struct({"data": pl.Binary, "path": pl.String}),
        [{"data": b"\x89PNG\0", "path": "a.png"}, {"data": b"text", "path": None}, {"data": None, "path": "c"}],
        "json",
        [{"data": "iVBORwA=", "path": "a.png"}, {"data": "dGV4dA==", "path": None}, {"data": None, "path": "c"}],
        notes=["Column 'v' has bytes inside lists or structures; they are encoded in base64."],
    ),
    of(
        "bytes inside lists, in base64", pl.List(pl.Binary), [[b"\xff", b"x"], None], "json", [["/w==", "eA=="], None]
    ),
    of("categories", pl.Categorical, ["x", "y", "x", None], "string", ["x", "y", "x", None]),
    of("NUL in a text is a reject", pl.String, ["x", "y\0z", "w"], "string", ["x", "w"], (2, "v", "type-error")),
    of("nothing but nulls", pl.Int64, [None, None], "integer", [None, None]),
    of("numbers declared as text", pl.Int64, [1, 2], "string", ["1", "2"], columns={"v": "string"}),
    of(
        "text declared as numbers",
        pl.String,
        ["1", "x", "3"],
        "integer",
        [1, 3],
        (2, "v", "type-error"),
        columns={"v": "integer"},
    ),
    codec("uncompressed"),
    codec("snappy"),
    codec("gzip"),
    codec("zstd"),
    codec("lz4"),
    codec("brotli"),
    Case(
        "names trimmed and made unique",
        parquet({"a": [1], " a ": [2], "": [3]}),
        table({"a": "integer", "a_2": "integer", "column_3": "integer"}, [1, 2, 3]),
        filename="file.parquet",
    ),
    Case(
        "no rows",
        parquet(pl.Series("a", [], pl.Int64), pl.Series("b", [], pl.String)),
        table({"a": "integer", "b": "string"}),
        filename="file.parquet",
    ),
    Case(
        "Parquet under another name",
        parquet(pl.Series("a", [1])),
        table({"a": "integer"}, [1], format="parquet"),
        filename="file.csv",
    ),
    Case(
        "Parquet cut in half",
        lambda: parquet(pl.Series("a", range(1000)))()[:2000],
        refused("truncated-file"),
        filename="file.parquet",
    ),
    Case(
        "Parquet without its last byte",
        lambda: parquet(pl.Series("a", range(1000)))()[:-1],
        refused("truncated-file"),
        filename="file.parquet",
    ),
    Case("Parquet's mark and nothing else", b"PAR1", refused("invalid-parquet"), filename="file.parquet"),
    Case(
        "Parquet's marks around zeros",
        b"PAR1" + bytes(100) + b"PAR1",
        refused("invalid-parquet"),
        filename="file.parquet",
    ),
)
