"""How fast is a record table made anew from events and chunks?

The floor is a COPY of the same rows as ready-made JSON arrays, with their numbers, into an equal table.
"""

import time
from collections.abc import Iterator
from statistics import median

import psycopg
from psycopg import sql

from benchmarks.figures import Figure
from benchmarks.ground import Ground, Served, copy
from interfaces import wiring
from projections.record_tables import Table, drop
from projections.records import project

_PLAIN = """
CREATE TABLE plain_array (
    id bigint NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    until bigint NOT NULL DEFAULT 9223372036854775807,
    values jsonb NOT NULL,
    PRIMARY KEY (id, version))
"""

_TABLE = Table("replayed")


def figures(ground: Ground) -> Iterator[Figure]:
    floors, seconds = [], []
    with wiring.connected(ground.settings(ground.served.conninfo), ground.served.conninfo) as service:
        for _ in range(ground.runs):
            floors.append(_floor(ground))
            ground.checkpoint()
            seconds.append(_replayed(service, ground.served))
    rows = ground.files.rows
    yield Figure("replay: the record table made anew", rows / median(seconds), "rows/s", rows / median(floors))


def _floor(ground: Ground) -> float:
    with ground.database() as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_PLAIN)
        return copy(connection, "plain_array (id, values)", ground.files.arrays)


def _replayed(service: wiring.Service, served: Served) -> float:
    """Project the dataset's stream into a table beside its own, as a rebuild does."""
    began = time.perf_counter()
    with service.pool.connection() as connection, connection.transaction(), connection.cursor() as cursor:
        recorded = list(service.store.stream(served.dataset_id))
        project(cursor, _TABLE, recorded, wiring._chunk_reader(service.pool))
    seconds = time.perf_counter() - began
    with service.pool.connection() as connection, connection.cursor() as cursor:
        count = sql.SQL("SELECT count(*) FROM {}").format(_TABLE.identifier)
        assert cursor.execute(count).fetchone() is not None
        drop(cursor, _TABLE)
    return seconds
