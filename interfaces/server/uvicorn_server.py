"""Runs uvicorn so that open streams end before it waits for connections to close.

Otherwise a client that watches a job would delay the shutdown until its job ends.
"""

import gc
import socket

import uvicorn
from fastapi import FastAPI

from interfaces.server.http_protocol import ProblemProtocol

KEEP_ALIVE_SECONDS = 75
"""How long an idle connection stays open. A short time would close pooled connections just as clients reuse them."""


def server_config(app: FastAPI, host: str, port: int, log_level: str) -> uvicorn.Config:
    """The configuration of uvicorn. What proxies report is read by the application, see `PublicLinks`."""
    return uvicorn.Config(
        app,
        host,
        port,
        log_level=log_level,
        http=ProblemProtocol,
        access_log=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=10,
    )


def freeze_startup_objects() -> None:
    """Exclude the objects of a started service from garbage collection: each collection would take tens of ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


class StreamClosingServer(uvicorn.Server):
    """Serves one application whose streams `app.state.job_watch` and `app.state.log_watch` feed."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.job_watch.close()
        self._app.state.log_watch.close()
        await super().shutdown(sockets)
