"""Imports into existing datasets: the outcome of each, and rejects that can be corrected."""

from migrations.sql import run_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_file("0005_import_modes.sql")
