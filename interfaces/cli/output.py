"""Prints results: tables for people, JSON for programs. Results go to stdout, everything else to stderr."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain import exact_json
from domain.columns import Value

_CONTROL_PICTURES = (
    {code: 0x2400 + code for code in range(32)} | {127: 0x2421} | dict.fromkeys(range(128, 160), 0xFFFD)
)
"""Visible replacements of control characters: a cell must neither break the table nor control the terminal."""


def message_console() -> Console:
    """The console for progress and messages, on stderr."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: object) -> None:
    """Print a JSON value on one line."""
    typer.echo(exact_json.dumps(value))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table cut to the terminal's width. If stdout is no terminal, cells are complete and without colour."""
    values = [list(row) for row in rows]
    cells = [[format_cell(value) for value in row] for row in values]
    numeric = [all(_is_number(row[at]) for row in values) for at in range(len(columns))]
    console = Console(highlight=False)
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, is_number in zip(columns, numeric, strict=True):
        shown.add_column(
            Text(replace_control_characters(name)), justify="right" if is_number else "left", no_wrap=True
        )
    for row in cells:
        shown.add_row(*[Text(text) for text in row])
    if not console.is_terminal:
        console.width = max(80, _table_width(columns, cells))
    with console.capture() as captured:
        console.print(shown)
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())


def format_cell(value: object) -> str:
    """A value as text for a table cell. Null is empty; a string is shown without quotes."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return f"{value.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%SZ}"
    if isinstance(value, str | UUID):
        return replace_control_characters(str(value))
    return exact_json.dumps(value)


def replace_control_characters(text: str) -> str:
    return text.translate(_CONTROL_PICTURES)


def parse_record(text: str) -> tuple[int, int, Mapping[str, Value]]:
    """A record's id, version and values, parsed from its JSON."""
    found = exact_json.loads(text)
    return found["id"], found["version"], found["values"]


def format_count(count: int, what: str) -> str:
    """`1 record`, `2 records`."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | Decimal) and not isinstance(value, bool))


def _table_width(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> int:
    widths = [max(cell_len(row[at]) for row in [columns, *cells]) for at in range(len(columns))]
    return sum(widths) + 2 * len(widths)
