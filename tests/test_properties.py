"""After random changes, every version of a dataset equals that of a ten-line model, and a rebuild changes nothing."""

import threading
from collections.abc import Mapping
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

Step = tuple[str, int, Mapping[str, Any]]
Model = dict[int, dict[str, Any]]

COLUMNS = ({"name": "a", "type": "string"}, {"name": "b", "type": "decimal"}, {"name": "c", "type": "date"})

texts = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
zeroes = st.decimals(-1000, 1000, places=2, allow_nan=False, allow_infinity=False).map(lambda number: number + 0)
numbers = st.none() | zeroes
dates = st.none() | st.dates().map(str)
some_values = st.fixed_dictionaries({}, optional={"a": texts, "b": numbers, "c": dates})
steps = st.tuples(st.sampled_from(["create", "patch", "put", "delete", "revert"]), st.integers(1, 6), some_values)


def model(before: list[Model], step: Step) -> Model:
    """The records after one more step, as the reference."""
    kind, number, values = step
    now = {id: dict(record) for id, record in before[-1].items()}
    if kind == "create":
        now[1 + max((id for state in before for id in state), default=0)] = dict.fromkeys("abc") | dict(values)
    elif kind == "revert":
        return before[min(number, len(before)) - 1]
    elif number in now:
        now[number] = (now[number] if kind == "patch" else dict.fromkeys("abc")) | dict(values)
        if kind == "delete":
            del now[number]
    return now


def send_step(dataset: Dataset, step: Step, versions: int) -> int:
    """Apply the same step over HTTP and return the dataset's version after it."""
    kind, number, values = step
    match kind:
        case "create":
            answer = dataset.send("POST", "/records", {"values": values})
        case "revert":
            answer = dataset.send("POST", "/revert", {"to": min(number, versions)})
        case "delete":
            answer = dataset.send("DELETE", f"/records/{number}")
        case _:
            answer = dataset.send(kind.upper(), f"/records/{number}", {"values": values})
    assert answer.status_code in (200, 201, 204, 404), answer.text
    return int(answer.headers.get("Rowledger-Version", versions))


def as_of(dataset: Dataset, version: int) -> Model:
    return {one["id"]: one["values"] for one in dataset.get_json("/records", as_of=version, limit=1000)["data"]}


def written(state: Model) -> str:
    """The records as text, in which 1.10 and 1.1 differ."""
    return str(sorted((id, sorted(record.items())) for id, record in state.items()))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.lists(steps, max_size=14))
def test_every_version_reads_as_the_model_says(service: Service, client: httpx.Client, done: list[Step]) -> None:
    dataset = helpers.create_dataset(client, COLUMNS)
    states: list[Model] = [{}]
    for step in done:
        version = send_step(dataset, step, len(states))
        after = model(states, step)
        if version > len(states):
            states.append(after)
        assert written(after) == written(states[-1]), "a step that changes something makes a version"
    for version, state in enumerate(states, 1):
        assert written(as_of(dataset, version)) == written(state)
    assert verify(service.source(), UUID(dataset.id)).difference is None
    rebuild(service.source(), UUID(dataset.id))
    assert verify(service.source(), UUID(dataset.id)).difference is None
    assert written(as_of(dataset, len(states))) == written(states[-1])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sort=st.sampled_from(["", "a", "-a", "b,-a", "-b", "-c,b", "-$version", "-$id"]), limit=st.integers(1, 9))
def test_pages_show_each_record_of_their_version_once_while_others_write(
    client: httpx.Client, sort: str, limit: int
) -> None:
    rows = "".join(f"{'xyz'[n % 3] if n % 5 else ''},{n % 4}.5,{'2024-01-0' + str(1 + n % 3)}\n" for n in range(40))
    dataset = helpers.import_csv(client, "a,b,c\n" + rows)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            dataset.send("PATCH", f"/records/{1 + number % 40}", {"values": {"a": f"w{number}", "b": number}})
            dataset.send("POST", "/records", {"values": {"a": "new"}})
            dataset.send("DELETE", f"/records/{1 + number * 7 % 40}")

    writer = threading.Thread(target=write)
    page = dataset.get_json("/records", sort=sort, limit=limit, as_of=1)
    writer.start()
    seen = list(page["data"])
    while page["page"]["next"]:
        page = dataset.get_json("/records", cursor=page["page"]["next"], limit=limit)
        seen += page["data"]
    stop.set()
    writer.join()
    assert sorted(one["id"] for one in seen) == list(range(1, 41))
    whole = dataset.get_json("/records", sort=sort, limit=1000, as_of=1)["data"]
    assert [str(one) for one in seen] == [str(one) for one in whole]
