"""Serve minimal routes as a baseline for pages over HTTP: JSON built by PostgreSQL, `SELECT 1`, and no query at all.

`python -m benchmarks.bare PORT CONNINFO TABLE` serves `/page`, `/one` and `/nothing`.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from psycopg.sql import SQL, Identifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interfaces.services import database

_PAGE = SQL("""
SELECT json_agg(values)::text FROM (SELECT values FROM {} WHERE id > %s ORDER BY id LIMIT 50) AS page
""")


def create_app(conninfo: str, table: str) -> Starlette:
    pool = database.create_async_pool(conninfo, 16)
    query = _PAGE.format(Identifier("records", table)).as_bytes()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with pool:
            yield

    async def respond_with(statement: bytes, parameters: list[object]) -> Response:
        async with pool.connection() as connection:
            row = await (await connection.execute(statement, parameters)).fetchone()
        return Response(str(row and row[0]), media_type="application/json")

    async def page(request: Request) -> Response:
        return await respond_with(query, [1000])

    async def one(request: Request) -> Response:
        return await respond_with(b"SELECT 1", [])

    async def nothing(request: Request) -> Response:
        return Response("{}", media_type="application/json")

    routes = [Route("/page", page), Route("/one", one), Route("/nothing", nothing)]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(create_app(sys.argv[2], sys.argv[3]), port=int(sys.argv[1]), log_level="warning")
