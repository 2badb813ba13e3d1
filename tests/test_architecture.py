"""Which package may import which. Each rule is also shown to fail on a planted violation."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("domain", "application", "projections", "interfaces", "migrations", "tests/contracts")

LAYERS = "Interfaces know everything, application and projections only the domain"
DOMAIN = "The domain imports the standard library alone"
CIRCLES = "No package takes part in a circle, at any depth"
INSIDE_DOMAIN = "The domain: the dataset knows no queries, and access knows neither"
INSIDE_APPLICATION = "The application: use cases above commands and jobs, these above the log"
INSIDE_PROJECTIONS = "The projections: queries and changes above models, these above indexes and SQL"
INSIDE_INTERFACES = "The interfaces: rest and odata know http, http knows services, services know formats"
FORMATS = "File formats know neither settings nor datasets"
EVENT_STORE = "Few files know the event store library"
FRAMEWORK = "The web framework stays at the edge"

CONTRACTS = (
    LAYERS,
    DOMAIN,
    CIRCLES,
    INSIDE_DOMAIN,
    INSIDE_APPLICATION,
    INSIDE_PROJECTIONS,
    INSIDE_INTERFACES,
    FORMATS,
    EVENT_STORE,
    FRAMEWORK,
)

PLANTED = (
    (DOMAIN, "domain/columns.py", "import orjson"),
    (DOMAIN, "domain/dataset/state.py", "def late() -> None:\n    import a_package_nobody_has_thought_of"),
    (DOMAIN, "domain/query/terms.py", "from migrations import sql"),
    (LAYERS, "domain/schema.py", "from application.log import codec"),
    (LAYERS, "application/jobs/job_store/job_reads.py", "from projections.models import records"),
    (LAYERS, "application/jobs/job_store/job_reads.py", "from interfaces.services import wiring"),
    (LAYERS, "projections/query/pages/page_reader.py", "from application.jobs.job_store import job_reads"),
    (LAYERS, "projections/query/joins.py", "def late() -> None:\n    from interfaces.server import app"),
    (CIRCLES, "domain/query/filter/tokens.py", "from domain.query.filter import parser"),
    (CIRCLES, "interfaces/formats/csv/layout/header.py", "from interfaces.formats.csv import csv_reader"),
    (CIRCLES, "interfaces/rest/jobs/jobs.py", "from interfaces.rest.exports import export_jobs"),
    (INSIDE_DOMAIN, "domain/dataset/state.py", "from domain.query import sort"),
    (INSIDE_DOMAIN, "domain/a_new_package.py", '"""It has no place in the layers yet."""'),
    (INSIDE_APPLICATION, "application/log/chunks.py", "from application.commands import handler"),
    (INSIDE_APPLICATION, "application/exports/export_job.py", "from application.imports import importer"),
    (INSIDE_APPLICATION, "application/a_new_package.py", '"""It has no place in the layers yet."""'),
    (INSIDE_PROJECTIONS, "projections/models/versions.py", "from projections.query import listings"),
    (INSIDE_PROJECTIONS, "projections/a_new_package.py", '"""It has no place in the layers yet."""'),
    (INSIDE_INTERFACES, "interfaces/odata/options.py", "from interfaces.rest.records import records"),
    (INSIDE_INTERFACES, "interfaces/http/problems.py", "from interfaces.odata import error_objects"),
    (INSIDE_INTERFACES, "interfaces/worker/worker_process.py", "from interfaces.http import problems"),
    (INSIDE_INTERFACES, "interfaces/a_new_package.py", '"""It has no place in the layers yet."""'),
    (FORMATS, "interfaces/formats/scratch.py", "from application import settings"),
    (FORMATS, "interfaces/formats/xlsx/xlsx_reader.py", "from domain.dataset import state"),
    (EVENT_STORE, "application/log/codec.py", "from eventsourcing.persistence import StoredEvent"),
    (EVENT_STORE, "interfaces/cli/events.py", "import eventsourcing"),
    (FRAMEWORK, "application/commands/handler.py", "from fastapi import Request"),
    (FRAMEWORK, "interfaces/services/wiring.py", "import starlette.requests"),
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


@pytest.fixture(scope="module")
def violated(copy: Path) -> Iterator[str]:
    """What the linter says of all planted violations at once, white space reduced."""
    before = {path: (copy / path).read_text(encoding="utf-8") for _, path, _ in PLANTED if (copy / path).exists()}
    for _, path, code in PLANTED:
        with (copy / path).open("a", encoding="utf-8") as file:
            file.write(f"\n\n{code}\n")
    found = lint(copy)
    for _, path, _ in PLANTED:
        (copy / path).unlink(missing_ok=True)
    for path, text in before.items():
        (copy / path).write_text(text, encoding="utf-8")
    assert found.returncode == 1, found.stdout + found.stderr
    yield " ".join(found.stdout.split())


@pytest.mark.parametrize(
    ("contract", "path", "code"), PLANTED, ids=[f"{path} {code[-30:]}" for _, path, code in PLANTED]
)
def test_a_planted_violation_breaks_its_contract(violated: str, contract: str, path: str, code: str) -> None:
    assert f"{contract} BROKEN" in violated
    report = violated.partition("Broken contracts")[2]
    section = report.partition(f"{contract} ---")[2]
    for other in CONTRACTS:
        section = section.partition(f"{other} ---")[0] if other != contract else section
    module = path.removesuffix(".py").replace("/", ".")
    named = f"No cycles are allowed in {common_package(module, code)}." if contract == CIRCLES else module
    assert named in section, section


def test_every_contract_has_a_planted_violation() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]
    assert sorted(contracts) == sorted(CONTRACTS) == sorted({contract for contract, _, _ in PLANTED})


def common_package(module: str, code: str) -> str:
    """The innermost package that holds a module and what it imports by `from a.b import c`."""
    _, package, _, name = code.split()
    pairs = zip(module.split("."), f"{package}.{name}".split("."), strict=False)
    return ".".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def lint(place: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    return subprocess.run([*command, "--no-cache"], cwd=place, capture_output=True, text=True)
