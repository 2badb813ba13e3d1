"""Parses `at` in `/odata/@{at}`: a version number, a day or a time."""

import datetime
import re
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import Request

from domain.errors import BadRequest, NotFound
from projections.query.odata.entity_sources import PointInTime

PREFIX = "/odata"

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

IMMUTABLE = "private, max-age=31536000, immutable"
REVALIDATED = "private, no-cache"


def at_parameter(request: Request) -> str | None:
    """The `at` of the request's path; None for the newest version."""
    at: str | None = request.path_params.get("at")
    return at


def service_root(request: Request, at: str | None) -> str:
    """The URL of the service root without a trailing slash, with the host used by the client."""
    return f"{str(request.base_url).rstrip('/')}{PREFIX}{at_path(at)}"


def at_path(at: str | None) -> str:
    return "" if at is None else f"/@{quote(at, safe=':+')}"


def at_from_as_of(as_of: str | None) -> str | None:
    """Convert `as_of` to `at`. In `as_of` a day means its beginning, in `at` its end."""
    if as_of is None or as_of.isdigit():
        return as_of
    return f"{as_of}T00:00:00Z" if _DAY.fullmatch(as_of) else as_of.replace(" ", "+")


def as_of_from_at(at: str | None) -> str | None:
    """Convert `at` to `as_of`. A day means its end in UTC, that is the state after all changes of that day."""
    if at is not None and _DAY.fullmatch(at):
        return f"{at}T23:59:59.999999Z"
    return at


def parse_point(at: str | None) -> PointInTime | None:
    """`at` as a version or a time. Raises BadRequest `invalid-as-of`, or NotFound for a number that is too large."""
    given = as_of_from_at(at)
    if given is None:
        return None
    if given.isascii() and given.isdigit():
        if len(given) > 18:
            raise NotFound("version-not-found", f"There is no version {given[:60]}")
        return PointInTime(version=int(given))
    try:
        moment = datetime.datetime.fromisoformat(given.replace(" ", "+"))
    except ValueError:
        detail = f"@{given[:60]} is not a version number, a day or a time like 2024-01-31T12:30:00Z"
        raise BadRequest("invalid-as-of", detail) from None
    return PointInTime(moment=moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC))


def cache_headers(at: str | None) -> Mapping[str, str]:
    """The Cache-Control header: immutable for a version number, otherwise the client must revalidate."""
    is_version = at is not None and at.isascii() and at.isdigit()
    return {"Cache-Control": IMMUTABLE if is_version else REVALIDATED}
