"""The position of a read model in the log, and its lag."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from psycopg import Cursor

from projections.models.read_model import FollowsLog, Inline, ReadModel

ReadLag = Callable[["Cursor[Any]", int, Sequence[str]], tuple[int, float]]
"""The number of events of these stored names above a position, and the seconds since the first was appended."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """`lag`: the number of events not yet applied; `lag_seconds`: the age of the first of them.

    `position`: if it has applied all events that feed it, the position of the log's newest event.
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
    """`head`: the position of the log's newest event. `followed`: the stored position of a model that follows it."""
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
