"""Map columns to entity properties and to the types of OData's Entity Data Model.

A column keeps its type if OData can represent every value of it. JSON is text, and so is an integer column that ever
contained a number of more than 64 bits.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from domain.columns import Column, ColumnType
from domain.query.filter.tree import Builtin
from domain.schema import Definition


class EdmType(StrEnum):
    BOOLEAN = "Edm.Boolean"
    DATE = "Edm.Date"
    DATE_TIME_OFFSET = "Edm.DateTimeOffset"
    DECIMAL = "Edm.Decimal"
    INT64 = "Edm.Int64"
    STRING = "Edm.String"


@dataclass(frozen=True, slots=True)
class EntityProperty:
    """A property of an entity: a column's value, or the record's id or version. `name` is an OData identifier."""

    name: str
    source: Column | Builtin
    type: EdmType


def edm_type(column: Column, is_wide: bool) -> EdmType:
    """The type of a column's property. `is_wide`: the column contained an integer of more than 64 bits."""
    match column.type:
        case ColumnType.STRING | ColumnType.JSON:
            return EdmType.STRING
        case ColumnType.INTEGER:
            return EdmType.STRING if is_wide else EdmType.INT64
        case ColumnType.DECIMAL:
            return EdmType.DECIMAL
        case ColumnType.BOOLEAN:
            return EdmType.BOOLEAN
        case ColumnType.DATE:
            return EdmType.DATE
        case ColumnType.DATETIME:
            return EdmType.DATE_TIME_OFFSET
        case _:
            assert_never(column.type)


def definition_of_properties(definition: Definition, properties: Collection[EntityProperty]) -> Definition:
    """The definition against which filters and sorts over properties are checked. Wide integers are strings in it.
    JSON stays JSON, which can be compared with null only."""
    columns = tuple(
        replace(each.source, name=each.name, type=_query_type(each.source, each.type))
        for each in properties
        if isinstance(each.source, Column)
    )
    return replace(definition, columns=columns)


def _query_type(column: Column, type: EdmType) -> ColumnType:
    is_wide = column.type is ColumnType.INTEGER and type is EdmType.STRING
    return ColumnType.STRING if is_wide else column.type
