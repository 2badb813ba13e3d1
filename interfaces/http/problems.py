"""Turns errors into RFC 9457 problem documents and maps each kind of refusal to an HTTP status.

Below some paths an `ErrorRenderer` produces another form, such as OData error objects below `/odata`.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from psycopg import errors as database_errors
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from application.settings import limit_setting
from domain import errors, exact_json
from domain.errors import Fault, Refusal
from interfaces.http.allowed_methods import allowed_methods

STATUS: Mapping[type[Refusal], HTTPStatus] = {
    errors.BadRequest: HTTPStatus.BAD_REQUEST,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.Misdirected: HTTPStatus.MISDIRECTED_REQUEST,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Gone: HTTPStatus.GONE,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Busy: HTTPStatus.CONFLICT,
    errors.Locked: HTTPStatus.LOCKED,
    errors.PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedFormat: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    errors.Unimplemented: HTTPStatus.NOT_IMPLEMENTED,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

MEDIA_TYPE = "application/problem+json"

CLIENT_CLOSED_REQUEST = 499
"""Status for logs only: the client has disconnected."""

_log = logging.getLogger(__name__)


class ErrorRenderer(Protocol):
    """Builds the response to an error in another form than a problem document."""

    def __call__(
        self, status: int, code: str, detail: str, faults: Sequence[Fault], headers: Mapping[str, str]
    ) -> Response: ...


def install(app: FastAPI, renderers: Mapping[str, ErrorRenderer]) -> None:
    """Handle all errors of the application. `renderers` maps a path prefix to the renderer for errors below it."""
    app.state.error_renderers = renderers
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    app.add_exception_handler(Exception, _handle_unexpected_error)


def response_to(request: Request, error: Exception) -> Response:
    """The response to an error raised in a middleware. Raises `error` itself if no handler matches."""
    for kind in type(error).__mro__:
        if handler := _HANDLERS.get(kind):
            return handler(request, error)
    raise error


def document(
    status: int, code: str, detail: str, instance: str, faults: Sequence[Fault] = (), extra: Mapping[str, Any] = {}
) -> dict[str, Any]:
    """The members of a problem document as JSON values."""
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": int(status),
        "detail": detail,
        "instance": instance,
    }
    if faults:
        body["errors"] = [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in faults]
    return body | dict(extra)


def response(request: Request, status: int, code: str, detail: str, **more: Any) -> Response:
    headers = {"Cache-Control": "no-store", **(more.pop("headers", None) or {})}
    path = request.url.path
    renderers: Mapping[str, ErrorRenderer] = request.app.state.error_renderers
    for prefix, render in renderers.items():
        if path == prefix or path.startswith(f"{prefix}/"):
            return render(status, code, detail, more.get("faults", ()), headers)
    body = exact_json.dumps(document(status, code, detail, path, **more))
    return Response(body.encode(errors="replace"), status, headers, MEDIA_TYPE)


async def refuse(scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
    """Answer a request, or the handshake of a WebSocket, with the response to an error. Raises `error` like
    `response_to`."""
    request = Request({"method": "GET", **scope, "type": "http"}, receive)
    await response_to(request, error)(scope, receive, send)


def _handle_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    status, headers = STATUS[type(error)], _refusal_headers(error)
    return response(
        request, status, error.code, error.detail, faults=error.faults, extra=error.extra, headers=headers
    )


def _refusal_headers(refusal: Refusal) -> dict[str, str]:
    match refusal:
        case errors.Busy() | errors.Unavailable():
            return {"Retry-After": str(refusal.retry_after)}
        case errors.Unauthenticated():
            return {"WWW-Authenticate": "Bearer"}
        case _:
            return {}


def _handle_validation_error(request: Request, error: Exception) -> Response:
    """Handle an invalid parameter found by FastAPI."""
    assert isinstance(error, RequestValidationError)
    faults = [
        Fault(str(one["loc"][-1]), "invalid-parameter", _describe_parameter_error(one)) for one in error.errors()
    ]
    return response(request, HTTPStatus.BAD_REQUEST, "invalid-parameter", faults[0].detail, faults=faults)


def _describe_parameter_error(one: Mapping[str, Any]) -> str:
    return f"{one['loc'][-1]}={str(one.get('input'))[:60]!r} is invalid: {one['msg'][:1].lower()}{one['msg'][1:]}"


def _handle_http_error(request: Request, error: Exception) -> Response:
    """Handle an error of the framework, such as an unknown path or a method that is not allowed."""
    assert isinstance(error, HTTPException)
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and error.detail == HTTPStatus.METHOD_NOT_ALLOWED.phrase:
        headers = {**(headers or {}), "Allow": allowed_methods(request)}
        if request.method == "OPTIONS":
            return Response(None, HTTPStatus.NO_CONTENT, headers)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    detail = f"{request.method} {request.url.path}: {error.detail}"
    return response(request, error.status_code, code, detail, headers=headers)


def _handle_disconnect(request: Request, error: Exception) -> Response:
    """Nobody receives this response; the status tells that the request may be repeated."""
    _log.warning("%s %s: the client disconnected before the end of the body", request.method, request.url.path)
    return Response(None, CLIENT_CLOSED_REQUEST)


def _handle_query_timeout(request: Request, error: Exception) -> Response:
    detail = f"The query exceeded the time limit ({limit_setting('query_seconds')}); narrow the filter"
    return response(request, HTTPStatus.SERVICE_UNAVAILABLE, "query-timeout", detail)


def _handle_pool_timeout(request: Request, error: Exception) -> Response:
    detail = "All database connections are in use; try again in a moment"
    return response(request, HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", detail, headers={"Retry-After": "1"})


def _handle_database_error(request: Request, error: Exception) -> Response:
    _log.warning("%s %s lost the database: %s", request.method, request.url.path, error)
    detail = "The database is currently unavailable; try again in a moment"
    return response(
        request, HTTPStatus.SERVICE_UNAVAILABLE, "database-unavailable", detail, headers={"Retry-After": "2"}
    )


def _handle_unexpected_error(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    detail = "The service failed; its log has the details. Nothing was changed"
    return response(request, HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error", detail)


_HANDLERS: Mapping[type[Exception], Callable[[Request, Exception], Response]] = {
    Refusal: _handle_refusal,
    RequestValidationError: _handle_validation_error,
    HTTPException: _handle_http_error,
    ClientDisconnect: _handle_disconnect,
    database_errors.QueryCanceled: _handle_query_timeout,
    PoolTimeout: _handle_pool_timeout,
    database_errors.OperationalError: _handle_database_error,
}
