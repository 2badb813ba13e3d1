"""Describes one route beyond its path and query parameters, which FastAPI knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interfaces.http.openapi import schemas
from interfaces.http.openapi.answers import JSON, Answer
from interfaces.http.openapi.headers import Header
from interfaces.http.openapi.problem_codes import Codes
from interfaces.http.openapi.schemas import Schema

PROBLEMS_KEY = "x-problems"
"""Under this key an operation keeps the codes of its problems until the document is built."""


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request: its schema by media type, and examples of the JSON form by name."""

    content: Mapping[str, Mapping[str, Any]]
    examples: Mapping[str, Any]
    required: bool = True

    def as_request_body(self) -> dict[str, Any]:
        content = {media_type: dict(form) for media_type, form in self.content.items()}
        if self.examples:
            content[JSON]["examples"] = {name: {"value": value} for name, value in self.examples.items()}
        return {"required": self.required, "content": content}


def json_body(kind: Any, examples: Mapping[str, Any]) -> Body:
    return Body({JSON: {"schema": schemas.request_schema_of(kind)}}, examples)


def describe(
    *answers: Answer,
    body: Body | None = None,
    headers: Sequence[Header] = (),
    problems: Sequence[Codes] = (),
) -> dict[str, Any]:
    """The `openapi_extra` of a route. `problems` are those that its parameters and headers do not imply."""
    return {
        "parameters": [header.as_parameter() for header in headers],
        **({} if body is None else {"requestBody": body.as_request_body()}),
        "responses": {str(answer.status): answer.as_response() for answer in answers},
        PROBLEMS_KEY: sorted(frozenset().union(*problems)),
    }


def json_object(properties: Mapping[str, Schema], required: Sequence[str] = ()) -> Schema:
    """The schema of a JSON object or form with these members only."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }
