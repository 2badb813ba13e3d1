"""The FastAPI application: its routes, and what lives as long as it does."""

import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from fastapi import FastAPI, Request, Response

from domain import exact_json
from interfaces import database, wiring
from interfaces.rest import (
    changes,
    datasets,
    exporting,
    history,
    imports,
    inspect,
    job_streams,
    jobs,
    problems,
    provenance,
    records,
    sources,
    tus,
)
from interfaces.rest.asking import limits_of
from interfaces.rest.job_watch import JobWatch
from interfaces.rest.lean import lean
from interfaces.version import VERSION
from interfaces.wiring import Service
from projections.recent import Recent

READS = 16
EXPORTS = 4
"""Connections for reading; those for exports are apart, for a slow client holds one as long as it likes."""

ROUTED = (
    records,
    changes,
    provenance,
    history,
    exporting,
    imports,
    sources,
    datasets,
    inspect,
    jobs,
    job_streams,
    tus,
)
"""The modules whose routes make up the interface."""

HOT = (records.list_records, records.read_record, changes.update_record)

DESCRIPTION = "An event-sourced backend for tabular data: every change is a version, every version can be read."


def create(service: Service) -> FastAPI:
    """The application on a running service."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        timeout = f"{service.settings.limits.query_seconds}s"
        session = database.session(service.conninfo, statement_timeout=timeout, plan_cache_mode="force_custom_plan")
        reads = database.async_pool(session, READS)
        exports = database.async_pool(service.conninfo, EXPORTS)
        bus = service.command_bus()
        watch = JobWatch(service.conninfo, reads, wiring.WORKSPACE)
        app.state.service, app.state.reads, app.state.exports, app.state.bus = service, reads, exports, bus
        app.state.job_watch, app.state.recent = watch, Recent()
        app.state.ask_limits = limits_of(service.settings)
        async with reads, exports, watch.running():
            yield
        bus.close()

    app = FastAPI(title="Rowledger", version=VERSION, description=DESCRIPTION, lifespan=lifespan)
    problems.install(app)
    app.router.routes.extend(lean([module.router for module in ROUTED], HOT))
    for module in ROUTED:
        app.include_router(module.router)
    app.add_api_route("/status", status, tags=["service"], summary="Whether requests are served")
    app.add_api_route("/v1/limits", limits, tags=["service"], summary="What is refused for being too large")
    return app


async def status(request: Request) -> Response:
    now = datetime.datetime.now(datetime.UTC).isoformat()
    body = {"status": "running", "timestamp": now, "version": VERSION}
    return Response(exact_json.dumps(body), media_type="application/json")


async def limits(request: Request) -> Response:
    service: Service = request.app.state.service
    return Response(exact_json.dumps(asdict(service.settings.limits)), media_type="application/json")
