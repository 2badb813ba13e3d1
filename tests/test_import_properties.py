"""After imports of random files in any mode and column order, every version equals that of a simple model."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interfaces.services.wiring import Service
from projections.rebuild import rebuild
from projections.verify import verify
from tests import given as helpers
from tests.given import Dataset
from tests.test_properties import Model, as_of, written

Row = tuple[str, str, str]

COLUMNS = ("k", "a", "b")
NUMBERS = ("", "1", "1.0", "1.00", "-2.5")

rows = st.lists(
    st.tuples(st.sampled_from("pqrstuv"), st.sampled_from(["x", "y z", "é\n,", "007"]), st.sampled_from(NUMBERS)),
    max_size=8,
)


@dataclass(frozen=True)
class File:
    """A file to import: the mode, the order of the columns (`a` or `b` may be missing) and the rows."""

    mode: str
    columns: Sequence[str]
    rows: Sequence[Row]

    @property
    def text(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([row[COLUMNS.index(column)] for column in self.columns] for row in self.rows)
        return text.getvalue()

    def values(self, row: Row) -> dict[str, Any]:
        given = dict(zip(COLUMNS, row, strict=True))
        return {column: given[column] or None for column in self.columns}


orders = st.sampled_from([("k", "a", "b"), ("b", "k", "a"), ("k", "b"), ("a", "k")])


def files(modes: Sequence[str]) -> st.SearchStrategy[File]:
    return st.builds(File, st.sampled_from(modes), orders, rows)


def by_key(before: Model, next_id: int, file: File) -> Model:
    """A dataset with a key after the file. The first row of each key counts; an append adds new keys only."""
    now = {id: dict(record) for id, record in before.items()}
    ids = {record["k"]: id for id, record in now.items()}
    seen = set()
    for row in file.rows:
        if row[0] in seen:
            continue
        seen.add(row[0])
        id = ids.get(row[0])
        if id is None:
            now[next_id] = dict.fromkeys(COLUMNS) | file.values(row)
            next_id += 1
        elif file.mode == "upsert":
            now[id] |= file.values(row)
        elif file.mode == "replace":
            now[id] = dict.fromkeys(COLUMNS) | file.values(row)
    gone = [id for id, record in now.items() if record["k"] not in seen]
    for id in gone if file.mode == "replace" else ():
        del now[id]
    return now


def by_content(before: Model, next_id: int, file: File) -> Model:
    """A dataset without a key after the file. A replace keeps as many records of each content as the file has."""
    fresh = [dict.fromkeys(COLUMNS) | file.values(row) for row in file.rows]
    now: Model = {}
    for id, record in before.items():
        if file.mode == "append":
            now[id] = record
        elif record in fresh:
            fresh.remove(record)
            now[id] = record
    return now | dict(enumerate(fresh, next_id))


def seen(dataset: Dataset, version: int) -> Model:
    """The records with numbers as the files write them."""
    return {
        id: {name: value if value is None else str(value) for name, value in record.items()}
        for id, record in as_of(dataset, version).items()
    }


@pytest.mark.parametrize("key", ["k", ""])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_version_of_imports_reads_as_the_model_says(
    service: Service, client: httpx.Client, key: str, data: st.DataObject
) -> None:
    columns = [{"name": "k", "type": "string"}, {"name": "a", "type": "string"}, {"name": "b", "type": "decimal"}]
    dataset = helpers.create_dataset(client, columns, key=[key] if key else [])
    states: list[Model] = [{}]
    modes = ["append", "upsert", "replace"] if key else ["append", "replace"]
    for file in data.draw(st.lists(files(modes), max_size=5)):
        next_id = 1 + max((id for state in states for id in state), default=0)
        after = (by_key if key else by_content)(states[-1], next_id, file)
        job = helpers.import_into(client, dataset, file.text, file.mode, duplicates="allow")
        if job["result"]["version"] > len(states):
            states.append(after)
        assert written(after) == written(states[-1]), "a file that changes something makes a version"
        changes = {"added", "changed", "removed"}
        assert (job["result"]["import"] is None) == (not any(job["result"]["summary"][one] for one in changes))
    for version, state in enumerate(states, 1):
        assert written(seen(dataset, version)) == written(state)
    assert verify(service.source(), UUID(dataset.id)).difference is None
    rebuild(service.source(), UUID(dataset.id))
    assert written(seen(dataset, len(states))) == written(states[-1])
