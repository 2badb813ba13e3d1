"""Parses the JSON body of `POST …/records/query`, for queries that are too long for a URL."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.columns import quote_value
from domain.errors import Fault, Invalid
from interfaces.rest.records.page import PageRequest

_TEXT_FIELDS = ("filter", "sort", "search", "cursor")
QUERY_FIELDS = (*_TEXT_FIELDS, "fields", "limit", "count", "as_of")

QUERY_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "filter": {"type": "string"},
                        "sort": {"type": "string"},
                        "search": {"type": "string"},
                        "fields": {"type": "array", "items": {"type": "string"}},
                        "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50},
                        "cursor": {"type": "string"},
                        "count": {"enum": ["none", "exact", "estimate"]},
                        "as_of": {"type": ["string", "integer"]},
                    },
                }
            }
        },
    }
}


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
