"""The help: every verb has a description and an example that can be parsed."""

import re
import shlex
from collections.abc import Iterator

import pytest
import typer.main
from typer.testing import CliRunner

from interfaces.cli.main import app

GROUPS = ("events", "projections")


def verbs() -> Iterator[list[str]]:
    root = typer.main.get_group(app)
    for name, command in root.commands.items():
        below = getattr(command, "commands", None)
        yield from [[name, inner] for inner in below] if below else [[name]]


def test_the_groups_are_looked_into() -> None:
    assert {verb[0] for verb in verbs() if len(verb) == 2} == set(GROUPS)


@pytest.mark.parametrize("verb", list(verbs()), ids=" ".join)
def test_each_verb_has_help_with_an_example(verb: list[str]) -> None:
    result = CliRunner().invoke(app, [*verb, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert re.search(rf"Example: .*rowledger {' '.join(verb)}", result.output)


@pytest.mark.parametrize("verb", list(verbs()), ids=" ".join)
def test_each_example_is_understood(verb: list[str]) -> None:
    root = typer.main.get_group(app)
    command = root.commands[verb[0]]
    if len(verb) == 2:
        command = command.commands[verb[1]]  # type: ignore[attr-defined]
    example = (command.epilog or "").removeprefix("Example: ")
    arguments = shlex.split(example[example.index("rowledger ") :])[1 + len(verb) :]
    command.make_context(verb[-1], arguments)
