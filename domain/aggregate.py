"""Aggregates in general: what is needed to decide, store and replay the events of one kind of aggregate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeGuard, TypeVar

State = TypeVar("State")
CommandT = TypeVar("CommandT")
EventT = TypeVar("EventT")


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[State, CommandT, EventT]):
    """One kind of aggregate. Each aggregate has a stream of events, and the state `initial` before its first event.

    `decide` returns the event that follows from a command, returns None if nothing changes, or raises a Refusal.
    `evolve` returns the state after an event and never refuses. `stored_names` maps the name under which an event is
    stored to its class. `event_types` and `command_types` are all classes of events and commands.
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
        """Whether `event` belongs to this kind of aggregate."""
        return type(event) in self.event_types


AnyAggregate = Aggregate[Any, Any, Any]
"""Any kind of aggregate, for lists of different kinds."""
