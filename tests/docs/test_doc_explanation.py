"""The explanations name the places in the code."""

import re

from tests.docs.pages import ROOT, read_page


def test_the_page_on_job_kinds_names_every_place_that_decides_by_kind() -> None:
    page = read_page("docs/explanation/adding-a-job-kind.md")
    named = set(re.findall(r'([\w/]+\.py): error: Argument 1 to "assert_never"', page))
    modules = (path for package in ("application", "interfaces") for path in (ROOT / package).rglob("*.py"))
    deciding = {
        path.relative_to(ROOT).as_posix()
        for path in modules
        if re.search(r"case JobKindName\.", path.read_text(encoding="utf-8"))
    }
    assert named == deciding
