"""Every event has one stored name, and no two aggregates share one."""

from dataclasses import dataclass, replace

import pytest

from application.log.codec import EventCodec
from domain.all_aggregates import AGGREGATES
from domain.dataset.aggregate import DATASET
from tests.application.counter import COUNTER, CounterRaised


@dataclass(frozen=True, slots=True)
class Forgotten:
    pass


def test_a_stored_name_that_two_aggregates_use_is_refused() -> None:
    events = {"RecordCreated": CounterRaised}
    other = replace(COUNTER, event_types=(CounterRaised,), stored_names=events)
    with pytest.raises(ValueError, match="RecordCreated"):
        EventCodec((*AGGREGATES, other))


def test_an_event_that_two_aggregates_have_is_refused() -> None:
    other = replace(COUNTER, stored_names={f"Other{name}": kind for name, kind in COUNTER.stored_names.items()})
    with pytest.raises(ValueError, match="CounterRaised"):
        EventCodec((COUNTER, other))


def test_an_event_without_a_stored_name_is_refused() -> None:
    with pytest.raises(ValueError, match="Forgotten"):
        replace(DATASET, event_types=(*DATASET.event_types, Forgotten))


def test_a_stored_name_of_another_event_is_refused() -> None:
    with pytest.raises(ValueError, match="Forgotten"):
        replace(DATASET, stored_names={**DATASET.stored_names, "Forgotten": Forgotten})


def test_an_event_with_two_stored_names_is_refused() -> None:
    with pytest.raises(ValueError, match="CounterRaised"):
        replace(COUNTER, stored_names={**COUNTER.stored_names, "Again": CounterRaised})
