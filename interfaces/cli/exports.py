"""`rowledger export`: streams a dataset to a file or to stdout in any export format."""

import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TransferSpeedColumn

from application.exports import export_options
from application.exports.export_options import ExportFormat, ExportOptions
from interfaces.cli import options, output, session
from interfaces.cli.session import CliError, Connection
from interfaces.http.reading import select_columns
from interfaces.services.exports import export_stream
from projections.query.compiled import QuerySpec, compile_query
from projections.query.exports.export_rows import ExportSelection

app = typer.Typer()

Write = Callable[[bytes], object]

PIECE_BYTES = 1 << 20


@app.command(epilog="Example: rowledger export orders --as-of 3 --sort name --output orders.csv")
def export(
    dataset: options.Dataset,
    filter: options.Filter = "",
    sort: options.Sort = "",
    search: options.Search = "",
    as_of: options.AsOf = None,
    fields: options.Fields = None,
    format: Annotated[ExportFormat, typer.Option("--format", help="The file's format.")] = ExportFormat.CSV,
    delimiter: Annotated[str, typer.Option(help="csv: the character between cells: , ; | : or a tab.")] = ",",
    bom: Annotated[bool, typer.Option("--bom", help="csv: begin with a byte order mark, for Excel.")] = False,
    formula_guard: Annotated[
        bool, typer.Option("--formula-guard", help="csv: put an apostrophe before text that looks like a formula.")
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
    chosen_options = export_options.parse_export_options({"format": format, **given})

    async def copy(reading: Connection) -> None:
        snapshot = await session.find_snapshot(reading, dataset, as_of)
        query = compile_query(snapshot.definition, QuerySpec(filter, sort, search), session.load_query_limits())
        selection = ExportSelection(snapshot, query, select_columns(snapshot.definition, fields))
        export_stream.check_columns_fit(selection.columns, format)
        with _open_target(output_file) as write:
            async with aclosing(_read_pieces(reading, selection, chosen_options)) as pieces:
                async for piece in pieces:
                    write(piece)

    session.run_read(copy)


async def _read_pieces(
    reading: Connection, selection: ExportSelection, options: ExportOptions
) -> AsyncGenerator[bytes]:
    if not export_stream.FILE_TYPES[options.format].whole:
        async with aclosing(export_stream.stream_export(reading, selection, options)) as blocks:
            async for block, _ in blocks:
                yield block
        return
    async with export_stream.write_whole_file(reading, selection, options, session.load_settings().scratch) as path:
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece


@contextmanager
def _open_target(file: Path | None) -> Iterator[Write]:
    """A function that writes pieces to stdout, or to a file that gets its name only when it is complete."""
    if file is None:
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as target, _progress_bar() as advance:
            yield lambda piece: advance(target.write(piece))
        part.replace(file)
    except OSError as error:
        raise CliError(f"{file}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _progress_bar() -> Iterator[Callable[[int], None]]:
    console = output.message_console()
    columns = (SpinnerColumn(), TextColumn("Exporting"), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Exporting", total=None)
        yield lambda size: progress.advance(task, size)
