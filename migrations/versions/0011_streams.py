"""Which chunks events refer to, and a lock for streams that have no head."""

from migrations.sql import run_file

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_file("0011_streams.sql")
