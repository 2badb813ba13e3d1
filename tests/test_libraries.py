"""The page on libraries gives a reason for every dependency."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_dependency_has_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    dependencies = {re.split(r"[\[<>=~!]", each)[0].strip().lower() for each in project["dependencies"]}
    page = (ROOT / "docs" / "explanation" / "libraries.md").read_text(encoding="utf-8")
    table = page.partition("| --- | --- |\n")[2].partition("\n\n")[0]
    named = {name.strip().lower() for row in table.splitlines() for name in row.split("|")[1].split(",")}
    assert named == dependencies
