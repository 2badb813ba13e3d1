"""A pool on a database of its own."""

from collections.abc import Iterator

import pytest

from application.jobs import attempt_lock
from interfaces.services import database as db
from interfaces.services.database import SyncPool
from tests.application.jobs.toy_jobs import ToyJobs


@pytest.fixture
def pool(database: str) -> Iterator[SyncPool]:
    opened = db.create_sync_pool(database, 8)
    yield opened
    opened.close()


@pytest.fixture
def toys(pool: SyncPool, monkeypatch: pytest.MonkeyPatch) -> ToyJobs:
    """Toy jobs that succeed, unless a test gives them other work."""
    monkeypatch.setattr(attempt_lock, "CLEANUP_TIMEOUT", 0.2)
    toys = ToyJobs(pool, lambda job, progress: None)
    toys.kind.work = toys.publish
    return toys
