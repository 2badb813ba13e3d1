"""The position of each read model in the log, and the failures of those that are stopped."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.log import event_table, positions
from application.log.positions import FollowerFailure
from interfaces.services import database
from interfaces.services.wiring import Service
from projections.models.registry import READ_MODELS
from projections.status import ModelStatus, read_status


@dataclass(frozen=True, slots=True)
class ReadModelStatus:
    """`failure`: the event at which the model is stopped."""

    progress: ModelStatus
    failure: FollowerFailure | None


def read_model_statuses(service: Service) -> Sequence[ReadModelStatus]:
    """All read models, in the order of the registry."""
    head = service.store.head()
    with database.transaction(service.pool) as cursor:
        failures = positions.read_failures(cursor)
        return [
            ReadModelStatus(
                read_status(
                    cursor, model, event_table.read_lag, head, positions.read_position(cursor, model.name)[0]
                ),
                failures.get(model.name),
            )
            for model in READ_MODELS
        ]
