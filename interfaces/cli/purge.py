"""`rowledger purge`: permanently removes a deleted dataset."""

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
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    as_json: options.Json = False,
) -> None:
    """Permanently remove a deleted dataset's events, files and history."""
    with session.open_service() as service:
        match = dataset_names.find_dataset(service, dataset, deleted_first=True)
        if match.deleted and not yes and not typer.confirm(f"Permanently remove {dataset} ({match.id})?", err=True):
            raise CliError("nothing was removed")
        with database.transaction(service.pool) as cursor:
            hashes = purge_dataset(cursor, service.models, match.id)
        with database.transaction(service.pool) as cursor:
            source_files.remove_unreferenced(cursor, service.models, service.blobs, hashes)
    if as_json:
        output.print_json({"purged": str(match.id)})
    else:
        typer.echo(f"Purged {dataset} ({match.id})")
