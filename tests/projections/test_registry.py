"""The registry of read models: each event of an aggregate feeds a read model or is one that it ignores."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.dataset.events import ChunkRef, DatasetCreated, Event
from domain.recorded_event import RecordedEvent
from interfaces.services.wiring import Service
from projections.models.read_model import FollowsLog, Inline, ProjectionContext, ReadModel, Scope
from projections.models.registry import READ_MODELS, followers, inline_models, stream_models
from projections.models.tables import metadata
from tests.application.counter import COUNTERS, CounterRaised
from tests.application.log.test_codec import CREATED, EVENTS, METADATA

NOT_FROM_THE_LOG = {"record_indexes"}
"""Read tables that count queries, which are not in any event."""

FAR = 2**40
"""A position that the log of the tests does not reach."""

CASES = [
    pytest.param(model, event, id=f"{model.name} {name}")
    for model in READ_MODELS
    for name, event in EVENTS.items()
    if any(aggregate.owns(event) for aggregate in model.aggregates)
]


class CountingCursor(psycopg.Cursor[Any]):
    """Counts its statements."""

    number = 0

    def execute(self, *arguments: Any, **options: Any) -> Any:
        self.number += 1
        return super().execute(*arguments, **options)

    def copy(self, *arguments: Any, **options: Any) -> Any:
        self.number += 1
        return super().copy(*arguments, **options)


def read_no_rows(dataset_id: UUID, chunk: ChunkRef) -> bytes:
    return b""


@pytest.mark.parametrize(("model", "event"), CASES)
def test_an_event_is_projected_unless_it_is_ignored(service: Service, model: ReadModel, event: Event) -> None:
    context, stream_id = ProjectionContext(read_no_rows), uuid4()
    with service.pool.connection() as connection, connection.transaction(force_rollback=True):
        cursor = CountingCursor(connection)
        version = 1
        if not isinstance(event, DatasetCreated):
            version = 2
            for one in READ_MODELS:
                one.apply(cursor, [RecordedEvent(stream_id, 1, FAR, CREATED, METADATA)], context)
        cursor.number = 0
        model.project(cursor, [RecordedEvent(stream_id, version, FAR + version, event, METADATA)], context)
        assert (cursor.number == 0) == (type(event) in model.ignores)
        assert model.is_fed_by(event) != (type(event) in model.ignores)


def test_every_event_is_among_the_cases() -> None:
    for model in READ_MODELS:
        events = {kind for aggregate in model.aggregates for kind in aggregate.event_types}
        assert {type(event) for event in EVENTS.values() if model.is_fed_by(event)} | set(model.ignores) == events


def test_every_read_table_is_of_one_read_model() -> None:
    tables = [table for model in READ_MODELS for table in model.tables]
    assert sorted([*tables, *NOT_FROM_THE_LOG]) == sorted(metadata.tables)
    for model in READ_MODELS:
        assert all(model.stream_column in metadata.tables[table].columns for table in model.tables)


def test_every_read_model_has_a_name_of_its_own() -> None:
    assert len({model.name for model in READ_MODELS}) == len(READ_MODELS)


def test_an_event_of_another_aggregate_cannot_be_ignored() -> None:
    with pytest.raises(ValueError, match="not events of its aggregates"):
        replace(COUNTERS, ignores=(DatasetCreated,))


def test_a_read_model_runs_inline_for_a_stream_or_follows_the_log_for_all() -> None:
    with pytest.raises(ValueError, match="inline"):
        replace(COUNTERS, scope=Scope.WORKSPACE)


def test_a_read_model_is_fed_only_with_events_of_its_aggregates() -> None:
    assert not COUNTERS.is_fed_by(CREATED)
    assert COUNTERS.is_fed_by(CounterRaised(1))
    assert stream_models((*READ_MODELS, COUNTERS), CounterRaised(1)) == (COUNTERS,)
    inline = tuple(model for model in READ_MODELS if isinstance(model.runs, Inline))
    assert stream_models((*READ_MODELS, COUNTERS), CREATED) == inline


def test_a_follower_is_never_projected_with_the_append() -> None:
    model = replace(COUNTERS, runs=FollowsLog(), scope=Scope.WORKSPACE)
    models = (*inline_models(READ_MODELS, on_decision=True), model)
    assert followers(models) == (model,)
    assert model not in inline_models(models, on_decision=True) + inline_models(models, on_decision=False)
    assert stream_models(models, CounterRaised(1)) == ()
