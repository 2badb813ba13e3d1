"""Followers of the log: their positions and failures; the audit read model."""

from migrations.sql import run_file

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run_file("0012_followers.sql")
