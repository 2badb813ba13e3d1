"""Recommend the indexes that would make a query fast, from its search, its filter and its sort alone."""

from collections.abc import Iterator

from domain.columns import Column, ColumnType
from domain.query.filter.tree import (
    Call,
    Comparator,
    Comparison,
    Connective,
    Field,
    Filter,
    Junction,
    Literal,
    Membership,
    Negation,
)
from projections.indexes.index_specs import (
    MAX_EQUAL_COLUMNS,
    MAX_ORDER_COLUMNS,
    IndexKind,
    IndexPart,
    IndexSpec,
    index_part,
)
from projections.query.compiled import CompiledQuery


def recommend_indexes(query: CompiledQuery) -> tuple[IndexSpec, ...]:
    """The indexes that the query would use, the best first; empty if the query needs none."""
    return (*_search_indexes(query), *_order_indexes(query))


def _search_indexes(query: CompiledQuery) -> tuple[IndexSpec, ...]:
    """The index for the search. No index serves a search that only excludes words."""
    search = query.search
    if search is None or search.rank is None:
        return ()
    strings = tuple(IndexPart(position, ColumnType.STRING) for position in search.positions)
    return (IndexSpec(search.kind, strings),)


def _order_indexes(query: CompiledQuery) -> tuple[IndexSpec, ...]:
    """The indexes for the filter and the sort.

    Columns compared with `eq` come first, so that the rest of the index is in order for each of their values,
    whether a value is common, rare or clustered. Without such columns the sort and the range get one index each, and
    PostgreSQL chooses by its statistics.
    """
    if query.tree is None and len(query.sort_keys) == 1:
        return ()
    equal, ranges = set[Column](), list[Column]()
    for term in conjuncts(query.tree):
        if (column := _equal_column(term)) is not None:
            equal.add(column)
        elif (column := _range_column(term)) is not None:
            ranges.append(column)
    equal_parts = tuple(index_part(column) for column in sorted(equal, key=_position)[:MAX_EQUAL_COLUMNS])
    order = _order_parts(query, equal)
    range_parts = tuple(index_part(column) for column in sorted(ranges, key=_position)[:1] if column not in equal)
    orders = dict.fromkeys(one for one in ((order or range_parts,) if equal_parts else (order, range_parts)))
    return tuple(IndexSpec(IndexKind.ORDER, equal_parts, one) for one in orders if equal_parts or one)


def _order_parts(query: CompiledQuery, equal: set[Column]) -> tuple[IndexPart, ...]:
    """The sort columns whose value is not fixed by the filter, up to `MAX_ORDER_COLUMNS`."""
    parts: list[IndexPart] = []
    for key in query.sort_keys[:-1] if len(query.sort_keys) > 1 else ():
        if not isinstance(key.by, Column):
            break
        if key.by not in equal:
            parts.append(index_part(key.by, key.descending, key.nulls_first, key.rule))
    return tuple(parts[:MAX_ORDER_COLUMNS])


def conjuncts(tree: Filter | None) -> Iterator[Filter]:
    """The terms of the filter that are joined by `and` at the top level."""
    match tree:
        case None:
            return
        case Junction(operator=Connective.AND, terms=terms):
            for term in terms:
                yield from conjuncts(term)
        case _:
            yield tree


def _equal_column(term: Filter) -> Column | None:
    """The column that the term fixes to one value; None if it fixes none."""
    match term:
        case Comparison(Comparator.EQ, Field(Column() as column), Literal(type=found)) if found is not None:
            return _column_if_comparable(column)
        case Comparison(Comparator.EQ, Literal(type=found), Field(Column() as column)) if found is not None:
            return _column_if_comparable(column)
        case Field(Column(type=ColumnType.BOOLEAN) as column) | Negation(
            Field(Column(type=ColumnType.BOOLEAN) as column)
        ):
            return column
        case _:
            return None


def _range_column(term: Filter) -> Column | None:
    """The column that the term limits to a range or to a list of values; None if it limits none."""
    match term:
        case Comparison(Comparator.NE):
            return None
        case Comparison(_, Field(Column() as column), Literal()) | Comparison(
            _, Literal(), Field(Column() as column)
        ):
            return _column_if_comparable(column)
        case Membership(Field(Column() as column)) | Call("startswith", (Field(Column() as column), Literal())):
            return _column_if_comparable(column)
        case _:
            return None


def _column_if_comparable(column: Column) -> Column | None:
    return None if column.type is ColumnType.JSON else column


def _position(column: Column) -> int:
    return column.position
