"""The schema of the options of an import accepts what an import accepts, and nothing else."""

from typing import Any

import httpx
import pytest
from jsonschema_rs import Draft202012Validator

from application.imports import import_options
from domain.errors import Invalid

GOOD: list[dict[str, Any]] = [
    {},
    {"delimiter": ";", "quote": "", "escape": "\\", "comment": "#", "decimal": ","},
    {"encoding": "windows-1252", "header": True, "skip_rows": 3, "null_values": ["-", ""]},
    {"header": 0, "sheet": "Q1", "date_format": "DD.MM.YYYY", "on_error": "abort", "error_cells": "reject"},
    {"header": 100, "skip_rows": 0, "sheet": 1},
    {"columns": {"zip": "string", "day": {"type": "date", "format": "DD/MM/YYYY"}}},
    {"columns": ["sku", {"name": "price", "type": "decimal"}, {"name": "n"}]},
    dict.fromkeys(import_options.OPTION_NAMES),
]
BAD: list[dict[str, Any]] = [
    {"unknown": 1},
    {"delimiter": ""},
    {"delimiter": "ab"},
    {"quote": "ab"},
    {"decimal": "x"},
    {"encoding": 5},
    {"header": "yes"},
    {"header": -1},
    {"header": 101},
    {"skip_rows": -1},
    {"skip_rows": True},
    {"sheet": ""},
    {"sheet": 0},
    {"null_values": "NA"},
    {"null_values": [1]},
    {"on_error": "ignore"},
    {"error_cells": "text"},
    {"columns": "sku"},
    {"columns": {"sku": "text"}},
    {"columns": {"sku": {"type": "date", "unknown": 1}}},
    {"columns": {"sku": {"format": "DD"}}},
    {"columns": [{"type": "string"}]},
    {"columns": [{"name": "a", "format": "DD"}]},
    {"columns": [1]},
]


@pytest.fixture(scope="module")
def schema(client: httpx.Client) -> Draft202012Validator:
    components = client.get("/openapi.json").json()["components"]
    return Draft202012Validator({"$ref": "#/components/schemas/FileOptions", "components": components})


@pytest.mark.parametrize("options", GOOD, ids=str)
def test_good_options(schema: Draft202012Validator, options: dict[str, Any]) -> None:
    import_options.parse_import_options(options)
    assert list(schema.iter_errors(options)) == []


@pytest.mark.parametrize("options", BAD, ids=str)
def test_bad_options(schema: Draft202012Validator, options: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        import_options.parse_import_options(options)
    assert not schema.is_valid(options)


def test_every_option_has_a_kind(schema: Draft202012Validator) -> None:
    for name in import_options.OPTION_NAMES:
        assert schema.is_valid({name: None})
        assert not schema.is_valid({name: [[]]}), f"{name} takes anything: add its kind to option_schema.py"
