"""Questions made ready once: the filter parsed, the statement put together, for all who ask the same again."""

from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from interfaces.rest.reading import chosen
from projections.lookup import Snapshot
from projections.page_sql import record_statement
from projections.pages import Reading
from projections.questions import Asked, AskLimits, ask
from projections.row_json import record_json

MOST = 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a dataset whose columns are those of `definition_version`; `snapshot` is one of them."""

    dataset_id: UUID
    definition_version: int
    asked: Asked
    fields: str | None
    limits: AskLimits
    snapshot: Snapshot = field(compare=False)


@dataclass(frozen=True, slots=True)
class Prepared:
    """`reading` reads pages of the question, `one` is the statement that reads a single record."""

    reading: Reading
    one: bytes


@lru_cache(MOST)
def prepared(wanted: Wanted) -> Prepared:
    """Raises BadRequest, pointing at the character, for what does not fit the columns."""
    snapshot = wanted.snapshot
    question = ask(snapshot.definition, wanted.asked, wanted.limits)
    row = record_json(chosen(snapshot.definition, wanted.fields))
    return Prepared(Reading(snapshot.table, question, row), record_statement(snapshot.table, row))
