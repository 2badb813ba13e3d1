"""Which indexes would make a question fast: derived from its filter and its sort, and from nothing else."""

from collections.abc import Iterator

from domain.columns import Column, ColumnType
from domain.query.filter.tree import (
    Builtin,
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
from projections.indexes.index_specs import IndexKind, IndexPart, IndexSpec, index_part
from projections.query.compiled import CompiledQuery

MAX_EQUAL_COLUMNS = 2
MAX_ORDER_COLUMNS = 3
"""Columns that an index holds at most: further ones hardly narrow what is found, and cost room."""


def recommend_indexes(question: CompiledQuery) -> tuple[IndexSpec, ...]:
    """The indexes the question would use, the best first; none for one that needs none."""
    return (*_search_indexes(question), *_order_indexes(question))


def _search_indexes(question: CompiledQuery) -> tuple[IndexSpec, ...]:
    """The index of the search; exclusions alone are served by none."""
    search = question.search
    if search is None or search.rank is None:
        return ()
    strings = tuple(IndexPart(position, ColumnType.STRING) for position in search.positions)
    return (IndexSpec(search.kind, strings),)


def _order_indexes(question: CompiledQuery) -> tuple[IndexSpec, ...]:
    """The indexes of filter and sort.

    Equal values come first in an index, for what follows them is then in order: common, rare and clustered
    values are found alike. Without any, a sort and a range are an index each, and statistics choose.
    """
    if question.tree is None and len(question.keys) == 1:
        return ()
    equal, ranges = set[Column](), list[Column]()
    for term in conjuncts(question.tree):
        if (column := _equal_column(term)) is not None:
            equal.add(column)
        elif (column := _range_column(term)) is not None:
            ranges.append(column)
    first = tuple(index_part(column) for column in sorted(equal, key=_position)[:MAX_EQUAL_COLUMNS])
    order = _order_parts(question, equal)
    narrowed = tuple(index_part(column) for column in sorted(ranges, key=_position)[:1] if column not in equal)
    orders = dict.fromkeys(one for one in ((order or narrowed,) if first else (order, narrowed)))
    return tuple(IndexSpec(IndexKind.ORDER, first, one) for one in orders if first or one)


def _order_parts(question: CompiledQuery, equal: set[Column]) -> tuple[IndexPart, ...]:
    """The sort's columns that are not the same in all records found, as far as an index holds them."""
    parts: list[IndexPart] = []
    for key in question.keys[:-1] if len(question.keys) > 1 else ():
        if isinstance(key.column, Builtin):
            break
        if key.column not in equal:
            parts.append(index_part(key.column, key.descending, key.nulls_first))
    return tuple(parts[:MAX_ORDER_COLUMNS])


def conjuncts(tree: Filter | None) -> Iterator[Filter]:
    """The terms that all must hold."""
    match tree:
        case None:
            return
        case Junction(operator=Connective.AND, terms=terms):
            for term in terms:
                yield from conjuncts(term)
        case _:
            yield tree


def _equal_column(term: Filter) -> Column | None:
    """The column that the term holds to one value."""
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
    """The column of which the term keeps a stretch or some values."""
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
