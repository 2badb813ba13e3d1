"""The first steps are executed as they are written, with bash and curl, on a running service."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, read_page
from tests.given import open_service, run_worker, serve_http

STEPS = re.findall(r"```console\n\$ ([^\n]*)\n(.*?)\n?```", read_page("docs/tutorial/first-steps.md"), re.DOTALL)
ADDRESS = "localhost:8000"

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")


def mask(output: str) -> str:
    """The output with the ids and times of the page."""
    output = _UUID.sub("00000000-0000-4000-8000-000000000000", output)
    return _TIME.sub("2026-01-31T12:00:00.000000+00:00", output).rstrip("\n")


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_first_steps_work_as_they_are_written(database: str, tmp_path: Path) -> None:
    assert len(STEPS) > 10
    with (
        open_service(database, tmp_path) as service,
        open_service(database, tmp_path) as worker,
        run_worker(worker),
        serve_http(service) as address,
    ):
        host = address.removeprefix("http://")
        for command, expected in STEPS:
            script = command.replace(ADDRESS, host)
            done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
            assert (done.returncode, mask(done.stdout.replace(host, ADDRESS))) == (0, expected), done.stderr
