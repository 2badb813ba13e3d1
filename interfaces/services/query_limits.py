"""The limits of queries, from the settings. Separate from the HTTP interface because workers run queries too."""

from application.settings import Settings
from domain.query.filter.token_cursor import FilterLimits
from domain.query.search import SearchLimits
from projections.query.compiled import QueryLimits


def query_limits(settings: Settings) -> QueryLimits:
    found = settings.limits
    return QueryLimits(
        FilterLimits(found.filter_length, found.filter_depth, found.filter_terms, found.filter_choices),
        found.sort_columns,
        SearchLimits(found.search_length, found.search_terms),
    )
