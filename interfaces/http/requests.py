"""Parses requests: known parameters only, exact JSON bodies, preconditions and preferences."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from anyio import to_thread
from fastapi import Request

from application.commands.envelope import CommandContext
from application.settings import limit_setting
from domain.dataset.commands import ExpectedVersion
from domain.errors import BadRequest, Fault, Invalid, TooLarge, UnsupportedFormat, suggest_nearest
from interfaces.http import idempotent_request
from interfaces.http.json_text import parse_json
from interfaces.http.request_access import access_of

JSON_TYPES = ("application/json", "application/merge-patch+json")

LARGE_BODY_BYTES = 2**16
"""Bodies larger than this are parsed in a thread, to keep the event loop free."""

_ETAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_ETAGS = re.compile(rf"[ \t,]*{_ETAG.pattern}(?:[ \t]*,[ \t,]*{_ETAG.pattern})*[ \t,]*")
_VERSION = re.compile(r"0|[1-9]\d{0,17}", re.ASCII)


async def reject_unknown_parameters(request: Request) -> None:
    """A dependency that refuses unknown query parameters, naming the nearest known one. Raises BadRequest.

    It is `async` because FastAPI would otherwise run it in a thread on every request.
    """
    check_parameters_known(request, [field.alias for field in request.scope["route"].dependant.query_params])


def check_parameters_known(request: Request, known: Sequence[str]) -> None:
    """Raises BadRequest for a query parameter that is not in `known`, with the nearest known one."""
    query = request.query_params
    if any("\x00" in text for text in request.path_params.values()) or any("\x00" in text for text in query.values()):
        raise BadRequest(
            "invalid-parameter", "The URL contains the character U+0000, which is not allowed in a name or a value"
        )
    for name in query:
        if name not in known:
            hint = suggest_nearest(name, known)
            detail = f"the parameter {name!r} is unknown: {hint}"
            raise BadRequest("unknown-parameter", detail, (Fault(name, "unknown-parameter", detail),))


def request_media_type(request: Request) -> str:
    """The body's media type without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def command_context(request: Request) -> CommandContext:
    """The context of a command: actor, correlation id and idempotency key. Call it after the body has been read."""
    correlation_id = request.headers.get("x-correlation-id", "")[:200] or str(uuid4())
    return CommandContext(access_of(request), correlation_id, *(idempotent_request.acquired_key(request.scope) or ()))


async def read_json_object(request: Request, fields: Iterable[str], limit: str = "body_bytes") -> dict[str, Any]:
    """The request body: a JSON object with only these fields and exact numbers; `limit` names its size limit.

    Raises UnsupportedFormat, TooLarge, BadRequest (invalid JSON) or Invalid (not such an object, or invalid text).
    """
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type not in JSON_TYPES:
        raise UnsupportedFormat(
            "unsupported-media-type", f"{media_type!r} is not supported here; send application/json"
        )
    try:
        text = await _read_limited_body(request, limit)
        body = await to_thread.run_sync(parse_json, text) if len(text) > LARGE_BODY_BYTES else parse_json(text)
    except (ValueError, RecursionError) as error:
        detail = f"the body is not JSON that can be read: {error}"
        raise BadRequest("invalid-json", detail) from None
    if not isinstance(body, dict):
        raise Invalid("invalid-body", "The body must be a JSON object")
    check_fields_known(body, fields, "")
    return body


def check_fields_known(body: Mapping[str, Any], fields: Iterable[str], pointer: str) -> None:
    """Raises Invalid with a fault for each field that is not in `fields`."""
    known = list(fields)
    faults = tuple(
        Fault(f"{pointer}/{name}", "unknown-field", f"the field {name!r} is unknown: {suggest_nearest(name, known)}")
        for name in body
        if name not in known
    )
    if faults:
        raise Invalid("unknown-field", faults[0].detail, faults)


def parse_if_match(request: Request) -> ExpectedVersion:
    """The versions in `If-Match`; None without the header or for `*`.

    Tags are compared strongly (RFC 9110): a weak one matches nothing, as one that names no version.
    Raises BadRequest if the header is not a list of entity tags.
    """
    header = ",".join(request.headers.getlist("if-match") or ["*"]).strip()
    if header == "*":
        return None
    if not _ETAGS.fullmatch(header):
        detail = (
            f'If-Match: {header[:60]} is not a list of entity tags; send one like "7", several like "7", "8", or *'
        )
        raise BadRequest("invalid-if-match", detail)
    return tuple(int(text) for weak, text in _ETAG.findall(header) if not weak and _VERSION.fullmatch(text))


def is_create_only(request: Request) -> bool:
    """Whether the request has `If-None-Match: *`. Raises BadRequest for any other tag."""
    header = request.headers.get("if-none-match", "").strip()
    if header not in ("", "*"):
        raise BadRequest("invalid-if-none-match", f"If-None-Match: {header[:60]} is not supported here; send *")
    return header == "*"


def is_unchanged(request: Request, etag: str) -> bool:
    """Whether `If-None-Match` names this entity tag, so that the response is 304."""
    header = ",".join(request.headers.getlist("if-none-match"))
    return header.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in header.split(",")]


@dataclass(frozen=True, slots=True)
class Preferences:
    """The supported preferences of a `Prefer` header (RFC 7240). `max_affected`: maximum number of changed
    records."""

    wait: float = 0
    minimal: bool = False
    dry_run: bool = False
    max_affected: int | None = None

    @property
    def applied(self) -> dict[str, str]:
        """The Preference-Applied header."""
        supported = (
            ("return=minimal", self.minimal),
            ("dry-run", self.dry_run),
            (f"max-affected={self.max_affected}", self.max_affected is not None),
        )
        names = [*([f"wait={self.wait:g}"] if self.wait else []), *(name for name, is_set in supported if is_set)]
        return {"Preference-Applied": ", ".join(names)} if names else {}


def parse_preferences(request: Request) -> Preferences:
    """Parse the `Prefer` headers. Raises BadRequest for an invalid `max-affected`: a limit must not be ignored."""
    given = [part.strip() for part in ",".join(request.headers.getlist("prefer")).split(",")]
    waits = [float(match[1]) for preference in given if (match := re.fullmatch(r"wait=(\d{1,4})", preference))]
    limits = [_parse_max_affected(preference) for preference in given if re.match(r"max-affected\b", preference)]
    return Preferences(
        min(waits, default=0), "return=minimal" in given, "dry-run" in given, min(limits, default=None)
    )


def _parse_max_affected(preference: str) -> int:
    if match := re.fullmatch(r"max-affected=\"?(\d{1,18})\"?", preference):
        return int(match[1])
    raise BadRequest(
        "invalid-preference", f"Prefer: {preference[:60]} is invalid; send a number like max-affected=100"
    )


async def _read_limited_body(request: Request, limit: str) -> bytes:
    max_bytes = getattr(request.app.state.service.settings.limits, limit)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > max_bytes:
            detail = f"The body is larger than {max_bytes} bytes ({limit_setting(limit)})"
            raise TooLarge("body-too-large", detail)
    return bytes(body)
