"""What filters calculate with."""

from migrations.sql import run_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_file("0006_filter_functions.sql")
