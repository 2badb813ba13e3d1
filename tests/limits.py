"""The default limits of the service, as parsers and readers of files take them."""

from dataclasses import replace

from application.settings import DEFAULTS
from interfaces.formats.source import SourceLimits
from interfaces.services.query_limits import query_limits
from interfaces.services.wiring import file_limits

QUERY_LIMITS = query_limits(DEFAULTS)
SOURCE_LIMITS = file_limits(DEFAULTS)


def source_limits(**changes: int) -> SourceLimits:
    """The default limits with `changes`."""
    return replace(SOURCE_LIMITS, **changes)
