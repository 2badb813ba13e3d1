"""Other tus clients upload complete files, however often they are interrupted."""

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from interfaces.services.wiring import Service
from tests.clients.node import NODE, install_packages
from tests.clients.proxy import run_breaking_proxy
from tests.given import Dataset, json_of, unique

CLIENTS = Path(__file__).parents[3] / "clients"
CHUNK = 2_000_000

Command = Callable[..., list[str]]


@pytest.fixture(scope="session")
def tus_js() -> Path:
    """The folder that tus-js-client is installed in, once for each lock of it and user of the machine."""
    return install_packages(CLIENTS)


@pytest.fixture(params=["tuspy", "tuspy with checksums", "tus-js-client"])
def command(request: pytest.FixtureRequest) -> Command:
    """The command line of a client, given endpoint, file and perhaps the URL to resume."""
    if request.param == "tus-js-client":
        request.getfixturevalue("tus_js")
        return lambda *words: [str(NODE), str(CLIENTS / "tus_js_upload.cjs"), *words[:2], str(CHUNK), *words[2:]]
    checksum = "checksum" if "checksums" in request.param else "none"
    script = str(CLIENTS / "tuspy_upload.py")
    return lambda *words: [sys.executable, script, *words[:2], str(CHUNK), checksum, *words[2:]]


@contextmanager
def started(command: list[str], tus_js: Path) -> Iterator["subprocess.Popen[str]"]:
    environment = os.environ | {"NODE_PATH": str(tus_js / "node_modules")}
    process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Some 12 MB of CSV that no other test has."""
    path = tmp_path / "rows.csv"
    mark = unique("n")
    lines = (f'{n},"name {n}",{n % 977}.50,{n * 7919 % 1_000_003}\n' for n in range(400_000))
    path.write_text(f"id,name,price,{mark}\n" + "".join(lines))
    return path


def test_the_lock_names_no_registry() -> None:
    assert "http" not in (CLIENTS / "package-lock.json").read_text(encoding="utf-8")


def test_a_file_arrives_complete_over_connections_that_break(
    client: httpx.Client, service: Service, command: Command, tus_js: Path, file: Path
) -> None:
    chance = random.Random(20240131)
    cuts = [chance.randrange(200_000, 1_900_000) for _ in range(5)]
    address = urlsplit(str(client.base_url))
    with run_breaking_proxy(str(address.hostname), address.port or 0, cuts) as port:
        words = command(f"http://127.0.0.1:{port}/v1/uploads", str(file))
        with started(words, tus_js) as process:
            output, errors = process.communicate(timeout=90)
            assert process.returncode == 0, errors
    assert cuts == [], "every cut was made"
    _arrived(client, service, output.split()[0], file)


def test_a_client_that_was_killed_resumes_its_upload(
    client: httpx.Client, service: Service, command: Command, tus_js: Path, file: Path
) -> None:
    endpoint = f"{str(client.base_url).rstrip('/')}/v1/uploads"
    with started(command(endpoint, str(file)), tus_js) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, process.communicate()[1]
        _until_begun(service, url)
    with started(command(endpoint, str(file), url), tus_js) as process:
        _, errors = process.communicate(timeout=90)
        assert process.returncode == 0, errors
    _arrived(client, service, url, file)


def _until_begun(service: Service, url: str) -> None:
    until = time.monotonic() + 30
    while (service.settings.resumable / url.rpartition("/")[2]).stat().st_size < CHUNK // 2:
        assert time.monotonic() < until, "nothing came"
        time.sleep(0.002)


def _arrived(client: httpx.Client, service: Service, url: str, file: Path) -> None:
    """The upload is the file, and is imported as what it is."""
    name = url.rpartition("/")[2]
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    received = (service.settings.resumable / name).read_bytes()
    assert hashlib.sha256(received).hexdigest() == digest
    answer = client.post("/v1/datasets", json={"upload": url}, headers={"Prefer": "wait=60"})
    body = json_of(answer, 202)
    assert body["job"]["state"] == "succeeded", body
    dataset = Dataset(client, body["dataset"]["id"])
    assert dataset.get_json()["records"] == 400_000
    (run,) = dataset.get_json("/imports")["data"]
    assert run["source"]["sha256"] == digest and run["source"]["filename"].startswith("from tus")
