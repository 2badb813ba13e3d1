"""The feature map names every route and every command, and no other."""

import re

import typer.main
from fastapi import FastAPI
from starlette.routing import WebSocketRoute

from interfaces.cli.main import app as command_line
from interfaces.odata.routes import ROOTS, ROUTES
from interfaces.rest.jobs import job_streams
from interfaces.server.app import ROUTE_MODULES
from tests.docs.pages import read_page

FEATURES = read_page("docs/reference/features.md")
BUILT_IN = {"GET /status", "GET /v1/limits"}


def routes() -> set[str]:
    app = FastAPI()
    for module in ROUTE_MODULES:
        app.include_router(module.router)
    paths = app.openapi()["paths"]
    odata = {f"GET {root}{path}" for root in ROOTS for path, _ in ROUTES}
    sockets = {f"WS {route.path}" for route in job_streams.router.routes if isinstance(route, WebSocketRoute)}
    return (
        {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
        | odata
        | sockets
        | BUILT_IN
    )


def commands() -> set[str]:
    group = typer.main.get_group(command_line)
    found = set()
    for name, command in group.commands.items():
        below = getattr(command, "commands", {})
        found |= {f"rowledger {name} {verb}" for verb in below} or {f"rowledger {name}"}
    return found


def test_the_feature_map_names_every_route_and_no_other() -> None:
    named = set(re.findall(r"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|WS) /[\w/{}.$@()-]*", FEATURES))
    assert named == routes()


def test_the_feature_map_names_every_command_and_no_other() -> None:
    named = {" ".join(words.split()[:3]) for words in re.findall(r"`(rowledger [a-z ]+)", FEATURES)}
    assert named == commands()
