"""The demo prints what examples/tour.txt says, and so what the README shows."""

from pathlib import Path

from tests.interfaces.cli.conftest import Rowledger

TOUR = Path(__file__).parents[3] / "examples" / "tour.txt"


def test_the_demo_prints_the_tour(rowledger: Rowledger) -> None:
    said = rowledger("demo")
    assert (said.code, said.err) == (0, "")
    assert said.out == TOUR.read_text()
