"""What docs/explanation/adding-things.md says mypy names is what mypy names."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("domain", "application", "projections", "interfaces", "migrations")
PAGE = (ROOT / "docs" / "explanation" / "adding-things.md").read_text(encoding="utf-8")

FROZEN = "@dataclass(frozen=True, slots=True)\nclass"

PLANTED = {
    "event": (
        "domain/dataset/events.py",
        "\nEvent = (\n",
        f"\n{FROZEN} DatasetArchived:\n    reason: str\n",
        "DatasetArchived | ",
    ),
    "command": (
        "domain/dataset/commands.py",
        "\nSimpleCommand = (\n",
        f"\n{FROZEN} ArchiveDataset:\n    reason: str\n",
        "ArchiveDataset | ",
    ),
    "format": (
        "application/exports/export_options.py",
        '    PARQUET = "parquet"\n',
        "",
        '    AVRO = "avro"\n',
    ),
}
"""The file, the line, what comes before that line, and after it."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code in a place where it may be changed."""
    place = tmp_path_factory.mktemp("exhaustive")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


@pytest.mark.torture
@pytest.mark.parametrize("what", PLANTED)
def test_mypy_names_the_places_that_the_page_lists(copy: Path, what: str) -> None:
    path, line, before, after = PLANTED[what]
    file = copy / path
    text = file.read_text(encoding="utf-8")
    assert text.count(line) == 1
    file.write_text(text.replace(line, before + line + after), encoding="utf-8")
    try:
        found = run_mypy(copy)
    finally:
        file.write_text(text, encoding="utf-8")
    (listed,) = re.findall(rf"^```text {what}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert Counter(found) == Counter(listed.splitlines())


def run_mypy(place: Path) -> list[str]:
    """The errors, without their line numbers."""
    packages = [part for package in PACKAGES for part in ("-p", package)]
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(place / "cache"), *packages]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True)
    lines = [re.sub(r":\d+:", ":", line) for line in done.stdout.splitlines()]
    return [line for line in lines if ": error: " in line]
