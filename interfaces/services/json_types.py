"""The JSON of datasets, versions, imports and jobs, as types.

The code that builds it is checked against them, and the OpenAPI document takes its schemas from them.

Their names end in `Json`, which the schemas' names omit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NotRequired

from typing_extensions import TypedDict

from application.jobs.job import JobState
from domain.columns import ColumnType


@dataclass(frozen=True, eq=False)
class Keywords:
    """Adds keywords to the JSON Schema of a type in `Annotated`, such as its description."""

    description: str | None = None
    format: str | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        given = {"description": self.description, "format": self.format, **self.more}
        return {**handler(core_schema), **{name: value for name, value in given.items() if value is not None}}


Timestamp = Annotated[str, Keywords(format="date-time")]
Uuid = Annotated[str, Keywords(format="uuid")]
Version = Annotated[int, Keywords("the dataset's version: the number of its changes")]
ValuesJson = Annotated[Mapping[str, Any], Keywords("the values by column name; numbers keep all their digits")]
Sha256 = Annotated[str, Keywords(more={"pattern": "^[0-9a-f]{64}$"})]


class PageInfoJson(TypedDict):
    """Where a page of a list is. `next` is the `cursor` of the next page; null on the last one."""

    limit: int
    next: str | None
    count: Annotated[int | None, Keywords("the number of all items, if it was requested")]
    count_is: NotRequired[Literal["exact", "estimate"]]


class ColumnJson(TypedDict):
    """`format` is the notation of the values in the source file; null: the canonical one."""

    name: str
    type: ColumnType
    required: bool
    unique: bool
    format: str | None


class DefinitionJson(TypedDict):
    name: str
    description: str
    columns: list[ColumnJson]
    key: Annotated[list[str], Keywords("the names of the columns that identify a record")]


class DatasetJson(DefinitionJson):
    id: Uuid
    slug: str
    owner: str
    version: Version
    records: int
    created_at: Timestamp
    updated_at: Timestamp


class PlannedDatasetJson(DefinitionJson):
    """What a dry run would create: it has no id."""

    id: None
    slug: str
    owner: str
    version: int
    records: int


class ColumnConversionJson(TypedDict):
    """What became of the values of a column whose type changed."""

    column: str
    type: ColumnType
    format: str | None
    converted: int
    nulled: int
    from_source: Annotated[int, Keywords("values that have the text of the file again")]
    from_format: Annotated[int, Keywords("values that were written in the column's former format")]


class SummaryJson(TypedDict):
    """The numbers of records that a version added, changed and removed."""

    added: int
    changed: int
    removed: int


class RecordJson(TypedDict):
    id: Annotated[int, Keywords("the record's number within its dataset")]
    version: Annotated[int, Keywords("the dataset's version that last wrote the record")]
    values: ValuesJson


class HistoryEntryJson(TypedDict):
    """One version of a record. `values` is null where it was removed, `changed` names the columns."""

    version: int
    type: str
    at: Timestamp
    actor: str
    removed: bool
    changed: list[str]
    values: ValuesJson | None


VersionJson = TypedDict(
    "VersionJson",
    {
        "version": Version,
        "type": str,
        "at": Timestamp,
        "actor": str,
        "correlation_id": str,
        "summary": SummaryJson,
        "import": Annotated[Uuid | None, Keywords("the import that made this version")],
        "comment": Annotated[str | None, Keywords("what was done, for people")],
    },
)


class SourceFileJson(TypedDict):
    filename: str
    size: int
    sha256: Sha256


class RowCountsJson(TypedDict):
    read: int
    accepted: int
    rejected: int


class ImportSummaryJson(SummaryJson):
    unchanged: int


class ImportJson(TypedDict):
    id: Uuid
    version: Version
    job: Uuid
    mode: Literal["create", "append", "upsert", "replace"]
    source: SourceFileJson
    options: Annotated[dict[str, Any], Keywords("what was found in the file, as the options that say the same")]
    notes: Annotated[list[str], Keywords("about guesses, for people")]
    columns: list[str]
    rows: RowCountsJson
    summary: ImportSummaryJson
    at: Timestamp
    actor: str


class RejectJson(TypedDict):
    """A row that was not imported, with its line of the file, from 1."""

    line: int
    column: str | None
    code: str
    detail: str
    raw: str


class ProgressJson(TypedDict):
    rows: int
    bytes: int
    total_bytes: int
    percent: int
    total_rows: NotRequired[int]


class FaultJson(TypedDict):
    """One thing wrong with an input: `pointer` is a JSON pointer or the name of a parameter."""

    pointer: str
    code: str
    detail: str


class JobErrorJson(TypedDict):
    """Why a job failed, with the codes of problems."""

    type: str
    title: str
    detail: str
    errors: NotRequired[list[FaultJson]]


class JobJson(TypedDict):
    id: Uuid
    kind: str
    description: str
    state: JobState
    dataset: Uuid
    attempt: int
    progress: ProgressJson
    result: Annotated[dict[str, Any] | None, Keywords("what the job did, once it has succeeded")]
    error: JobErrorJson | None
    created_at: Timestamp
    started_at: Timestamp | None
    finished_at: Timestamp | None
