"""A batch that takes its time has a transaction of its own, under the writer lease: no other writer waits in line."""

from dataclasses import replace

from application.commands import writer_lease
from application.commands.change_by_filter import BulkChangeTools
from application.commands.envelope import CommandEnvelope, CommandOutcome


def execute_under_lease(tools: BulkChangeTools, wish: CommandEnvelope) -> CommandOutcome:
    """Raises the wish's refusal, or Busy while a bulk change of the dataset is under way."""
    with (
        tools.connect() as holder,
        writer_lease.hold_lease(holder, wish.dataset_id),
        tools.connect() as connection,
        connection.transaction(),
        connection.cursor() as cursor,
    ):
        return tools.handler.carry_out_one(cursor, replace(wish, holds_lease=True))
