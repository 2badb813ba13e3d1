"""schemathesis finds nothing that the OpenAPI document does not say: no status, media type, header or value."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

import httpx
import pytest
from psycopg.conninfo import make_conninfo

from interfaces.server import app
from interfaces.worker.followers import run_followers
from tests.conftest import a_database
from tests.given import import_csv, json_of, open_service, run_worker, serve_http

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
PARKS = (ROOT / "examples" / "national-parks.csv").read_bytes()
SLUGS = ("national-parks", "workbench", "victim-1", "victim-2", "victim-3", "victim-4")
TUS = {"Tus-Resumable": "1.0.0"}


@dataclass(frozen=True)
class Target:
    """A service for a run: its address, and what exists there."""

    address: str
    names: dict[str, str]


@pytest.fixture
def target(server: str, template: str, tmp_path: Path) -> Iterator[Target]:
    """A service of its own, with a worker. Its endless streams end at once."""
    with a_database(server, template) as name:
        conninfo = make_conninfo(server, dbname=name)
        with (
            open_service(conninfo, tmp_path) as service,
            open_service(conninfo, tmp_path) as worker,
            run_worker(worker),
            run_followers(worker),
            serve_http(service, application := app.create_app(service)) as address,
            httpx.Client(base_url=address, timeout=60) as client,
        ):
            application.state.log_watch.close()
            yield Target(address, fill(client))


def fill(client: httpx.Client) -> dict[str, str]:
    for slug in SLUGS:
        import_csv(client, PARKS, name=slug, key="code")
    (imported,) = json_of(client.get("/v1/datasets/national-parks/imports"))["data"]
    exported = client.post("/v1/datasets/national-parks/exports", json={}, headers={"Prefer": "wait=30"})
    upload = client.post("/v1/uploads", headers={**TUS, "Upload-Length": "1000"})
    return {
        "import_id": imported["id"],
        "job_id": imported["job"],
        "export_id": json_of(exported, 202)["job"]["id"],
        "upload_id": upload.headers["location"].rpartition("/")[2],
    }


def run_schemathesis(target: Target, folder: Path, examples: int, *options: str) -> int:
    """The number of requests of a run, in which nothing may be found."""
    config = folder / "schemathesis.toml"
    text = Template((HERE / "schemathesis.toml").read_text(encoding="utf-8"))
    hooks = "tests.interfaces.openapi.schemathesis_hooks"
    config.write_text(text.substitute(target.names, examples=examples, hooks=hooks), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(config), "run"]
    ended = subprocess.run(
        [*command, f"{target.address}/openapi.json", "--checks", "all", *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=1500,
    )
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr
    print(ended.stdout[ended.stdout.index("= SUMMARY") :])
    return sum(int(number) for number in re.findall(r"(\d+) generated", ended.stdout))


def test_the_examples_and_some_random_requests_are_answered_as_described(target: Target, tmp_path: Path) -> None:
    """The short form of the test below, with the same requests each time."""
    assert run_schemathesis(target, tmp_path, 1, "--phases", "examples,fuzzing", "--seed", "1") >= 100


@pytest.mark.torture
def test_every_answer_is_as_described(target: Target, tmp_path: Path) -> None:
    assert run_schemathesis(target, tmp_path, 15) >= 3_000
