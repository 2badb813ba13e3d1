"""Read a data package: take one table out of the ZIP, and the options of its import from the descriptor.

Nothing outside the ZIP is read: neither addresses nor other paths. What the client specifies takes precedence.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from application.imports.file_format import FileOptions, RequestedType
from domain.columns import quote_value
from domain.errors import Fault, Invalid
from interfaces.formats.containers import zip_member
from interfaces.formats.containers.zip_member import DESCRIPTOR
from interfaces.formats.data_package import descriptor
from interfaces.formats.data_package.descriptor import PackageResource, Properties, TableSchema
from interfaces.formats.data_package.dialect import dialect_options
from interfaces.formats.data_package.field_types import requested_type

MAX_DESCRIPTOR_BYTES = 32 * 2**20
"""The largest descriptor that is read: one of 100,000 columns has about 10 MB."""

_HASHES = ("md5", "sha1", "sha256", "sha512")


@dataclass(frozen=True, slots=True)
class PackagedTable:
    """A table of a package, before it is unpacked: the `member` of the ZIP, and its name without folders.

    `options` are those of the client, completed by the descriptor. `names` are the columns that the table must have,
    `key` those that identify a record. `notes` are for people.
    """

    member: str
    filename: str
    resource: PackageResource
    options: FileOptions
    names: tuple[str, ...]
    key: tuple[str, ...]
    notes: tuple[str, ...]


def find_table(path: Path, options: FileOptions) -> PackagedTable | None:
    """The table of the package in the ZIP at `path` that `options` select; None if the ZIP is no data package.

    Raises Invalid `invalid-datapackage`, or `several-files` if it is not clear which of several tables is meant.
    """
    members = zip_member.list_files(path)
    found = zip_member.find_descriptor(members)
    if found is None:
        return None
    folder = found[: -len(DESCRIPTOR)]

    def load(name: str) -> Any:
        return descriptor.load_json(_read_member(path, folder + name, members), name)

    resources = descriptor.parse_resources(_read_member(path, found, members))
    at, is_selected = _select_resource(resources, options)
    resource = descriptor.parse_resource(resources[at], at, load)
    if folder + resource.path not in members:
        raise descriptor.descriptor_error(
            f"{resource.pointer}/path", f"the package has no file {quote_value(resource.path)}"
        )
    merged, notes = _complete_options(replace(options, sheet=None) if is_selected else options, resource)
    is_named = options.names is None and resource.schema is not None
    return PackagedTable(
        folder + resource.path,
        PurePosixPath(resource.path).name,
        resource,
        merged,
        resource.schema.names if is_named and resource.schema else (),
        resource.schema.key if is_named and resource.schema else (),
        (f"{DESCRIPTOR} describes the table {resource.name!r}: its types and null values were used.", *notes),
    )


def checked_pieces(table: PackagedTable, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The bytes of the table's file. Raises Invalid `corrupt-file` if it is not the one that was described."""
    size, expected = 0, table.resource.digest
    algorithm = expected[0] if expected and expected[0] in _HASHES else None
    digest = hashlib.new(algorithm, usedforsecurity=False) if algorithm else None
    for piece in pieces:
        size += len(piece)
        if digest is not None:
            digest.update(piece)
        yield piece
    hint = f"If it was edited on purpose, remove bytes and hash from {DESCRIPTOR}"
    if table.resource.size not in (None, size):
        detail = f"{table.filename!r} has {size:,} bytes, but {DESCRIPTOR} says {table.resource.size:,}. {hint}"
        raise Invalid("corrupt-file", detail)
    if digest is not None and expected and digest.hexdigest() != expected[1]:
        raise Invalid("corrupt-file", f"{table.filename!r} does not have the hash that {DESCRIPTOR} says. {hint}")


def check_names(table: PackagedTable, names: Sequence[str]) -> None:
    """Raise Invalid `invalid-datapackage` if the file does not have the columns that the package describes."""
    known = {name.strip() for name in names}
    if missing := next((name for name in table.names if name.strip() and name.strip() not in known), None):
        pointer = f"{table.resource.pointer}/schema/fields"
        raise descriptor.descriptor_error(pointer, f"{table.filename!r} has no column {quote_value(missing)}")


def _read_member(path: Path, name: str, members: Sequence[str]) -> bytes:
    if name not in members:
        raise Invalid("invalid-datapackage", f"{DESCRIPTOR} refers to {name!r}, which the package does not have")
    parts, size = [], 0
    for piece in zip_member.open_member(path, name):
        size += len(piece)
        if size > MAX_DESCRIPTOR_BYTES:
            detail = f"{name!r} in the data package is larger than {MAX_DESCRIPTOR_BYTES:,} bytes"
            raise Invalid("invalid-datapackage", detail)
        parts.append(piece)
    return b"".join(parts)


def _select_resource(resources: Sequence[Properties], options: FileOptions) -> tuple[int, bool]:
    """The index of the resource to read, and whether the option `sheet` selected it."""
    names = [descriptor.resource_name(resource, at) for at, resource in enumerate(resources)]
    if options.sheet in names:
        return names.index(str(options.sheet)), True
    if len(resources) == 1:
        return 0, False
    if isinstance(options.sheet, int) and options.sheet <= len(resources):
        return options.sheet - 1, True
    tables = [at for at, resource in enumerate(resources) if descriptor.is_table(resource)]
    if options.sheet is None and len(tables) == 1:
        return tables[0], False
    shown = ", ".join(map(repr, names[:20])) + (" …" if len(names) > 20 else "")
    detail = f"The data package has {len(names):,} tables ({shown}); select one with the option sheet"
    raise Invalid("several-files", detail, (Fault("options/sheet", "several-files", detail),))


def _complete_options(options: FileOptions, resource: PackageResource) -> tuple[FileOptions, Sequence[str]]:
    """The client's options and, where it specified nothing, those of the package; and notes about them."""
    described = dialect_options(resource)
    notes: list[str] = []
    if resource.schema is not None:
        described |= _schema_options(resource.schema, has_header=described.get("header") is not False)
        types = _requested_types(resource.schema, notes)
        described["columns"] = _merge_types(options.columns, types)
        known = {name: one for name, one in options.known_formats.items() if name not in types}
        options = replace(options, known_formats=known, formula_texts=False)
    kept = {name: value for name, value in described.items() if name == "columns" or getattr(options, name) is None}
    return replace(options, **kept), notes


def _schema_options(schema: TableSchema, *, has_header: bool) -> Mapping[str, Any]:
    empty = "null" if "" in schema.missing else "text"
    found: dict[str, Any] = {"null_values": tuple(filter(None, schema.missing)), "empty_cells": empty}
    return found if has_header else found | {"names": schema.names}


def _requested_types(schema: TableSchema, notes: list[str]) -> Mapping[str, RequestedType]:
    found: dict[str, RequestedType] = {}
    for field in schema.fields:
        name = field["name"].strip()
        try:
            requested = requested_type(field)
        except Invalid as error:
            requested = None
            notes.append(f"Column {name!r}: its values decide the type, because of its description: {error.detail}")
        if requested is not None:
            found[name] = requested
    return found


def _merge_types(
    given: Mapping[str, RequestedType], described: Mapping[str, RequestedType]
) -> Mapping[str, RequestedType]:
    """The types in the package and those given, which take precedence; a given type has the package's notation."""
    merged = dict(described)
    for name, requested in given.items():
        notation = described[name].format if name in described and described[name].type is requested.type else None
        merged[name] = requested if requested.format is not None else replace(requested, format=notation)
    return merged
