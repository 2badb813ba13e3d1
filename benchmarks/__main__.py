"""`python -m benchmarks [name…] [--rows N] [--runs N]`: measure, and print ratios.

The exit code is 1 if a target was missed.
"""

import argparse
import sys
from collections.abc import Callable, Iterator

from benchmarks import import_speed, imports, pages, patches, queries, replay
from benchmarks.figures import Figure, format_figure, format_heading
from benchmarks.ground import BenchmarkEnvironment, prepare_environment

BENCHMARKS: dict[str, Callable[[BenchmarkEnvironment], Iterator[Figure]]] = {
    "import_speed": import_speed.figures,
    "imports": imports.figures,
    "pages": pages.figures,
    "replay": replay.figures,
    "queries": queries.figures,
    "patches": patches.figures,
}
"""Patches come last: they give the dataset that the others measure thousands of versions."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)}; all if none is given")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the file")
    parser.add_argument("--runs", type=int, default=3, help="runs whose median is taken")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in BENCHMARKS]:
        parser.error(f"{unknown[0]!r} is none of {', '.join(BENCHMARKS)}")
    missed = False
    print(format_heading())
    with prepare_environment(given.rows, given.runs) as ground:
        for name, question in BENCHMARKS.items():
            if name in given.names or not given.names:
                for figure in question(ground):
                    print(format_figure(figure), flush=True)
                    missed |= figure.is_missed
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
