"""Compile a query: check a filter, a sort and a search against a dataset's columns and turn them into SQL."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from domain.columns import is_datetime
from domain.errors import BadRequest, Fault
from domain.query.filter.checker import check_filter
from domain.query.filter.parser import parse_filter
from domain.query.filter.times import depends_on_now
from domain.query.filter.token_cursor import FilterLimits
from domain.query.filter.tree import Filter
from domain.query.search import Search, SearchLimits, parse_search
from domain.query.search_expression import SearchExpression
from domain.query.sort import SortKey, parse_sort
from domain.schema import Definition
from projections.query.search_sql import CompiledSearch, compile_search
from projections.sql.filter_sql import filter_sql
from projections.sql.fragments import NO_CONDITION, SqlFragment, fill_template
from projections.sql.ordering import append_id_key

_NOW_CALL = re.compile(r"now\s*\(", re.IGNORECASE)
"""Finds a call of `now()` in the text of a filter. It may find one inside a string, which does no harm."""


@dataclass(frozen=True, slots=True)
class QuerySpec:
    """The query that a client sent, as text. Cursors carry it. `now` is the value of `now()`, an RFC 3339 time."""

    filter: str = ""
    sort: str = ""
    search: str = ""
    now: str = ""


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """The limits of a filter's length and depth, of the columns in a sort and of the terms in a search."""

    filter: FilterLimits
    sort_columns: int
    search: SearchLimits


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """A checked query: the filter as a tree (None: no filter), the search (None: no search) and the sort keys.

    `where` combines the conditions of the filter and the search. If the query is not `timeless`, its result depends
    on `now()`, and `spec.now` holds the time used.
    """

    spec: QuerySpec
    tree: Filter | None
    where: SqlFragment
    sort_keys: tuple[SortKey, ...]
    timeless: bool = True
    search: CompiledSearch | None = None

    @property
    def rank(self) -> SqlFragment | None:
        """How well a record matches the search; None if the query has no search, or has a sort."""
        return None if self.search is None or self.spec.sort.strip() else self.search.rank

    @property
    def keeps_all(self) -> bool:
        """Whether the query matches every record."""
        return self.where is NO_CONDITION


def _parse_sort(text: str, definition: Definition, limits: QueryLimits) -> tuple[SortKey, ...]:
    return parse_sort(text, definition, limits.sort_columns)


@dataclass(frozen=True, slots=True)
class QuerySyntax:
    """How the sort and the search of a query are written. Filters are written in one way only."""

    parse_sort: Callable[[str, Definition, QueryLimits], tuple[SortKey, ...]] = _parse_sort
    parse_search: Callable[[str, SearchLimits], Search | SearchExpression] = parse_search


DEFAULT_SYNTAX = QuerySyntax()


def compile_query(
    definition: Definition, spec: QuerySpec, limits: QueryLimits, syntax: QuerySyntax = DEFAULT_SYNTAX
) -> CompiledQuery:
    """Check `spec` against the columns of `definition` and compile it.

    `now()` is `spec.now`, or the current time if that is empty. Raises BadRequest, pointing at the character, for a
    filter, sort or search that does not fit the columns.
    """
    tree, where, timeless = None, NO_CONDITION, True
    if spec.filter.strip():
        parsed = parse_filter(spec.filter, limits.filter)
        if not (timeless := not depends_on_now(parsed)):
            spec = replace(spec, now=_resolve_now(spec))
        tree = check_filter(parsed, definition, spec.now)
        where = fill_template("({0})", filter_sql(tree))
    sort_keys = append_id_key(syntax.parse_sort(spec.sort, definition, limits))
    search = None
    if spec.search.strip():
        search = compile_search(syntax.parse_search(spec.search, limits.search), definition)
        where = fill_template("{0} AND {1}", where, search.where)
    return CompiledQuery(spec, tree, where, sort_keys, timeless, search)


def pin_now(spec: QuerySpec) -> QuerySpec:
    """The same query with `now` set to the current time, if its filter may call `now()`."""
    return replace(spec, now=_resolve_now(spec)) if may_call_now(spec.filter) else spec


def may_call_now(filter: str) -> bool:
    """Whether the result of a filter may depend on the time of the request."""
    return _NOW_CALL.search(filter) is not None


def _resolve_now(spec: QuerySpec) -> str:
    if not spec.now:
        return datetime.now(UTC).isoformat().replace("+00:00", "Z")
    if not is_datetime(spec.now):
        detail = f"now={spec.now[:60]!r} is not a time like 2024-01-31T10:00:00Z"
        raise BadRequest("invalid-now", detail, (Fault("now", "invalid-now", detail),))
    return spec.now
