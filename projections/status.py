"""How far a read model is in the log, and how far behind."""

from dataclasses import dataclass
from typing import Any, assert_never

from psycopg import Cursor

from projections.models.read_model import FollowsLog, Inline, ReadModel

_LAG = """
SELECT count(*), min(notification_id) FROM events WHERE notification_id > %s AND topic = ANY(%s)
"""

_AGE = "SELECT greatest(extract(epoch FROM clock_timestamp() - at), 0) FROM event_log WHERE position = %s"


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


def read_status(cursor: "Cursor[Any]", model: ReadModel, head: int, followed: int = 0) -> ModelStatus:
    """`head`: the position of the log's newest event, read before. `followed`: that of a model that follows it."""
    position = model.runs.position(cursor) if isinstance(model.runs, Inline) else followed
    row = cursor.execute(_LAG, [position, model.stored_names]).fetchone()
    lag, first = row or (0, None)
    if not lag:
        return ModelStatus(model.name, _kind(model.runs), max(position, head), max(position, head), 0, 0.0)
    age = cursor.execute(_AGE, [first]).fetchone()
    seconds = round(float(age[0]), 3) if age else 0.0
    return ModelStatus(model.name, _kind(model.runs), position, max(position, head), lag, seconds)


def _kind(runs: Inline | FollowsLog) -> str:
    match runs:
        case Inline():
            return "inline"
        case FollowsLog():
            return "follower"
        case _:
            assert_never(runs)
