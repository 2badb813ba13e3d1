"""Executes a large batch in its own transaction, under the writer lease, so that no other writer waits for it."""

from dataclasses import replace

from application.authorization import read_changeable_dataset
from application.commands import writer_lease
from application.commands.change_by_filter import BulkChangeTools
from application.commands.envelope import CommandEnvelope, CommandOutcome


def execute_under_lease(tools: BulkChangeTools, envelope: CommandEnvelope) -> CommandOutcome:
    """Raises the refusal of the command, or Busy while a bulk change of the dataset is under way."""
    read_changeable_dataset(tools.connect, tools.models, envelope.context.access, envelope.dataset_id)
    with (
        tools.connect() as holder,
        writer_lease.hold_lease(holder, envelope.dataset_id),
        tools.connect() as connection,
        connection.transaction(),
        connection.cursor() as cursor,
    ):
        return tools.handler.execute_one(cursor, replace(envelope, holds_lease=True))
