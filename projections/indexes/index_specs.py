"""Specify indexes on record tables, and build the SQL that creates them.

A spec contains the positions of columns and how values are read (`value_sql`), but no column names. So it stays valid
if a column is renamed, and a column whose type changes needs another index. A spec is stored as text, and the index's
name is derived from that text.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import assert_never

from psycopg.sql import SQL, Composable, Composed, Identifier

from domain import exact_json
from domain.columns import Column, ColumnType
from domain.query.sort import SortRule
from projections.sql.ordering import ruled_value_sql
from projections.sql.record_tables import RecordTable
from projections.sql.search_documents import folded_text_sql, words_sql

MAX_EQUAL_COLUMNS = 2
MAX_ORDER_COLUMNS = 3
"""The most columns of each kind in an index: more would hardly narrow the result and would take space."""


class IndexKind(StrEnum):
    """How an index finds records. Each kind has a case in `create_index_sql`."""

    ORDER = "order"
    WORDS = "words"
    TRIGRAMS = "trigrams"


@dataclass(frozen=True, slots=True)
class IndexPart:
    """The value at a position in an index. `form` represents all types whose values are read in the same way; text is
    kept as `rule` compares it."""

    position: int
    form: ColumnType
    descending: bool = False
    nulls_first: bool = False
    rule: SortRule = SortRule.CODE_POINT


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """An index over the values of `equal`, then those of `order`, then the record's id.

    It returns records with given values in `equal` in the order of the rest, so that a page reads only its own
    records. An index of words or trigrams contains those of all strings in `equal` as one text.
    """

    kind: IndexKind
    equal: tuple[IndexPart, ...] = ()
    order: tuple[IndexPart, ...] = ()

    @property
    def text(self) -> str:
        return exact_json.dumps(
            {"kind": self.kind, "equal": _encode_parts(self.equal), "order": _encode_parts(self.order)}
        )


def index_part(
    column: Column, descending: bool = False, nulls_first: bool = False, rule: SortRule = SortRule.CODE_POINT
) -> IndexPart:
    return IndexPart(column.position, _STORED_FORMS[column.type], descending, nulls_first, rule)


@lru_cache(maxsize=4096)
def parse_spec(text: str) -> IndexSpec:
    stored = exact_json.loads(text)
    return IndexSpec(IndexKind(stored["kind"]), _decode_parts(stored["equal"]), _decode_parts(stored["order"]))


def index_name(table: RecordTable, spec: IndexSpec) -> str:
    """The index's name in the schema `records`: at most 63 bytes, also for a table that is being rebuilt."""
    return f"{table.name} {blake2b(spec.text.encode(), digest_size=8).hexdigest()}"


def create_index_sql(table: RecordTable, spec: IndexSpec, concurrently: bool = True) -> Composed:
    match spec.kind:
        case IndexKind.ORDER:
            keys = SQL(", ").join([*(_key_sql(one) for one in (*spec.equal, *spec.order)), SQL("id")])
            method = SQL("({})").format(keys)
        case IndexKind.WORDS:
            method = SQL("USING gin ({})").format(words_sql(_positions(spec)))
        case IndexKind.TRIGRAMS:
            method = SQL("USING gin ({} gin_trgm_ops)").format(folded_text_sql(_positions(spec)))
        case _:
            assert_never(spec.kind)
    create = SQL("CREATE INDEX CONCURRENTLY {} ON {} {}") if concurrently else SQL("CREATE INDEX {} ON {} {}")
    return create.format(Identifier(index_name(table, spec)), table.identifier, method)


_STORED_FORMS = {
    ColumnType.STRING: ColumnType.STRING,
    ColumnType.DATE: ColumnType.STRING,
    ColumnType.JSON: ColumnType.STRING,
    ColumnType.INTEGER: ColumnType.DECIMAL,
    ColumnType.DECIMAL: ColumnType.DECIMAL,
    ColumnType.BOOLEAN: ColumnType.BOOLEAN,
    ColumnType.DATETIME: ColumnType.DATETIME,
}
"""Types whose values `value_sql` reads in the same way share their indexes."""


def _positions(spec: IndexSpec) -> tuple[int, ...]:
    return tuple(one.position for one in spec.equal)


def _key_sql(one: IndexPart) -> Composable:
    value = ruled_value_sql(Column("", one.form, one.position), one.rule)
    if one.nulls_first:
        return SQL("({}) NULLS FIRST").format(value)
    return SQL("({}) DESC NULLS LAST" if one.descending else "({})").format(value)


def _encode_parts(parts: tuple[IndexPart, ...]) -> list[list[object]]:
    return [[one.position, one.form, *_encode_flags(one)] for one in parts]


def _encode_flags(one: IndexPart) -> list[bool | str]:
    if one.rule is not SortRule.CODE_POINT:
        return [one.descending, one.nulls_first, one.rule.value]
    if one.nulls_first:
        return [one.descending, True]
    return [True] if one.descending else []


def _decode_parts(stored: list[list[object]]) -> tuple[IndexPart, ...]:
    return tuple(_decode_part(*one) for one in stored)


def _decode_part(
    position: object, form: object, descending: object = False, nulls_first: object = False, rule: object = ""
) -> IndexPart:
    return IndexPart(
        int(str(position)), ColumnType(str(form)), bool(descending), bool(nulls_first), SortRule(str(rule))
    )
