"""The `rowledger` command with all its verbs."""

import sys

import psycopg
import typer

import migrations
from application.settings import BadSetting, setting_variable
from domain.errors import Refusal
from interfaces.cli import (
    demo,
    events,
    exports,
    imports,
    output,
    projections,
    purge,
    queries,
    server_processes,
    session,
)
from interfaces.services.embedded.account import EmbeddedServerError
from interfaces.services.signals import exit_on_signals

app = typer.Typer(
    help="Rowledger: upload tables, query and edit them, and read any past version.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
error_console = output.message_console()

EXPECTED_ERRORS = (
    BadSetting,
    Refusal,
    session.CliError,
    EmbeddedServerError,
    migrations.UnfitServer,
    psycopg.OperationalError,
)


@app.command(epilog=f"Example: {setting_variable('port')}=8080 rowledger serve")
def serve() -> None:
    """Serve the HTTP API, with a worker, until stopped."""
    server_processes.serve(session.load_settings(), error_console)


@app.command(epilog="Example: rowledger worker")
def worker() -> None:
    """Run jobs, next to a service on the same database."""
    session.load_settings()
    server_processes.run_worker()


for module in (imports, queries, exports, purge, demo):
    app.add_typer(module.app)
app.add_typer(events.app, name="events")
app.add_typer(projections.app, name="projections")


def main() -> None:
    """Run the command line. An expected error is printed as one line, without a traceback."""
    exit_on_signals()
    try:
        app()
    except EXPECTED_ERRORS as error:
        error_console.print(f"rowledger: {error}", markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
