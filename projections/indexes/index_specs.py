"""What an index on a record table is built of, and the SQL that builds it.

A spec speaks of positions and of how a value is read there (`value_sql`), never of names: it outlives a renamed
column, and a column of another type asks for another index. Its text is how it is stored, and what names it.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import assert_never

from psycopg.sql import SQL, Composable, Composed, Identifier

from domain import exact_json
from domain.columns import Column, ColumnType
from projections.sql.record_tables import Table
from projections.sql.search_documents import text_of, words_of
from projections.sql.value_sql import value_sql


class Kind(StrEnum):
    """How an index finds records; a kind more is a case more in `create_sql`."""

    ORDER = "order"
    WORDS = "words"
    TRIGRAMS = "trigrams"


@dataclass(frozen=True, slots=True)
class Part:
    """The value at a position as an index holds it. `form` stands for all types that are read alike."""

    position: int
    form: ColumnType
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """An index over the values of `equal`, then those of `order`, then the record's id.

    It hands out records with given values in `equal` in the order of the rest, so that a page reads no record
    but its own. Where words or trigrams are kept, they are those of all strings in `equal` as one text.
    """

    kind: Kind
    equal: tuple[Part, ...] = ()
    order: tuple[Part, ...] = ()

    @property
    def text(self) -> str:
        return exact_json.dumps({"kind": self.kind, "equal": _listed(self.equal), "order": _listed(self.order)})


def part(column: Column, descending: bool = False, nulls_first: bool = False) -> Part:
    return Part(column.position, _FORMS[column.type], descending, nulls_first)


@lru_cache(maxsize=4096)
def from_text(text: str) -> IndexSpec:
    stored = exact_json.loads(text)
    return IndexSpec(Kind(stored["kind"]), _parts(stored["equal"]), _parts(stored["order"]))


def name(table: Table, spec: IndexSpec) -> str:
    """The index's name in the schema `records`: at most 63 bytes, also beside a rebuilt table."""
    return f"{table.name} {blake2b(spec.text.encode(), digest_size=8).hexdigest()}"


def create_sql(table: Table, spec: IndexSpec, concurrently: bool = True) -> Composed:
    match spec.kind:
        case Kind.ORDER:
            keys = SQL(", ").join([*(_key(one) for one in (*spec.equal, *spec.order)), SQL("id")])
            method = SQL("({})").format(keys)
        case Kind.WORDS:
            method = SQL("USING gin ({})").format(words_of(_positions(spec)))
        case Kind.TRIGRAMS:
            method = SQL("USING gin ({} gin_trgm_ops)").format(text_of(_positions(spec)))
        case _:
            assert_never(spec.kind)
    create = SQL("CREATE INDEX CONCURRENTLY {} ON {} {}") if concurrently else SQL("CREATE INDEX {} ON {} {}")
    return create.format(Identifier(name(table, spec)), table.identifier, method)


_FORMS = {
    ColumnType.STRING: ColumnType.STRING,
    ColumnType.DATE: ColumnType.STRING,
    ColumnType.JSON: ColumnType.STRING,
    ColumnType.INTEGER: ColumnType.DECIMAL,
    ColumnType.DECIMAL: ColumnType.DECIMAL,
    ColumnType.BOOLEAN: ColumnType.BOOLEAN,
    ColumnType.DATETIME: ColumnType.DATETIME,
}
"""Types whose values `value_sql` reads alike share their indexes."""


def _positions(spec: IndexSpec) -> tuple[int, ...]:
    return tuple(one.position for one in spec.equal)


def _key(one: Part) -> Composable:
    value = value_sql(Column("", one.form, one.position))
    if one.nulls_first:
        return SQL("({}) NULLS FIRST").format(value)
    return SQL("({}) DESC NULLS LAST" if one.descending else "({})").format(value)


def _listed(parts: tuple[Part, ...]) -> list[list[object]]:
    return [[one.position, one.form, *_flags(one)] for one in parts]


def _flags(one: Part) -> list[bool]:
    if one.nulls_first:
        return [one.descending, True]
    return [True] if one.descending else []


def _parts(stored: list[list[object]]) -> tuple[Part, ...]:
    return tuple(Part(int(str(one[0])), ColumnType(str(one[1])), *map(bool, one[2:])) for one in stored)
