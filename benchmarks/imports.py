"""Measure imports end to end over HTTP, from the first byte of the upload to the published version.

The baseline is a COPY of the same rows as prepared JSON objects. The worker is the one that `serve` starts: its peak
memory is that of the whole process since it started, over several imports.
"""

import csv
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import BinaryIO

import httpx
from openpyxl import Workbook  # type: ignore[import-untyped]

from benchmarks import generate
from benchmarks.environment import BenchmarkEnvironment, EmptyService
from benchmarks.figures import Figure, percentile
from benchmarks.import_speed import measure_floor

MAX_MEGABYTES = 200
CHANGE_INTERVAL = 100
"""For the upsert, one of this number of rows is changed."""

SHEET_ROWS = 100_000
MAX_SHEET_SECONDS = 3.0
MAX_READ_MILLISECONDS = 50.0


def figures(environment: BenchmarkEnvironment) -> Iterator[Figure]:
    rows = environment.files.rows
    floors, seconds = [], []
    with environment.empty_service() as service:
        for _ in range(environment.runs):
            floors.append(measure_floor(environment))
            environment.checkpoint()
            with environment.files.csv.open("rb") as file:
                seconds.append(_time_upload(service, file)[1])
        peak = service.worker_peak_megabytes()
    value, least = rows / median(seconds), rows / median(floors)
    yield Figure("import: over HTTP, upload to published", value, "rows/s", least, at_least=0.9)
    yield Figure("import: the worker's peak memory (limit)", peak, "MB", MAX_MEGABYTES, at_most=1)
    with environment.empty_service() as service, generate.generate_files(4 * rows).csv.open("rb") as file:
        _, took = _time_upload(service, file)
        peak = service.worker_peak_megabytes()
    yield Figure(f"import: {4 * rows:,} rows over HTTP, once", 4 * rows / took, "rows/s", least)
    yield Figure("import: the worker's peak memory then (limit)", peak, "MB", MAX_MEGABYTES, at_most=1)
    yield from _measure_merges(environment, value)


def _measure_merges(environment: BenchmarkEnvironment, speed: float) -> Iterator[Figure]:
    rows = environment.files.rows
    keyed, upserts, sheets, reads = [], [], [], list[float]()
    changed, sheet = _write_changed_file(environment), _write_workbook(environment)
    with environment.empty_service() as service:
        other = service.upload(b"id,name\n" + b"".join(b"%d,n%d\n" % (n, n) for n in range(1000)))
        for _ in range(environment.runs):
            environment.checkpoint()
            with environment.files.csv.open("rb") as file, _BackgroundReader(service, other, reads):
                dataset, took = _time_upload(service, file, key="number")
            keyed.append(took)
            environment.checkpoint()
            with changed.open("rb") as file:
                upserts.append(_time_upload(service, file, into=dataset)[1])
            with sheet.open("rb") as file:
                sheets.append(_time_upload(service, file)[1])
        peak = service.worker_peak_megabytes()
    note = f"median {median(reads):.1f} ms, {len(reads):,} reads"
    p99 = percentile(reads, 99)
    yield Figure("import: with a key, while records are read", rows / median(keyed), "rows/s", speed)
    yield Figure("import: p99 of those reads (limit)", p99, "ms", MAX_READ_MILLISECONDS, at_most=1, note=note)
    upserted = rows / median(upserts)
    yield Figure("import: upsert, 1 % changed (floor: import)", upserted, "rows/s", speed, at_least=0.5)
    name = f"import: XLSX of {SHEET_ROWS:,} x 12 (limit)"
    yield Figure(name, median(sheets), "s", MAX_SHEET_SECONDS, at_most=1)
    yield Figure("import: the worker's peak memory (limit)", peak, "MB", MAX_MEGABYTES, at_most=1)


def _time_upload(service: EmptyService, file: BinaryIO, key: str = "", into: str = "") -> tuple[str, float]:
    began = time.perf_counter()
    dataset = service.upload(file, key=key, into=into)
    return dataset, time.perf_counter() - began


class _BackgroundReader:
    """Reads single records of a dataset in a loop while the block runs, and appends the milliseconds of each read."""

    def __init__(self, service: EmptyService, dataset: str, took: list[float]) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(service.address, dataset, took))

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _read(self, address: str, dataset: str, took: list[float]) -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            number = 0
            while not self._stop.wait(0.005):
                number += 1
                began = time.perf_counter()
                client.get(f"/v1/datasets/{dataset}/records/{1 + number % 1000}").raise_for_status()
                took.append(1000 * (time.perf_counter() - began))


def _write_changed_file(environment: BenchmarkEnvironment) -> Path:
    """Write the file with another product in every hundredth row."""
    path = environment.folder / "changed.csv"
    with environment.files.csv.open(newline="") as source, path.open("w", newline="") as target:
        rows, writer = csv.reader(source), csv.writer(target, lineterminator="\n")
        writer.writerow(next(rows))
        for number, row in enumerate(rows):
            writer.writerow([*row[:10], "changed", *row[11:]] if number % CHANGE_INTERVAL == 0 else row)
    return path


def _write_workbook(environment: BenchmarkEnvironment) -> Path:
    """Write a workbook of the file's first rows, with numbers as numbers and other values as text."""
    path = environment.folder / "sheet.xlsx"
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    with environment.files.csv.open(newline="") as file:
        for number, row in zip(range(SHEET_ROWS + 1), csv.reader(file), strict=False):
            sheet.append([_parse_cell(cell, number) for cell in row])
    book.save(path)
    return path


def _parse_cell(cell: str, number: int) -> str | float | int | None:
    if not cell:
        return None
    try:
        return cell if number == 0 else float(cell) if "." in cell else int(cell)
    except ValueError:
        return cell
