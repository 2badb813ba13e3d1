"""OData responses with protocol and cache headers."""

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import Request, Response

from domain import exact_json
from interfaces.http.requests import is_unchanged
from interfaces.odata import past
from interfaces.odata.error_objects import VERSION_HEADER
from interfaces.odata.negotiation import JsonFormat
from projections.query.odata.entity_json import MetadataLevel
from projections.query.odata.entity_types import EntityProperty

NO_HEADERS: Mapping[str, str] = {}
_NO_CACHE = {"Cache-Control": past.REVALIDATED}


def service_response(body: str, media_type: str) -> Response:
    """A response about the service, not about a version of a dataset."""
    headers = {**VERSION_HEADER, "Vary": "Accept", "Cache-Control": past.REVALIDATED}
    return Response(body, 200, headers, media_type)


def dataset_headers(
    version: int, tag: str, at: str | None, more: Mapping[str, str] = NO_HEADERS, timeless: bool = True
) -> dict[str, str]:
    """The headers of a response about a dataset's `version`; `tag` distinguishes representations of a version.

    A response that is not `timeless` depends on the time of the request: it has no ETag.
    """
    caching = {"ETag": f'"{version}-{tag}"', **past.cache_headers(at)} if timeless else _NO_CACHE
    return {
        **VERSION_HEADER,
        "Rowledger-Version": str(version),
        "Vary": "Accept, Prefer",
        **caching,
        **more,
    }


def not_modified_response(request: Request, given: Mapping[str, str]) -> Response | None:
    """304 if the client already has the response with these headers, otherwise None."""
    return Response(None, 304, given) if "ETag" in given and is_unchanged(request, given["ETag"]) else None


def entity_response(body: str, format: JsonFormat, given: Mapping[str, str]) -> Response:
    return Response(body, 200, given, format.media_type)


def context_members(
    root: str, format: JsonFormat, set: str, selected: tuple[EntityProperty, ...] | None, entity: bool = False
) -> list[str]:
    """The member `@odata.context`, with the properties of `$select` in parentheses; empty without metadata."""
    if format.metadata is MetadataLevel.NONE:
        return []
    names = "" if selected is None else f"({','.join(quote(each.name) for each in selected)})"
    url = f"{root}/$metadata#{quote(set)}{names}" + "/$entity" * entity
    return [f'"@odata.context":{exact_json.dumps(url)}']
