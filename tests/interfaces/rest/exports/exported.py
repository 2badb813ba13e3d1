"""Exported files are read by other programs."""

import io
import zipfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import frictionless
import openpyxl  # type: ignore[import-untyped]
import polars as pl
import python_calamine
from openpyxl.utils.escape import unescape  # type: ignore[import-untyped]

from domain import exact_json

Rows = list[dict[str, Any]]
"""The values of the records, by the names of their columns, each as `same` may compare it."""


def of_json(data: bytes, folder: Path) -> Rows:
    rows: Rows = exact_json.loads(data)
    return rows


def of_ndjson(data: bytes, folder: Path) -> Rows:
    return [exact_json.loads(line) for line in data.splitlines()]


def of_parquet(data: bytes, folder: Path) -> Rows:
    return pl.read_parquet(io.BytesIO(data)).rows(named=True)


def of_openpyxl(data: bytes, folder: Path) -> Rows:
    names, *rows = openpyxl.load_workbook(io.BytesIO(data)).active.values
    texts = [[unescape(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    return [dict(zip(map(unescape, names), row, strict=True)) for row in texts]


def of_calamine(data: bytes, folder: Path) -> Rows:
    names, *rows = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, names), map(_calamine_value, row), strict=True)) for row in rows]


def _calamine_value(cell: Any) -> Any:
    """calamine reads every midnight as a date, and an empty cell as an empty string."""
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return datetime.combine(cell, time.min)
    return None if cell == "" else cell


def of_datapackage(data: bytes, folder: Path) -> Rows:
    """Frictionless must call the package valid, its hash and size among the rest."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        package.extractall(folder)
    with redirect_stderr(io.StringIO()):
        report = frictionless.validate(folder / "datapackage.json")
        assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "note"])
        resource = frictionless.Package(folder / "datapackage.json").resources[0]
        return [row.to_dict() for row in resource.read_rows()]  # type: ignore[attr-defined]


READERS: Mapping[str, tuple[str, Callable[[bytes, Path], Rows]]] = {
    "json": ("json", of_json),
    "ndjson": ("ndjson", of_ndjson),
    "parquet": ("parquet", of_parquet),
    "openpyxl": ("xlsx", of_openpyxl),
    "calamine": ("xlsx", of_calamine),
    "datapackage": ("datapackage", of_datapackage),
}
"""The format that each reads, and how."""


def same(kind: str, value: Any, read: Any, is_json: bool = False) -> bool:
    """Whether a reader's `read` says what the record's `value` says. `is_json`: JSON is not text in its format."""
    if value is None or read is None:
        return value is None and read is None
    match kind:
        case "integer" | "decimal":
            return bool(Decimal(str(read)) == value)
        case "date":
            day = read.date() if isinstance(read, datetime) else read
            return (day if isinstance(day, date) else date.fromisoformat(day)).isoformat() == str(value)
        case "datetime":
            return read == value if isinstance(read, str) else _instant(read) == _instant(_time(value))
        case "json":
            return bool((read if is_json else exact_json.loads(read)) == value)
        case _:
            return bool(read == value)


_EPOCH = datetime.fromisoformat("1970-01-01")


def _time(text: str) -> datetime:
    head, point, fraction = text.partition(".")
    digits = fraction[: len(fraction) - len(fraction.lstrip("0123456789"))]
    return datetime.fromisoformat(head + (f".{digits[:6]:0<6}{fraction[len(digits) :]}" if point else ""))


def _instant(at: datetime) -> tuple[bool, timedelta]:
    """Whether there is an offset, and the time since a day that no offset leads away from."""
    return at.tzinfo is None, at.replace(tzinfo=None) - _EPOCH - (at.utcoffset() or timedelta())
