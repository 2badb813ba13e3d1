"""Decides any command: the event, the records it is about, and the unique values it claims. Pure."""

from dataclasses import dataclass
from typing import assert_never

from domain.dataset import batch, key_commands
from domain.dataset.commands import (
    ChangeDataset,
    ChangeRecords,
    Command,
    CreateDataset,
    CreateRecord,
    DeleteDataset,
    DeleteRecord,
    ImportRecords,
    KeyCommand,
    PublishChanges,
    PublishColumns,
    ReplaceRecord,
    RevertDataset,
    SimpleCommand,
    UpdateRecord,
)
from domain.dataset.decider import decide_event, require_existing_dataset, require_version
from domain.dataset.events import Event
from domain.dataset.state import DatasetState
from domain.dataset.unique_claims import UniqueClaim, find_unique_claims


@dataclass(frozen=True, slots=True)
class Decision:
    """`targets`: the record of each operation, in order. `claims` must be checked against all other records."""

    event: Event | None
    targets: tuple[int, ...] = ()
    claims: tuple[UniqueClaim, ...] = ()


def decide(state: DatasetState, command: Command) -> Decision:
    """The decision about `command`. Raises NotFound, Gone, Invalid, Conflict or PreconditionFailed."""
    if isinstance(command, ChangeRecords):
        require_existing_dataset(state)
        require_version(state, command.if_version)
        decided = batch.decide_batch(state, command.operations)
        return Decision(decided.event, decided.targets, decided.claims)
    if isinstance(command, KeyCommand):
        require_existing_dataset(state)
        command = key_commands.resolve_key_command(state, key_commands.make_finder(state), command)
    event = decide_event(state, command)
    return Decision(event, _find_targets(state, command), () if event is None else find_unique_claims(state, event))


def _find_targets(state: DatasetState, command: SimpleCommand) -> tuple[int, ...]:
    match command:
        case CreateRecord():
            return (state.next_id,)
        case UpdateRecord(id=id) | ReplaceRecord(id=id) | DeleteRecord(id=id):
            return (id,)
        case CreateDataset() | ImportRecords() | PublishChanges() | PublishColumns():
            return ()
        case ChangeDataset() | DeleteDataset() | RevertDataset():
            return ()
        case _:
            assert_never(command)
