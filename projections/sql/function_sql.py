"""The functions and operators of a filter as SQL. They return null for null and cannot fail on any row.

`year` to `totaloffsetminutes` take the value as text, as it was written and in its own offset, as OData requires.
`tolower` and `toupper` use the database's locale, because the collation "C" changes ASCII only. Each argument appears
once in a template: otherwise nested calls would grow exponentially.
"""

from typing import LiteralString

from domain.query.filter.tree import Comparator, Connective

# The white space characters of Unicode.
_SPACES: LiteralString = (
    r"E' \t\n\u000B\f\r\u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    r"\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000'"
)

FUNCTION_SQL: dict[str, LiteralString] = {
    "contains": "(strpos({0}, {1}) > 0)",
    "startswith": "starts_with({0}, {1})",
    "endswith": "rowledger_ends_with({0}, {1})",
    "indexof": "(strpos({0}, {1}) - 1)::numeric",
    "length": "char_length({0})::numeric",
    "substring": "rowledger_substring({0}, {1})",
    "tolower": 'lower({0} COLLATE "default") COLLATE "C"',
    "toupper": 'upper({0} COLLATE "default") COLLATE "C"',
    "trim": "btrim({0}, " + _SPACES + ")",
    "concat": "({0} || {1})",
    "year": "rowledger_digits(substr({0}, 1, 4))",
    "month": "rowledger_digits(substr({0}, 6, 2))",
    "day": "rowledger_digits(substr({0}, 9, 2))",
    "hour": "rowledger_digits(substr({0}, 12, 2))",
    "minute": "rowledger_digits(substr({0}, 15, 2))",
    "second": "rowledger_digits(substr({0}, 18, 2))",
    "fractionalseconds": "rowledger_fraction(substr({0}, 20))",
    "totaloffsetminutes": "rowledger_offset(right({0}, 6))",
    "date": "left({0}, 10)",
    "round": "round({0})",
    "floor": "floor({0})",
    "ceiling": "ceil({0})",
    "add": "({0} + {1})",
    "sub": "({0} - {1})",
    "mul": "rowledger_product({0}, {1})",
    "div": "div({0}, nullif({1}, 0))",
    "divby": "rowledger_quotient({0}, {1})",
    "mod": "mod({0}, nullif({1}, 0))",
    "-": "(- {0})",
}

SUBSTRING_OF_LENGTH_SQL: LiteralString = "rowledger_substring({0}, {1}, {2})"

MAY_RETURN_NULL = frozenset({"div", "divby", "mod", "mul", "substring"})
"""Functions that may return null although no argument is null: division by zero, out of range, negative length."""

COMPARATOR_SQL: dict[Comparator, LiteralString] = {
    Comparator.EQ: "{0} = {1}",
    Comparator.NE: "{0} IS DISTINCT FROM {1}",
    Comparator.GT: "{0} > {1}",
    Comparator.GE: "{0} >= {1}",
    Comparator.LT: "{0} < {1}",
    Comparator.LE: "{0} <= {1}",
}

NULLS_ARE_EQUAL_SQL: dict[Comparator, LiteralString] = {
    Comparator.EQ: "{0} IS NOT DISTINCT FROM {1}",
    Comparator.GE: "rowledger_at_least({0}, {1})",
    Comparator.LE: "rowledger_at_least({1}, {0})",
}
"""Comparisons whose sides may both be null, where null equals null."""

CONNECTIVE_SQL: dict[Connective, LiteralString] = {Connective.AND: " AND ", Connective.OR: " OR "}
