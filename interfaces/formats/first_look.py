"""Check an upload before it is accepted: is its format supported? Reads only the first bytes, and lists of files."""

from pathlib import Path

from interfaces.formats.containers.unpacking import detect_container
from interfaces.formats.containers.zip_member import is_data_package
from interfaces.formats.registry import detect_format


def check_readable(path: Path, filename: str) -> None:
    """Refuse a file whose first bytes show that it is not a table. Compressed files are checked when they are read.

    Raises Invalid or UnsupportedFormat.
    """
    if detect_container(path) is None and not is_data_package(path):
        detect_format(path, filename)
