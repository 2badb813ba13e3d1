"""Limits of schemas that come from the settings: a schema names the setting, the document has its value."""

from collections.abc import Mapping
from typing import Any

from application.settings import ServiceLimits

KEY = "x-limits"


def limited(**keywords: str) -> dict[str, Any]:
    """Part of a schema: for each keyword, such as `maxItems`, the name of the limit in the settings."""
    return {KEY: keywords}


def apply_limits(value: Any, limits: ServiceLimits) -> Any:
    """`value`, a part of the document, with the values of the limits that its schemas name."""
    match value:
        case Mapping():
            given = {name: getattr(limits, limit) for name, limit in value.get(KEY, {}).items()}
            return {name: apply_limits(item, limits) for name, item in value.items() if name != KEY} | given
        case list():
            return [apply_limits(item, limits) for item in value]
        case _:
            return value
