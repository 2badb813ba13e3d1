"""The limits that a question must keep, of the settings. Apart from the HTTP interface, for workers ask too."""

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
