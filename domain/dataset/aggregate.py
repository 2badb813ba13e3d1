"""The dataset as an aggregate, with the stored names of its events.

Stored names are permanent, even if the classes are renamed.
"""

from typing import TypeGuard, get_args

from domain.aggregate import Aggregate
from domain.dataset import events
from domain.dataset.commands import Command
from domain.dataset.decision import decide
from domain.dataset.events import Event, RecordedDatasetEvent
from domain.dataset.state import DatasetState, evolve
from domain.recorded_event import RecordedEvent


def decide_dataset_event(state: DatasetState, command: Command) -> Event | None:
    """Only the event of the decision. Raises NotFound, Gone, Invalid, Conflict or PreconditionFailed."""
    return decide(state, command).event


DATASET: Aggregate[DatasetState, Command, Event] = Aggregate(
    name="dataset",
    initial=DatasetState(),
    decide=decide_dataset_event,
    evolve=evolve,
    command_types=get_args(Command),
    event_types=get_args(Event),
    stored_names={
        "DatasetCreated": events.DatasetCreated,
        "RecordsImported": events.RecordsImported,
        "DatasetChanged": events.DatasetChanged,
        "ColumnsChanged": events.ColumnsChanged,
        "DatasetDeleted": events.DatasetDeleted,
        "RecordCreated": events.RecordCreated,
        "RecordUpdated": events.RecordUpdated,
        "RecordDeleted": events.RecordDeleted,
        "DatasetReverted": events.DatasetReverted,
        "RecordsChanged": events.RecordsChanged,
    },
)


def is_dataset_event(one: RecordedEvent[object]) -> TypeGuard[RecordedDatasetEvent]:
    """Whether this is an event of a dataset."""
    return DATASET.owns(one.event)
