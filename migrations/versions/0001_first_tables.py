"""The event store, the fixed read tables and the functions that read values."""

from migrations.sql import run_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_file("0001_first_tables.sql")
    run_file("0001_value_functions.sql")
