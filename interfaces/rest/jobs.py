"""`/v1/jobs/{id}`: how far a job is and how it ended."""

import asyncio
import time
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from domain import exact_json
from domain.errors import NotFound
from interfaces import wiring
from interfaces.rest import shapes
from interfaces.rest.reading import connection
from interfaces.rest.requests import only_known_parameters

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
router.dependencies.append(Depends(only_known_parameters))

ENDED = ("succeeded", "failed", "cancelled")
MOST_WAIT = 600.0
PAUSES = (0.02, 0.05, 0.1, 0.2)

_JOB = "SELECT * FROM jobs WHERE job_id = %s AND workspace = %s"


@router.get("/{id}", summary="A job's state, progress, result or error")
async def read_job(request: Request, id: Annotated[UUID, Path(description="the job")]) -> Response:
    async with connection(request) as opened:
        row = await _job(opened, id)
    return Response(exact_json.dumps(row), 200, media_type="application/json")


async def ended(request: Request, id: UUID, wait: float) -> dict[str, Any]:
    """The job once it has ended, or as it is after `wait` seconds."""
    until = time.monotonic() + min(wait, MOST_WAIT)
    tries = 0
    while True:
        async with connection(request) as opened:
            row = await _job(opened, id)
        if row["state"] in ENDED or time.monotonic() >= until:
            return row
        await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
        tries += 1


async def _job(opened: "AsyncConnection[Any]", id: UUID) -> dict[str, Any]:
    cursor = opened.cursor(row_factory=dict_row)
    row = await (await cursor.execute(_JOB, [id, wiring.WORKSPACE])).fetchone()
    if row is None:
        raise NotFound("job-not-found", f"There is no job {id}")
    return shapes.job(row)
