"""`rowledger events`: the log as it is, one line an event."""

import time
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from application.log import codec
from domain.dataset.events import RecordedDatasetEvent, summarize
from interfaces.cli import dataset_names, options, output, session
from interfaces.services.wiring import Service

POLL_SECONDS = 0.5
DEFAULT_TAIL_LENGTH = 10
"""So many positions back `tail` begins if it is not told where."""

app = typer.Typer(help="Look at the log of events.", no_args_is_help=True)


@app.command(epilog="Example: rowledger events show orders")
def show(dataset: options.Dataset, as_json: options.Json = False) -> None:
    """Show a dataset's events, oldest first; of a deleted dataset too."""
    with session.open_service() as service:
        _print_events(service.store.stream(dataset_names.find_dataset(service, dataset).id), as_json)


@app.command(epilog="Example: rowledger events tail --after 1000 --json")
def tail(
    after: Annotated[
        int | None, typer.Option(min=0, help="Begin behind this position. [dim]Default: the last few.[/dim]")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Follow the events of all datasets until Ctrl-C."""
    with session.open_service() as service:
        begin = max(0, service.store.head() - DEFAULT_TAIL_LENGTH) if after is None else after
        try:
            _print_events(_follow(service, begin), as_json)
        except KeyboardInterrupt:
            return


def _follow(service: Service, after: int) -> Iterator[RecordedDatasetEvent]:
    while True:
        page = service.store.log(after)
        yield from page
        if page:
            after = page[-1].position
        else:
            time.sleep(POLL_SECONDS)


def _print_events(events: Iterable[RecordedDatasetEvent], as_json: bool) -> None:
    for recorded in events:
        if as_json:
            output.print_json(_as_json(recorded))
        else:
            typer.echo(_format_line(recorded))


def _format_line(recorded: RecordedDatasetEvent) -> str:
    """Position, dataset, version, type, time, actor and what it came to."""
    counts = summarize(recorded.event)
    numbers = (("added", counts.added), ("changed", counts.changed), ("removed", counts.removed))
    what = ", ".join(f"{number:,} {name}" for name, number in numbers if number)
    name = codec.stored_name(recorded.event)
    at, actor = output.format_cell(recorded.metadata.at), output.format_cell(recorded.metadata.actor)
    place = f"{recorded.position:>6}  {recorded.stream_id}  {recorded.version:>4}"
    return f"{place}  {name:<15}  {at}  {actor}  {what}".rstrip()


def _as_json(recorded: RecordedDatasetEvent) -> dict[str, object]:
    counts = summarize(recorded.event)
    return {
        "position": recorded.position,
        "dataset": str(recorded.stream_id),
        "version": recorded.version,
        "type": codec.stored_name(recorded.event),
        "at": recorded.metadata.at.isoformat(),
        "actor": recorded.metadata.actor,
        "summary": {"added": counts.added, "changed": counts.changed, "removed": counts.removed},
        "data": codec.to_json(recorded.event),
    }
