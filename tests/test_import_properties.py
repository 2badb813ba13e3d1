"""After imports of random files in any mode and column order, every version equals that of a simple model."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
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
            now[id] = keep_digits(now[id], now[id] | file.values(row))
        elif file.mode == "replace":
            now[id] = keep_digits(now[id], dict.fromkeys(COLUMNS) | file.values(row))
    gone = [id for id, record in now.items() if record["k"] not in seen]
    for id in gone if file.mode == "replace" else ():
        del now[id]
    return now


def by_content(before: Model, next_id: int, file: File) -> Model:
    """A dataset without a key after the file. A replace keeps as many records of each content as the file has.

    A record is paired with a row that is written alike before one with an equal number.
    """
    fresh = [dict.fromkeys(COLUMNS) | file.values(row) for row in file.rows]
    if file.mode == "append":
        return before | dict(enumerate(fresh, next_id))
    kept = set[int]()
    for is_alike in (True, False):
        for id, record in before.items():
            same = (row for row in fresh if row == record or (not is_alike and keep_digits(record, row) == record))
            if id not in kept and (found := next(same, None)) is not None:
                kept.add(id)
                fresh.remove(found)
    return {id: record for id, record in before.items() if id in kept} | dict(enumerate(fresh, next_id))


def keep_digits(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The new record; with the old number where both are equal."""
    is_equal = None not in (old["b"], new["b"]) and Decimal(old["b"]) == Decimal(new["b"])
    return new | {"b": old["b"]} if is_equal else new


def accepts_none(before: Model, file: File) -> bool:
    """Whether each row of an append has a key that is taken."""
    taken = {record["k"] for record in before.values()}
    return file.mode == "append" and bool(file.rows) and all(row[0] in taken for row in file.rows)


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
        if key and accepts_none(states[-1], file):
            refused = helpers.json_of(helpers.request_import(client, dataset, file.text, file.mode), 202)["job"]
            assert (refused["state"], refused["error"]["title"]) == ("failed", "no-row-accepted")
            continue
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
