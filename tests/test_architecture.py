"""Which package may import which. Each rule is also shown to fail on a planted violation."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("domain", "application", "projections", "interfaces")

PLANTED = (
    ("domain/columns.py", "import orjson"),
    ("domain/schema.py", "from application.log import codec"),
    ("domain/dataset/decider.py", "import psycopg"),
    ("application/jobs/job_store.py", "from projections.models import records"),
    ("application/jobs/job_store.py", "from interfaces.services import wiring"),
    ("projections/query/pages/page_reader.py", "from application.jobs import job_store"),
    ("projections/query/pages/page_reader.py", "def late() -> None:\n    from interfaces.server import app"),
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code into which violations can be planted."""
    place = tmp_path_factory.mktemp("architecture")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


def test_the_import_rule_holds(copy: Path) -> None:
    found = lint(copy)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("path", "code"), PLANTED, ids=[f"{path} {code[-20:]}" for path, code in PLANTED])
def test_a_planted_violation_is_found(copy: Path, path: str, code: str) -> None:
    file = copy / path
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{before}\n\n{code}\n", encoding="utf-8")
    try:
        found = lint(copy)
    finally:
        file.write_text(before, encoding="utf-8")
    assert found.returncode == 1 and "BROKEN" in found.stdout, found.stdout + found.stderr


def lint(place: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    return subprocess.run([*command, "--no-cache"], cwd=place, capture_output=True, text=True)
