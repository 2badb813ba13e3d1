"""Resumable uploads: a row in the database and a file with the bytes received so far.

`received` counts the bytes that are certainly in the file. The file can be longer if a process died before it
recorded more. A process that writes or uses an upload locks its file; the lock ends with the process.
"""

import datetime
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BufferedRandom
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from psycopg import Cursor
from psycopg.rows import class_row

from application.stale_files import remove_stale_files
from domain.access.access import Access
from domain.errors import Gone, Locked, NotFound

MIN_STRAY_AGE_SECONDS = 3600

_log = logging.getLogger(__name__)

_ADD = """
INSERT INTO uploads (upload_id, workspace, actor, length, metadata, expires_at)
VALUES (%s, %s, %s, %s, %s, now() + make_interval(hours => %s))
RETURNING upload_id AS id, length, received, metadata, created_at, expires_at
"""

_FIND = """
SELECT upload_id AS id, length, received, metadata, created_at, expires_at FROM uploads
WHERE upload_id = %s AND workspace = %s AND actor = %s
"""

_RECORD = """
UPDATE uploads SET received = %s, length = %s, expires_at = now() + make_interval(hours => %s) WHERE upload_id = %s
RETURNING expires_at
"""

_REMOVE = "DELETE FROM uploads WHERE upload_id = %s"

_FIND_EXPIRED = "SELECT upload_id FROM uploads WHERE expires_at < now() ORDER BY expires_at LIMIT 100"

_SELECT_IDS = "SELECT upload_id::text FROM uploads"


@dataclass(frozen=True, slots=True)
class ResumableUpload:
    """An upload in parts. `length` is None while it is unknown; `metadata` is the header as sent."""

    id: UUID
    length: int | None
    received: int
    metadata: str
    created_at: datetime.datetime
    expires_at: datetime.datetime

    @property
    def is_whole(self) -> bool:
        """Whether all bytes were received."""
        return self.length == self.received


def add(
    cursor: "Cursor[Any]", folder: Path, access: Access, length: int | None, metadata: str, hours: int
) -> ResumableUpload:
    """Create an upload with an empty file; it expires `hours` after the last bytes were received."""
    id = uuid4()
    (folder / str(id)).touch()
    rows = cursor.connection.cursor(row_factory=class_row(ResumableUpload))
    owner = (access.workspace, access.principal.name)
    return _require_row(rows.execute(_ADD, [id, *owner, length, metadata, hours]).fetchone())


def find(cursor: "Cursor[Any]", access: Access, id: UUID) -> ResumableUpload:
    """An upload of the principal's own. Raises NotFound, or Gone if it has expired."""
    rows = cursor.connection.cursor(row_factory=class_row(ResumableUpload))
    found = rows.execute(_FIND, [id, access.workspace, access.principal.name]).fetchone()
    if found is None:
        raise NotFound(
            "upload-not-found", f"There is no upload {id}: it was never created, was already used, or has expired"
        )
    if found.expires_at < datetime.datetime.now(datetime.UTC):
        raise Gone(
            "upload-expired", f"The upload {id} expired at {found.expires_at:%Y-%m-%d %H:%M} UTC; start a new upload"
        )
    return found


def record_received(cursor: "Cursor[Any]", upload: ResumableUpload, hours: int) -> ResumableUpload:
    """Store `received` and `length`; the upload expires `hours` from now."""
    row = cursor.execute(_RECORD, [upload.received, upload.length, hours, upload.id]).fetchone()
    return upload if row is None else replace(upload, expires_at=row[0])


def remove(cursor: "Cursor[Any]", folder: Path, id: UUID) -> None:
    """Delete the upload and its file. The caller must hold its lock."""
    cursor.execute(_REMOVE, [id])
    (folder / str(id)).unlink(missing_ok=True)


@contextmanager
def lock_upload(folder: Path, id: UUID) -> Iterator[BufferedRandom]:
    """The file of the upload, locked while the block runs. Raises Locked, or NotFound if there is no file."""
    try:
        file = (folder / str(id)).open("r+b")
    except FileNotFoundError:
        raise NotFound("upload-not-found", f"There is no upload {id}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked("upload-locked", "Another request is using this upload; try again") from None
        yield file


def flush_to_disk(file: BufferedRandom) -> None:
    """Write all buffered bytes to disk."""
    file.flush()
    os.fsync(file.fileno())


def sweep_expired(cursor: "Cursor[Any]", folder: Path) -> int:
    """Delete expired uploads, except those that are locked. Returns their number."""
    return sum(_sweep_one(cursor, folder, id) for (id,) in cursor.execute(_FIND_EXPIRED).fetchall())


def sweep(cursor: "Cursor[Any]", folder: Path) -> int:
    """Delete expired uploads and files without an upload. Returns their number."""
    removed = sweep_expired(cursor, folder)
    known = {folder / id for (id,) in cursor.execute(_SELECT_IDS).fetchall()}
    return removed + remove_stale_files(folder, known, MIN_STRAY_AGE_SECONDS)


def _sweep_one(cursor: "Cursor[Any]", folder: Path, id: UUID) -> bool:
    try:
        with lock_upload(folder, id):
            remove(cursor, folder, id)
    except Locked:
        return False
    except OSError as error:
        _log.error("the expired upload %s could not be removed: %s", id, error)
        return False
    except NotFound:
        remove(cursor, folder, id)
    return True


def _require_row(row: ResumableUpload | None) -> ResumableUpload:
    assert row is not None
    return row
