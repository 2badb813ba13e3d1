"""PostgreSQL returns the same records as plain Python for random filters and sorts."""

import inspect
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.query.filter.checker import check_filter
from domain.query.filter.functions import ARITHMETIC, FUNCTIONS
from domain.query.filter.parser import parse_filter
from domain.query.filter.tree import Comparator, Connective
from domain.query.sort import parse_sort
from projections.sql.ordering import append_id_key
from tests.limits import QUERY_LIMITS
from tests.projections.query import expressions
from tests.projections.query.expressions import conditions, rows, sorts
from tests.projections.query.reference import ReferenceRow, is_kept, sort_rows
from tests.projections.query.things import DEFINITION, NOW, Connection, fill, find_ids


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(rows, min_size=1, max_size=8), filters=st.lists(conditions, min_size=1, max_size=4), sort=sorts)
def test_postgresql_answers_what_the_reference_answers(
    table: Connection, rows: list[ReferenceRow], filters: list[str], sort: str
) -> None:
    numbered = [ReferenceRow(place, row.version, row.values) for place, row in enumerate(rows, 1)]
    fill(table, numbered)
    keys = append_id_key(parse_sort(sort, DEFINITION, QUERY_LIMITS.sort_columns))
    for filter in filters:
        tree = check_filter(parse_filter(filter, QUERY_LIMITS.filter), DEFINITION, NOW)
        expected = sort_rows([row for row in numbered if is_kept(tree, row)], keys)
        assert find_ids(table, filter, sort) == [row.id for row in expected], filter


def test_the_filters_have_every_operator_and_function() -> None:
    words = set(re.findall(r"[a-z]+|-", inspect.getsource(expressions)))
    assert {*FUNCTIONS, *ARITHMETIC, *Comparator, *Connective, "not", "in"} - words == set()
