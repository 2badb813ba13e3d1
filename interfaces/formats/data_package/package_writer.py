"""Write a Frictionless Data Package: a ZIP with a CSV file and `datapackage.json`, which describes its columns.

The ZIP is written while it is sent. The description comes last because it contains the CSV's size and hash.
Format: https://specs.frictionlessdata.io/data-package/ (version 1).
"""

import io
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from string import ascii_lowercase, digits
from typing import Any
from unicodedata import normalize
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from anyio import to_thread

from domain import exact_json
from domain.columns import Column, ColumnType
from interfaces.formats.data_package.field_types import JSON_PROPERTY

_FIELD_TYPES: Mapping[ColumnType, Mapping[str, Any]] = {
    ColumnType.STRING: {"type": "string"},
    ColumnType.INTEGER: {"type": "integer"},
    ColumnType.DECIMAL: {"type": "number"},
    ColumnType.BOOLEAN: {"type": "boolean", "trueValues": ["true"], "falseValues": ["false"]},
    ColumnType.DATE: {"type": "date", "format": "%Y-%m-%d"},
    ColumnType.DATETIME: {"type": "datetime", "format": "any"},
    ColumnType.JSON: {"type": "any", JSON_PROPERTY: ColumnType.JSON.value},
}
"""Table Schema types by column type. Times may have offsets and fractions, which no single format of Table Schema
covers, and JSON values may be of any kind: both are `any`."""

_MIN_ZIP_YEAR = 1980

_NAME_CHARACTERS = frozenset(ascii_lowercase + digits + "-._")


@dataclass(frozen=True, slots=True)
class PackageDescription:
    """What the package says about its table: `name` is the slug, `null` the text that represents null.

    `created_at` is in UTC.
    """

    name: str
    title: str
    description: str
    version: int
    created_at: datetime
    columns: Sequence[Column]
    key: Sequence[str]
    null: str

    @property
    def plain_name(self) -> str:
        """The name reduced to the characters allowed in package names (a-z, 0-9, `-._`), or `table`."""
        characters = normalize("NFKD", self.name.lower())
        plain = "".join(character for character in characters if character in _NAME_CHARACTERS)
        return plain.strip("-._") or "table"


async def write_data_package(
    blocks: AsyncGenerator[tuple[bytes, int]], table: PackageDescription
) -> AsyncGenerator[tuple[bytes, int]]:
    """Yield the ZIP as (bytes, number of records in them), given the CSV as (bytes, number of records)."""
    buffer, digest, size = _ZipBuffer(), sha256(), 0
    entry, description = (
        _zip_entry(name, table.created_at) for name in (f"{table.plain_name}.csv", "datapackage.json")
    )
    with ZipFile(buffer, "w") as package:
        with package.open(entry, "w", force_zip64=True) as file:
            async with aclosing(blocks):
                async for block, rows in blocks:
                    digest.update(block)
                    size += len(block)
                    await to_thread.run_sync(file.write, block)
                    yield buffer.take(), rows
        package.writestr(description, exact_json.dumps(build_descriptor(table, size, digest.hexdigest())))
    yield buffer.take(), 0


def build_descriptor(table: PackageDescription, size: int, digest: str) -> Mapping[str, Any]:
    """Return the content of `datapackage.json` for a CSV of `size` bytes with the SHA-256 `digest` (in hex).

    It uses the properties of Data Package version 1, which later readers also understand.
    """
    resource = {
        "name": table.plain_name,
        "path": f"{table.plain_name}.csv",
        "profile": "tabular-data-resource",
        "title": table.title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sha256:{digest}",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "doubleQuote": True, "header": True},
        "schema": {
            "fields": [_field_descriptor(column) for column in table.columns],
            "missingValues": [table.null],
            **({"primaryKey": list(table.key)} if table.key else {}),
        },
    }
    return {
        "profile": "tabular-data-package",
        "name": table.plain_name,
        "title": table.title,
        **({"description": table.description} if table.description else {}),
        "version": str(table.version),
        "created": table.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resources": [resource],
    }


def _field_descriptor(column: Column) -> Mapping[str, Any]:
    constraints = {name: True for name in ("required", "unique") if getattr(column, name)}
    return {"name": column.name, **_FIELD_TYPES[column.type], **({"constraints": constraints} if constraints else {})}


def _zip_entry(name: str, at: datetime) -> ZipInfo:
    entry = ZipInfo(name, (max(at.year, _MIN_ZIP_YEAR), at.month, at.day, at.hour, at.minute, at.second))
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


class _ZipBuffer(io.RawIOBase):
    """A write-only file in memory; `take` returns and removes what was written since the last call."""

    def __init__(self) -> None:
        self._data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._data += data
        return len(data)

    def take(self) -> bytes:
        data = bytes(self._data)
        self._data.clear()
        return data
