"""Imports end to end over HTTP: from the first byte of the upload to the published version.

The floor is a COPY of the same rows as ready-made JSON objects. The worker is the one `serve` starts: its peak
memory is that of the whole process since it began, for one import after another.
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
from benchmarks.figures import Figure, percentile
from benchmarks.ground import BenchmarkEnvironment, EmptyService
from benchmarks.import_speed import measure_floor

MAX_MEGABYTES = 200
CHANGE_INTERVAL = 100
"""Of so many rows one is changed for the upsert."""

SHEET_ROWS = 100_000
MAX_SHEET_SECONDS = 3.0
MAX_READ_MILLISECONDS = 50.0


def figures(ground: BenchmarkEnvironment) -> Iterator[Figure]:
    rows = ground.files.rows
    floors, seconds = [], []
    with ground.stage() as stage:
        for _ in range(ground.runs):
            floors.append(measure_floor(ground))
            ground.checkpoint()
            with ground.files.csv.open("rb") as file:
                seconds.append(_time_upload(stage, file)[1])
        peak = stage.worker_megabytes()
    value, least = rows / median(seconds), rows / median(floors)
    yield Figure("import: over HTTP, upload to published", value, "rows/s", least, at_least=0.9)
    yield Figure("import: the worker's peak memory (limit)", peak, "MB", MAX_MEGABYTES, at_most=1)
    with ground.stage() as stage, generate.generate_files(4 * rows).csv.open("rb") as file:
        _, took = _time_upload(stage, file)
        peak = stage.worker_megabytes()
    yield Figure(f"import: {4 * rows:,} rows over HTTP, once", 4 * rows / took, "rows/s", least)
    yield Figure("import: the worker's peak memory then (limit)", peak, "MB", MAX_MEGABYTES, at_most=1)
    yield from _measure_merges(ground, value)


def _measure_merges(ground: BenchmarkEnvironment, speed: float) -> Iterator[Figure]:
    rows = ground.files.rows
    keyed, upserts, sheets, reads = [], [], [], list[float]()
    changed, sheet = _write_changed_file(ground), _write_workbook(ground)
    with ground.stage() as stage:
        other = stage.upload(b"id,name\n" + b"".join(b"%d,n%d\n" % (n, n) for n in range(1000)))
        for _ in range(ground.runs):
            ground.checkpoint()
            with ground.files.csv.open("rb") as file, _BackgroundReader(stage, other, reads):
                dataset, took = _time_upload(stage, file, key="number")
            keyed.append(took)
            ground.checkpoint()
            with changed.open("rb") as file:
                upserts.append(_time_upload(stage, file, into=dataset)[1])
            with sheet.open("rb") as file:
                sheets.append(_time_upload(stage, file)[1])
        peak = stage.worker_megabytes()
    note = f"median {median(reads):.1f} ms, {len(reads):,} reads"
    p99 = percentile(reads, 99)
    yield Figure("import: with a key, while records are read", rows / median(keyed), "rows/s", speed)
    yield Figure("import: p99 of those reads (limit)", p99, "ms", MAX_READ_MILLISECONDS, at_most=1, note=note)
    upserted = rows / median(upserts)
    yield Figure("import: upsert, 1 % changed (floor: import)", upserted, "rows/s", speed, at_least=0.5)
    name = f"import: XLSX of {SHEET_ROWS:,} x 12 (limit)"
    yield Figure(name, median(sheets), "s", MAX_SHEET_SECONDS, at_most=1)
    yield Figure("import: the worker's peak memory (limit)", peak, "MB", MAX_MEGABYTES, at_most=1)


def _time_upload(stage: EmptyService, file: BinaryIO, key: str = "", into: str = "") -> tuple[str, float]:
    began = time.perf_counter()
    dataset = stage.upload(file, key=key, into=into)
    return dataset, time.perf_counter() - began


class _BackgroundReader:
    """Reads single records of a dataset all the time while the block runs, and notes the milliseconds each took."""

    def __init__(self, stage: EmptyService, dataset: str, took: list[float]) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(stage.address, dataset, took))

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


def _write_changed_file(ground: BenchmarkEnvironment) -> Path:
    """The file with another product in every hundredth row."""
    path = ground.folder / "changed.csv"
    with ground.files.csv.open(newline="") as source, path.open("w", newline="") as target:
        rows, writer = csv.reader(source), csv.writer(target, lineterminator="\n")
        writer.writerow(next(rows))
        for number, row in enumerate(rows):
            writer.writerow([*row[:10], "changed", *row[11:]] if number % CHANGE_INTERVAL == 0 else row)
    return path


def _write_workbook(ground: BenchmarkEnvironment) -> Path:
    """A workbook of the file's first rows, with numbers as numbers and all else as text."""
    path = ground.folder / "sheet.xlsx"
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    with ground.files.csv.open(newline="") as file:
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
