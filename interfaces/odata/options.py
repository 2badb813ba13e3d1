"""Parses and checks OData query options."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request

from domain.errors import BadRequest, Fault, Unimplemented, suggest_nearest
from projections.query.odata.entity_types import EntityProperty

FORMAT_ONLY = ("$format",)
ENTITY_OPTIONS = ("$select", "$format")
COUNT_OPTIONS = ("$filter", "$search", "$orderby", "$skip", "$top")
SET_OPTIONS = ("$filter", "$orderby", "$top", "$skip", "$count", "$select", "$search", "$skiptoken", "$format")

_IN_SKIPTOKEN = ("$filter", "$orderby", "$top", "$skip", "$search")
"""Options that are contained in a `$skiptoken`."""

_BUILTIN = re.compile(
    r"""'(?:[^']|'')*+' | "(?:[^"]|"")*+" | (?<![\w$]|[^\x00-\x7f\s])_(?=(?:id|version)(?!\w|[^\x00-\x7f\s]))""",
    re.VERBOSE,
)
"""A string, a quoted name, or the beginning of `_id` or `_version`."""


@dataclass(frozen=True, slots=True)
class ODataOptions:
    """The query options of a request. `filter` and `orderby` are untranslated; `top` None means all entities."""

    filter: str = ""
    orderby: str = ""
    search: str = ""
    top: int | None = None
    skip: int = 0
    count: bool = False
    select: str | None = None
    skiptoken: str | None = None
    format: str | None = None


def parse_options(request: Request, known: Sequence[str]) -> ODataOptions:
    """Raises BadRequest for an option unknown to the resource, Unimplemented for one the service does not support."""
    given = request.query_params.multi_items()
    if any("\x00" in text for text in (*request.path_params.values(), *(value for _, value in given))):
        raise BadRequest(
            "invalid-parameter", "The URL contains the character U+0000, which is not allowed in a name or a value"
        )
    for name, _ in given:
        _check_option_known(name, known)
    found = dict(given)
    if "$skiptoken" in found and (conflicting := [name for name in _IN_SKIPTOKEN if name in found]):
        raise option_refusal(
            conflicting[0], f"{conflicting[0]} cannot be combined with $skiptoken, which contains it; leave it out"
        )
    return ODataOptions(
        found.get("$filter", ""),
        found.get("$orderby", ""),
        found.get("$search", ""),
        _parse_number("$top", found["$top"]) if "$top" in found else None,
        _parse_number("$skip", found.get("$skip", "0")),
        _parse_boolean("$count", found.get("$count", "false")),
        found.get("$select"),
        found.get("$skiptoken"),
        found.get("$format"),
    )


def translate_builtins(given: str) -> str:
    """An expression with `_id` and `_version` replaced by `$id` and `$version`. Positions stay the same."""
    return _BUILTIN.sub(lambda match: "$" if match[0] == "_" else match[0], given)


def select_properties(given: str | None, properties: Sequence[EntityProperty]) -> tuple[EntityProperty, ...] | None:
    """The properties named by `$select`, in its order; None without `$select` or for all properties."""
    if given is None:
        return None
    names = [name.strip() for name in given.split(",")]
    found = tuple(_find_property(name, properties) for name in names if name != "*")
    return None if "*" in names else tuple(dict.fromkeys(found))


def option_refusal(option: str, detail: str, code: str = "invalid-option") -> BadRequest:
    return BadRequest(code, detail, (Fault(option, code, detail),))


def _check_option_known(name: str, known: Sequence[str]) -> None:
    """Custom options, whose names begin with neither `$` nor `@`, are ignored (OData 4.01, part 2, 5.2). But not
    options of the standard without their `$`, nor `as_of`: a filter that is ignored would give wrong results."""
    if name in known:
        return
    if name in SET_OPTIONS:
        raise option_refusal(name, f"{name} is not allowed here; allowed options: {', '.join(known)}")
    if name.startswith(("$", "@")):
        detail = f"The query option {name[:60]!r} is not supported: {suggest_nearest(name, SET_OPTIONS)}"
        raise Unimplemented("option-not-offered", detail, (Fault(name[:60], "option-not-offered", detail),))
    if name == "as_of":
        detail = "the parameter 'as_of' has no meaning here: the past is at /odata/@{version, date or time}/"
        raise option_refusal(name, detail, "unknown-parameter")
    if f"${name.lower()}" in SET_OPTIONS:
        detail = f"the parameter '{name}' is unknown: did you mean '${name.lower()}'?"
        raise option_refusal(name, detail, "unknown-parameter")


def _parse_number(option: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise option_refusal(option, f"{option}={text[:60]!r} is invalid: expected a whole number like 100")
    return int(text)


def _parse_boolean(option: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise option_refusal(option, f"{option}={text[:60]!r} is invalid: expected true or false")
    return text == "true"


def _find_property(name: str, properties: Sequence[EntityProperty]) -> EntityProperty:
    found = next((each for each in properties if each.name == name), None)
    if found is None:
        hint = suggest_nearest(name, [each.name for each in properties])
        raise option_refusal("$select", f"$select: there is no property {name[:60]!r}: {hint}", "unknown-property")
    return found
