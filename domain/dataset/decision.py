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
from domain.dataset.decider import UniqueClaim, decide, must_be_there, must_hold, unique_claims
from domain.dataset.events import Event
from domain.dataset.state import DatasetState


@dataclass(frozen=True, slots=True)
class Decision:
    """`targets`: the record of each operation, in order. `claims` are to be checked against all other records."""

    event: Event | None
    targets: tuple[int, ...] = ()
    claims: tuple[UniqueClaim, ...] = ()


def weigh(state: DatasetState, command: Command) -> Decision:
    """Raises NotFound, Gone, Invalid, Conflict or PreconditionFailed."""
    if isinstance(command, ChangeRecords):
        must_be_there(state)
        must_hold(state, command.if_version)
        done = batch.carried_out(state, command.operations)
        return Decision(done.event, done.targets, done.claims)
    if isinstance(command, KeyCommand):
        must_be_there(state)
        command = key_commands.resolved(state, key_commands.finder(state), command)
    event = decide(state, command)
    return Decision(event, _targets(state, command), () if event is None else unique_claims(state, event))


def _targets(state: DatasetState, command: SimpleCommand) -> tuple[int, ...]:
    match command:
        case CreateRecord():
            return (state.next_id,)
        case UpdateRecord(id=id) | ReplaceRecord(id=id) | DeleteRecord(id=id):
            return (id,)
        case _:
            return ()
