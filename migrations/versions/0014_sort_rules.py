"""The values by which text is sorted for people: without case and accents, and with numbers by their size."""

from migrations.sql import run_file

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run_file("0014_sort_rules.sql")
