"""`rowledger export`: a dataset as CSV, streamed, so that its size does not matter."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TransferSpeedColumn

from domain.errors import BadRequest
from interfaces.cli import opening, options, output
from interfaces.cli.opening import Connection, Failed
from interfaces.rest.exporting import DELIMITERS
from interfaces.rest.reading import chosen
from projections import exports
from projections.questions import Asked, ask

app = typer.Typer()

Write = Callable[[bytes], object]


@app.command(epilog="Example: rowledger export orders --as-of 3 --sort name --output orders.csv")
def export(
    dataset: options.Dataset,
    filter: options.Filter = "",
    sort: options.Sort = "",
    as_of: options.AsOf = None,
    fields: options.Fields = None,
    delimiter: Annotated[str, typer.Option(help="The character between cells: , ; | : or a tab.")] = ",",
    bom: Annotated[bool, typer.Option("--bom", help="Begin with a byte order mark, for Excel.")] = False,
    output_file: Annotated[
        Path | None, typer.Option("--output", help="Write to this file. [dim]Default: stdout.[/dim]")
    ] = None,
) -> None:
    """Write a dataset as CSV, as of any version."""
    if len(delimiter) != 1 or delimiter not in DELIMITERS:
        raise BadRequest("invalid-delimiter", f"delimiter={delimiter[:20]!r} is none of , ; | : or a tab")

    async def copy(reading: Connection) -> None:
        snapshot = await opening.find(reading, dataset, as_of)
        question = ask(snapshot.definition, Asked(filter, sort), opening.limits())
        columns = chosen(snapshot.definition, fields)
        with _writing(output_file) as write:
            async for piece in exports.csv(reading, snapshot, question, columns, delimiter, bom):
                write(piece)

    opening.read(copy)


@contextmanager
def _writing(file: Path | None) -> Iterator[Write]:
    """Where the pieces go: to stdout as they come, or to a file that is there only once it is whole."""
    if file is None:
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as target, _bar() as advance:
            yield lambda piece: advance(target.write(piece))
        part.replace(file)
    except OSError as error:
        raise Failed(f"{file}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _bar() -> Iterator[Callable[[int], None]]:
    console = output.messages()
    columns = (SpinnerColumn(), TextColumn("Exporting"), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Exporting", total=None)
        yield lambda size: progress.advance(task, size)
