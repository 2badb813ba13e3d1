"""Jobs that change a dataset run in the order in which they were accepted."""

from migrations.sql import run_file

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run_file("0015_job_order.sql")
