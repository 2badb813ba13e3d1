"""Alembic's entry point; called through `migrations.upgrade`."""

from alembic import context

from application.tables import metadata as written
from migrations import engine
from projections.models.tables import metadata as read

with engine(context.config.attributes["conninfo"]).connect() as connection:
    context.configure(connection=connection, target_metadata=[written, read], transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
