"""The `rowledger` command: its verbs, each with an example."""

import sys

import psycopg
import typer
from rich.console import Console

import migrations
from application.settings import BadSetting, Settings, from_environment
from domain.errors import Refusal
from interfaces import embedded
from interfaces.cli import serving

app = typer.Typer(
    help="Rowledger: upload tables, query and edit them, travel through their history.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

EXPECTED = (BadSetting, Refusal, embedded.EmbeddedServerError, migrations.UnfitServer, psycopg.OperationalError)


def settings() -> Settings:
    return from_environment(embedded.default_folder())


@app.command(epilog="Example: ROWLEDGER_PORT=8080 rowledger serve")
def serve() -> None:
    """Serve the HTTP API, with a worker, until stopped."""
    serving.serve(settings(), errors)


@app.command(epilog="Example: rowledger worker")
def worker() -> None:
    """Work on jobs, beside a service on the same database."""
    serving.work(settings(), errors)


def main() -> None:
    """Run the command line; an expected error is one line, not a traceback."""
    serving.exit_on_sigterm()
    try:
        app()
    except EXPECTED as error:
        errors.print(f"rowledger: {error}", markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
