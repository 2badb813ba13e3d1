"""`/docs`: the page that shows the description of the API, without anything from another host.

Swagger UI comes from a package, and the page has no script of its own, so that its content security policy can forbid
scripts in the page. All links are relative: they work behind a proxy with any path.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib.resources import files

from fastapi import FastAPI, Request, Response

from interfaces.http.reading import NO_CACHE, etag_response

HTML, SCRIPT, STYLE = (f"text/{kind}; charset=utf-8" for kind in ("html", "javascript", "css"))

_PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rowledger API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

# `validatorUrl` would otherwise send the address of the API to a public service.
_START = b"""SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null
});
"""

_HEADERS: Mapping[str, str] = {
    **NO_CACHE,
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}


def install(app: FastAPI) -> None:
    """Add the page and its files to the application."""
    for path, media_type, read in (
        ("/docs", HTML, lambda: _PAGE),
        ("/docs/start.js", SCRIPT, lambda: _START),
        ("/docs/swagger-ui-bundle.js", SCRIPT, lambda: _read_asset("swagger-ui-bundle.js")),
        ("/docs/swagger-ui.css", STYLE, lambda: _read_asset("swagger-ui.css")),
    ):
        app.add_api_route(path, _file_route(read, media_type), include_in_schema=False)


def _file_route(read: Callable[[], bytes], media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def read_file(request: Request) -> Response:
        return etag_response(request, read(), headers=_HEADERS, media_type=media_type)

    return read_file


@cache
def _read_asset(name: str) -> bytes:
    return (files("fastapi_offline") / "static" / name).read_bytes()
