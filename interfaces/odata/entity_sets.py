"""Datasets as entity sets: their names and the properties of their entities."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from psycopg import AsyncConnection

from domain.errors import NotFound, suggest_nearest
from domain.query.filter.tree import Builtin
from domain.schema import Definition
from interfaces.http.reading import find_snapshot
from interfaces.http.request_access import access_of
from interfaces.odata import past
from interfaces.odata.identifiers import ID, VERSION, entity_set_names, property_names
from projections.models.datasets import dataset_reads
from projections.query.odata import entity_sources
from projections.query.odata.entity_sources import EntitySource
from projections.query.odata.entity_types import EdmType, EntityProperty, edm_type
from projections.query.odata.wide_integers import WideIntegers
from projections.query.snapshots import Snapshot

NAMESPACE = "Rowledger"


@dataclass(frozen=True, slots=True)
class EntitySet:
    """A dataset at a version, with its OData name."""

    name: str
    definition: Definition
    properties: tuple[EntityProperty, ...]

    @property
    def type_name(self) -> str:
        """The name of the entity type, without namespace. No property and no set can have this name."""
        return f"{self.name}_record"


async def list_entity_sets(request: Request, connection: "AsyncConnection[Any]", at: str | None) -> list[EntitySet]:
    """All entity sets as of `at` (None: now), oldest first."""
    wide = _wide_integers(request)
    return [
        _build_entity_set(
            name,
            source.definition,
            await wide.positions(connection, source.id, source.newest, source.version, source.definition),
        )
        for name, source in await _find_named_sources(request, connection, at)
    ]


async def list_names(
    request: Request, connection: "AsyncConnection[Any]", at: str | None
) -> list[tuple[str, Definition]]:
    """The names and definitions of all entity sets, without reading records."""
    return [(name, source.definition) for name, source in await _find_named_sources(request, connection, at)]


async def find_slug(request: Request, connection: "AsyncConnection[Any]", name: str) -> str:
    """The slug of an entity set's dataset. Raises NotFound with the nearest name."""
    known = {named: slug for slug, named in (await _find_names(request, connection)).items()}
    if name not in known:
        raise NotFound(
            "entity-set-not-found", f"There is no entity set {name[:128]!r}: {suggest_nearest(name, known)}"
        )
    return known[name]


async def find_set_name(request: Request, connection: "AsyncConnection[Any]", slug: str) -> str:
    """The entity set's name of an existing dataset."""
    return (await _find_names(request, connection))[slug]


async def find_set_snapshot(
    request: Request, connection: "AsyncConnection[Any]", name: str, as_of: str | None
) -> Snapshot:
    """The snapshot of an entity set's dataset as of a version or time. Raises NotFound."""
    return await find_snapshot(request, connection, await find_slug(request, connection, name), as_of)


async def load_entity_set(
    request: Request, connection: "AsyncConnection[Any]", name: str, snapshot: Snapshot
) -> EntitySet:
    wide = await _wide_integers(request).positions(
        connection, snapshot.id, snapshot.newest, snapshot.version, snapshot.definition
    )
    return _build_entity_set(name, snapshot.definition, wide)


async def _find_named_sources(
    request: Request, connection: "AsyncConnection[Any]", at: str | None
) -> list[tuple[str, EntitySource]]:
    """The datasets as of `at` (None: now), with the names of their entity sets.

    Names are read last: a dataset that is created meanwhile has one. A dataset that is purged meanwhile has none.
    """
    found = await entity_sources.find_sources(connection, access_of(request), past.parse_point(at))
    names = await _find_names(request, connection)
    return [(names[source.slug], source) for source in found if source.slug in names]


async def _find_names(request: Request, connection: "AsyncConnection[Any]") -> dict[str, str]:
    """The names of the entity sets that may be read, by slug. A set has the same name for every reader."""
    slugs = await dataset_reads.list_slugs(connection, access_of(request))
    names = entity_set_names([slug for slug, _ in slugs])
    return {slug: names[slug] for slug, visible in slugs if visible}


def _wide_integers(request: Request) -> WideIntegers:
    found: WideIntegers = request.app.state.wide_integers
    return found


def _build_entity_set(name: str, definition: Definition, wide: Iterable[int]) -> EntitySet:
    names, positions = property_names(definition), frozenset(wide)
    record_properties = (
        EntityProperty(ID, Builtin.ID, EdmType.INT64),
        EntityProperty(VERSION, Builtin.VERSION, EdmType.INT64),
    )
    columns = (
        EntityProperty(names[column.position], column, edm_type(column, column.position in positions))
        for column in definition.columns
    )
    return EntitySet(name, definition, (*record_properties, *columns))
