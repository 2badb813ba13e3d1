"""A job as its worker sees it, and its states."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, Self, assert_never
from uuid import UUID

from psycopg import Connection

from domain.access.access import Access

Connect = Callable[[], "AbstractContextManager[Connection[Any]]"]

AccessOfJob = Callable[[str, str], Access]
"""The access that a job of a workspace and an actor is done with."""


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        match self:
            case JobState.QUEUED | JobState.RUNNING:
                return False
            case JobState.SUCCEEDED | JobState.FAILED | JobState.CANCELLED:
                return True
            case _:
                assert_never(self)


class JobSuperseded(Exception):
    """Another attempt at the job has begun meanwhile, or the job has ended: this attempt must change nothing."""


class JobMustWait(Exception):
    """A job of the same dataset that was accepted earlier has not ended: this one cannot begin yet."""


class Queue(Protocol):
    """Hands jobs to workers, at least once each."""

    def enqueue(self, connection: "Connection[Any]", job_id: UUID, *, in_order_of: UUID | None = None) -> None:
        """Have the job run once the connection's transaction has committed, and only then.

        Jobs that are enqueued in the order of the same dataset are handed out one after the other. The order is an
        optimization, which spares workers jobs that cannot begin: the table of jobs decides which may.
        """


@dataclass(frozen=True, slots=True)
class Job:
    """`attempt` counts from 1 and fences off earlier attempts. `kind` is text: newer versions may know more kinds."""

    id: UUID
    workspace: str
    actor: str
    correlation_id: str
    dataset_id: UUID
    kind: str
    arguments: Mapping[str, Any]
    attempt: int

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """The job in a row of its table, by column name."""
        return cls(
            id=row["job_id"],
            workspace=row["workspace"],
            actor=row["actor"],
            correlation_id=row["correlation_id"],
            dataset_id=row["dataset_id"],
            kind=row["kind"],
            arguments=row["arguments"],
            attempt=row["attempt"],
        )
