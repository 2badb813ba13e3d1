"""Questions made ready once: the filter parsed, the statement put together, for all who ask the same again."""

from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from interfaces.http.reading import select_columns
from interfaces.rest.records.page_formats import PageFormat, page_format
from projections.query.compiled import QueryLimits, QuerySpec, compile_query
from projections.query.pages.page_reader import PageReader
from projections.query.pages.page_sql import record_statement
from projections.query.snapshots import Snapshot
from projections.sql.row_json import record_json

MAX_ENTRIES = 256
"""Questions that are kept; some are 20 kB."""


@dataclass(frozen=True, slots=True)
class QueryCacheKey:
    """What is asked of a view of a dataset whose columns are those of `definition_version`; `snapshot` is one."""

    dataset_id: UUID
    definition_version: int
    asked: QuerySpec
    fields: str | None
    media_type: str
    limits: QueryLimits
    view: str
    snapshot: Snapshot = field(compare=False)


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """`reading` reads pages of the question in a form."""

    reading: PageReader
    form: PageFormat


@lru_cache(MAX_ENTRIES)
def prepare_query(wanted: QueryCacheKey) -> PreparedQuery:
    """Raises BadRequest, pointing at the character, for what does not fit the columns."""
    snapshot = wanted.snapshot
    question = compile_query(snapshot.definition, wanted.asked, wanted.limits)
    found = page_format(wanted.media_type, select_columns(snapshot.definition, wanted.fields))
    return PreparedQuery(PageReader(snapshot.table, question, found.row, found.between, found.one_line), found)


@lru_cache(MAX_ENTRIES)
def prepare_record_statement(wanted: QueryCacheKey) -> bytes:
    """The statement that reads a single record. Raises BadRequest for a field that is no column."""
    definition = wanted.snapshot.definition
    return record_statement(wanted.snapshot.table, record_json(select_columns(definition, wanted.fields)))
