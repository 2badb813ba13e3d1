"""`rowledger purge`: a deleted dataset goes for good."""

from typing import Annotated

import typer

from application.imports import source_files
from application.purge import purge_dataset
from interfaces.cli import dataset_names, options, output, session
from interfaces.cli.session import CliError
from interfaces.services import database

app = typer.Typer()


@app.command(epilog="Example: rowledger purge old-orders --yes")
def purge(
    dataset: options.Dataset,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: options.Json = False,
) -> None:
    """Remove a deleted dataset's events, files and history for good."""
    with session.open_service() as service:
        named = dataset_names.find_dataset(service, dataset, deleted_first=True)
        if named.deleted and not yes and not typer.confirm(f"Remove {dataset} ({named.id}) for good?", err=True):
            raise CliError("nothing was removed")
        with database.transaction(service.pool) as cursor:
            hashes = purge_dataset(cursor, service.models, named.id)
        with database.transaction(service.pool) as cursor:
            source_files.remove_unreferenced(cursor, service.blobs, hashes)
    if as_json:
        output.print_json({"purged": str(named.id)})
    else:
        typer.echo(f"Purged {dataset} ({named.id})")
