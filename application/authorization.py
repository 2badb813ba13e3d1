"""Decides whether a command may be executed, in one place for the handler and for bulk changes.

What a principal may not see is not found; what it may see but not change is forbidden. Both come before anything
else that may be wrong with the command.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor

from application.ports import ReadModels
from domain.access.access import Access
from domain.access.grants import Action
from domain.dataset.commands import Command, CreateDataset, ImportRecords
from domain.dataset.decider import require_existing_dataset
from domain.dataset.events import DatasetCreated
from domain.dataset.state import DatasetState
from domain.errors import Forbidden, NotFound

Connect = Callable[[], "AbstractContextManager[Connection[Any]]"]


def require_allowed(access: Access, dataset_id: UUID, state: DatasetState, command: Command) -> None:
    """Raises NotFound or Forbidden. A dataset that does not exist yet is made in the workspace."""
    created = _find_creation(command)
    if created is not None:
        _require_same_workspace(access, created.workspace)
        require_may_create(access)
    elif state.version:
        _require_same_workspace(access, state.workspace)
        require_may_change(access, dataset_id)


def require_may_create(access: Access) -> None:
    """Raises NotFound where nothing of the workspace may be seen, Forbidden where no dataset may be made in it."""
    _require_workspace(access)
    if not access.may(Action.WRITE):
        raise Forbidden("forbidden", f"You may not create datasets in the workspace {access.workspace!r}")


def require_may_manage(access: Access) -> None:
    """Raises NotFound where nothing of the workspace may be seen, Forbidden where it may not be managed."""
    _require_workspace(access)
    if not access.may(Action.MANAGE):
        raise Forbidden("forbidden", f"You may not manage the workspace {access.workspace!r}")


def require_may_change(access: Access, dataset_id: UUID) -> None:
    """Raises NotFound for a dataset that may not be read, Forbidden for one that may only be read."""
    if not access.may(Action.READ, dataset_id):
        raise _dataset_not_found_error()
    if not access.may(Action.WRITE, dataset_id):
        raise Forbidden("forbidden", "You may read this dataset, but not change it")


def load_changeable_dataset(
    cursor: "Cursor[Any]", models: ReadModels, access: Access, dataset_id: UUID
) -> DatasetState:
    """The dataset as it is, locked until the transaction ends. Raises NotFound, Forbidden or Gone."""
    locked = models.lock_heads(cursor, [dataset_id]).get(dataset_id)
    state = DatasetState() if locked is None else locked[0]
    if state.version:
        _require_same_workspace(access, state.workspace)
        require_may_change(access, dataset_id)
    require_existing_dataset(state)
    return state


def read_changeable_dataset(connect: Connect, models: ReadModels, access: Access, dataset_id: UUID) -> DatasetState:
    """The same in a transaction of its own.

    It is called before a writer lease is taken, which would hold up other writers, and again under the lease, where
    the state cannot change.
    """
    with connect() as connection, connection.transaction(), connection.cursor() as cursor:
        return load_changeable_dataset(cursor, models, access, dataset_id)


def _find_creation(command: Command) -> CreateDataset | DatasetCreated | None:
    match command:
        case CreateDataset():
            return command
        case ImportRecords(imported):
            return imported.dataset
        case _:
            return None


def _require_workspace(access: Access) -> None:
    if not access.sees_workspace:
        raise NotFound("workspace-not-found", f"There is no workspace {access.workspace!r}")


def _require_same_workspace(access: Access, workspace: str) -> None:
    if workspace != access.workspace:
        raise _dataset_not_found_error()


def _dataset_not_found_error() -> NotFound:
    return NotFound("dataset-not-found", "There is no such dataset")
