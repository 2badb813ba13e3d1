"""Parses the JSON body of `POST …/records/query`, for queries that are too long for a URL."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NotRequired

from typing_extensions import TypedDict

from domain.columns import quote_value
from domain.errors import Fault, Invalid
from interfaces.rest.records.page import PageRequest
from interfaces.services.json_types import Keywords
from projections.query.pages.page_reader import CountMode

_TEXT_FIELDS = ("filter", "sort", "search", "cursor")


class RecordQueryJson(TypedDict):
    """The parameters of a page of records; null counts as absent."""

    filter: NotRequired[str | None]
    sort: NotRequired[str | None]
    search: NotRequired[str | None]
    fields: NotRequired[Annotated[list[str], Keywords(more={"minItems": 1})] | str | None]
    limit: NotRequired[Annotated[int, Keywords(more={"minimum": 1, "maximum": 1000})] | None]
    cursor: NotRequired[str | None]
    count: NotRequired[CountMode | None]
    as_of: NotRequired[int | str | None]


def parse_page_request(body: Mapping[str, Any]) -> PageRequest:
    """The page request in a body; null counts as absent. Raises Invalid with one fault per mistake."""
    given = {name: value for name, value in body.items() if value is not None}
    faults = [
        Fault(f"/{name}", "type-error", f"{name} must be {expected}, got {quote_value(given[name])}")
        for name, (fits, expected) in _EXPECTED.items()
        if name in given and not fits(given[name])
    ]
    if faults:
        raise Invalid("invalid-query", faults[0].detail, tuple(faults))
    if isinstance(given.get("fields"), list):
        given["fields"] = ",".join(['"' + name.replace('"', '""') + '"' for name in given["fields"]])
    if "as_of" in given:
        given["as_of"] = str(given["as_of"])
    return PageRequest(**given)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_version(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _is_limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1000


def _are_names(value: object) -> bool:
    return _is_text(value) or (isinstance(value, list) and bool(value) and all(_is_text(name) for name in value))


_EXPECTED: Mapping[str, tuple[Callable[[object], bool], str]] = {
    **dict.fromkeys(_TEXT_FIELDS, (_is_text, "a string")),
    "fields": (_are_names, 'a list of column names like ["name", "price"]'),
    "limit": (_is_limit, "a whole number from 1 to 1000"),
    "count": (lambda value: value in ("none", "exact", "estimate"), "none, exact or estimate"),
    "as_of": (_is_version, "a version number or a time"),
}
