"""The tour in the README and in the tutorial is what the demo prints (tests/interfaces/cli/test_demo.py)."""

import re

from tests.docs.pages import read_page

TOUR = read_page("examples/tour.txt").strip()


def console_blocks(page: str) -> list[str]:
    return re.findall(r"```console\n(.*?)\n```", read_page(page), re.DOTALL)


def test_the_tutorial_has_the_whole_tour() -> None:
    assert console_blocks("docs/tutorial/command-line-tour.md") == [TOUR]


def test_the_readme_has_steps_of_the_tour() -> None:
    """Each step is a title, a command and its output."""
    steps = re.split(r"\n\n(?=# )", TOUR)
    untitled = {step.split("\n", 1)[1] for step in steps}
    shown = [step for block in console_blocks("README.md") for step in re.split(r"\n\n(?=# )", block)]
    assert len(shown) >= 4 and [step for step in shown if step not in steps and step not in untitled] == []
