"""After random changes of columns and records, every version reads as it did, and a revert changes nothing back."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.columns import ColumnType
from interfaces.services.wiring import Service
from projections.rebuild import rebuild
from projections.verify import verify
from tests import given as helpers
from tests.given import Dataset, json_of

FILE = 'a,b,c,d\n1,1.10,yes,31.01.2024\nNA,"2",no,01.02.2024\n3,0.5,yes,?\n'

Step = tuple[str, Any]


def merge_parts(parts: Mapping[str, Any]) -> dict[str, Any] | None:
    return {key: value for part in parts.values() for key, value in part.items()} or None


names = st.sampled_from(["a", "b", "c", "d", "new"])
column_types = st.sampled_from([type.value for type in ColumnType])
columns = st.fixed_dictionaries(
    {},
    optional={
        "type": column_types.map(lambda type: {"type": type, "on_failure": "null"}),
        "rename": st.sampled_from(["e", "f"]).map(lambda name: {"name": name}),
        "unique": st.booleans().map(lambda unique: {"unique": unique}),
    },
).map(merge_parts)
steps = st.one_of(
    st.tuples(st.just("change"), st.dictionaries(names, columns, min_size=1, max_size=3)),
    st.tuples(st.just("add"), st.sampled_from([None, 7])),
    st.tuples(st.just("patch"), st.tuples(st.integers(1, 4), names, st.sampled_from([None, "x", 5, True]))),
    st.tuples(st.just("put"), st.integers(1, 4)),
    st.tuples(st.just("create"), st.just(None)),
    st.tuples(st.just("delete"), st.integers(1, 4)),
    st.tuples(st.just("import"), st.sampled_from(["append", "replace"])),
    st.tuples(st.just("revert"), st.integers(1, 8)),
)


def send_step(dataset: Dataset, step: Step) -> httpx.Response:
    match step:
        case ("change", changed):
            return dataset.send("PATCH", "", {"columns": changed})
        case ("add", default):
            return dataset.send("PATCH", "", {"add": [{"name": "new", "type": "integer", "default": default}]})
        case ("patch", (id, name, value)):
            return dataset.send("PATCH", f"/records/{id}", {"values": {name: value}})
        case ("put", id):
            return dataset.send("PUT", f"/records/{id}", {"values": {}})
        case ("create", _):
            return dataset.send("POST", "/records", {"values": {}})
        case ("delete", id):
            return dataset.send("DELETE", f"/records/{id}")
        case ("import", mode):
            return helpers.request_import(dataset.client, dataset, FILE, mode, duplicates="allow")
        case (_, version):
            return dataset.send("POST", "/revert", {"to": version})


def read(dataset: Dataset, **parameters: Any) -> tuple[Any, str]:
    """The columns and the records, as written. A record's version is left out: a revert writes it anew."""
    description = dataset.get_json(**parameters)
    records = dataset.get_json("/records", limit=1000, **parameters)["data"]
    return [description[name] for name in ("columns", "key")], repr([(one["id"], one["values"]) for one in records])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.lists(steps, min_size=2, max_size=8))
def test_every_version_reads_as_it_did(service: Service, client: httpx.Client, done: Sequence[Step]) -> None:
    dataset = helpers.import_csv(client, FILE)
    states = [read(dataset)]
    for step in done:
        answer = send_step(dataset, step)
        assert answer.status_code in (200, 201, 202, 204, 404, 409, 422), answer.text
        if dataset.get_json()["version"] > len(states):
            states.append(read(dataset))
        assert read(dataset) == states[-1], "what was refused changed nothing"
    for version, state in enumerate(states, 1):
        assert read(dataset, as_of=version) == state
    json_of(dataset.send("POST", "/revert", {"to": 1}))
    assert read(dataset) == states[0]
    assert verify(service.source(), UUID(dataset.id)).difference is None
    rebuild(service.source(), UUID(dataset.id))
    assert verify(service.source(), UUID(dataset.id)).difference is None
    assert read(dataset) == states[0]
