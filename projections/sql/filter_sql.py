"""Translate a checked filter to SQL with bound parameters.

In OData a comparison with null is true or false; in SQL it is null. At the top of a condition null has the same
effect as false, so a comparison stays as it is and an index can serve it. Where the value itself matters (`exact`),
for example below a `not`, the comparison is wrapped so that null becomes false. A term appears in the SQL only once,
unless it is a column: otherwise nested terms would grow exponentially.
"""

from typing import LiteralString, assert_never

from psycopg import sql

from domain.columns import Column, ColumnType
from domain.query.filter.term_types import get_term_type
from domain.query.filter.tree import (
    Builtin,
    Call,
    Comparator,
    Comparison,
    Field,
    Filter,
    Junction,
    Literal,
    Membership,
    Negation,
)
from projections.sql.fragments import SqlFragment, bind_value, fill_template, join_fragments
from projections.sql.function_sql import (
    COMPARATOR_SQL,
    CONNECTIVE_SQL,
    FUNCTION_SQL,
    MAY_RETURN_NULL,
    NULLS_ARE_EQUAL_SQL,
    SUBSTRING_OF_LENGTH_SQL,
)
from projections.sql.literal_sql import array_sql, bigint_sql, bigints_sql, literal_sql
from projections.sql.value_sql import text_sql, value_sql

_FALSE = SqlFragment(sql.SQL("FALSE"))


def filter_sql(tree: Filter) -> SqlFragment:
    """A condition for WHERE: true for rows that match the filter, false or null for all others."""
    return _condition(tree, exact=False)


def _condition(term: Filter, exact: bool) -> SqlFragment:
    match term:
        case Comparison():
            return _comparison(term, exact)
        case Membership():
            return _membership(term, exact)
        case Junction():
            parts = [fill_template("({0})", _condition(part, exact)) for part in term.terms]
            return join_fragments(CONNECTIVE_SQL[term.operator], parts)
        case Negation():
            return fill_template("NOT ({0})", _condition(term.term, exact=True))
        case Field() | Literal() | Call():
            return term_sql(term)
        case _:
            assert_never(term)


def _comparison(term: Comparison[Field], exact: bool) -> SqlFragment:
    left, right = _comparison_side(term.left, term.right), _comparison_side(term.right, term.left)
    operator = term.operator
    if None in (get_term_type(term.left), get_term_type(term.right)):
        return _comparison_with_null(operator, left if get_term_type(term.right) is None else right)
    if operator is Comparator.NE:
        return fill_template(COMPARATOR_SQL[operator], left, right)
    if operator in NULLS_ARE_EQUAL_SQL and not (_is_never_null(term.left) or _is_never_null(term.right)):
        return fill_template(NULLS_ARE_EQUAL_SQL[operator], left, right)
    return _false_for_null(COMPARATOR_SQL[operator], exact, left, right)


def _comparison_with_null(operator: Comparator, other: SqlFragment) -> SqlFragment:
    match operator:
        case Comparator.EQ | Comparator.GE | Comparator.LE:
            return fill_template("{0} IS NULL", other)
        case Comparator.NE:
            return fill_template("{0} IS NOT NULL", other)
        case Comparator.GT | Comparator.LT:
            return _FALSE
        case _:
            assert_never(operator)


def _membership(term: Membership[Field], exact: bool) -> SqlFragment:
    operand = term_sql(term.term)
    given = [choice for choice in term.choices if choice.value is not None]
    null_given = len(given) < len(term.choices)
    if not given:
        return fill_template("{0} IS NULL", operand) if null_given else _FALSE
    array = bigints_sql(given) if _is_builtin(term.term) else array_sql(given)
    if null_given and not isinstance(term.term, Field):
        return fill_template("coalesce({0} = ANY({1}), TRUE)", operand, array)
    template: LiteralString = "({0} = ANY({1}) OR {0} IS NULL)" if null_given else "{0} = ANY({1})"
    return _false_for_null(template, exact, operand, array)


def _false_for_null(template: LiteralString, exact: bool, *parts: SqlFragment) -> SqlFragment:
    return fill_template(f"({template}) IS TRUE" if exact else template, *parts)


def term_sql(term: Filter) -> SqlFragment:
    """The value of a term, or SQL null."""
    match term:
        case Field():
            return SqlFragment(value_sql(term.column))
        case Literal():
            return literal_sql(term)
        case Call():
            return fill_template(_function_template(term), *[_argument(each) for each in term.arguments])
        case Comparison() | Membership() | Junction() | Negation():
            return fill_template("({0})", _condition(term, exact=True))
        case _:
            assert_never(term)


def _function_template(call: Call[Field]) -> LiteralString:
    return SUBSTRING_OF_LENGTH_SQL if len(call.arguments) == 3 else FUNCTION_SQL[call.function]


def _argument(term: Filter) -> SqlFragment:
    """An argument of a function: a time as it was written, `$id` and `$version` as numeric, else the term's value."""
    match term:
        case Field(column=Column(type=ColumnType.DATETIME) as column):
            return SqlFragment(text_sql(column))
        case Field(column=Builtin() as builtin):
            return fill_template("{0}::numeric", SqlFragment(value_sql(builtin)))
        case Literal(value=str() as text):
            return bind_value('{}::text COLLATE "C"', text)
        case _:
            return term_sql(term)


def _comparison_side(term: Filter, other: Filter) -> SqlFragment:
    """One side of a comparison. A number compared with `$id` or `$version` gets their type, so that an index
    serves."""
    if isinstance(term, Literal) and _is_builtin(other):
        return bigint_sql(term) or literal_sql(term)
    return term_sql(term)


def _is_never_null(term: Filter) -> bool:
    match term:
        case Field():
            return isinstance(term.column, Builtin)
        case Literal():
            return term.value is not None
        case Call():
            return term.function not in MAY_RETURN_NULL and all(_is_never_null(each) for each in term.arguments)
        case Comparison() | Membership():
            return True
        case Junction():
            return all(_is_never_null(part) for part in term.terms)
        case Negation():
            return _is_never_null(term.term)
        case _:
            assert_never(term)


def _is_builtin(term: Filter) -> bool:
    return isinstance(term, Field) and isinstance(term.column, Builtin)
