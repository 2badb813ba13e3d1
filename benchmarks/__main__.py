"""Run benchmarks and print ratios: `python -m benchmarks [name…] [--rows N] [--runs N]`.

The exit code is 1 if a target was missed.
"""

import argparse
import sys
from collections.abc import Callable, Iterator

from benchmarks import import_speed, imports, pages, patches, queries, replay
from benchmarks.environment import BenchmarkEnvironment, prepare_environment
from benchmarks.figures import Figure, format_figure, format_heading

BENCHMARKS: dict[str, Callable[[BenchmarkEnvironment], Iterator[Figure]]] = {
    "import_speed": import_speed.figures,
    "imports": imports.figures,
    "pages": pages.figures,
    "replay": replay.figures,
    "queries": queries.figures,
    "patches": patches.figures,
}
"""Patches come last: they add thousands of versions to the dataset that the other benchmarks measure."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--rows", type=int, default=1_000_000, help="number of rows in the file")
    parser.add_argument("--runs", type=int, default=3, help="number of runs; the median is reported")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.names if name not in BENCHMARKS]:
        parser.error(f"{unknown[0]!r} is not one of {', '.join(BENCHMARKS)}")
    missed = False
    print(format_heading())
    with prepare_environment(arguments.rows, arguments.runs) as environment:
        for name, benchmark in BENCHMARKS.items():
            if name in arguments.names or not arguments.names:
                for figure in benchmark(environment):
                    print(format_figure(figure), flush=True)
                    missed |= figure.is_missed
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
