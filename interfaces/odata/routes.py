"""The addresses of the service: below `/odata` the newest versions, below `/odata/@…` those of the past."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from domain import exact_json
from domain.errors import NotFound, Unimplemented
from interfaces.http.reading import read_connection
from interfaces.odata import collections, entities, entity_sets, metadata, past, responses
from interfaces.odata.negotiation import check_protocol_version, negotiate_json_format
from interfaces.odata.options import (
    COUNT_OPTIONS,
    ENTITY_OPTIONS,
    FORMAT_ONLY,
    SET_OPTIONS,
    parse_options,
)
from projections.query.odata.entity_json import MetadataLevel


async def _require_protocol_version(request: Request) -> None:
    check_protocol_version(request)


router = APIRouter(tags=["OData"], dependencies=[Depends(_require_protocol_version)])

METHODS = ("GET", "HEAD")

_UNSUPPORTED_RESOURCES = ("$batch", "$all", "$entity", "$crossjoin")


async def service_document(request: Request) -> Response:
    asked, at = parse_options(request, FORMAT_ONLY), past.at_parameter(request)
    format = negotiate_json_format(request, asked.format)
    async with read_connection(request) as opened:
        found = await entity_sets.list_names(request, opened, at)
    sets = [{"name": name, "title": of.name, "kind": "EntitySet", "url": name} for name, of in found]
    context = {"@odata.context": f"{past.service_root(request, at)}/$metadata"}
    body = {"value": sets} if format.metadata is MetadataLevel.NONE else {**context, "value": sets}
    return responses.service_response(exact_json.dumps(body), format.media_type)


async def read_metadata(request: Request) -> Response:
    """XML whatever `Accept` says: most clients that ask for JSON here by a general header cannot read it."""
    parse_options(request, FORMAT_ONLY)
    async with read_connection(request) as opened:
        found = await entity_sets.list_entity_sets(request, opened, past.at_parameter(request))
    return responses.service_response(metadata.build_document(found), "application/xml")


async def entity_set(request: Request) -> Response:
    _check_supported(request.path_params["set"])
    return await collections.read_page(request, past.at_parameter(request), request.path_params["set"])


async def count(request: Request) -> Response:
    return await collections.read_count(request, past.at_parameter(request), request.path_params["set"])


async def entity(request: Request) -> Response:
    given = request.path_params
    _check_supported(given["set"])
    return await entities.read_entity(request, past.at_parameter(request), given["set"], given["id"])


async def anything_else(request: Request) -> Response:
    """What the standard has and the service has not (501), no one has (404), or may not be written (405)."""
    path: str = request.path_params["path"]
    _check_supported(path.rpartition("/")[2])
    if request.method not in METHODS:
        raise HTTPException(405, "records are read here, and changed under /v1", {"Allow": ", ".join(METHODS)})
    if ")/" in path:
        raise Unimplemented("resource-not-offered", "A property has no address of its own; $select chooses some")
    raise NotFound("resource-not-found", f"There is nothing at {request.url.path[:200]}: the service root is /odata/")


def _check_supported(segment: str) -> None:
    name = segment.partition("(")[0]
    if name in _UNSUPPORTED_RESOURCES:
        raise Unimplemented("resource-not-offered", f"{name} is not offered; entity sets are asked for one by one")


def _document_parameters(path: str, known: Sequence[str]) -> dict[str, Any]:
    """What the documentation says of a route, whose handler reads its parameters itself."""
    places = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PATH_PARAMETERS[name],
            "schema": {"type": "string"},
        }
        for name in re.findall(r"{(\w+)}", path)
    ]
    asked = [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": _OPTION_DESCRIPTIONS[name],
            "schema": {"type": "string"},
        }
        for name in known
    ]
    return {"parameters": places + asked}


_PATH_PARAMETERS = {
    "at": "a version number, a day or an RFC 3339 time",
    "set": "the entity set: a dataset's slug as an OData identifier",
    "id": "the record's number",
}
_OPTION_DESCRIPTIONS = {
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
    ("/{set}/$count", count, COUNT_OPTIONS, "How many entities there are"),
    ("/{set}({id})", entity, ENTITY_OPTIONS, "One entity"),
    ("/{set}", entity_set, SET_OPTIONS, "A page of entities"),
)

for root in (f"{past.PREFIX}/@{{at}}", past.PREFIX):
    for path, handler, known, summary in _ROUTES:
        extra = _document_parameters(root + path, known)
        shown = path != "/"
        router.add_api_route(root + path, handler, summary=summary, openapi_extra=extra, include_in_schema=shown)
        router.add_api_route(root + path, handler, methods=["HEAD"], include_in_schema=False)
router.add_api_route(
    past.PREFIX + "/{path:path}",
    anything_else,
    methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    include_in_schema=False,
)
