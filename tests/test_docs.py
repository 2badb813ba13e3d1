"""The documents match the code: the tour, the feature map, the settings."""

import re
from pathlib import Path

import typer.main
from fastapi import FastAPI
from starlette.routing import WebSocketRoute

from interfaces.cli.main import app as command_line
from interfaces.rest.jobs import job_streams
from interfaces.server.app import ROUTE_MODULES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BUILT_IN = {"GET /status", "GET /v1/limits"}


def routes() -> set[str]:
    app = FastAPI()
    for module in ROUTE_MODULES:
        app.include_router(module.router)
    paths = app.openapi()["paths"]
    sockets = {f"WS {route.path}" for route in job_streams.router.routes if isinstance(route, WebSocketRoute)}
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods} | sockets | BUILT_IN


def commands() -> set[str]:
    group = typer.main.get_group(command_line)
    found = set()
    for name, command in group.commands.items():
        below = getattr(command, "commands", {})
        found |= {f"rowledger {name} {verb}" for verb in below} or {f"rowledger {name}"}
    return found


def test_the_feature_map_names_every_route_and_no_other() -> None:
    named = set(re.findall(r"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|WS) /[\w/{}.$@()-]*", README))
    assert named == routes()


def test_the_feature_map_names_every_command_and_no_other() -> None:
    table = README.partition("## Feature map")[2].partition("## Filters")[0]
    named = {" ".join(words.split()[:3]) for words in re.findall(r"`(rowledger [a-z ]+)", table)}
    assert named == commands()


def test_the_tour_is_what_the_demo_prints() -> None:
    tour = (ROOT / "examples" / "tour.txt").read_text(encoding="utf-8").strip()
    assert tour in README


def test_every_file_the_architecture_names_is_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:domain|application|projections|interfaces|tests)/[\w/]+(?:\.py|/))`", text)
    assert paths and [path for path in paths if not (ROOT / path).exists()] == []
