"""The tables of the job queue, as procrastinate 3.10 lays them."""

from procrastinate.schema import SchemaManager

from migrations.sql import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run(SchemaManager.get_schema())
