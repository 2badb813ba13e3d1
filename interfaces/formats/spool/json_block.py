"""Edit blocks of rows for storage: one JSON array per line."""

from collections.abc import Sequence


def remove_lines(data: bytes, places: Sequence[int]) -> bytes:
    """Return `data` without the lines at `places` (from 0, ascending)."""
    lines = data.split(b"\n")
    for place in reversed(places):
        del lines[place]
    return b"\n".join(lines)
