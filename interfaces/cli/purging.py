"""`rowledger purge`: a deleted dataset goes for good."""

from typing import Annotated

import typer

from application import blobs, datasets
from interfaces import database
from interfaces.cli import naming, opening, options, output
from interfaces.cli.opening import Failed
from projections import record_tables
from projections.record_tables import table_of

app = typer.Typer()


@app.command(epilog="Example: rowledger purge old-orders --yes")
def purge(
    dataset: options.Dataset,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: options.Json = False,
) -> None:
    """Remove a deleted dataset's events, files and history for good."""
    with opening.service() as service:
        named = naming.dataset_of(service, dataset, deleted_first=True)
        if named.deleted and not yes and not typer.confirm(f"Remove {dataset} ({named.id}) for good?", err=True):
            raise Failed("nothing was removed")
        with database.transaction(service.pool) as cursor:
            hashes = datasets.purge(cursor, named.id)
            record_tables.drop(cursor, table_of(named.id))
        with database.transaction(service.pool) as cursor:
            blobs.remove_unnamed(cursor, service.blobs, hashes)
    if as_json:
        output.json({"purged": str(named.id)})
    else:
        typer.echo(f"Purged {dataset} ({named.id})")
