"""Creating an empty dataset."""

from typing import Any
from uuid import UUID, uuid4

from psycopg import Cursor

from application.commands import slugs
from application.commands.envelope import CommandContext, CommandEnvelope, CommandOutcome
from application.commands.handler import CommandHandler
from domain.dataset.commands import CreateDataset
from domain.schema import Definition


def create_dataset(
    cursor: "Cursor[Any]",
    handler: CommandHandler,
    context: CommandContext,
    definition: Definition,
    *,
    dry_run: bool = False,
) -> tuple[UUID, CommandOutcome]:
    """Create an empty dataset with a slug made from its name. For a dry run the caller rolls the transaction back."""
    dataset_id = uuid4()
    slug = slugs.reserve(cursor, handler.models, context.workspace, definition.name, dataset_id)
    command = CreateDataset(context.workspace, slug, context.actor, definition)
    return dataset_id, handler.execute_one(cursor, CommandEnvelope(dataset_id, command, context, dry_run=dry_run))
