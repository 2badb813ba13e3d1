"""What is asked of a dataset at a version: a filter, a sort and a search, checked against its columns."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from domain.columns import is_datetime
from domain.errors import BadRequest, Fault
from domain.query.filter.checker import check_filter
from domain.query.filter.parser import parse_filter
from domain.query.filter.times import depends_on_now
from domain.query.filter.token_cursor import FilterLimits
from domain.query.filter.tree import Filter
from domain.query.search import SearchLimits, parse_search
from domain.query.sort import MAX_SORT_KEYS, SortKey, parse_sort
from domain.schema import Definition
from projections.query.search_sql import CompiledSearch, compile_search
from projections.sql.filter_sql import filter_sql
from projections.sql.fragments import NO_CONDITION, SqlFragment, fill_template
from projections.sql.ordering import append_id_key

_NOW_CALL = re.compile(r"now\s*\(", re.IGNORECASE)
"""A call of `now()`, or what looks like one: a column `known_for` does not."""


@dataclass(frozen=True, slots=True)
class QuerySpec:
    """A question as it was put, and as a cursor carries it on. `now`: what `now()` means, an RFC 3339 time."""

    filter: str = ""
    sort: str = ""
    search: str = ""
    now: str = ""


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """How long and deep a filter may be, how many columns a sort and how many terms a search may have."""

    filter: FilterLimits = field(default_factory=FilterLimits)
    sort_columns: int = MAX_SORT_KEYS
    search: SearchLimits = field(default_factory=SearchLimits)


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """What is asked, checked: the filter as a tree (None: every record), the search (None: none), the sort's keys.

    `where` is the condition of both filter and search. Unless it is `timeless`, the answer depends on when it is
    asked, and `asked` says what `now()` was.
    """

    asked: QuerySpec
    tree: Filter | None
    where: SqlFragment
    keys: tuple[SortKey, ...]
    timeless: bool = True
    search: CompiledSearch | None = None

    @property
    def rank(self) -> SqlFragment | None:
        """How well a record answers the search, where no sort decides the order."""
        return None if self.search is None or self.asked.sort.strip() else self.search.rank

    @property
    def keeps_all(self) -> bool:
        """Whether every record answers it."""
        return self.where is NO_CONDITION


def compile_query(definition: Definition, asked: QuerySpec, limits: QueryLimits) -> CompiledQuery:
    """Raises BadRequest, pointing at the character, for a filter, sort or search that does not fit the columns.

    `now()` is `asked.now`, or the present time if that is empty.
    """
    tree, where, timeless = None, NO_CONDITION, True
    if asked.filter.strip():
        parsed = parse_filter(asked.filter, limits.filter)
        if not (timeless := not depends_on_now(parsed)):
            asked = replace(asked, now=_resolve_now(asked))
        tree = check_filter(parsed, definition, asked.now)
        where = fill_template("({0})", filter_sql(tree))
    keys = append_id_key(parse_sort(asked.sort, definition, limits.sort_columns))
    found = None
    if asked.search.strip():
        found = compile_search(parse_search(asked.search, limits.search), definition)
        where = fill_template("{0} AND {1}", where, found.where)
    return CompiledQuery(asked, tree, where, keys, timeless, found)


def pin_now(asked: QuerySpec) -> QuerySpec:
    """The question with `now()` pinned to the present, if its filter may ask for it."""
    return replace(asked, now=_resolve_now(asked)) if _NOW_CALL.search(asked.filter) else asked


def _resolve_now(asked: QuerySpec) -> str:
    if not asked.now:
        return datetime.now(UTC).isoformat().replace("+00:00", "Z")
    if not is_datetime(asked.now):
        detail = f"now={asked.now[:60]!r} is no time like 2024-01-31T10:00:00Z"
        raise BadRequest("invalid-now", detail, (Fault("now", "invalid-now", detail),))
    return asked.now
