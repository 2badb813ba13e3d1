"""`rowledger events`: prints the event log, one line per event."""

import time
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from application.log.codec import EventCodec, to_json
from domain.dataset.aggregate import DATASET
from domain.dataset.events import Summary, summarize
from domain.recorded_event import RecordedEvent
from interfaces.cli import dataset_names, options, output, session
from interfaces.services.wiring import Service

POLL_SECONDS = 0.5
DEFAULT_TAIL_LENGTH = 10
"""Number of recent positions that `tail` begins with by default."""

app = typer.Typer(help="Show the event log.", no_args_is_help=True)


@app.command(epilog="Example: rowledger events show orders")
def show(dataset: options.Dataset, as_json: options.Json = False) -> None:
    """Show a dataset's events, oldest first. Works for deleted datasets too."""
    with session.open_service() as service:
        events = service.store.stream(dataset_names.find_dataset(service, dataset).id)
        _print_events(service.store.codec, events, as_json)


@app.command(epilog="Example: rowledger events tail --after 1000 --json")
def tail(
    after: Annotated[
        int | None, typer.Option(min=0, help="Begin after this position. [dim]Default: the last few events.[/dim]")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Follow the events of all datasets until Ctrl-C."""
    with session.open_service() as service:
        begin = max(0, service.store.head() - DEFAULT_TAIL_LENGTH) if after is None else after
        try:
            _print_events(service.store.codec, _follow(service, begin), as_json)
        except KeyboardInterrupt:
            return


def _follow(service: Service, after: int) -> Iterator[RecordedEvent[object]]:
    while True:
        page = service.store.log(after)
        yield from page
        if page:
            after = page[-1].position
        else:
            time.sleep(POLL_SECONDS)


def _print_events(codec: EventCodec, events: Iterable[RecordedEvent[object]], as_json: bool) -> None:
    for recorded in events:
        if as_json:
            output.print_json(_as_json(codec, recorded))
        else:
            typer.echo(_format_line(codec, recorded))


def _format_line(codec: EventCodec, recorded: RecordedEvent[object]) -> str:
    """One line: position, dataset, version, type, time, actor and number of changed records."""
    counts = _summarize(recorded.event)
    numbers = (("added", counts.added), ("changed", counts.changed), ("removed", counts.removed))
    what = ", ".join(f"{number:,} {name}" for name, number in numbers if number)
    name = codec.stored_name(recorded.event)
    at, actor = output.format_cell(recorded.metadata.at), output.format_cell(recorded.metadata.actor)
    place = f"{recorded.position:>6}  {recorded.stream_id}  {recorded.version:>4}"
    return f"{place}  {name:<15}  {at}  {actor}  {what}".rstrip()


def _as_json(codec: EventCodec, recorded: RecordedEvent[object]) -> dict[str, object]:
    counts = _summarize(recorded.event)
    return {
        "position": recorded.position,
        "dataset": str(recorded.stream_id),
        "version": recorded.version,
        "type": codec.stored_name(recorded.event),
        "at": recorded.metadata.at.isoformat(),
        "actor": recorded.metadata.actor,
        "summary": {"added": counts.added, "changed": counts.changed, "removed": counts.removed},
        "data": to_json(recorded.event),
    }


def _summarize(event: object) -> Summary:
    """Only events of datasets change records."""
    return summarize(event) if DATASET.owns(event) else Summary()
