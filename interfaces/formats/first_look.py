"""The first look at an upload, before it is accepted: can anything of it be read? Cheap, whatever its size."""

from pathlib import Path

from interfaces.formats.containers.unpacking import container_of
from interfaces.formats.registry import told


def first_look(path: Path, filename: str) -> None:
    """Refuse what is no table by its first bytes. What is packed is looked into only when it is read.

    Raises Invalid or UnsupportedFormat.
    """
    if container_of(path) is None:
        told(path, filename)
