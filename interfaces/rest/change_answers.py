"""The answers to changes, as types and for the OpenAPI document; `change_responses.py` builds them."""

from typing import Annotated, Any, Literal, NotRequired

from typing_extensions import TypedDict

from interfaces.http.openapi import headers
from interfaces.http.openapi.answers import JSON, Answer, empty_answer, json_answer, one_of
from interfaces.services.json_types import Keywords, RecordJson, SummaryJson, ValuesJson, Version

CHANGE_HEADERS = (headers.VERSION, headers.PREFERENCE_APPLIED)
RECORD_PREFERENCES = headers.prefer("dry-run", "max-affected", "return=minimal")

DryRun = Annotated[Literal[True], Keywords("with `Prefer: dry-run`: nothing was stored")]


class ChangedRecordJson(RecordJson):
    """The record after the change."""

    dry_run: NotRequired[DryRun]


class PlannedRecordJson(TypedDict):
    """The record that a dry run would create."""

    id: int
    version: int | None
    values: ValuesJson
    dry_run: DryRun


class ChangeSummaryJson(TypedDict):
    """The version that a change made, and its numbers of records."""

    version: Version
    summary: SummaryJson
    dry_run: NotRequired[DryRun]


class ValuesBodyJson(TypedDict):
    """The values of a record by column name. A numeric column also takes a number as a string."""

    values: Annotated[dict[str, Any], Keywords("a value for each column; null for none")]


_CHANGED = "The record as it is now, or with `dry-run` as it would be"

UPDATE_ANSWERS = (
    json_answer(ChangedRecordJson, _CHANGED, 200, headers.ETAG, *CHANGE_HEADERS),
    empty_answer(204, "Changed; with `return=minimal`", headers.ETAG, *CHANGE_HEADERS),
)
CREATION_ANSWERS = (
    json_answer(
        RecordJson,
        "The new record; without content with `return=minimal`",
        201,
        headers.LOCATION,
        headers.ETAG,
        *CHANGE_HEADERS,
    ),
    json_answer(PlannedRecordJson, "With `dry-run`: the record as it would be", 200, *CHANGE_HEADERS),
)
PUT_ANSWERS = (
    CREATION_ANSWERS[0],
    Answer(200, _CHANGED, {JSON: one_of(ChangedRecordJson, PlannedRecordJson)}, (headers.ETAG, *CHANGE_HEADERS)),
    UPDATE_ANSWERS[1],
)
REMOVAL_ANSWERS = (
    empty_answer(204, "Removed", *CHANGE_HEADERS),
    json_answer(ChangeSummaryJson, "With `dry-run`: what would be removed", 200, *CHANGE_HEADERS),
)
SUMMARY_ANSWERS = (
    json_answer(
        ChangeSummaryJson, "What was changed, or with `dry-run` would be", 200, headers.ETAG, *CHANGE_HEADERS
    ),
)
