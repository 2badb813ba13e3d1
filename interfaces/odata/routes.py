"""The addresses of the service: below `/odata` the newest versions, below `/odata/@…` those of the past."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from domain import exact_json
from domain.errors import NotFound, Unimplemented
from interfaces.http.reading import connection
from interfaces.odata import collections, entities, entity_sets, metadata, past, responses
from interfaces.odata.negotiation import json_format, must_speak_version_4
from interfaces.odata.options import FORMAT_ONLY, OF_A_COUNT, OF_A_SET, OF_AN_ENTITY, options
from projections.query.odata.entity_json import Metadata


async def _speaks_version_4(request: Request) -> None:
    must_speak_version_4(request)


router = APIRouter(tags=["OData"], dependencies=[Depends(_speaks_version_4)])

METHODS = ("GET", "HEAD")

_NOT_OFFERED = ("$batch", "$all", "$entity", "$crossjoin")


async def service_document(request: Request) -> Response:
    asked, at = options(request, FORMAT_ONLY), past.at_of(request)
    format = json_format(request, asked.format)
    async with connection(request) as opened:
        found = await entity_sets.names(opened, at)
    sets = [{"name": name, "title": of.name, "kind": "EntitySet", "url": name} for name, of in found]
    context = {"@odata.context": f"{past.root(request, at)}/$metadata"}
    body = {"value": sets} if format.metadata is Metadata.NONE else {**context, "value": sets}
    return responses.plain(exact_json.dumps(body), format.media_type)


async def read_metadata(request: Request) -> Response:
    """XML whatever `Accept` says: most clients that ask for JSON here by a general header cannot read it."""
    options(request, FORMAT_ONLY)
    async with connection(request) as opened:
        found = await entity_sets.listed(request, opened, past.at_of(request))
    return responses.plain(metadata.document(found), "application/xml")


async def entity_set(request: Request) -> Response:
    _must_be_offered(request.path_params["set"])
    return await collections.page(request, past.at_of(request), request.path_params["set"])


async def count(request: Request) -> Response:
    return await collections.count(request, past.at_of(request), request.path_params["set"])


async def entity(request: Request) -> Response:
    given = request.path_params
    _must_be_offered(given["set"])
    return await entities.entity(request, past.at_of(request), given["set"], given["id"])


async def anything_else(request: Request) -> Response:
    """What the standard has and the service has not (501), no one has (404), or may not be written (405)."""
    path: str = request.path_params["path"]
    _must_be_offered(path.rpartition("/")[2])
    if request.method not in METHODS:
        raise HTTPException(405, "records are read here, and changed under /v1", {"Allow": ", ".join(METHODS)})
    if ")/" in path:
        raise Unimplemented("resource-not-offered", "A property has no address of its own; $select chooses some")
    raise NotFound("resource-not-found", f"There is nothing at {request.url.path[:200]}: the service root is /odata/")


def _must_be_offered(segment: str) -> None:
    name = segment.partition("(")[0]
    if name in _NOT_OFFERED:
        raise Unimplemented("resource-not-offered", f"{name} is not offered; entity sets are asked for one by one")


def _parameters(path: str, known: Sequence[str]) -> dict[str, Any]:
    """What the documentation says of a route, whose handler reads its parameters itself."""
    places = [
        {"name": name, "in": "path", "required": True, "description": _PLACES[name], "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    asked = [
        {"name": name, "in": "query", "required": False, "description": _OPTIONS[name], "schema": {"type": "string"}}
        for name in known
    ]
    return {"parameters": places + asked}


_PLACES = {
    "at": "a version number, a day or an RFC 3339 time",
    "set": "the entity set: a dataset's slug as an OData identifier",
    "id": "the record's number",
}
_OPTIONS = {
    "$filter": "a filter expression over the properties",
    "$orderby": "`price desc,name`; null is less than any value",
    "$top": "how many entities at most",
    "$skip": "how many entities to leave out first",
    "$count": "`true`: with the number of all entities",
    "$select": "the properties to show: `name,price`",
    "$search": "full-text over all string columns",
    "$skiptoken": "where to go on, as the next link of a page has it",
    "$format": "`json`, or a media type with its parameters, before what `Accept` says",
}

_ROUTES: Sequence[tuple[str, Callable[[Request], Awaitable[Response]], Sequence[str], str]] = (
    ("", service_document, FORMAT_ONLY, "The service document: the entity sets"),
    ("/", service_document, FORMAT_ONLY, "The service document: the entity sets"),
    ("/$metadata", read_metadata, FORMAT_ONLY, "The service's description, in XML"),
    ("/{set}/$count", count, OF_A_COUNT, "How many entities there are"),
    ("/{set}({id})", entity, OF_AN_ENTITY, "One entity"),
    ("/{set}", entity_set, OF_A_SET, "A page of entities"),
)

for root in (f"{past.PREFIX}/@{{at}}", past.PREFIX):
    for path, handler, known, summary in _ROUTES:
        extra = _parameters(root + path, known)
        shown = path != "/"
        router.add_api_route(root + path, handler, summary=summary, openapi_extra=extra, include_in_schema=shown)
        router.add_api_route(root + path, handler, methods=["HEAD"], include_in_schema=False)
router.add_api_route(
    past.PREFIX + "/{path:path}",
    anything_else,
    methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    include_in_schema=False,
)
