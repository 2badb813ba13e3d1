"""Executes commands for routes, with look-up of the dataset and retries while it is busy."""

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
"""Seconds between retries: a bulk change that was just published still holds its lease for a moment."""

ExecuteCommand = Callable[[Request, CommandEnvelope], Awaitable[CommandOutcome]]


async def execute_command(request: Request, dataset: str, command: Command) -> tuple[UUID, CommandOutcome]:
    """Execute the command with the request's preferences (`dry-run`, `max-affected`).

    Raises the command's refusal, and Busy only while a bulk change runs.
    """
    return await execute_command_with(request, dataset, command, submit_with_retries)


async def execute_command_with(
    request: Request, dataset: str, command: Command, execute: ExecuteCommand
) -> tuple[UUID, CommandOutcome]:
    """As `execute_command`, with `execute`. A dataset's id needs no look-up, because the handler reads the head."""
    if (id := snapshots.parse_dataset_id(dataset)) is None:
        id = await find_dataset_id(request, dataset)
    preferences = parse_preferences(request)
    envelope = replace(
        CommandEnvelope(id, command, command_context(request)),
        dry_run=preferences.dry_run,
        max_affected=preferences.max_affected,
    )
    try:
        return id, await execute(request, envelope)
    except NotFound as error:
        if error.code == "dataset-not-found":
            await find_dataset_id(request, dataset)
        raise


async def submit_with_retries(request: Request, envelope: CommandEnvelope) -> CommandOutcome:
    """The outcome of the command. Raises its refusal, and Busy only while a bulk change runs."""
    for pause in RETRY_PAUSES:
        try:
            return await _submit(request, envelope)
        except Busy:
            await asyncio.sleep(pause)
    return await _submit(request, envelope)


async def find_dataset_id(request: Request, dataset: str) -> UUID:
    """The dataset's id. Raises NotFound or Gone."""
    async with read_connection(request) as opened:
        return (await find_snapshot(request, opened, dataset)).id


def bulk_change_tools(request: Request) -> BulkChangeTools:
    """The dependencies of a bulk change."""
    service: Service = request.app.state.service
    return BulkChangeTools(service.pool.connection, service.handler, service.models)


async def _submit(request: Request, envelope: CommandEnvelope) -> CommandOutcome:
    return await asyncio.wrap_future(request.app.state.bus.submit(envelope))
