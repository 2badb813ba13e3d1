"""The successful answers of routes, for the OpenAPI document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from interfaces.http.openapi import headers, schemas
from interfaces.http.openapi.headers import Header, answer_headers
from interfaces.http.openapi.schemas import Schema

JSON = "application/json"
TEXT: Schema = {"type": "string"}
BYTES: Schema = {"type": "string", "format": "binary"}
EVENTS: Schema = {"description": "Server-sent events, each with `id`, `event` and `data`"}
"""It has no type: some programs check each event against it, others the text."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no problem: its content by media type, and its headers."""

    status: int
    description: str
    content: Mapping[str, Schema]
    headers: Sequence[Header] = ()
    example: Any = None

    def as_response(self) -> dict[str, Any]:
        example = {} if self.example is None else {"example": self.example}
        content = {
            media_type: {"schema": schema, **(example if media_type == JSON else {})}
            for media_type, schema in self.content.items()
        }
        return {
            "description": self.description,
            **({"headers": answer_headers(self.headers)} if self.headers else {}),
            **({"content": content} if content else {}),
        }


READ_HEADERS = (headers.ETAG, headers.VERSION, headers.CACHE_CONTROL)


def read_answer(kind: Any, description: str, example: Any = None) -> Answer:
    """A JSON resource of a dataset, with an entity tag."""
    return Answer(200, description, {JSON: schemas.schema_of(kind)}, READ_HEADERS, example)


def page_answer(kind: Any, description: str, more: Mapping[str, Schema] | None = None) -> Answer:
    """A page of a list; `more` are other forms of it by media type."""
    content = {JSON: schemas.page_of(kind), **(more or {})}
    return Answer(200, description, content, (*READ_HEADERS, headers.LINK))


def json_answer(kind: Any, description: str, status: int = 200, *more: Header) -> Answer:
    return Answer(status, description, {JSON: schemas.schema_of(kind)}, more)


def one_of(*kinds: Any) -> Schema:
    """The schema of an answer that depends on the request."""
    return {"anyOf": [schemas.schema_of(kind) for kind in kinds]}


def empty_answer(status: int, description: str, *more: Header) -> Answer:
    return Answer(status, description, {}, more)


NOT_MODIFIED = empty_answer(
    HTTPStatus.NOT_MODIFIED, "It still has the entity tag in `If-None-Match`", headers.ETAG, headers.CACHE_CONTROL
)
