"""The functions and operators of a filter as SQL. Null in, null out; none can fail on any row.

`year` to `second` read the value as it was written, in its own offset, as OData asks: they are given text.
`tolower` and `toupper` follow the database's locale, for the collation "C" would change ASCII only.
"""

from typing import LiteralString

from domain.filter_tree import Comparator, Connective

# U+0009 and so on: the white space of Unicode.
_SPACES: LiteralString = (
    r"E' \t\n\u000B\f\r\u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    r"\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000'"
)

FUNCTION_SQL: dict[str, LiteralString] = {
    "contains": "(strpos({0}, {1}) > 0)",
    "startswith": "starts_with({0}, {1})",
    "endswith": "(right({0}, char_length({1})) = {1})",
    "tolower": 'lower({0} COLLATE "default") COLLATE "C"',
    "toupper": 'upper({0} COLLATE "default") COLLATE "C"',
    "trim": "btrim({0}, " + _SPACES + ")",
    "length": "char_length({0})::numeric",
    "year": "rowledger_digits(substr({0}, 1, 4))",
    "month": "rowledger_digits(substr({0}, 6, 2))",
    "day": "rowledger_digits(substr({0}, 9, 2))",
    "hour": "rowledger_digits(substr({0}, 12, 2))",
    "minute": "rowledger_digits(substr({0}, 15, 2))",
    "second": "rowledger_digits(substr({0}, 18, 2))",
}

COMPARATOR_SQL: dict[Comparator, LiteralString] = {
    Comparator.EQ: "{0} = {1}",
    Comparator.NE: "{0} IS DISTINCT FROM {1}",
    Comparator.GT: "{0} > {1}",
    Comparator.GE: "{0} >= {1}",
    Comparator.LT: "{0} < {1}",
    Comparator.LE: "{0} <= {1}",
}

CONNECTIVE_SQL: dict[Connective, LiteralString] = {Connective.AND: " AND ", Connective.OR: " OR "}
