"""How a route has a command carried out."""

import asyncio

from fastapi import Request

from application.handle import Outcome, Wish
from domain.errors import Busy

PAUSES = (0.01, 0.03, 0.1)
"""Seconds between tries: a bulk change that has just been published still holds its lease for a moment."""


async def carried_out(request: Request, wish: Wish) -> Outcome:
    """What became of the wish. Raises its refusal, Busy only if a bulk change goes on."""
    for pause in PAUSES:
        try:
            return await _submitted(request, wish)
        except Busy:
            await asyncio.sleep(pause)
    return await _submitted(request, wish)


async def _submitted(request: Request, wish: Wish) -> Outcome:
    return await asyncio.wrap_future(request.app.state.bus.submit(wish))
