"""The reference of the command line, made from the commands: `python -m tests.docs.command_line` writes the page."""

import re
from collections.abc import Iterator
from typing import Any

import typer.main

from interfaces.cli.main import app
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "reference" / "command-line.md"

_HEAD = """# Command line

Results are written to standard output, progress and messages to standard error. Exit status 0 is success; 1 is an
error, which is one line on standard error; 2 is a mistake in the arguments. The commands use the same
[settings](settings.md) as the service, and need its database, not its HTTP API.

This page is generated from the commands: `python -m tests.docs.command_line`.
"""


def render_page() -> str:
    return _HEAD + "".join(f"\n{_describe(words, command)}" for words, command in _commands())


def _commands() -> Iterator[tuple[str, Any]]:
    for name, command in typer.main.get_group(app).commands.items():
        inner = getattr(command, "commands", {})
        yield from ((f"{name} {verb}", one) for verb, one in inner.items()) if inner else [(name, command)]


def _describe(words: str, command: Any) -> str:
    help_text = " ".join(line.strip() for line in command.help.splitlines() if line.strip())
    example = command.epilog.removeprefix("Example: ")
    rows = [_describe_parameter(one) for one in command.params if not one.hidden]
    table = "\n| parameter | default | meaning |\n| --- | --- | --- |\n" + "".join(rows) if rows else ""
    return f"## rowledger {words}\n\n{help_text}\n\n    {example}\n{table}"


def _describe_parameter(one: Any) -> str:
    is_argument = one.param_type_name == "argument"
    name = one.name.upper() if is_argument else ", ".join(one.opts)
    default = "" if one.default in (None, "", False) or callable(one.default) else f"`{one.default}`"
    text = re.sub(r"\[/?\w+\]", "", one.help or "").replace("|", "\\|")
    return f"| `{name}` | {'required' if one.required else default} | {text} |\n"


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8")
