"""The weights of content negotiation (RFC 9110, section 12.4.2)."""

import re

_WEIGHT = re.compile(r";\s*q\s*=\s*([^;,\s]*)", re.IGNORECASE)
_QVALUE = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")


def parse_quality(element: str) -> float:
    """The weight of one element of an `Accept` or `Accept-Encoding` header: 1 without one, 0 if it is malformed."""
    match = _WEIGHT.search(element)
    if match is None:
        return 1.0
    return float(match[1]) if _QVALUE.fullmatch(match[1]) else 0.0
