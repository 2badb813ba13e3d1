"""Measure single edits: how many per second, and how long each takes.

The baseline is the same number of connections that each UPDATE one row of a plain table per transaction. Both clients
run in processes of their own: `python -m benchmarks.patches http|sql ADDRESS TARGET ROWS`. The HTTP client uses plain
asyncio, because a client library would use more CPU than the service.
"""

import asyncio
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from statistics import median
from urllib.parse import urlsplit

import psycopg

from benchmarks.environment import BenchmarkEnvironment, copy_lines
from benchmarks.figures import Figure, percentile
from benchmarks.import_speed import CREATE_PLAIN_TABLE

CONNECTIONS = 16
SECONDS = 5.0

_UPDATE = "UPDATE plain SET data = %s::jsonb WHERE id = %s"


def figures(environment: BenchmarkEnvironment) -> Iterator[Figure]:
    service, rows = environment.imported_service, environment.files.rows
    patched, updated = [], []
    with environment.database() as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(CREATE_PLAIN_TABLE)
            copy_lines(connection, "plain (id, data)", environment.files.objects)
            connection.execute("VACUUM ANALYZE plain")
        for _ in range(environment.runs):
            environment.checkpoint()
            updated.append(_run_client("sql", conninfo, "", rows))
            environment.checkpoint()
            patched.append(_run_client("http", service.address, str(service.dataset_id), rows))
    value, floor = (median(len(times) / SECONDS for times in runs) for runs in (patched, updated))
    times, floor_times = ([time for run in runs for time in run] for runs in (patched, updated))
    yield Figure(f"patches: {CONNECTIONS} connections", value, "/s", floor)
    for percent in (50, 99):
        least = percentile(floor_times, percent)
        yield Figure(f"patches: {percent} % are answered within", percentile(times, percent), "ms", least)


def _run_client(kind: str, address: str, target: str, rows: int) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.patches", kind, address, target, str(rows)]
    times: list[float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return times


def _run_updates(conninfo: str, rows: int) -> list[float]:
    """The milliseconds of each UPDATE by several threads, each with its own connection."""
    times: list[float] = []
    until = time.perf_counter() + SECONDS

    def work(seed: int) -> None:
        source = random.Random(seed)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            while (began := time.perf_counter()) < until:
                data = f'{{"price":{source.randint(1, 10**6)}.25}}'
                connection.execute(_UPDATE, [data, source.randint(1, rows)])
                times.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


async def _run_patches(address: str, dataset: str, rows: int) -> list[float]:
    times: list[float] = []
    until = time.perf_counter() + SECONDS
    async with asyncio.TaskGroup() as group:
        for seed in range(CONNECTIONS):
            group.create_task(_run_connection(address, dataset, rows, seed, until, times))
    return times


async def _run_connection(address: str, dataset: str, rows: int, seed: int, until: float, times: list[float]) -> None:
    source = random.Random(f"{seed} {time.time_ns()}")
    url = urlsplit(address)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    while (began := time.perf_counter()) < until:
        body = f'{{"values":{{"price":{source.randint(1, 10**6)}.25}}}}'
        head = f"PATCH /v1/datasets/{dataset}/records/{source.randint(1, rows)} HTTP/1.1\r\nHost: {url.netloc}\r\n"
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write((head + kind + body).encode())
        await _read_response(reader)
        times.append((time.perf_counter() - began) * 1000)
    writer.close()


async def _read_response(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"a patch failed: {body.decode()}")


def _main(kind: str, address: str, target: str, rows: int) -> None:
    times = _run_updates(address, rows) if kind == "sql" else asyncio.run(_run_patches(address, target, rows))
    print(json.dumps(times))


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
