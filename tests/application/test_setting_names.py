"""Settings are defined in one module: nothing else writes their names, and limits have one default."""

import ast
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from application.settings import (
    DEFAULTS,
    VARIABLES,
    IndexingSettings,
    ServiceLimits,
    Settings,
    indexing_variable,
    limit_variable,
    read_settings,
    setting_variable,
)
from domain.query.filter.token_cursor import FilterLimits
from domain.query.search import SearchLimits
from interfaces.formats.source import SourceLimits
from projections.query.compiled import QueryLimits
from tests.limits import QUERY_LIMITS, SOURCE_LIMITS

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "application", "projections", "interfaces", "migrations")
DEFINITIONS = ROOT / "application" / "settings.py"


def sources() -> Iterator[tuple[Path, str]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if path != DEFINITIONS:
                yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def test_no_other_module_writes_the_name_of_a_setting() -> None:
    names = re.compile("ROWLEDGER_|" + "|".join(VARIABLES.values()))
    assert [(str(path), match[0]) for path, text in sources() for match in names.finditer(text)] == []


def test_every_named_limit_and_setting_exists() -> None:
    known = {
        "limit_setting": {one.name for one in fields(ServiceLimits)},
        "limit_variable": {one.name for one in fields(ServiceLimits)},
        "setting_variable": set(VARIABLES),
        "indexing_variable": {one.name for one in fields(IndexingSettings)},
    }
    calls = [
        (node.func.id, argument.value)
        for _, text in sources()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known
        for argument in node.args
        if isinstance(argument, ast.Constant)
    ]
    assert calls and [(function, name) for function, name in calls if name not in known[function]] == []


def test_every_setting_has_a_variable() -> None:
    groups = {"limits", "indexing"}
    assert {one.name for one in fields(Settings)} == set(VARIABLES) | groups


def test_every_variable_is_read() -> None:
    numbers = {setting_variable(name) for name in ("port", "workers", "retention_days", "upload_expiry_hours")}
    numbers |= {setting_variable("cache_bytes")}
    numbers |= {limit_variable(one.name) for one in fields(ServiceLimits)}
    numbers |= {indexing_variable(one.name) for one in fields(IndexingSettings)}
    read = read_settings(dict.fromkeys(numbers, "7"), Path("/data"))
    assert read.limits == ServiceLimits(**{one.name: 7 for one in fields(ServiceLimits)})
    assert read.indexing == IndexingSettings(7, 7, 7, 7)
    assert (read.port, read.workers, read.retention_days, read.upload_expiry_hours, read.cache_bytes) == (7,) * 5


def test_without_variables_the_defaults_apply() -> None:
    assert read_settings({}, DEFAULTS.data).limits == ServiceLimits()


@pytest.mark.parametrize("limits", [FilterLimits, SearchLimits, SourceLimits, QueryLimits])
def test_only_the_settings_have_defaults_of_limits(limits: type) -> None:
    assert [
        one.name for one in fields(limits) if one.default is not MISSING or one.default_factory is not MISSING
    ] == []


def test_each_limit_reaches_what_it_limits() -> None:
    limits = ServiceLimits()
    assert (QUERY_LIMITS.filter.length, QUERY_LIMITS.filter.depth) == (limits.filter_length, limits.filter_depth)
    assert (QUERY_LIMITS.filter.terms, QUERY_LIMITS.filter.choices) == (limits.filter_terms, limits.filter_choices)
    assert (QUERY_LIMITS.search.length, QUERY_LIMITS.search.terms) == (limits.search_length, limits.search_terms)
    assert QUERY_LIMITS.sort_columns == limits.sort_columns
    assert all(getattr(SOURCE_LIMITS, one.name) == getattr(limits, one.name) for one in fields(SourceLimits))
