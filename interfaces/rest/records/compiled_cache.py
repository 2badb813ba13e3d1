"""Questions made ready once: the filter parsed, the statement put together, for all who ask the same again."""

from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from interfaces.http.reading import chosen
from interfaces.rest.records.page_formats import Form, form
from projections.query.compiled import Asked, AskLimits, ask
from projections.query.pages.page_reader import Reading
from projections.query.pages.page_sql import record_statement
from projections.query.snapshots import Snapshot
from projections.sql.row_json import record_json

MOST = 256
"""Questions that are kept; some are 20 kB."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a dataset whose columns are those of `definition_version`; `snapshot` is one of them."""

    dataset_id: UUID
    definition_version: int
    asked: Asked
    fields: str | None
    media_type: str
    limits: AskLimits
    snapshot: Snapshot = field(compare=False)


@dataclass(frozen=True, slots=True)
class Prepared:
    """`reading` reads pages of the question in a form."""

    reading: Reading
    form: Form


@lru_cache(MOST)
def prepared(wanted: Wanted) -> Prepared:
    """Raises BadRequest, pointing at the character, for what does not fit the columns."""
    snapshot = wanted.snapshot
    question = ask(snapshot.definition, wanted.asked, wanted.limits)
    found = form(wanted.media_type, chosen(snapshot.definition, wanted.fields))
    return Prepared(Reading(snapshot.table, question, found.row, found.between, found.one_line), found)


@lru_cache(MOST)
def one_record(wanted: Wanted) -> bytes:
    """The statement that reads a single record. Raises BadRequest for a field that is no column."""
    definition = wanted.snapshot.definition
    return record_statement(wanted.snapshot.table, record_json(chosen(definition, wanted.fields)))
