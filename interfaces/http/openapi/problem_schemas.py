"""The answers to refused requests, for the OpenAPI document: one schema for each status, which lists its codes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from interfaces.http.openapi import headers
from interfaces.http.openapi.problem_codes import Codes
from interfaces.http.openapi.schemas import PREFIX, Schema, schema_of
from interfaces.http.problems import MEDIA_TYPE
from interfaces.services.json_types import FaultJson

_RETRIED = (409, 423, 503)
"""Statuses whose answers may have a `Retry-After` header."""

_FAULT = schema_of(FaultJson)


def problem_responses(codes: Codes) -> dict[str, Any]:
    """The responses of an operation whose requests may be refused with these statuses and codes."""
    return {
        str(status): {
            "description": f"{_describe(status)}: {', '.join(f'`{name}`' for name in sorted(names))}",
            "content": {MEDIA_TYPE: {"schema": {"$ref": PREFIX + _schema_name(status)}}},
            **({"headers": headers.answer_headers([headers.RETRY_AFTER])} if status in _RETRIED else {}),
        }
        for status, names in sorted(_by_status(codes).items())
    }


def problem_schemas(codes: Codes) -> Mapping[str, Schema]:
    """The schemas of the problems of each status, by name."""
    return {_schema_name(status): _problem_schema(status, names) for status, names in _by_status(codes).items()}


def _problem_schema(status: int, names: Iterable[str]) -> Schema:
    return {
        "type": "object",
        "description": f"{_describe(status)} (RFC 9457). `type` ends in the code.",
        "required": ["type", "title", "status", "detail", "instance"],
        "properties": {
            "type": {"type": "string", "enum": [f"/problems/{name}" for name in sorted(names)]},
            "title": {"type": "string"},
            "status": {"type": "integer", "enum": [status]},
            "detail": {"type": "string", "description": "for people: what was refused, and what would be accepted"},
            "instance": {"type": "string", "description": "the path of the request"},
            "errors": {"type": "array", "items": _FAULT, "description": "each thing that is wrong"},
        },
    }


def _by_status(codes: Codes) -> Mapping[int, set[str]]:
    found = defaultdict[int, set[str]](set)
    for status, name in codes:
        found[status].add(name)
    return found


def _schema_name(status: int) -> str:
    return f"Problem{status}"


def _describe(status: int) -> str:
    """The standard phrase of a status; 460 belongs to the tus protocol."""
    return "Checksum Mismatch" if status == 460 else HTTPStatus(status).phrase
