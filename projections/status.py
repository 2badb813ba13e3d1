"""How far a read model is in the log, and how far behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from psycopg import Cursor

from projections.models.read_model import FollowsLog, Inline, ReadModel

ReadLag = Callable[["Cursor[Any]", int, Sequence[str]], tuple[int, float]]
"""The number of events of these stored names above a position, and the seconds since the first was appended."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """`lag`: events that it has not seen; `lag_seconds`: how long ago the first of them was appended.

    `position`: that of the log's newest event where it has seen all that concern it.
    """

    name: str
    kind: str
    position: int
    head: int
    lag: int
    lag_seconds: float


def read_status(
    cursor: "Cursor[Any]", model: ReadModel, read_lag: ReadLag, head: int, followed: int = 0
) -> ModelStatus:
    """`head`: the position of the log's newest event, read before. `followed`: that of a model that follows it."""
    position = model.runs.position(cursor) if isinstance(model.runs, Inline) else followed
    lag, seconds = read_lag(cursor, position, model.stored_names)
    if not lag:
        return ModelStatus(model.name, _kind(model.runs), max(position, head), max(position, head), 0, 0.0)
    return ModelStatus(model.name, _kind(model.runs), position, max(position, head), lag, seconds)


def _kind(runs: Inline | FollowsLog) -> str:
    match runs:
        case Inline():
            return "inline"
        case FollowsLog():
            return "follower"
        case _:
            assert_never(runs)
