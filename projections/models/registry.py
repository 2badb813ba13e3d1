"""The list of all read models, which append, rebuild, verify, purge, followers and `projections status` use.

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
    """The models projected in the appending transaction: when an event is decided, or when it is appended."""
    return tuple(one for one in models if isinstance(one.runs, Inline) and one.runs.on_decision is on_decision)


def stream_models(models: tuple[ReadModel, ...], first_event: object) -> tuple[ReadModel, ...]:
    """The models that are rebuilt stream by stream, of the aggregate to which the event belongs."""
    return tuple(
        one
        for one in models
        if isinstance(one.runs, Inline) and any(kind.owns(first_event) for kind in one.aggregates)
    )


def followers(models: tuple[ReadModel, ...]) -> tuple[ReadModel, ...]:
    """The models that follow the log in a separate process."""
    return tuple(one for one in models if isinstance(one.runs, FollowsLog))
