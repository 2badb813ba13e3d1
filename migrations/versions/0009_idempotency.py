"""Idempotency keys with the request, its effect and the response of each."""

from migrations.sql import run_file

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_file("0009_idempotency.sql")
