"""The key of a dataset's writer lease, which the write side and the read side both use."""

from migrations.sql import run_file

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_file("0013_writer_lease.sql")
