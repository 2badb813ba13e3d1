"""Parses the order of records as OData writes it: `length(name) desc,price` is any terms of a filter, each with a
direction."""

from domain.errors import BadRequest, Fault
from domain.query.filter.checker import check_term
from domain.query.filter.parser import parse_order
from domain.query.filter.times import depends_on_now
from domain.query.filter.token_cursor import FilterLimits
from domain.query.filter.tree import Field, filter_error
from domain.query.sort import SortKey, append_key
from domain.schema import Definition


def parse_orderby(text: str, definition: Definition, limits: FilterLimits, max_keys: int) -> tuple[SortKey, ...]:
    """The keys of `text` in order, none for a blank text.

    Raises BadRequest `sort-syntax`, `sort-type`, `sort-limit`, `unknown-column`, `unknown-function` or
    `function-not-offered`, which names the character.
    """
    keys: list[SortKey] = []
    try:
        for given in parse_order(text, limits) if text.strip() else ():
            if depends_on_now(given.term):
                raise filter_error(
                    "filter-type", "now()", given.at, "an order cannot depend on the time of the request"
                )
            term = check_term(given.term, definition)
            by = term.column if isinstance(term, Field) else term
            append_key(keys, SortKey(by, given.descending), given.at, max_keys)
    except BadRequest as refused:
        raise _as_sort_error(refused) from None
    return tuple(keys)


_EXAMPLE = "write an order like 'price desc,length(name)'"


def _as_sort_error(refused: BadRequest) -> BadRequest:
    """The same error, about a sort."""
    if refused.faults and refused.faults[0].pointer == "sort":
        return refused
    code = refused.code.replace("filter-", "sort-")
    detail = refused.detail.replace("The end of the filter", "The end of the order")
    if code == "sort-limit":
        detail = detail.replace("he filter ", "he order ")
    elif code == "sort-syntax":
        detail = f"{detail}; {_EXAMPLE}"
    return BadRequest(code, detail, (Fault("sort", code, detail),))
