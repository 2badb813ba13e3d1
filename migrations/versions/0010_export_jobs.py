"""Jobs whose progress is measured in rows: exports."""

from migrations.sql import run_file

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_file("0010_export_jobs.sql")
