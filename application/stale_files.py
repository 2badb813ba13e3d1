"""Removes old files from a folder, each by itself: a file that cannot be removed keeps no other."""

import logging
import time
from collections.abc import Collection
from pathlib import Path

_log = logging.getLogger(__name__)


def remove_stale_files(folder: Path, kept: Collection[Path], older_than: float) -> int:
    """Remove the files in `folder` that are not `kept` and have not changed for `older_than` seconds.

    Returns their number. A file that cannot be removed is logged.
    """
    changed_before = time.time() - older_than
    return sum(_remove_if_stale(path, changed_before) for path in folder.iterdir() if path not in kept)


def _remove_if_stale(path: Path, changed_before: float) -> bool:
    try:
        if not path.is_file() or path.stat().st_mtime >= changed_before:
            return False
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        _log.error("the stale file %s could not be removed: %s", path, error)
        return False
    return True
