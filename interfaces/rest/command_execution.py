"""How a route has a command carried out."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from fastapi import Request

from application.commands.change_by_filter import BulkChangeTools
from application.commands.envelope import CommandEnvelope, CommandOutcome
from domain.dataset.commands import Command
from domain.errors import Busy, NotFound
from interfaces.http.reading import find_snapshot, read_connection
from interfaces.http.requests import command_context, parse_preferences
from interfaces.services.wiring import Service
from projections.query import snapshots

RETRY_PAUSES = (0.01, 0.03, 0.1)
"""Seconds between tries: a bulk change that has just been published still holds its lease for a moment."""

ExecuteCommand = Callable[[Request, CommandEnvelope], Awaitable[CommandOutcome]]


async def execute_command(request: Request, dataset: str, command: Command) -> tuple[UUID, CommandOutcome]:
    """Have the command carried out as the request prefers: as a dry run, or touching no more than a number.

    Raises its refusal, Busy only if a bulk change goes on.
    """
    return await execute_command_with(request, dataset, command, submit_with_retries)


async def execute_command_with(
    request: Request, dataset: str, command: Command, by: ExecuteCommand
) -> tuple[UUID, CommandOutcome]:
    """The same in a way of its own. By id a dataset needs no look-up, for the handler reads the head itself."""
    if (id := snapshots.parse_dataset_id(dataset)) is None:
        id = await find_dataset_id(request, dataset)
    wishes = parse_preferences(request)
    wish = replace(CommandEnvelope(id, command, command_context(request)), dry_run=wishes.dry_run, most=wishes.most)
    try:
        return id, await by(request, wish)
    except NotFound as error:
        if error.code == "dataset-not-found":
            await find_dataset_id(request, dataset)
        raise


async def submit_with_retries(request: Request, wish: CommandEnvelope) -> CommandOutcome:
    """What became of the wish. Raises its refusal, Busy only if a bulk change goes on."""
    for pause in RETRY_PAUSES:
        try:
            return await _submit(request, wish)
        except Busy:
            await asyncio.sleep(pause)
    return await _submit(request, wish)


async def find_dataset_id(request: Request, dataset: str) -> UUID:
    """The dataset's id. Raises NotFound or Gone, saying why."""
    async with read_connection(request) as opened:
        return (await find_snapshot(request, opened, dataset)).id


def bulk_change_tools(request: Request) -> BulkChangeTools:
    """What a change that takes its time is carried out with."""
    service: Service = request.app.state.service
    return BulkChangeTools(service.pool.connection, service.handler, service.models)


async def _submit(request: Request, wish: CommandEnvelope) -> CommandOutcome:
    return await asyncio.wrap_future(request.app.state.bus.submit(wish))
