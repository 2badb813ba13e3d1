"""The bodies of requests that create and change datasets, and their answers, for the OpenAPI document."""

from typing import Annotated, Any, NotRequired

from typing_extensions import TypedDict

from domain.columns import ColumnType
from domain.dataset.columns.column_changes import OnFailure
from interfaces.http.openapi.answers import JSON
from interfaces.http.openapi.limits import limited
from interfaces.http.openapi.operation import Body, json_body
from interfaces.http.openapi.schemas import request_schema_of
from interfaces.rest.change_answers import DryRun
from interfaces.rest.imports.import_answers import NEW_DATASET_FORM
from interfaces.rest.imports.option_schema import EXAMPLE
from interfaces.services.json_types import (
    ColumnConversionJson,
    DatasetJson,
    Keywords,
    PlannedDatasetJson,
    SummaryJson,
)

Name = Annotated[str, Keywords(more={"pattern": r"\S"})]


class NewColumnJson(TypedDict):
    name: Name
    type: ColumnType
    required: NotRequired[bool]
    unique: NotRequired[bool]


class NewDatasetJson(TypedDict):
    """An empty dataset."""

    name: Name
    description: NotRequired[str | None]
    columns: Annotated[list[NewColumnJson], Keywords(more={"minItems": 1, **limited(maxItems="columns")})]
    key: NotRequired[Annotated[list[str], Keywords("the names of the columns that identify a record")]]


class DatasetFromUploadJson(TypedDict):
    """A dataset from the file of a completed resumable upload."""

    upload: Annotated[str, Keywords("its id or address")]
    name: NotRequired[str]
    description: NotRequired[str]
    key: NotRequired[list[str]]
    options: NotRequired[Annotated[dict[str, Any], Keywords(more={"x-written": "FileOptions"})]]
    filename: NotRequired[str]


class AddedColumnJson(NewColumnJson):
    """A column that is added to a dataset; `default` is its value in the present records."""

    default: NotRequired[Any]


class ColumnChangeJson(TypedDict, total=False):
    """What is not named stays as it is. `on_failure` says what becomes of values that do not fit the new type."""

    name: Name
    type: ColumnType
    format: str
    on_failure: OnFailure
    required: bool
    unique: bool


class DatasetChangeJson(TypedDict, total=False):
    """What is not named stays as it is."""

    name: Name
    description: str
    columns: Annotated[dict[str, ColumnChangeJson | None], Keywords("by present names; null drops the column")]
    add: list[AddedColumnJson]
    key: Annotated[list[str], Keywords("the names of the columns that identify a record")]


class UnfitValueJson(TypedDict):
    """A value that does not fit its column's new definition."""

    id: int
    column: str
    value: Any
    why: str


class ChangedDatasetJson(DatasetJson):
    """The dataset after the change. A dry run names the first 100 values that do not fit, and their number."""

    summary: NotRequired[SummaryJson]
    conversions: NotRequired[list[ColumnConversionJson]]
    failed: NotRequired[int]
    failures: NotRequired[list[UnfitValueJson]]
    dry_run: NotRequired[DryRun]


class PlannedCreationJson(PlannedDatasetJson):
    """The dataset that a dry run would create."""

    dry_run: DryRun


CREATE_BODY = Body(
    {
        JSON: {"schema": {"anyOf": [request_schema_of(NewDatasetJson), request_schema_of(DatasetFromUploadJson)]}},
        **NEW_DATASET_FORM,
    },
    {
        "an empty dataset": {
            "name": "Products",
            "columns": [{"name": "sku", "type": "string"}, {"name": "price", "type": "decimal"}],
            "key": ["sku"],
        },
        "an uploaded file": {
            "upload": "/v1/uploads/00000000-0000-4000-8000-000000000000",
            "name": "Orders",
            "options": EXAMPLE,
        },
    },
)

UPDATE_BODY = json_body(
    DatasetChangeJson,
    {
        "rename": {"name": "Parks"},
        "rename a column": {"columns": {"area_km2": {"name": "area"}}},
        "change columns": {
            "columns": {"price": {"type": "decimal", "format": "1.234,50"}, "note": None},
            "add": [{"name": "stock", "type": "integer", "default": 0}],
        },
    },
)
