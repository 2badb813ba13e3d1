"""`/openapi.json`: the description of the API, built when it is first requested."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
from anyio import to_thread
from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute

from application.settings import ServiceLimits
from interfaces.http.openapi.document import build_document
from interfaces.http.public_address import public_address
from interfaces.http.reading import etag_response


def install(app: FastAPI, limits: ServiceLimits) -> None:
    """Add the document to the application. Its server is the address by which the client reaches the service."""

    @cache
    def document() -> Mapping[str, Any]:
        return build_document(app, limits)

    async def read_document(request: Request) -> Response:
        servers = {"servers": [{"url": public_address(request)}]}
        body = orjson.dumps({**await to_thread.run_sync(document), **servers})
        return etag_response(request, body)

    app.add_api_route("/openapi.json", read_document, include_in_schema=False)


def operation_id(route: APIRoute) -> str:
    """The name of the route's function in camel case, such as `updateRecord`."""
    first, *words = route.name.split("_")
    return first + "".join(word.capitalize() for word in words)
