"""The OData routes: `/odata` for the newest versions, `/odata/@…` for past ones."""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from domain import exact_json
from domain.errors import NotFound, Unimplemented
from interfaces.http.reading import read_connection
from interfaces.odata import collections, entities, entity_sets, metadata, past, responses
from interfaces.odata.error_objects import VERSION_HEADER
from interfaces.odata.negotiation import check_protocol_version, check_xml_format, negotiate_json_format
from interfaces.odata.options import FORMAT_ONLY, parse_options
from projections.query.odata.entity_json import MetadataLevel


async def _require_protocol_version(request: Request) -> None:
    check_protocol_version(request)


router = APIRouter(tags=["OData"], dependencies=[Depends(_require_protocol_version)])

METHODS = ("GET", "HEAD", "OPTIONS")

_UNSUPPORTED_RESOURCES = ("$batch", "$all", "$entity", "$crossjoin")


async def service_document(request: Request) -> Response:
    options, at = parse_options(request, FORMAT_ONLY), past.at_parameter(request)
    format = negotiate_json_format(request, options.format)
    async with read_connection(request) as opened:
        found = await entity_sets.list_names(request, opened, at)
    sets = [{"name": name, "title": of.name, "kind": "EntitySet", "url": quote(name)} for name, of in found]
    context = {"@odata.context": f"{past.service_root(request, at)}/$metadata"}
    body = {"value": sets} if format.metadata is MetadataLevel.NONE else {**context, "value": sets}
    return responses.service_response(exact_json.dumps(body), format.media_type)


async def read_metadata(request: Request) -> Response:
    """XML regardless of `Accept`: most clients that send a general `Accept` for JSON cannot read JSON metadata."""
    check_xml_format(parse_options(request, FORMAT_ONLY).format)
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
    """Refuse other paths: unsupported OData resources (501), unknown resources (404), writes (405)."""
    path: str = request.path_params["path"]
    _check_supported(path.rpartition("/")[2])
    allow = {"Allow": ", ".join(METHODS)}
    if request.method == "OPTIONS":
        return Response(None, 204, {**VERSION_HEADER, **allow})
    if request.method not in METHODS:
        raise HTTPException(405, "OData is read-only; change records under /v1", allow)
    if ")/" in path:
        raise Unimplemented("resource-not-offered", "Properties have no URL of their own; select them with $select")
    raise NotFound("resource-not-found", f"There is nothing at {request.url.path[:200]}: the service root is /odata/")


def _check_supported(segment: str) -> None:
    name = segment.partition("(")[0]
    if name in _UNSUPPORTED_RESOURCES:
        raise Unimplemented("resource-not-offered", f"{name} is not supported; request each entity set separately")


ROUTES: Sequence[tuple[str, Callable[[Request], Awaitable[Response]]]] = (
    ("", service_document),
    ("/$metadata", read_metadata),
    ("/{set}/$count", count),
    ("/{set}({id})", entity),
    ("/{set}", entity_set),
)
"""The paths below a service root, and who answers them."""

ROOTS = (f"{past.PREFIX}/@{{at}}", past.PREFIX)

for root in ROOTS:
    for path, handler in ROUTES:
        for address in (root + path, f"{root}{path}/"):
            router.add_api_route(address, handler, methods=["GET", "HEAD"], include_in_schema=False)
router.add_api_route(
    past.PREFIX + "/{path:path}",
    anything_else,
    methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    include_in_schema=False,
)
