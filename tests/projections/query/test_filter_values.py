"""Every function and operator of a filter, over edge values, gives the same result in PostgreSQL as in the reference.

A filter reads the result: `$id eq 7 and (n div i) eq -2`.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import cycle, product

import pytest

from domain.columns import ColumnType, Value, is_date, is_datetime
from domain.query.filter.checker import check_filter
from domain.query.filter.functions import ARITHMETIC, FUNCTIONS
from domain.query.filter.parser import parse_filter
from domain.query.filter.tree import Comparator, Comparison
from tests.limits import QUERY_LIMITS
from tests.projections.query.expressions import COLUMN_OF_TEXT, quote_string
from tests.projections.query.reference import EXACT_CONTEXT, ReferenceRow, evaluate
from tests.projections.query.things import DEFINITION, NOW, Connection, fill, find_ids

STRINGS = ("abcabc", "", "bc", "É\U0001d11e x", None, " a\t", "ABC", "'%_\\")
OTHERS = ("bc", "c", "", None, "\U0001d11e")
BOOLEANS = (True, False, None)
DATES = ("2024-02-29", "2023-12-31", None, "0001-01-01")
TIMES = (
    "2024-02-29T10:20:30.25+05:30",
    "2023-12-31T23:59:59Z",
    None,
    "2024-02-29T04:50:30.25",
    "0001-01-01T00:00:00Z",
)
DECIMALS = (*map(Decimal, ("-2.5", "-1.5", "-0.5", "0", "0.5", "2.5", "7", "1234567.125")), None)
INTEGERS = (0, 3, -2, None)

CELLS = zip(*map(cycle, (STRINGS, BOOLEANS, DATES, TIMES, OTHERS)), strict=False)
ROWS = [
    ReferenceRow(place, 1, (string, number, boolean, day, time, other, integer))
    for place, ((number, integer), (string, boolean, day, time, other)) in enumerate(
        zip(product(DECIMALS, INTEGERS), CELLS, strict=False), 1
    )
]

TERMS: dict[ColumnType, tuple[str, ...]] = {
    ColumnType.STRING: ("s", COLUMN_OF_TEXT, "'b'"),
    ColumnType.INTEGER: ("i", "$id", "0", "2", "3"),
    ColumnType.DECIMAL: ("n", "-0.5"),
    ColumnType.BOOLEAN: ("ok", "(n gt 0)", "true"),
    ColumnType.DATE: ("d", "date(t)", "2024-02-29"),
    ColumnType.DATETIME: ("t", "2024-02-29T04:50:30.250Z", "now()"),
}
NUMBERS = TERMS[ColumnType.INTEGER] + TERMS[ColumnType.DECIMAL]


def uses_of(name: str) -> Iterator[str]:
    """The function or operator with every combination of terms that it accepts."""
    if name == "-":
        yield from (f"-({number})" for number in NUMBERS)
    elif name in ARITHMETIC:
        yield from (f"{left} {name} {right}" for left, right in product(NUMBERS, NUMBERS))
    elif name in FUNCTIONS:
        parameters = [
            [term for kind in sorted(kinds) for term in TERMS[kind]] for kinds in FUNCTIONS[name].parameters
        ]
        for count in range(len(parameters) - FUNCTIONS[name].optional, len(parameters) + 1):
            yield from (f"{name}({','.join(given)})" for given in product(*parameters[:count]))
    else:
        alike = (*TERMS.values(), ("i", "n"), ("n", "i"))
        yield from (f"{left} {name} {right}" for terms in alike for left, right in product(terms, terms))


@pytest.mark.parametrize("name", sorted({*FUNCTIONS, *ARITHMETIC, *Comparator}))
def test_its_value_is_that_of_the_reference(table: Connection, name: str) -> None:
    fill(table, ROWS)
    for term in uses_of(name):
        tree = check_filter(parse_filter(f"({term}) eq null", QUERY_LIMITS.filter), DEFINITION, NOW)
        assert isinstance(tree, Comparison)
        expected = [(row.id, to_literal(evaluate(tree.left, row))) for row in ROWS]
        for part in (expected[:18], expected[18:]):
            filter = " or ".join(f"$id eq {id} and ({term}) eq {text}" for id, text in part)
            kept = find_ids(table, filter)
            assert [one for one in part if one[0] not in kept] == [], term


def to_literal(found: Value) -> str:
    """A value as a literal of a filter."""
    match found:
        case None:
            return "null"
        case bool():
            return str(found).lower()
        case str() if is_datetime(found) or is_date(found):
            return found
        case str():
            return quote_string(found)
        case _:
            return str(Decimal(str(found)).normalize(EXACT_CONTEXT))
