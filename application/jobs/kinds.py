"""The kinds of jobs: a closed list, and what each kind supplies to the one life cycle of all of them."""

from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from psycopg import Cursor

from application.jobs.job import Job
from application.jobs.progress import JobProgress


class JobKindName(StrEnum):
    """A kind as it is stored. A new kind is a line here; the type checker then names every place that needs it."""

    IMPORT = "import"
    EXPORT = "export"


class JobPart(StrEnum):
    """What there is of a job besides its row."""

    RESERVATION = "reservation"
    """What accepting the job reserved, for instance a name. Freed as soon as the job cannot succeed any more."""

    INPUT = "input"
    """What the job works from, for instance an uploaded file. Kept after a failure, for as long as the job is."""

    OUTPUT = "output"
    """What attempts have written and not published."""


class JobKind(Protocol):
    """One kind of job."""

    def do(self, job: Job, progress: JobProgress) -> None:
        """Do the work, and publish its result with `progress.succeed` in the transaction that ends it.

        A Refusal fails the job at once; Busy and unexpected errors have it retried. Must be repeatable: an earlier
        attempt may have died at any moment.
        """

    def clear(self, cursor: "Cursor[Any]", job: Job, part: JobPart) -> None:
        """Remove this part of a job that has ended. May be called for parts that are gone already, or never were."""

    def describe(self, job: Job) -> str:
        """What the job is about, for lists and messages: "import of 'orders.csv' as the new dataset 'Orders'"."""


class UnknownJobKind(Exception):
    """The job was written by a newer version of the service; this one must leave it alone."""

    def __init__(self, job_id: UUID, kind: str) -> None:
        super().__init__(f"the job {job_id} is of the kind {kind!r}, which this version does not know; left alone")


def parse_kind(text: str) -> JobKindName | None:
    """The kind that a row names; None if this version does not know it."""
    return JobKindName(text) if text in list(JobKindName) else None
