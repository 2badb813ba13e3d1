"""Every setting and every limit is documented with its default, and no other."""

import re
from dataclasses import fields

from application.settings import DEFAULTS, VARIABLES, indexing_variable, limit_variable
from tests.docs.pages import all_pages, names_in, read_page, read_rows

SETTINGS, LIMITS = "docs/reference/settings.md", "docs/reference/limits.md"
FOLDERS = {"data", "blobs_url"}
"""Their defaults depend on the account or on each other."""


def documented(page: str) -> dict[str, str]:
    """The default of each variable or name."""
    return {names_in(name)[0]: default.strip("`") for name, default, _ in read_rows(page)}


def shown(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value) or "none"
    return "none" if value is None else str(value)


def test_every_setting_is_documented_with_its_default() -> None:
    expected = {variable: shown(getattr(DEFAULTS, name)) for name, variable in VARIABLES.items()}
    indexing = fields(DEFAULTS.indexing)
    expected |= {indexing_variable(one.name): shown(getattr(DEFAULTS.indexing, one.name)) for one in indexing}
    found = documented(SETTINGS)
    assert set(found) == set(expected)
    same = {variable for name, variable in VARIABLES.items() if name in FOLDERS}
    assert {name: default for name, default in found.items() if name not in same} == {
        name: default for name, default in expected.items() if name not in same
    }


def test_every_limit_is_documented_with_its_default() -> None:
    expected = {
        limit_variable(one.name).removeprefix(limit_variable("")): shown(getattr(DEFAULTS.limits, one.name))
        for one in fields(DEFAULTS.limits)
    }
    assert documented(LIMITS) == expected


def test_no_page_names_a_setting_that_does_not_exist() -> None:
    known = set(VARIABLES.values())
    known |= {limit_variable(one.name) for one in fields(DEFAULTS.limits)}
    known |= {indexing_variable(one.name) for one in fields(DEFAULTS.indexing)}
    named = {
        name
        for page in all_pages()
        for name in re.findall(r"\b(?:ROWLEDGER_[A-Z_]+[A-Z]|REDIS_URL)\b", read_page(page))
    }
    placeholders = {limit_variable("").removesuffix("_")}
    assert named - known - placeholders == set()


def test_index_settings_in_the_text_have_the_defaults() -> None:
    text = read_page("docs/explanation/indexes.md")
    for variable, number in re.findall(r"`(ROWLEDGER_INDEX_\w+)` \(([\d,]+)\)", text):
        name = variable.removeprefix(indexing_variable("")).lower()
        assert int(number.replace(",", "")) == getattr(DEFAULTS.indexing, name)
