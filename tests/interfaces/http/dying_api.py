"""An API process, started by `python -m`, that kills itself with SIGKILL before it can store a response."""

import os
import signal
from pathlib import Path
from typing import NoReturn

import uvicorn

from application.settings import from_environment
from interfaces.http.middleware.idempotency_connections import KeyStore
from interfaces.server import app
from interfaces.server.uvicorn_server import StreamClosingServer
from interfaces.services import wiring


async def die(*_: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def main() -> None:
    setattr(KeyStore, "complete", die)  # noqa: B010
    settings = from_environment(Path())
    with wiring.open_service(settings) as service:
        application = app.create_app(service)
        config = uvicorn.Config(application, settings.host, settings.port, log_level="error")
        StreamClosingServer(config, application).run()


if __name__ == "__main__":
    main()
