"""Measure how fast a dataset is rebuilt from its events and chunks, including the swap.

The baseline is a COPY of the same rows as prepared JSON arrays, with their numbers, into a table of the same
structure.
"""

from collections.abc import Iterator
from statistics import median

import psycopg

from benchmarks.environment import BenchmarkEnvironment, copy_lines
from benchmarks.figures import Figure
from interfaces.services import wiring
from projections.rebuild import rebuild

_CREATE_PLAIN_TABLE = """
CREATE TABLE plain_array (
    id bigint NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    until bigint NOT NULL DEFAULT 9223372036854775807,
    values jsonb NOT NULL,
    PRIMARY KEY (id, version))
"""


def figures(environment: BenchmarkEnvironment) -> Iterator[Figure]:
    floors, seconds = [], []
    with wiring.build_service(
        environment.settings(environment.imported_service.conninfo), environment.imported_service.conninfo
    ) as service:
        for _ in range(environment.runs):
            floors.append(_measure_floor(environment))
            environment.checkpoint()
            seconds.append(rebuild(service.source(), environment.imported_service.dataset_id).seconds)
    rows = environment.files.rows
    yield Figure("replay: rebuild", rows / median(seconds), "rows/s", rows / median(floors))


def _measure_floor(environment: BenchmarkEnvironment) -> float:
    with environment.database() as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_CREATE_PLAIN_TABLE)
        return copy_lines(connection, "plain_array (id, values)", environment.files.arrays)
