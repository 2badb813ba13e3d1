"""`rowledger export`: a dataset as a file of any format, streamed, so that its size does not matter."""

import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TransferSpeedColumn

from application.exports import export_options
from application.exports.export_options import ExportOptions, Format
from interfaces.cli import options, output, session
from interfaces.cli.session import Connection, Failed
from interfaces.http.reading import chosen
from interfaces.services.exports import export_stream
from projections.query.compiled import Asked, ask
from projections.query.exports import Selection

app = typer.Typer()

Write = Callable[[bytes], object]

PIECE = 1 << 20


@app.command(epilog="Example: rowledger export orders --as-of 3 --sort name --output orders.csv")
def export(
    dataset: options.Dataset,
    filter: options.Filter = "",
    sort: options.Sort = "",
    search: options.Search = "",
    as_of: options.AsOf = None,
    fields: options.Fields = None,
    format: Annotated[Format, typer.Option("--format", help="The file's format.")] = Format.CSV,
    delimiter: Annotated[str, typer.Option(help="csv: the character between cells: , ; | : or a tab.")] = ",",
    bom: Annotated[bool, typer.Option("--bom", help="csv: begin with a byte order mark, for Excel.")] = False,
    formula_guard: Annotated[
        bool, typer.Option("--formula-guard", help="csv: an apostrophe before what looks like a formula.")
    ] = False,
    original_format: Annotated[
        bool, typer.Option("--original-format", help="csv: values as the source file wrote them.")
    ] = False,
    output_file: Annotated[
        Path | None, typer.Option("--output", help="Write to this file. [dim]Default: stdout.[/dim]")
    ] = None,
) -> None:
    """Write a dataset as CSV, XLSX, JSON, NDJSON, Parquet or Data Package, as of any version."""
    given = {"delimiter": delimiter, "bom": bom, "formula_guard": formula_guard, "original_format": original_format}
    chosen_options = export_options.parse({"format": format, **given})

    async def copy(reading: Connection) -> None:
        snapshot = await session.find(reading, dataset, as_of)
        question = ask(snapshot.definition, Asked(filter, sort, search), session.limits())
        selection = Selection(snapshot, question, chosen(snapshot.definition, fields))
        export_stream.must_fit(selection.columns, format)
        with _writing(output_file) as write:
            async with aclosing(_pieces(reading, selection, chosen_options)) as pieces:
                async for piece in pieces:
                    write(piece)

    session.read(copy)


async def _pieces(reading: Connection, selection: Selection, options: ExportOptions) -> AsyncGenerator[bytes]:
    if not export_stream.SHAPES[options.format].whole:
        async with aclosing(export_stream.streamed(reading, selection, options)) as blocks:
            async for block, _ in blocks:
                yield block
        return
    async with export_stream.whole(reading, selection, options, session.settings().scratch) as path:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


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
