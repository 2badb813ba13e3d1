"""Generate the benchmark data: any number of rows with 12 columns, the same on every machine.

Each column except the first cycles through a pool of values whose length is a prime number, so that rows never repeat
and a million rows are written in seconds. The same rows are also written as lines for COPY.
"""

import json
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, count, cycle, islice
from pathlib import Path

FILE_VERSION = 1
"""Increase this when the generated rows change: files of another version are not reused."""

EMPTY_SHARE = 0.03
SEED = 12

_BEGIN = datetime(2015, 1, 1, tzinfo=UTC)
_WORDS = (
    *("bolt", "washer, large", "M8 hex screw", "Schraubenschlüssel", "клапан, латунь", "ねじ回し", "βίδα"),
    *("ventil 3/4", "gasket, rubber", "ملف نحاسي", "câble 2,5 mm²", "电阻", "spring", "O-ring, 12 mm"),
)
_STATUS = ("new", "paid", "packed", "shipped", "returned")
_COUNTRY = ("DE", "FR", "PL", "GR", "JP", "BR", "US", "IN")


@dataclass(frozen=True, slots=True)
class BenchmarkFiles:
    """The same rows as CSV, and as COPY lines of a row number and a JSON object or a JSON array.

    Lines for COPY are `FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02'`, so that nothing in JSON needs escaping.
    """

    rows: int
    csv: Path
    objects: Path
    arrays: Path


@dataclass(frozen=True, slots=True)
class _PoolColumn:
    """A column with a pool of `length` values. `make` draws a value and returns it as JSON and as CSV."""

    name: str
    length: int
    make: Callable[[random.Random], tuple[str, str]]


def generate_files(rows: int) -> BenchmarkFiles:
    """The files with this number of rows. They are written once and kept in the system's temporary folder."""
    folder = Path(tempfile.gettempdir(), f"rowledger-benchmarks-{FILE_VERSION}")
    folder.mkdir(exist_ok=True)
    made = BenchmarkFiles(rows, *(folder / f"{rows}{ending}" for ending in (".csv", ".objects", ".arrays")))
    pools = [_draw_pool(column) for column in COLUMNS]
    names = ["number", *(column.name for column in COLUMNS)]
    csv = [[text for _, text in pool] for pool in pools]
    arrays = [[value for value, _ in pool] for pool in pools]
    objects = [[f'"{column.name}":{value}' for value, _ in pool] for column, pool in zip(COLUMNS, pools, strict=True)]
    _write_once(made.csv, chain([",".join(names) + "\n"], _generate_lines(rows, "{0},", csv, "\n")))
    _write_once(made.objects, _generate_lines(rows, '{0}\x02{{"number":{0},', objects, "}\n"))
    _write_once(made.arrays, _generate_lines(rows, "{0}\x02[{0},", arrays, "]\n"))
    return made


def _draw_pool(column: _PoolColumn) -> list[tuple[str, str]]:
    source = random.Random(f"{SEED} {column.name}")
    return [("null", "") if source.random() < EMPTY_SHARE else column.make(source) for _ in range(column.length)]


def _generate_lines(rows: int, begin: str, pools: list[list[str]], end: str) -> Iterator[str]:
    cells = map(",".join, zip(*map(cycle, pools), strict=False))
    for number, rest in zip(islice(count(1), rows), cells, strict=False):
        yield begin.format(number) + rest + end


def _write_once(path: Path, lines: Iterable[str]) -> None:
    """Write the file unless it exists. It has another name until it is complete."""
    if path.exists():
        return
    growing = path.with_suffix(".growing")
    with growing.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines)
    growing.rename(path)


def _integer(least: int, most: int) -> Callable[[random.Random], tuple[str, str]]:
    return lambda source: (text := str(source.randint(least, most)), text)


def _decimal(most: int, places: int) -> Callable[[random.Random], tuple[str, str]]:
    return lambda source: (text := f"{source.randint(1, most)}.{source.randint(0, 10**places - 1):0{places}}", text)


def _one_of(values: tuple[str, ...]) -> Callable[[random.Random], tuple[str, str]]:
    return lambda source: _text(source.choice(values))


def _timestamp(form: str) -> Callable[[random.Random], tuple[str, str]]:
    return lambda source: _text((_BEGIN + timedelta(seconds=source.randrange(10**8))).strftime(form))


def _boolean(source: random.Random) -> tuple[str, str]:
    text = source.choice(("true", "false"))
    return text, text


def _product(source: random.Random) -> tuple[str, str]:
    return _text(" ".join(source.choices(_WORDS, k=2)))


def _note(source: random.Random) -> tuple[str, str]:
    lines = [" ".join(source.choices(_WORDS, k=source.randint(1, 4))) for _ in range(source.choice((1, 1, 1, 2)))]
    return _text("\n".join(lines) + source.choice(("", "", ' "urgent"')))


def _text(value: str) -> tuple[str, str]:
    needs_quotes = any(sign in value for sign in ',"\n')
    return json.dumps(value, ensure_ascii=False), '"' + value.replace('"', '""') + '"' if needs_quotes else value


COLUMNS = (
    _PoolColumn("customer", 9_973, _integer(1, 500_000)),
    _PoolColumn("quantity", 9_967, _integer(1, 99)),
    _PoolColumn("price", 99_991, _decimal(9_999, 2)),
    _PoolColumn("weight", 10_007, _decimal(80, 3)),
    _PoolColumn("ordered_on", 10_009, _timestamp("%Y-%m-%d")),
    _PoolColumn("shipped_at", 10_037, _timestamp("%Y-%m-%dT%H:%M:%SZ")),
    _PoolColumn("paid", 10_039, _boolean),
    _PoolColumn("status", 10_061, _one_of(_STATUS)),
    _PoolColumn("country", 10_067, _one_of(_COUNTRY)),
    _PoolColumn("product", 10_069, _product),
    _PoolColumn("note", 10_079, _note),
)
"""The columns after the first one, `number`, which counts the rows."""
