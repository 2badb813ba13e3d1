"""The one list of read models: append, rebuild, verify, purge, followers and `projections status` read it.

Within a transaction the models are projected in this order.
"""

from projections.models import audit, imports, records, versions
from projections.models.datasets import heads
from projections.models.read_model import FollowsLog, Inline, ReadModel

READ_MODELS: tuple[ReadModel, ...] = (
    records.READ_MODEL,
    heads.READ_MODEL,
    versions.READ_MODEL,
    imports.READ_MODEL,
    audit.READ_MODEL,
)


def inline_models(models: tuple[ReadModel, ...], *, on_decision: bool) -> tuple[ReadModel, ...]:
    """Those projected in the appending transaction: as soon as an event is decided, or once it is appended."""
    return tuple(one for one in models if isinstance(one.runs, Inline) and one.runs.on_decision is on_decision)


def stream_models(models: tuple[ReadModel, ...], first_event: object) -> tuple[ReadModel, ...]:
    """Those that are rebuilt stream by stream, of the aggregate that this event is of."""
    return tuple(
        one
        for one in models
        if isinstance(one.runs, Inline) and any(kind.owns(first_event) for kind in one.aggregates)
    )


def followers(models: tuple[ReadModel, ...]) -> tuple[ReadModel, ...]:
    """Those that follow the log in a process of their own."""
    return tuple(one for one in models if isinstance(one.runs, FollowsLog))
