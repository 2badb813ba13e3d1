"""How fast is a dataset rebuilt from its events and chunks, the swap included?

The floor is a COPY of the same rows as ready-made JSON arrays, with their numbers, into an equal table.
"""

from collections.abc import Iterator
from statistics import median

import psycopg

from benchmarks.figures import Figure
from benchmarks.ground import BenchmarkEnvironment, copy_lines
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


def figures(ground: BenchmarkEnvironment) -> Iterator[Figure]:
    floors, seconds = [], []
    with wiring.build_service(ground.settings(ground.served.conninfo), ground.served.conninfo) as service:
        for _ in range(ground.runs):
            floors.append(_measure_floor(ground))
            ground.checkpoint()
            seconds.append(rebuild(service.source(), ground.served.dataset_id).seconds)
    rows = ground.files.rows
    yield Figure("replay: rebuild", rows / median(seconds), "rows/s", rows / median(floors))


def _measure_floor(ground: BenchmarkEnvironment) -> float:
    with ground.database() as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_CREATE_PLAIN_TABLE)
        return copy_lines(connection, "plain_array (id, values)", ground.files.arrays)
