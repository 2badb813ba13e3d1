"""Local copies of source files, which the readers of file formats need."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from application.imports.source_files import Blobs
from interfaces.formats.scratch import scratch_folder


@contextmanager
def copy_source(blobs: Blobs, scratch: Path, sha256: str) -> Iterator[Path]:
    """A copy below `scratch`, removed when the block ends. Raises BlobNotFound."""
    with scratch_folder(scratch) as folder:
        path = folder / "source"
        with path.open("wb") as file:
            for piece in blobs.stream(sha256):
                file.write(piece)
        yield path
