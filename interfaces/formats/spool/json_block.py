"""Blocks of rows for storage: JSON arrays, one a line."""

from collections.abc import Sequence


def remove_lines(data: bytes, places: Sequence[int]) -> bytes:
    """`data` without the lines at `places`, which ascend."""
    lines = data.split(b"\n")
    for place in reversed(places):
        del lines[place]
    return b"\n".join(lines)
