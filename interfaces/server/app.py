"""Builds the FastAPI application: routes, middleware, and objects that live as long as it does."""

import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from fastapi import Depends, FastAPI, Request, Response

from application.settings import ServiceLimits
from domain import exact_json
from interfaces.http import problems
from interfaces.http.middleware import cors
from interfaces.http.middleware.access import AccessControl
from interfaces.http.middleware.compression import Compression
from interfaces.http.middleware.fast_routes import FastRoutes, build_fast_routes
from interfaces.http.middleware.head import HeadRequests
from interfaces.http.middleware.idempotency import Idempotency
from interfaces.http.middleware.idempotency_connections import KeyStore
from interfaces.http.middleware.numbers_as_text import NumbersAsText
from interfaces.http.middleware.proxies import TrustedProxies
from interfaces.http.middleware.public_links import PublicLinks
from interfaces.http.middleware.request_checks import RequestChecks
from interfaces.http.middleware.request_sources import RequestSources
from interfaces.http.openapi.answers import NOT_MODIFIED, json_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.reading import etag_response
from interfaces.http.requests import reject_unknown_parameters
from interfaces.odata import error_objects, power_bi, routes
from interfaces.rest.datasets import datasets, indexes, stats, versions
from interfaces.rest.exports import export, export_jobs
from interfaces.rest.feed import audit, events
from interfaces.rest.imports import imports, inspect, sources
from interfaces.rest.jobs import job_streams, jobs
from interfaces.rest.jobs.job_watch import JobWatch
from interfaces.rest.queries import aggregate, join, profile
from interfaces.rest.records import batch, by_key, change_by_filter, changes, provenance, records
from interfaces.rest.uploads import tus
from interfaces.server import api_document, docs_page, recovery
from interfaces.services import database
from interfaces.services.cache.configured import open_page_cache
from interfaces.services.index_usage import IndexUsage
from interfaces.services.log_watch import LogWatch
from interfaces.services.query_limits import query_limits
from interfaces.services.version import VERSION
from interfaces.services.wiring import Service
from projections.query.odata.wide_integers import WideIntegers
from projections.query.snapshot_cache import SnapshotCache

READ_POOL_SIZE = 16
READ_POOL_MIN_SIZE = 4
EXPORT_POOL_SIZE = 4
"""Sizes of the connection pools. READ_POOL_SIZE also applies to the pool for look-ups by key, which uses generic
plans. Exports have their own pool, because a slow client holds a connection for long."""

ROUTE_MODULES = (
    by_key,
    records,
    changes,
    change_by_filter,
    batch,
    provenance,
    versions,
    export,
    indexes,
    aggregate,
    join,
    profile,
    export_jobs,
    imports,
    sources,
    datasets,
    inspect,
    jobs,
    job_streams,
    tus,
    power_bi,
    routes,
    stats,
    audit,
    events,
)
"""The modules with routes, in matching order; by_key comes before records, because a key may be any text."""

FAST_ENDPOINTS = (records.list_records, records.read_record, changes.update_record)

DESCRIPTION = "An event-sourced backend for tabular data: every change is a version, every version can be read."


def create_app(service: Service) -> FastAPI:
    """The application on a running service."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        timeout = f"{service.settings.limits.query_seconds}s"
        session = database.session_conninfo(
            service.conninfo, statement_timeout=timeout, plan_cache_mode="force_custom_plan"
        )
        reads = database.create_async_pool(session, READ_POOL_SIZE, READ_POOL_MIN_SIZE)
        lookups = database.create_async_pool(
            database.session_conninfo(session, plan_cache_mode="force_generic_plan"),
            READ_POOL_SIZE,
            READ_POOL_MIN_SIZE,
        )
        exports = database.create_async_pool(service.conninfo, EXPORT_POOL_SIZE)
        bus = service.command_bus()
        keys = KeyStore(service.conninfo)
        watch = JobWatch(service.conninfo, reads, service.jobs.describe)
        app.state.service, app.state.reads, app.state.exports, app.state.bus = service, reads, exports, bus
        app.state.lookups = lookups
        index_usage = IndexUsage(lambda: database.transaction(service.pool), service.settings.indexing.records)
        app.state.log_watch = log_watch = LogWatch(service.conninfo, reads)
        app.state.job_watch, app.state.keys, app.state.snapshot_cache = watch, keys, SnapshotCache()
        app.state.query_limits, app.state.wide_integers = query_limits(service.settings), WideIntegers()
        app.state.index_usage = index_usage
        async with (
            reads,
            lookups,
            exports,
            keys.running(),
            watch.running(),
            log_watch.running(),
            index_usage.running(),
            open_page_cache(service.settings) as app.state.page_cache,
        ):
            yield
        bus.close()

    app = FastAPI(
        title="Rowledger",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url=None,
        default_response_class=Response,
        generate_unique_id_function=api_document.operation_id,
    )
    problems.install(app, {"/odata": error_objects.error_response})
    fast_routes = build_fast_routes([module.router for module in ROUTE_MODULES], FAST_ENDPOINTS)
    app.add_middleware(FastRoutes, routes=fast_routes)
    app.add_middleware(Idempotency, recover=recovery.recover_response)
    for around in (NumbersAsText, Compression, HeadRequests, AccessControl):
        app.add_middleware(around)
    app.add_middleware(RequestChecks, sources=RequestSources(service.settings))
    proxies = TrustedProxies.of(service.settings.trusted_proxies)
    app.add_middleware(PublicLinks, public_url=service.settings.public_url, proxies=proxies)
    cors.install(app, service.settings.cors_origins)
    for module in ROUTE_MODULES:
        app.include_router(module.router)
    app.add_api_route("/status", status, include_in_schema=False)
    app.add_api_route(
        "/v1/limits",
        read_limits,
        tags=["service"],
        summary="The limits of requests, files and queries",
        openapi_extra=describe(json_answer(ServiceLimits, "The limits"), NOT_MODIFIED),
        dependencies=[Depends(reject_unknown_parameters)],
    )
    api_document.install(app, service.settings.limits)
    docs_page.install(app)
    return app


async def status(request: Request) -> Response:
    """Report that requests are served. It is public, so it is not in the API description of private routes."""
    now = datetime.datetime.now(datetime.UTC).isoformat()
    body = {"status": "running", "timestamp": now, "version": VERSION}
    return Response(exact_json.dumps(body), 200, {"Cache-Control": "no-store"}, "application/json")


async def read_limits(request: Request) -> Response:
    service: Service = request.app.state.service
    return etag_response(request, exact_json.dumps(asdict(service.settings.limits)))
