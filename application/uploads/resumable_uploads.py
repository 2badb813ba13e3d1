"""Resumable uploads: what is known of them is in the database, their bytes in a file each.

`received` counts the bytes that are in the file for good; a file may be longer where a process died before it could
say so. Whoever writes or uses an upload holds a lock of its file, which ends with the process that has it.
"""

import datetime
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BufferedRandom
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from psycopg import Cursor
from psycopg.rows import class_row

from domain.errors import Gone, Locked, NotFound

MIN_STRAY_AGE_SECONDS = 3600

_ADD = """
INSERT INTO uploads (upload_id, workspace, actor, length, metadata, expires_at)
VALUES (%s, %s, %s, %s, %s, now() + make_interval(hours => %s))
RETURNING upload_id AS id, length, received, metadata, created_at, expires_at
"""

_FIND = """
SELECT upload_id AS id, length, received, metadata, created_at, expires_at FROM uploads
WHERE upload_id = %s AND workspace = %s
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
    """An upload that may come in parts. `length` None: not said yet; `metadata`: the header as given."""

    id: UUID
    length: int | None
    received: int
    metadata: str
    created_at: datetime.datetime
    expires_at: datetime.datetime

    @property
    def is_whole(self) -> bool:
        return self.length == self.received


def add(
    cursor: "Cursor[Any]", folder: Path, workspace: str, actor: str, length: int | None, metadata: str, hours: int
) -> ResumableUpload:
    """A new upload with an empty file, kept for `hours` after its last byte came."""
    id = uuid4()
    (folder / str(id)).touch()
    rows = cursor.connection.cursor(row_factory=class_row(ResumableUpload))
    return _require_row(rows.execute(_ADD, [id, workspace, actor, length, metadata, hours]).fetchone())


def find(cursor: "Cursor[Any]", workspace: str, id: UUID) -> ResumableUpload:
    """Raises NotFound, or Gone once it has expired."""
    rows = cursor.connection.cursor(row_factory=class_row(ResumableUpload))
    found = rows.execute(_FIND, [id, workspace]).fetchone()
    if found is None:
        raise NotFound("upload-not-found", f"There is no upload {id}: it was never begun, was used, or has expired")
    if found.expires_at < datetime.datetime.now(datetime.UTC):
        raise Gone("upload-expired", f"The upload {id} expired at {found.expires_at:%Y-%m-%d %H:%M} UTC; begin anew")
    return found


def record_received(cursor: "Cursor[Any]", upload: ResumableUpload, hours: int) -> ResumableUpload:
    """Say how much has been received, and the length; the upload is kept for `hours` from now."""
    row = cursor.execute(_RECORD, [upload.received, upload.length, hours, upload.id]).fetchone()
    return upload if row is None else replace(upload, expires_at=row[0])


def remove(cursor: "Cursor[Any]", folder: Path, id: UUID) -> None:
    """Forget the upload and remove its file; the caller holds its lock."""
    cursor.execute(_REMOVE, [id])
    (folder / str(id)).unlink(missing_ok=True)


@contextmanager
def lock_upload(folder: Path, id: UUID) -> Iterator[BufferedRandom]:
    """The upload's file, for this caller alone while the block runs. Raises Locked, or NotFound without the file."""
    try:
        file = (folder / str(id)).open("r+b")
    except FileNotFoundError:
        raise NotFound("upload-not-found", f"There is no upload {id}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked("upload-locked", "Another request writes or uses this upload just now; try again") from None
        yield file


def flush_to_disk(file: BufferedRandom) -> None:
    """Have what was written lie on disk."""
    file.flush()
    os.fsync(file.fileno())


def sweep_expired(cursor: "Cursor[Any]", folder: Path) -> int:
    """Remove uploads that have expired, unless one is being written. Returns how many there were."""
    return sum(_sweep_one(cursor, folder, id) for (id,) in cursor.execute(_FIND_EXPIRED).fetchall())


def sweep(cursor: "Cursor[Any]", folder: Path) -> int:
    """Remove what has expired, and files that no upload is known of. Returns how many there were."""
    removed = sweep_expired(cursor, folder)
    known = {id for (id,) in cursor.execute(_SELECT_IDS).fetchall()}
    for path in folder.iterdir():
        if path.name not in known and path.stat().st_mtime < time.time() - MIN_STRAY_AGE_SECONDS:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _sweep_one(cursor: "Cursor[Any]", folder: Path, id: UUID) -> bool:
    try:
        with lock_upload(folder, id):
            remove(cursor, folder, id)
    except Locked:
        return False
    except NotFound:
        remove(cursor, folder, id)
    return True


def _require_row(row: ResumableUpload | None) -> ResumableUpload:
    assert row is not None
    return row
