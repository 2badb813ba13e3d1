"""The bodies and answers of imports and inspections, for the OpenAPI document."""

from typing import Annotated, Any, NotRequired

from typing_extensions import TypedDict

from domain.columns import ColumnType
from interfaces.http.openapi import headers
from interfaces.http.openapi.answers import BYTES, json_answer
from interfaces.http.openapi.operation import Body, json_object
from interfaces.http.openapi.schemas import Schema, written_schema
from interfaces.rest.imports.option_schema import IMPORT_OPTIONS
from interfaces.rest.uploads.multipart_forms import FORM_FIELDS
from interfaces.services.json_types import (
    JobJson,
    Keywords,
    RejectJson,
    RowCountsJson,
    SourceFileJson,
    Uuid,
    ValuesJson,
)

_FORM: dict[str, Schema] = {
    "file": {**BYTES, "description": "the file, in any format that can be read, and its name"},
    "name": {"type": "string", "description": "the dataset's name; by default the file's"},
    "description": {"type": "string"},
    "key": {"type": "string", "description": "the names of the key columns: `sku,country` or a JSON list of them"},
    "options": IMPORT_OPTIONS,
}


def file_content(name: str, *fields: str) -> dict[str, dict[str, Any]]:
    """The forms of a request with a file, by media type; `fields` are those of the multipart form."""
    form = json_object({field: _FORM[field] for field in fields}, ["file"])
    return {
        "multipart/form-data": {
            "schema": written_schema(name, form),
            "encoding": {"options": {"contentType": "application/json"}},
        },
        "application/octet-stream": {"schema": {**BYTES, "description": "the file itself; any media type is taken"}},
    }


NEW_DATASET_FORM = file_content("NewDatasetForm", *FORM_FIELDS)
FILE_BODY = Body(file_content("FileForm", "file", "options"), {})
FILE_OR_UPLOAD = Body(FILE_BODY.content, {}, required=False)


class ImportedDatasetJson(TypedDict):
    """The dataset that the file goes into; `version` is 0 until there is one."""

    id: Uuid
    slug: str
    name: str
    version: int


class AcceptedImportJson(TypedDict):
    dataset: Annotated[ImportedDatasetJson | None, Keywords("null: a dry run makes none")]
    job: JobJson


class FileColumnJson(TypedDict):
    name: str
    type: ColumnType
    format: str | None


class InspectionJson(TypedDict):
    """What an import would find; also the layout of the file, as the options that say the same."""

    source: SourceFileJson
    format: NotRequired[str]
    columns: list[FileColumnJson]
    rows: RowCountsJson
    first: Annotated[list[ValuesJson], Keywords("the first rows")]
    problems: Annotated[list[RejectJson], Keywords("the first rows that would be rejected")]
    notes: Annotated[list[str], Keywords("about guesses, for people")]


ACCEPTED = json_answer(
    AcceptedImportJson,
    "The file was received, and a job imports it; with `Prefer: wait` the job may have ended",
    202,
    headers.LOCATION,
    headers.PREFERENCE_APPLIED,
)
INSPECTED = json_answer(InspectionJson, "What an import would find")
