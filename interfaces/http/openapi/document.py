"""Builds the OpenAPI document from the routes.

What all routes have in common is added here: the headers and problems that follow from a route's method, parameters
and body, and the schemas. Limits in the settings become limits in the schemas.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from application.settings import ServiceLimits
from interfaces.http.middleware import idempotency
from interfaces.http.middleware.request_sources import SAFE_METHODS
from interfaces.http.openapi import headers, problem_codes
from interfaces.http.openapi.answers import JSON
from interfaces.http.openapi.headers import Header
from interfaces.http.openapi.limits import apply_limits
from interfaces.http.openapi.operation import PROBLEMS_KEY
from interfaces.http.openapi.problem_codes import Codes
from interfaces.http.openapi.problem_schemas import problem_responses, problem_schemas
from interfaces.http.openapi.schemas import build_schemas

Operation = dict[str, Any]

TAGS: Mapping[str, str] = {
    "datasets": "Collections of records with the same columns",
    "records": "Read and change records: one, many, by key, by filter",
    "history": "Versions, the audit and the feed of events",
    "imports": "Bring files in, and what came of it",
    "uploads": "Resumable uploads (tus 1.0.0)",
    "exports": "Records as files",
    "analysis": "Joins, aggregates and profiles",
    "jobs": "What takes long: progress, result, cancellation",
    "indexes": "The indexes made for queries",
    "OData": "Datasets in Power BI; `/odata` has its own description in `/odata/$metadata`",
    "service": "Totals and limits",
}


def build_document(app: FastAPI, limits: ServiceLimits) -> Mapping[str, Any]:
    """The document of the application's routes, without servers."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=[{"name": name, "description": description} for name, description in TAGS.items()],
    )
    every = problem_codes.ANY_REQUEST
    for path, method, operation in _operations(document):
        codes = _complete(path, method, operation)
        operation["responses"].update(problem_responses(codes))
        every |= codes
    document["components"] = {"schemas": {**build_schemas(), **problem_schemas(every)}}
    found: Mapping[str, Any] = apply_limits(document, limits)
    return found


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _complete(path: str, method: str, operation: Operation) -> Codes:
    """Add the headers that are implied, and return the statuses and codes of all problems of the operation."""
    responses: dict[str, Any] = operation["responses"]
    responses.pop("422", None)  # FastAPI's own: an invalid parameter gets 400
    for parameter in operation.get("parameters", []):
        _simplify(parameter["schema"])
    for header in _implied_headers(path, method, responses):
        operation.setdefault("parameters", []).append(header.as_parameter())
    codes: Codes = frozenset((status, name) for status, name in operation.pop(PROBLEMS_KEY, []))
    codes |= problem_codes.ANY_REQUEST
    if method not in SAFE_METHODS:
        codes |= problem_codes.WRITE
    if JSON in operation.get("requestBody", {}).get("content", {}):
        codes |= problem_codes.JSON_BODY
    for parameter in operation.get("parameters", []):
        codes |= problem_codes.BY_PARAMETER.get(parameter["name"], frozenset())
    return codes


def _simplify(schema: dict[str, Any]) -> None:
    """Remove what only repeats the parameter, and null: a parameter that is not given is absent."""
    for repeated in ("title", "description"):
        schema.pop(repeated, None)
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        del schema["anyOf"]
        schema.update(kinds[0])


def _implied_headers(path: str, method: str, responses: Mapping[str, Any]) -> Iterator[Header]:
    if method in idempotency.METHODS and path.startswith(idempotency.PREFIX):
        yield headers.IDEMPOTENCY_KEY
        for status, response in responses.items():
            if status.startswith("2"):
                response.setdefault("headers", {})[headers.REPLAYED.name] = headers.REPLAYED.as_answer()
    if method not in SAFE_METHODS:
        yield headers.CORRELATION_ID
    if "304" in responses:
        yield headers.IF_NONE_MATCH
    if "206" in responses:
        yield headers.RANGE
        yield headers.IF_RANGE
