"""Scratch folders: each belongs to the process that holds its lock, so what a dead one left can be removed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_folder(below: Path) -> Iterator[Path]:
    """A folder of its own, removed when the block ends; first those go whose process has died."""
    with _exclusive_lock(below):
        _remove_stale_folders(below)
        folder = Path(tempfile.mkdtemp(dir=below))
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _exclusive_lock(below: Path) -> Iterator[None]:
    """One process at a time: a folder that was made a moment ago is not locked yet."""
    lock = os.open(below, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _remove_stale_folders(below: Path) -> None:
    for folder in below.iterdir():
        if folder.is_dir():
            _remove_if_stale(folder)


def _remove_if_stale(folder: Path) -> None:
    try:
        lock = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)
