"""Measure the speed and the memory of the importer.

The baseline is a COPY of the same rows as prepared JSON objects into a separate table. The importer runs in a process
of its own, like a worker: `python -m benchmarks.import_speed CONNINFO FOLDER FILE`.
"""

import json
import logging
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from uuid import uuid4

import psycopg

from application.imports import acceptance
from application.imports.acceptance import ImportRequest, UploadedFile
from application.settings import Settings
from benchmarks.environment import BenchmarkEnvironment, copy_lines
from benchmarks.figures import Figure
from interfaces.services import wiring

MAX_MEGABYTES = 250
CREATE_PLAIN_TABLE = "CREATE TABLE plain (id bigint PRIMARY KEY, data jsonb)"


def figures(environment: BenchmarkEnvironment) -> Iterator[Figure]:
    floors, seconds, memory = [], [], []
    for _ in range(environment.runs):
        floors.append(measure_floor(environment))
        took, megabytes = _run_import(environment)
        seconds.append(took)
        memory.append(megabytes)
    rows = environment.files.rows
    value, least = rows / median(seconds), rows / median(floors)
    yield Figure("import: the importer's process", value, "rows/s", least, at_least=0.6)
    yield Figure("import: its peak memory (floor: the limit)", max(memory), "MB", MAX_MEGABYTES, at_most=1)
    yield Figure(
        "import: over HTTP, upload to success, once", rows / environment.imported_service.seconds, "rows/s", least
    )


def measure_floor(environment: BenchmarkEnvironment) -> float:
    with environment.database() as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(CREATE_PLAIN_TABLE)
        return copy_lines(connection, "plain (id, data)", environment.files.objects)


def _run_import(environment: BenchmarkEnvironment) -> tuple[float, float]:
    with environment.database() as conninfo:
        data = environment.settings(conninfo).data
        command = [sys.executable, "-m", "benchmarks.import_speed", conninfo, str(data), str(environment.files.csv)]
        answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return answer["seconds"], answer["megabytes"]


def _run_once(conninfo: str, data: Path, file: Path) -> None:
    """Run one import job as a worker does. Print its seconds and the peak memory of this process."""
    logging.basicConfig(level=logging.WARNING)
    with wiring.open_service(Settings("127.0.0.1", 0, data, conninfo, 1)) as service:
        path = data / str(uuid4())
        path.hardlink_to(file)
        upload = UploadedFile(path, "orders.csv", file.stat().st_size, uuid4().hex * 2)
        with service.pool.connection() as connection:
            accepted = acceptance.accept_import(
                connection,
                service.models,
                service.queue,
                wiring.local_context("bench"),
                upload,
                ImportRequest("orders"),
            )
        began = time.perf_counter()
        service.jobs.run(accepted.job_id)
        seconds = time.perf_counter() - began
        with service.pool.connection() as connection:
            row = connection.execute("SELECT state FROM jobs").fetchone()
        if row != ("succeeded",):
            sys.exit(f"the import ended as {row}")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": megabytes}))


if __name__ == "__main__":
    _run_once(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
