"""Parse `datapackage.json`, which describes the tables of a data package. What is unexpected is refused by its place.

Formats: https://specs.frictionlessdata.io (version 1) and https://datapackage.org (version 2).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from domain.columns import quote_value
from domain.errors import Fault, Invalid
from interfaces.formats.containers.zip_member import DESCRIPTOR

Properties = Mapping[str, Any]
"""An object of the descriptor."""

LoadPart = Callable[[str], Any]
"""Returns the JSON in another file of the package, given the file's path."""

_DEFAULT_MISSING = ("",)
_REMOTE = ("http://", "https://", "ftp://", "s3://", "file:")
_TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")


@dataclass(frozen=True, slots=True)
class TableSchema:
    """The columns of a table: the properties of its `fields`, the texts that are `missing` values, and the `key`."""

    fields: Sequence[Properties]
    missing: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field["name"] for field in self.fields)


@dataclass(frozen=True, slots=True)
class PackageResource:
    """One table of a package. `pointer` is its place in the descriptor, `path` the file's path in the package.

    `size` in bytes and `digest` (algorithm, hex) are what the file must have, if given.
    """

    pointer: str
    name: str
    path: str
    encoding: str | None
    size: int | None
    digest: tuple[str, str] | None
    dialect: Properties
    schema: TableSchema | None


def parse_resources(text: bytes) -> Sequence[Properties]:
    """The resources in a descriptor: at least one. Raises Invalid `invalid-datapackage`."""
    resources = expect("", load_json(text, DESCRIPTOR), dict).get("resources")
    if not isinstance(resources, list) or not resources:
        raise descriptor_error("/resources", "expected a list of at least one table")
    return [expect(f"/resources/{at}", one, dict) for at, one in enumerate(resources)]


def is_table(resource: Properties) -> bool:
    """Whether the resource says that it is a table."""
    path = resource.get("path")
    return (
        resource.get("profile") == "tabular-data-resource"
        or resource.get("type") == "table"
        or "schema" in resource
        or (isinstance(path, str) and path.lower().endswith(_TABLE_SUFFIXES))
    )


def resource_name(resource: Properties, at: int) -> str:
    """The name by which the resource is selected: its own, or its number from 1."""
    name = resource.get("name")
    return name if isinstance(name, str) and name else str(at + 1)


def parse_resource(resource: Properties, at: int, load: LoadPart) -> PackageResource:
    """The resource with the index `at`. Raises Invalid `invalid-datapackage`."""
    pointer = f"/resources/{at}"
    size = resource.get("bytes")
    return PackageResource(
        pointer,
        resource_name(resource, at),
        _parse_path(resource, pointer),
        _optional_text(resource, "encoding", pointer),
        size if isinstance(size, int) and not isinstance(size, bool) else None,
        _parse_digest(_optional_text(resource, "hash", pointer)),
        _load_properties(resource, "dialect", pointer, load) or {},
        _parse_schema(_load_properties(resource, "schema", pointer, load), f"{pointer}/schema"),
    )


def load_json(text: bytes, path: str) -> Any:
    """The JSON in a file of the package. Raises Invalid `invalid-datapackage`."""
    try:
        value = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Invalid("invalid-datapackage", f"{path!r} in the data package is not valid JSON: {reason}") from None
    if b"\\u0000" in text or not _is_unicode(value):
        detail = f"{path!r} in the data package has a text with U+0000 or half of a surrogate pair"
        raise Invalid("invalid-datapackage", detail)
    return value


def _is_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def expect(pointer: str, value: Any, kind: type) -> Any:
    """`value`, which must be of this kind. Raises Invalid `invalid-datapackage`."""
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a whole number"}
    raise descriptor_error(pointer, f"expected {kinds[kind]}, got {quote_value(value)}")


def descriptor_error(pointer: str, why: str) -> Invalid:
    """The refusal of a descriptor for what is at `pointer`, a JSON pointer."""
    detail = f"{DESCRIPTOR}, {pointer or 'as a whole'}: {why}"
    return Invalid("invalid-datapackage", detail, (Fault(f"{DESCRIPTOR}{pointer}", "invalid-datapackage", detail),))


def _parse_path(resource: Properties, pointer: str) -> str:
    if "path" not in resource:
        why = "the table's values are in the descriptor" if "data" in resource else "the table has no path"
        raise descriptor_error(pointer, f"{why}; expected the path of a file in the package")
    path = resource["path"]
    if isinstance(path, list):
        if len(path) != 1:
            raise descriptor_error(f"{pointer}/path", f"the table is split into {len(path):,} files; expected one")
        path = path[0]
    return _check_path(f"{pointer}/path", path)


def _check_path(pointer: str, path: Any) -> str:
    text: str = expect(pointer, path, str)
    if text.lower().startswith(_REMOTE):
        raise descriptor_error(pointer, f"{quote_value(text)} is not in the package, and no addresses are read")
    parts = PurePosixPath(text).parts
    if not parts or text.startswith("/") or "\\" in text or ".." in parts:
        raise descriptor_error(pointer, f"{quote_value(text)} is not a path within the package")
    return str(PurePosixPath(text))


def _optional_text(properties: Properties, name: str, pointer: str) -> str | None:
    value = properties.get(name)
    return None if value is None else str(expect(f"{pointer}/{name}", value, str))


def _parse_digest(text: str | None) -> tuple[str, str] | None:
    """The algorithm and the hash; MD5 if no algorithm is named."""
    if text is None:
        return None
    algorithm, mark, digest = text.rpartition(":")
    return (algorithm if mark else "md5").lower(), digest.lower()


def _load_properties(resource: Properties, name: str, pointer: str, load: LoadPart) -> Properties | None:
    """An object of the resource, which may be in another file of the package."""
    value = resource.get(name)
    if isinstance(value, str):
        value = load(_check_path(f"{pointer}/{name}", value))
    properties: Properties | None = None if value is None else expect(f"{pointer}/{name}", value, dict)
    return properties


def _parse_schema(schema: Properties | None, pointer: str) -> TableSchema | None:
    if schema is None:
        return None
    fields = [
        expect(f"{pointer}/fields/{at}", field, dict)
        for at, field in enumerate(expect(f"{pointer}/fields", schema.get("fields", []), list))
    ]
    names = [expect(f"{pointer}/fields/{at}/name", field.get("name"), str) for at, field in enumerate(fields)]
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise descriptor_error(f"{pointer}/fields", f"two columns have the name {quote_value(repeated)}")
    missing = expect(f"{pointer}/missingValues", schema.get("missingValues", list(_DEFAULT_MISSING)), list)
    key = schema.get("primaryKey") or []
    key = [key] if isinstance(key, str) else expect(f"{pointer}/primaryKey", key, list)
    for name in key:
        if name not in names:
            raise descriptor_error(f"{pointer}/primaryKey", f"there is no column {quote_value(name)}")
    return TableSchema(fields, tuple(_missing_text(one, f"{pointer}/missingValues") for one in missing), tuple(key))


def _missing_text(given: Any, pointer: str) -> str:
    """A text, or in version 2 an object with the text as its `value`."""
    return str(expect(pointer, given.get("value") if isinstance(given, dict) else given, str))
