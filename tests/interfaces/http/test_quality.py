"""Weights of content negotiation."""

import pytest

from interfaces.http.quality import parse_quality


@pytest.mark.parametrize(
    ("element", "quality"),
    [
        ("gzip", 1.0),
        ("gzip;q=0.5", 0.5),
        ("text/csv; header=present ; Q = 0.125", 0.125),
        ("*/*;q=0", 0.0),
        ("*/*;q=1.000", 1.0),
        ("application/json;odata.metadata=full;q=0.9;ext=1", 0.9),
        ("gzip;q=", 0.0),
        ("gzip;q=high", 0.0),
        ("gzip;q=1.1", 0.0),
        ("gzip;q=-1", 0.0),
        ("gzip;q=0.1234", 0.0),
        ("gzip;q=nan", 0.0),
        ("text/plain;quality=0.1", 1.0),
    ],
)
def test_the_weight_of_an_element(element: str, quality: float) -> None:
    assert parse_quality(element) == quality
