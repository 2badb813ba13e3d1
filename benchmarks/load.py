"""A load generator in a process of its own: `python -m benchmarks.load ADDRESS SECONDS`.

It reads a list of paths as JSON from standard input and requests them in turn over 16 connections, as fast as the
service responds. It uses plain asyncio, because a client library would use more CPU than the service.
"""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

from benchmarks.figures import percentile

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The milliseconds of each response in all runs, and the responses per second in the median run."""

    times: list[float]
    rate: float

    @property
    def median(self) -> float:
        return median(self.times)

    @property
    def slowest(self) -> float:
        """The 99th percentile of the response times."""
        return percentile(self.times, 99)


def run_load(address: str, paths: list[str], seconds: float = 4.0, runs: int = 3) -> LoadResult:
    """Request the paths in turn, repeatedly, for some seconds. Every response must have status 200."""
    times, rates = list[float](), list[float]()
    for _ in range(runs):
        command = [sys.executable, "-m", "benchmarks.load", address, str(seconds)]
        done = subprocess.run(command, input=json.dumps(paths).encode(), check=True, stdout=subprocess.PIPE)
        found = json.loads(done.stdout)
        times += found
        rates.append(len(found) / seconds)
    return LoadResult(times, median(rates))


async def _request_all(address: str, paths: list[str], seconds: float) -> list[float]:
    times: list[float] = []
    until = time.perf_counter() + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(CONNECTIONS):
            group.create_task(_run_connection(address, paths[number:] + paths[:number], until, times))
    return times


async def _run_connection(address: str, paths: list[str], until: float, times: list[float]) -> None:
    url = urlsplit(address)
    requests = [f"GET {path} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode() for path in paths]
    reader, writer = await asyncio.open_connection(url.hostname, url.port, limit=2**20)
    number = 0
    while (began := time.perf_counter()) < until:
        writer.write(requests[number % len(requests)])
        await _read_response(reader)
        times.append((time.perf_counter() - began) * 1000)
        number += CONNECTIONS
    writer.close()


async def _read_response(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    _, _, rest = head.lower().partition(b"content-length:")
    body = await reader.readexactly(int(rest.partition(b"\r\n")[0]))
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"a request failed: {body.decode()}")


if __name__ == "__main__":
    paths = json.loads(sys.stdin.read())
    print(json.dumps(asyncio.run(_request_all(sys.argv[1], paths, float(sys.argv[2])))))
