"""After random changes by id, key, filter and batch, every version equals that of a simple model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interfaces.services.wiring import Service
from projections.rebuild import rebuild
from projections.verify import verify
from tests import given as helpers
from tests.given import Dataset

Values = dict[str, Any]
Step = tuple[str, Any]

COLUMNS = ({"name": "k", "type": "string"}, {"name": "n", "type": "integer"}, {"name": "t", "type": "string"})

keys = st.sampled_from("abcd")
ids = st.integers(1, 6)
some_values = st.fixed_dictionaries({}, optional={"n": st.none() | st.integers(0, 3), "t": st.sampled_from("xy")})
with_key = st.builds(lambda values, key: values | {"k": key}, some_values, keys)
operations = st.one_of(
    st.builds(lambda values: {"op": "create", "values": values}, with_key),
    st.builds(lambda id, values: {"op": "update", "id": id, "values": values}, ids, some_values | with_key),
    st.builds(lambda id, values: {"op": "replace", "id": id, "values": values}, ids, with_key),
    st.builds(lambda id: {"op": "delete", "id": id}, ids),
    st.builds(lambda values: {"op": "upsert", "values": values}, with_key),
    st.builds(lambda key, values: {"op": "update", "key": {"k": key}, "values": values}, keys, some_values),
    st.builds(lambda key: {"op": "delete", "key": {"k": key}}, keys),
)
steps = st.one_of(
    st.tuples(st.just("batch"), st.lists(operations, max_size=5)),
    st.tuples(st.sampled_from(["put", "patch"]), st.tuples(keys, some_values)),
    st.tuples(st.just("delete"), keys),
    st.tuples(st.just("update where"), st.tuples(st.integers(0, 3), some_values)),
    st.tuples(st.just("delete where"), st.integers(0, 3)),
)


class RefusedChange(Exception):
    pass


@dataclass
class Model:
    """The records by id, and the id of the next one."""

    records: dict[int, Values] = field(default_factory=dict)
    next_id: int = 1

    def after(self, step: Step) -> "Model":
        """The model after the step; the same model if the step is refused or changes nothing."""
        now = Model({id: dict(values) for id, values in self.records.items()}, self.next_id)
        try:
            now.apply(step)
        except RefusedChange:
            return self
        return self if now.records == self.records else now

    def apply(self, step: Step) -> None:
        match step:
            case ("batch", todo):
                for one in todo:
                    self.apply_operation(one)
            case ("put", (key, values)):
                self.apply_operation({"op": "put", "values": {**values, "k": key}})
            case ("patch", (key, values)):
                self.apply_operation({"op": "update", "key": {"k": key}, "values": values})
            case ("delete", key):
                self.apply_operation({"op": "delete", "key": {"k": key}})
            case ("update where", (number, values)):
                for record in self.records.values():
                    if record["n"] == number:
                        record.update(values)
            case ("delete where", number):
                self.records = {id: one for id, one in self.records.items() if one["n"] != number}
        taken = [record["k"] for record in self.records.values()]
        if len(set(taken)) < len(taken):
            raise RefusedChange

    def apply_operation(self, one: Mapping[str, Any]) -> None:
        values, empty = one.get("values", {}), dict.fromkeys("knt")
        if one["op"] in ("upsert", "put"):
            id = self.find_by_key(values["k"])
        else:
            id = self.find_by_key(one["key"]["k"]) if "key" in one else one.get("id")
        if id is None and one["op"] in ("create", "upsert", "put"):
            id, self.next_id = self.next_id, self.next_id + 1
            self.records[id] = empty
        if id is None or id not in self.records:
            raise RefusedChange
        old = self.records.pop(id)
        if one["op"] != "delete":
            self.records[id] = (empty if one["op"] in ("replace", "put") else old) | values

    def find_by_key(self, key: str) -> int | None:
        """The id of the record with this key. If two records have it within a batch, the one that got it last."""
        return next((id for id, record in reversed(self.records.items()) if record["k"] == key), None)


def send_step(dataset: Dataset, step: Step) -> httpx.Response:
    match step:
        case ("batch", todo):
            return dataset.send("POST", "/batch", {"operations": todo})
        case ("put" | "patch" as method, (key, values)):
            return dataset.send(method.upper(), f"/records/by-key/{key}", {"values": values})
        case ("delete", key):
            return dataset.send("DELETE", f"/records/by-key/{key}")
        case ("update where", (number, values)):
            return dataset.send("PATCH", f"/records?filter=n%20eq%20{number}", {"values": values})
        case (_, number):
            return dataset.send("DELETE", f"/records?filter=n%20eq%20{number}")


def as_of(dataset: Dataset, version: int) -> dict[int, Values]:
    return {one["id"]: one["values"] for one in dataset.get_json("/records", as_of=version, limit=1000)["data"]}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.lists(steps, max_size=10))
def test_every_version_is_what_the_model_says(service: Service, client: httpx.Client, done: Sequence[Step]) -> None:
    dataset = helpers.create_dataset(client, COLUMNS, key=["k"])
    states = [Model()]
    for step in done:
        expected = states[-1].after(step)
        if expected is not states[-1]:
            states.append(expected)
        planned = succeeds_dry(dataset, step)
        answer = send_step(dataset, step)
        assert answer.status_code in (200, 201, 204, 404, 409, 422), answer.text
        assert planned == answer.is_success, "a dry run is refused where the change is"
        assert dataset.get_json()["version"] == len(states), (step, answer.text)
    for version, state in enumerate(states, 1):
        assert as_of(dataset, version) == state.records
    assert verify(service.source(), UUID(dataset.id)).difference is None
    rebuild(service.source(), UUID(dataset.id))
    assert verify(service.source(), UUID(dataset.id)).difference is None
    assert as_of(dataset, len(states)) == states[-1].records


def succeeds_dry(dataset: Dataset, step: Step) -> bool:
    """Whether a dry run of the step succeeds."""
    headers = {**dataset.client.headers, "Prefer": "dry-run"}
    with httpx.Client(base_url=dataset.client.base_url, headers=headers, timeout=60) as dry:
        return send_step(Dataset(dry, dataset.id), step).is_success
