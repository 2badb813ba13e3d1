"""The first look at an upload, before it is accepted: can anything of it be read? Cheap, whatever its size."""

from pathlib import Path

from interfaces.formats.containers.unpacking import detect_container
from interfaces.formats.registry import detect_format


def check_readable(path: Path, filename: str) -> None:
    """Refuse what is no table by its first bytes. What is packed is looked into only when it is read.

    Raises Invalid or UnsupportedFormat.
    """
    if detect_container(path) is None:
        detect_format(path, filename)
