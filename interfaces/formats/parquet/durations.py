"""Finds the durations of a Parquet file, which has no type for them: they are integers of an Arrow schema.

Programs that write Arrow types (polars, pandas) store the schema under `ARROW:schema`, as an IPC message in base64:
https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
"""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import nanoarrow  # type: ignore[import-untyped]
from nanoarrow._utils import NanoarrowException  # type: ignore[import-untyped]
from nanoarrow.ipc import InputStream  # type: ignore[import-untyped]

from domain.columns import ColumnType
from interfaces.formats.parquet.query import metadata_sql
from interfaces.formats.parquet.types import JsonExpression

_UNITS = nanoarrow.TimeUnit
_DIGITS = {_UNITS.SECOND: 0, _UNITS.MILLI: 3, _UNITS.MICRO: 6, _UNITS.NANO: 9}


@dataclass(frozen=True, slots=True)
class Durations:
    """The columns of durations, with the number of digits below the second, and those with durations inside."""

    digits: Mapping[int, int]
    nested: tuple[int, ...] = ()


def find_durations(connection: duckdb.DuckDBPyConnection, path: Path) -> Durations:
    """None, if the file has no Arrow schema that can be read."""
    found = connection.execute(metadata_sql(path, "ARROW:schema")).fetchone()
    if found is None:
        return Durations({})
    try:
        message = io.BytesIO(base64.b64decode(found[0], validate=True))
        schema = nanoarrow.ArrayStream(InputStream.from_readable(message)).schema
    except (ValueError, NanoarrowException):
        return Durations({})
    fields = list(enumerate(schema.fields))
    digits = {at: _DIGITS[field.unit] for at, field in fields if _is_duration(field)}
    return Durations(digits, tuple(at for at, field in fields if at not in digits and _contains_duration(field)))


def duration_expression(value: str, digits: int) -> JsonExpression:
    """The SQL of a duration as text, such as `51:00:00.5`: hours, which may be more than a day, minutes, seconds."""
    return JsonExpression(ColumnType.STRING, f"duration_text({value}, {digits})")


def _is_duration(field: nanoarrow.Schema) -> bool:
    return bool(field.type == nanoarrow.Type.DURATION)


def _contains_duration(field: nanoarrow.Schema) -> bool:
    return any(_is_duration(inner) or _contains_duration(inner) for inner in field.fields)
