"""What a wish comes to: its event, the records it was about, and what must be unique for it to stand. Pure."""

from dataclasses import dataclass

from domain.dataset import batch, key_commands
from domain.dataset.commands import (
    ChangeRecords,
    Command,
    CreateRecord,
    DeleteRecord,
    KeyCommand,
    ReplaceRecord,
    SimpleCommand,
    UpdateRecord,
)
from domain.dataset.decider import (
    UniqueClaim,
    decide_event,
    find_unique_claims,
    require_existing_dataset,
    require_version,
)
from domain.dataset.events import Event
from domain.dataset.state import DatasetState


@dataclass(frozen=True, slots=True)
class Decision:
    """`targets`: the record of each operation, in order. `claims` are to be checked against all other records."""

    event: Event | None
    targets: tuple[int, ...] = ()
    claims: tuple[UniqueClaim, ...] = ()


def decide(state: DatasetState, command: Command) -> Decision:
    """Raises NotFound, Gone, Invalid, Conflict or PreconditionFailed."""
    if isinstance(command, ChangeRecords):
        require_existing_dataset(state)
        require_version(state, command.if_version)
        done = batch.decide_batch(state, command.operations)
        return Decision(done.event, done.targets, done.claims)
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
        case _:
            return ()
