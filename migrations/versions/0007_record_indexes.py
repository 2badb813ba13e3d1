"""Indexes that follow the queries: which are wanted, which were built, how much they are used."""

from migrations.sql import run_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_file("0007_record_indexes.sql")
