"""What the write side must know of a kind of aggregate to decide, store and replay it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeGuard, TypeVar

State = TypeVar("State")
CommandT = TypeVar("CommandT")
EventT = TypeVar("EventT")


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[State, CommandT, EventT]):
    """A kind of thing whose events are decided together: each one has a stream, and `initial` before its first event.

    `decide` gives the event that a command becomes, None if it changes nothing, or raises a Refusal. `evolve` gives
    the state after an event and never refuses. `stored_names`: the name under which each class of event is stored;
    `event_types` and `command_types` list all classes there are.
    """

    name: str
    initial: State
    decide: Callable[[State, CommandT], EventT | None]
    evolve: Callable[[State, EventT], State]
    command_types: tuple[type, ...]
    event_types: tuple[type, ...]
    stored_names: Mapping[str, type]

    def __post_init__(self) -> None:
        """Raises ValueError for an event without a stored name, with two of them, or of another aggregate."""
        named, known = list(self.stored_names.values()), set(self.event_types)
        wrong = {one.__name__ for one in known ^ set(named)} | {one.__name__ for one in named if named.count(one) > 1}
        if wrong:
            raise ValueError(f"{self.name}: these events do not have exactly one stored name: {sorted(wrong)}")

    def owns(self, event: object) -> TypeGuard[EventT]:
        """Whether this is an event of this kind of aggregate."""
        return type(event) in self.event_types


AnyAggregate = Aggregate[Any, Any, Any]
"""An aggregate of whatever kind: what a list of different ones holds."""
