"""Datasets as entity sets: their names, and the properties of their entities."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from psycopg import AsyncConnection

from domain.errors import NotFound, nearest
from domain.query.filter.tree import Builtin
from domain.schema import Definition
from interfaces.http.reading import find
from interfaces.odata import past
from interfaces.odata.identifiers import ID, VERSION, property_names, set_names
from interfaces.services import wiring
from projections.query.odata import entity_sources
from projections.query.odata.entity_types import EdmType, Property, edm_type
from projections.query.odata.wide_integers import WideIntegers
from projections.query.snapshots import Snapshot

NAMESPACE = "Rowledger"


@dataclass(frozen=True, slots=True)
class EntitySet:
    """A dataset at a version under its OData name."""

    name: str
    definition: Definition
    properties: tuple[Property, ...]

    @property
    def type_name(self) -> str:
        """The entities' type, without its namespace. No property and no set can be called so."""
        return f"{self.name}_record"


async def listed(request: Request, connection: "AsyncConnection[Any]", at: str | None) -> list[EntitySet]:
    """All entity sets there are at a point of the past (None: now), oldest first."""
    point = past.point(at)
    names = set_names(await entity_sources.slugs(connection, wiring.WORKSPACE))
    found = await entity_sources.sources(connection, wiring.WORKSPACE, point)
    wide = _wide_integers(request)
    return [
        _entity_set(
            names[source.slug],
            source.definition,
            await wide.positions(connection, source.id, source.newest, source.version, source.definition),
        )
        for source in found
    ]


async def names(connection: "AsyncConnection[Any]", at: str | None) -> list[tuple[str, Definition]]:
    """The entity sets' names, and what they hold, without a look at their records."""
    point = past.point(at)
    known = set_names(await entity_sources.slugs(connection, wiring.WORKSPACE))
    found = await entity_sources.sources(connection, wiring.WORKSPACE, point)
    return [(known[source.slug], source.definition) for source in found]


async def slug_of(connection: "AsyncConnection[Any]", name: str) -> str:
    """The dataset behind an entity set. Raises NotFound naming the nearest one."""
    known = {
        named: slug for slug, named in set_names(await entity_sources.slugs(connection, wiring.WORKSPACE)).items()
    }
    if name not in known:
        raise NotFound("entity-set-not-found", f"There is no entity set {name[:128]!r}: {nearest(name, known)}")
    return known[name]


async def name_of(connection: "AsyncConnection[Any]", slug: str) -> str:
    """The entity set of a dataset that is there."""
    slugs = await entity_sources.slugs(connection, wiring.WORKSPACE)
    return set_names(slugs)[slug]


async def snapshot_of(request: Request, connection: "AsyncConnection[Any]", name: str, as_of: str | None) -> Snapshot:
    """The dataset behind an entity set as of a version or time. Raises NotFound."""
    return await find(request, connection, await slug_of(connection, name), as_of)


async def of_snapshot(
    request: Request, connection: "AsyncConnection[Any]", name: str, snapshot: Snapshot
) -> EntitySet:
    wide = await _wide_integers(request).positions(
        connection, snapshot.id, snapshot.newest, snapshot.version, snapshot.definition
    )
    return _entity_set(name, snapshot.definition, wide)


def _wide_integers(request: Request) -> WideIntegers:
    found: WideIntegers = request.app.state.wide_integers
    return found


def _entity_set(name: str, definition: Definition, wide: Iterable[int]) -> EntitySet:
    names, positions = property_names(definition), frozenset(wide)
    own = (Property(ID, Builtin.ID, EdmType.INT64), Property(VERSION, Builtin.VERSION, EdmType.INT64))
    columns = (
        Property(names[column.position], column, edm_type(column, column.position in positions))
        for column in definition.columns
    )
    return EntitySet(name, definition, (*own, *columns))
