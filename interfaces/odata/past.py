"""Parses `at` in `/odata/@{at}`: a version number, a day or a time."""

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import Request

from domain.errors import NotFound
from interfaces.http.public_address import public_address
from projections.query.moments import parse_moment
from projections.query.odata.entity_sources import PointInTime

PREFIX = "/odata"

IMMUTABLE = "private, max-age=31536000, immutable"
REVALIDATED = "private, no-cache"


def at_parameter(request: Request) -> str | None:
    """The `at` of the request's path; None for the newest version."""
    at: str | None = request.path_params.get("at")
    return at


def service_root(request: Request, at: str | None) -> str:
    """The URL of the service root without a trailing slash, with the host that the client used."""
    return f"{public_address(request)}{PREFIX}{at_path(at)}"


def at_path(at: str | None) -> str:
    return "" if at is None else f"/@{quote(at, safe=':+')}"


def at_from_as_of(as_of: str | None) -> str | None:
    """Convert `as_of` to `at`: a plus sign that has become a space would not be read back from a path."""
    return as_of and as_of.replace(" ", "+")


def parse_point(at: str | None) -> PointInTime | None:
    """`at` as a version or a time. Raises BadRequest `invalid-as-of`, or NotFound for a number that is too large."""
    if at is None:
        return None
    if at.isascii() and at.isdigit():
        if len(at) > 18:
            raise NotFound("version-not-found", f"There is no version {at[:60]}")
        return PointInTime(version=int(at))
    return PointInTime(moment=parse_moment(at))


def cache_headers(at: str | None) -> Mapping[str, str]:
    """The Cache-Control header: immutable for a version number, otherwise the client must revalidate."""
    is_version = at is not None and at.isascii() and at.isdigit()
    return {"Cache-Control": IMMUTABLE if is_version else REVALIDATED}
