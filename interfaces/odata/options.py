"""Query options: which a resource takes, what each may say, and the question they put."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request

from domain.errors import BadRequest, Fault, Unimplemented, nearest
from interfaces.odata.identifiers import ID, VERSION
from projections.query.odata.entity_types import Property

FORMAT_ONLY = ("$format",)
OF_AN_ENTITY = ("$select", "$format")
OF_A_COUNT = ("$filter", "$search", "$orderby", "$skip", "$top")
OF_A_SET = ("$filter", "$orderby", "$top", "$skip", "$count", "$select", "$search", "$skiptoken", "$format")

_BORNE = ("$filter", "$orderby", "$top", "$skip", "$search")
"""What a `$skiptoken` bears."""

_ORDER = re.compile(r"\s*(?P<name>[^\s,()]+)(?:\s+(?P<direction>\S+))?\s*")
_BUILTIN = re.compile(r"""'(?:[^']|'')*+'|"(?:[^"]|"")*+"|(?<![\w$])_(?=(?:id|version)\b)""")


@dataclass(frozen=True, slots=True)
class Options:
    """`filter` and `orderby` as they were written; `top` None: everything."""

    filter: str = ""
    orderby: str = ""
    search: str = ""
    top: int | None = None
    skip: int = 0
    count: bool = False
    select: str | None = None
    skiptoken: str | None = None
    format: str | None = None


def options(request: Request, known: Sequence[str]) -> Options:
    """Raises BadRequest for an option the resource does not take, Unimplemented for one the service has not."""
    given = request.query_params.multi_items()
    if any("\x00" in text for text in (*request.path_params.values(), *(value for _, value in given))):
        raise BadRequest("invalid-parameter", "The address holds the character U+0000; no name or value may")
    names = [name for name, _ in given]
    for name in names:
        _must_be_known(name, known)
        if names.count(name) > 1:
            raise refused(name, f"{name} is given {names.count(name)} times; once is allowed")
    found = dict(given)
    if "$skiptoken" in found and (beside := [name for name in _BORNE if name in found]):
        raise refused(beside[0], f"{beside[0]} stands beside a $skiptoken, which bears it; leave it out")
    return Options(
        found.get("$filter", ""),
        found.get("$orderby", ""),
        found.get("$search", ""),
        _number("$top", found["$top"]) if "$top" in found else None,
        _number("$skip", found.get("$skip", "0")),
        _boolean("$count", found.get("$count", "false")),
        found.get("$select"),
        found.get("$skiptoken"),
        found.get("$format"),
    )


def filter_text(given: str) -> str:
    """The filter with `_id` and `_version` as the filter language calls them; no character changes its place."""
    return _BUILTIN.sub(lambda match: "$" if match[0] == "_" else match[0], given)


def sort_text(given: str, properties: Sequence[Property]) -> str:
    """`price desc,name` as a sort, `-price,name`. Raises BadRequest, or Unimplemented for an expression."""
    return ",".join(_sort_key(item, properties) for item in given.split(",")) if given.strip() else ""


def selected(given: str | None, properties: Sequence[Property]) -> tuple[Property, ...] | None:
    """The properties that `$select` names, in its order; None if it names them all, or is not there."""
    if given is None:
        return None
    names = [name.strip() for name in given.split(",")]
    found = tuple(_property("$select", name, properties) for name in names if name != "*")
    return None if "*" in names else tuple(dict.fromkeys(found))


def refused(option: str, detail: str, code: str = "invalid-option") -> BadRequest:
    return BadRequest(code, detail, (Fault(option, code, detail),))


def _must_be_known(name: str, known: Sequence[str]) -> None:
    if name in known:
        return
    if name in OF_A_SET:
        raise refused(name, f"{name} has no meaning here; known here are {', '.join(known)}")
    if name.startswith(("$", "@")):
        detail = f"The query option {name[:60]!r} is not offered: {nearest(name, OF_A_SET)}"
        raise Unimplemented("option-not-offered", detail, (Fault(name[:60], "option-not-offered", detail),))
    hint = f"did you mean '${name}'?" if f"${name}" in OF_A_SET else nearest(f"${name}", known)
    raise refused(name[:60], f"the parameter {name[:60]!r} is unknown: {hint}", "unknown-parameter")


def _number(option: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise refused(option, f"{option}={text[:60]!r} is refused: expected a whole number like 100")
    return int(text)


def _boolean(option: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise refused(option, f"{option}={text[:60]!r} is refused: expected true or false")
    return text == "true"


def _sort_key(item: str, properties: Sequence[Property]) -> str:
    if "(" in item or ")" in item:
        detail = f"$orderby takes properties like 'price desc', no expression like {item.strip()[:60]!r}"
        raise Unimplemented("expression-not-offered", detail, (Fault("$orderby", "expression-not-offered", detail),))
    match = _ORDER.fullmatch(item)
    direction = (match["direction"] if match else None) or "asc"
    if match is None or direction not in ("asc", "desc"):
        raise refused("$orderby", f"$orderby breaks off at {item[:60]!r}: expected properties like 'price desc,name'")
    name = _property("$orderby", match["name"], properties).name
    plain = {ID: "$id", VERSION: "$version"}.get(name, name)
    return f"-{plain}" if direction == "desc" else plain


def _property(option: str, name: str, properties: Sequence[Property]) -> Property:
    found = next((each for each in properties if each.name == name), None)
    if found is None:
        hint = nearest(name, [each.name for each in properties])
        raise refused(option, f"{option}: there is no property {name[:60]!r}: {hint}", "unknown-property")
    return found
