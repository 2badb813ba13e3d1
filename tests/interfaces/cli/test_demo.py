"""The demo prints what examples/tour.txt says, and so what the README and the tutorial show."""

from pathlib import Path

from tests.interfaces.cli.conftest import Rowledger

TOUR = Path(__file__).parents[3] / "examples" / "tour.txt"


def test_the_demo_prints_the_tour(rowledger: Rowledger) -> None:
    result = rowledger("demo")
    assert (result.code, result.err) == (0, "")
    assert result.out == TOUR.read_text()
