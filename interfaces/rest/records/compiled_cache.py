"""Caches compiled queries: parsed filters and SQL statements, for repeated requests."""

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
"""Maximum number of cached queries; some take 20 kB."""


@dataclass(frozen=True, slots=True)
class QueryCacheKey:
    """A query on a view of a dataset with the columns of `definition_version`; `snapshot` is one such version."""

    dataset_id: UUID
    definition_version: int
    spec: QuerySpec
    fields: str | None
    media_type: str
    limits: QueryLimits
    view: str
    snapshot: Snapshot = field(compare=False)


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """`reading` reads pages of the query, with records in the format `form`."""

    reading: PageReader
    form: PageFormat


@lru_cache(MAX_ENTRIES)
def prepare_query(cache_key: QueryCacheKey) -> PreparedQuery:
    """Compile a query. Raises BadRequest with the position of the error in the filter or sort."""
    snapshot = cache_key.snapshot
    query = compile_query(snapshot.definition, cache_key.spec, cache_key.limits)
    page_form = page_format(cache_key.media_type, select_columns(snapshot.definition, cache_key.fields))
    reader = PageReader(snapshot.table, query, page_form.row, page_form.separator, page_form.one_line)
    return PreparedQuery(reader, page_form)


@lru_cache(MAX_ENTRIES)
def prepare_record_statement(cache_key: QueryCacheKey) -> bytes:
    """The SQL that reads a single record. Raises BadRequest for a field that is not a column."""
    definition = cache_key.snapshot.definition
    return record_statement(cache_key.snapshot.table, record_json(select_columns(definition, cache_key.fields)))
