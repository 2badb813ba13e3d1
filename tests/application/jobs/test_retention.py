"""What is forgotten after a while, and what must not be."""

import os
import time
from pathlib import Path
from uuid import UUID

import pytest

from application.imports import acceptance
from application.jobs import retention
from domain.errors import Busy
from interfaces.services import database as db
from tests.application.jobs.toy_jobs import ToyJobs


def swept(toys: ToyJobs, days: int = 7) -> int:
    with toys.pool.connection() as connection, connection.cursor() as cursor:
        return retention.sweep_jobs(cursor, days, toys.life.clear_ended)


def left_behind(toys: ToyJobs) -> UUID:
    """A job that was cancelled long ago while it ran, and that was never cleared."""
    job_id = toys.add()
    toys.begin(job_id)
    toys.cancel(job_id)
    toys.age(job_id, 30)
    return job_id


def test_ended_jobs_are_forgotten_after_so_many_days(toys: ToyJobs) -> None:
    old, young, queued = toys.add(), toys.add(), toys.add()
    for job_id, days in ((old, 8), (young, 6)):
        toys.life.run(job_id)
        toys.age(job_id, days)
    assert swept(toys) == 1
    assert [toys.stored(job_id) is None for job_id in (old, young, queued)] == [True, False, False]


@pytest.mark.parametrize("error", [Busy("job-busy", "later"), OSError("read-only")], ids=type)
def test_a_job_is_not_forgotten_while_something_is_left_of_it(toys: ToyJobs, error: Exception) -> None:
    job_id, other = left_behind(toys), toys.add()
    toys.life.run(other)
    toys.age(other, 30)
    toys.kind.error_in_clear = error
    assert swept(toys) == 1, "others are swept all the same"
    assert toys.state(job_id) == ("cancelled", 1, True), "else nothing would ever remove what it left"
    toys.kind.error_in_clear = None
    assert swept(toys) == 1
    assert toys.stored(job_id) is None and "output" in toys.committed_clears(job_id)


def test_what_was_left_by_a_failed_job_is_cleared_before_it_is_forgotten(toys: ToyJobs) -> None:
    job_id = toys.add()
    for _ in range(3):
        toys.begin(job_id)
    toys.kind.error_in_clear = OSError("read-only")
    with pytest.raises(OSError, match="read-only"):
        toys.life.run(job_id)
    toys.age(job_id, 30)
    assert swept(toys) == 0 and toys.state(job_id) == ("failed", 4, True)
    toys.kind.error_in_clear = None
    assert swept(toys) == 1 and "output" in toys.committed_clears(job_id)


def test_what_a_job_left_is_its_workers_for_an_hour(toys: ToyJobs) -> None:
    job_id = left_behind(toys)
    toys.age(job_id, 0)
    assert swept(toys, days=0) == 0 and toys.state(job_id) == ("cancelled", 1, True)


def test_a_job_of_an_unknown_kind_is_kept_with_what_is_left_of_it(
    toys: ToyJobs, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = left_behind(toys)
    with db.transaction(toys.pool) as cursor:
        cursor.execute("UPDATE jobs SET kind = 'reindex'")
    assert swept(toys) == 0 and toys.state(job_id) == ("cancelled", 1, True)
    assert "'reindex'" in caplog.text


def test_files_that_jobs_wait_for_are_kept_whatever_the_kind(toys: ToyJobs, tmp_path: Path) -> None:
    needed, stale = tmp_path / "needed", tmp_path / "stale"
    for path in (needed, stale):
        path.touch()
        os.utime(path, (time.time() - 8_000,) * 2)
    toys.add(kind="reindex", path=str(needed))
    toys.add()
    with db.transaction(toys.pool) as cursor:
        assert acceptance.sweep_uploads(cursor, tmp_path) == 1
    assert list(tmp_path.iterdir()) == [needed]
