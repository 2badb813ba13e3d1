"""The headers of requests and answers, for the OpenAPI document."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Header:
    """A header of a request or an answer; `schema` is that of its value."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    example: str | None = None
    required: bool = False

    def as_parameter(self) -> dict[str, Any]:
        return {"name": self.name, "in": "header", "required": self.required, **self.as_answer()}

    def as_answer(self) -> dict[str, Any]:
        example = {} if self.example is None else {"example": self.example}
        return {"description": self.description, "schema": dict(self.schema), **example}


def text(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^({pattern})$"}


_ENTITY_TAG = r'(W/)?"[!#-~]*"'
_ENTITY_TAGS = text(rf"\*|{_ENTITY_TAG}( *, *{_ENTITY_TAG})*")

IF_MATCH = Header(
    "If-Match",
    "Only change it if its version is one of these entity tags; otherwise 412 with the current state",
    _ENTITY_TAGS,
    '"7"',
)
IF_NONE_MATCH = Header("If-None-Match", "Answer 304 if the entity tag is still one of these", example='"7"')
CREATE_ONLY = Header("If-None-Match", "`*`: create the record; 412 if it exists", text(r"\*"))
IDEMPOTENCY_KEY = Header(
    "Idempotency-Key",
    "The same key and body again get the first answer, for 24 hours; the request is carried out once",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~][!-~]*$"},
)
CORRELATION_ID = Header("X-Correlation-Id", "Kept with the version that the request makes; by default a new UUID")
LAST_EVENT_ID = Header("Last-Event-ID", "Continue after this event; browsers send it by themselves")
RANGE = Header("Range", "The bytes to send: `bytes=0-999`, `bytes=1000-`, `bytes=-500`", example="bytes=0-999")
IF_RANGE = Header("If-Range", "Send the range only if the file has this entity tag, otherwise all of it")

_PREFERENCES: Mapping[str, str] = {
    "wait": "`wait=SECONDS`: answer when the job has ended, or after so long (at most 600 s)",
    "return=minimal": "`return=minimal`: no content in the answer",
    "dry-run": "`dry-run`: decide everything and store nothing; the answer says what would happen",
    "max-affected": "`max-affected=N`: refuse (409) a change of more records",
}


def prefer(*names: str) -> Header:
    """The `Prefer` header with the preferences that a route knows."""
    known = "; ".join(_PREFERENCES[name] for name in names)
    return Header("Prefer", f"RFC 7240. {known}", example="wait=30" if names[0] == "wait" else names[0])


ETAG = Header("ETag", "The entity tag, for `If-Match` and `If-None-Match`", example='"7"')
VERSION = Header("Rowledger-Version", "The dataset's version that was read or made", {"type": "integer"}, "7")
LOCATION = Header("Location", "The address of what was created", {"type": "string", "format": "uri-reference"})
LINK = Header("Link", 'The address of the next page, with `rel="next"`; absent on the last one')
PREFERENCE_APPLIED = Header("Preference-Applied", "The preferences of `Prefer` that were applied")
RETRY_AFTER = Header("Retry-After", "Seconds after which the same request may succeed", {"type": "integer"})
REPLAYED = Header("Idempotency-Replayed", "`true`: the answer is that of the first request with this key")
CACHE_CONTROL = Header("Cache-Control", "How long the answer may be kept; what never changes is `immutable`")
DISPOSITION = Header("Content-Disposition", "The name of the file")
CONTENT_RANGE = Header("Content-Range", "Which bytes of the file these are, and its size")
ACCEPT_RANGES = Header("Accept-Ranges", "`bytes` where `Range` is supported")
ALLOW = Header("Allow", "The methods of the address")


def answer_headers(headers: Iterable[Header]) -> dict[str, Any]:
    return {header.name: header.as_answer() for header in headers}
