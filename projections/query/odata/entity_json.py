"""Build a record as an OData entity in JSON. PostgreSQL builds the text, so that Python only passes it on."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import LiteralString, assert_never
from urllib.parse import quote

from psycopg.sql import SQL, Composed, Literal

from domain import exact_json
from domain.columns import Column, ColumnType
from domain.query.filter.tree import Builtin
from projections.query.odata.entity_types import EdmType, EntityProperty
from projections.sql.row_json import concat_sql, text_literal


class MetadataLevel(StrEnum):
    """How much control information an entity has in addition to its values."""

    NONE = "none"
    MINIMAL = "minimal"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class EntityStyle:
    """How an entity is written: its entity set and qualified type, the amount of control information, and whether
    Int64 and Decimal are strings (`IEEE754Compatible`) for clients whose numbers have 53 bits only."""

    set: str
    type: str
    metadata: MetadataLevel = MetadataLevel.MINIMAL
    numbers_as_text: bool = False


@lru_cache(maxsize=512)
def entity_json(properties: tuple[EntityProperty, ...], form: EntityStyle) -> SQL:
    """An SQL expression over `id`, `version` and `values`: a JSON object of these properties."""
    parts = _control_sql(properties, form)
    for each in properties:
        start = "," if parts else "{"
        if form.metadata is MetadataLevel.FULL and each.type not in _SELF_EVIDENT:
            start += f'"{each.name}@odata.type":"#{each.type.removeprefix("Edm.")}",'
        parts.append(text_literal(f"{start}{exact_json.dumps(each.name)}:"))
        parts.append(_value_json(each, form.numbers_as_text))
    parts.append(text_literal("}" if parts else "{}"))
    return concat_sql(parts)


_SELF_EVIDENT = (EdmType.BOOLEAN, EdmType.STRING)


def _control_sql(properties: tuple[EntityProperty, ...], form: EntityStyle) -> list[Composed]:
    """The entity's id, if the client requested it or cannot derive it from the properties."""
    has_key = any(each.source is Builtin.ID for each in properties)
    if form.metadata is MetadataLevel.NONE or (form.metadata is MetadataLevel.MINIMAL and has_key):
        return []
    id_parts = [text_literal(f"{quote(form.set)}("), SQL("{}").format(SQL("id")), text_literal(')"')]
    if form.metadata is MetadataLevel.MINIMAL:
        return [text_literal('{"@odata.id":"'), *id_parts]
    type_part = text_literal(f'{{"@odata.type":"#{form.type}","@odata.id":"')
    return [type_part, *id_parts, text_literal(',"@odata.editLink":"'), *id_parts]


def _value_json(each: EntityProperty, numbers_as_text: bool) -> Composed:
    is_text = numbers_as_text and each.type in (EdmType.INT64, EdmType.DECIMAL)
    if isinstance(each.source, Builtin):
        name = SQL("id" if each.source is Builtin.ID else "version")
        return SQL("concat('\"', {}, '\"')" if is_text else "{}::text").format(name)
    template = _QUOTED if is_text else _template(each.source, each.type)
    return SQL(template).format(Literal(each.source.position))


_UNCHANGED: LiteralString = "coalesce((values->{0})::text, 'null')"
_QUOTED: LiteralString = "coalesce('\"' || (values->>{0}) || '\"', 'null')"
_JSON: LiteralString = """CASE WHEN (values->>{0}) IS NULL THEN 'null' ELSE to_json((values->{0})::text)::text END"""
_WITH_OFFSET: LiteralString = """coalesce(
    '"' || (values->>{0})
    || CASE WHEN right(values->>{0}, 1) <> 'Z' AND left(right(values->>{0}, 6), 1) NOT IN ('+', '-') THEN 'Z' END
    || '"',
    coalesce((values->{0})::text, 'null'))"""


def _template(column: Column, type: EdmType) -> LiteralString:
    match column.type:
        case ColumnType.INTEGER:
            return _QUOTED if type is EdmType.STRING else _UNCHANGED
        case ColumnType.JSON:
            return _JSON
        case ColumnType.DATETIME:
            return _WITH_OFFSET
        case ColumnType.STRING | ColumnType.DECIMAL | ColumnType.BOOLEAN | ColumnType.DATE:
            return _UNCHANGED
        case _:
            assert_never(column.type)
