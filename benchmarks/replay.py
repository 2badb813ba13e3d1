"""How fast is a dataset rebuilt from its events and chunks, the swap included?

The floor is a COPY of the same rows as ready-made JSON arrays, with their numbers, into an equal table.
"""

from collections.abc import Iterator
from statistics import median

import psycopg

from benchmarks.figures import Figure
from benchmarks.ground import Ground, copy
from interfaces.services import wiring
from projections.rebuild import rebuild

_PLAIN = """
CREATE TABLE plain_array (
    id bigint NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    until bigint NOT NULL DEFAULT 9223372036854775807,
    values jsonb NOT NULL,
    PRIMARY KEY (id, version))
"""


def figures(ground: Ground) -> Iterator[Figure]:
    floors, seconds = [], []
    with wiring.connected(ground.settings(ground.served.conninfo), ground.served.conninfo) as service:
        for _ in range(ground.runs):
            floors.append(_floor(ground))
            ground.checkpoint()
            seconds.append(rebuild(service.source(), ground.served.dataset_id).seconds)
    rows = ground.files.rows
    yield Figure("replay: rebuild", rows / median(seconds), "rows/s", rows / median(floors))


def _floor(ground: Ground) -> float:
    with ground.database() as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_PLAIN)
        return copy(connection, "plain_array (id, values)", ground.files.arrays)
