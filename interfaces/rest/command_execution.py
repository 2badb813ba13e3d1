"""How a route has a command carried out."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from fastapi import Request

from application.commands.change_by_filter import Tools
from application.commands.handler import Outcome, Wish
from domain.dataset.commands import Command
from domain.errors import Busy, NotFound
from interfaces.http.reading import connection, find
from interfaces.http.requests import context, preferences
from interfaces.services.wiring import Service
from projections.query import snapshots

PAUSES = (0.01, 0.03, 0.1)
"""Seconds between tries: a bulk change that has just been published still holds its lease for a moment."""

CarryOut = Callable[[Request, Wish], Awaitable[Outcome]]


async def carry_out(request: Request, dataset: str, command: Command) -> tuple[UUID, Outcome]:
    """Have the command carried out as the request prefers: as a dry run, or touching no more than a number.

    Raises its refusal, Busy only if a bulk change goes on.
    """
    return await carry_out_by(request, dataset, command, carried_out)


async def carry_out_by(request: Request, dataset: str, command: Command, by: CarryOut) -> tuple[UUID, Outcome]:
    """The same in a way of its own. By id a dataset needs no look-up, for the handler reads the head itself."""
    if (id := snapshots.id_of(dataset)) is None:
        id = await look_up(request, dataset)
    wishes = preferences(request)
    wish = replace(Wish(id, command, context(request)), dry_run=wishes.dry_run, most=wishes.most)
    try:
        return id, await by(request, wish)
    except NotFound as error:
        if error.code == "dataset-not-found":
            await look_up(request, dataset)
        raise


async def carried_out(request: Request, wish: Wish) -> Outcome:
    """What became of the wish. Raises its refusal, Busy only if a bulk change goes on."""
    for pause in PAUSES:
        try:
            return await _submitted(request, wish)
        except Busy:
            await asyncio.sleep(pause)
    return await _submitted(request, wish)


async def look_up(request: Request, dataset: str) -> UUID:
    """The dataset's id. Raises NotFound or Gone, saying why."""
    async with connection(request) as opened:
        return (await find(request, opened, dataset)).id


def tools(request: Request) -> Tools:
    """What a change that takes its time is carried out with."""
    service: Service = request.app.state.service
    return Tools(service.pool.connection, service.handler, service.models)


async def _submitted(request: Request, wish: Wish) -> Outcome:
    return await asyncio.wrap_future(request.app.state.bus.submit(wish))
