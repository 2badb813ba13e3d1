"""Uses a completed resumable upload as the file of a request. It is removed only after the request is accepted."""

import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BufferedRandom
from pathlib import Path
from shutil import copyfile
from uuid import UUID, uuid4

from anyio import to_thread
from psycopg import Error

from application.imports.acceptance import UploadedFile
from application.uploads import resumable_uploads
from application.uploads.resumable_uploads import ResumableUpload
from domain.access.access import Access
from domain.errors import BadRequest, Conflict, Fault, Gone
from interfaces.rest.uploads import tus_headers
from interfaces.services import database
from interfaces.services.wiring import Service

_log = logging.getLogger(__name__)


@asynccontextmanager
async def consume_upload(service: Service, access: Access, name: str) -> AsyncIterator[UploadedFile]:
    """The upload called `name` (its id or URL) as a file of its own, nameless if its metadata do not name it.

    If the block succeeds, the upload is removed; otherwise it stays and the file is removed.
    Raises NotFound, Gone, Conflict `upload-incomplete` or `upload-locked`, or BadRequest.
    """
    id = _parse_upload_id(name)
    await to_thread.run_sync(_find_upload, service, access, id)
    with resumable_uploads.lock_upload(service.settings.resumable, id) as file:
        upload = await to_thread.run_sync(_find_upload, service, access, id)
        if not upload.is_whole:
            whole = "an unknown number of" if upload.length is None else f"{upload.length:,}"
            detail = (
                f"Of the upload {id} {upload.received:,} of {whole} bytes have been received; send the rest first"
            )
            raise Conflict("upload-incomplete", detail)
        path = service.settings.uploads / str(uuid4())
        try:
            digest = await to_thread.run_sync(_link_file, file, upload, service.settings.resumable / str(id), path)
            filename = tus_headers.parse_metadata(upload.metadata).get("filename", "")
            yield UploadedFile(path, filename, upload.received, digest)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        await to_thread.run_sync(_remove_upload, service, id)


def _parse_upload_id(name: str) -> UUID:
    try:
        return UUID(name.rstrip("/").rpartition("/")[2])
    except ValueError:
        detail = f"upload={name[:80]!r} is not the id or URL of an upload"
        raise BadRequest("invalid-upload", detail, (Fault("upload", "invalid-upload", detail),)) from None


def _find_upload(service: Service, access: Access, id: UUID) -> ResumableUpload:
    with database.transaction(service.pool) as cursor:
        return resumable_uploads.find(cursor, access, id)


def _link_file(file: BufferedRandom, upload: ResumableUpload, source: Path, path: Path) -> str:
    """Link or copy the upload to `path` and return its SHA-256. Raises Gone if bytes are missing."""
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    if file.tell() != upload.received:
        raise Gone("upload-lost", f"Bytes of the upload {upload.id} have been lost; upload the file again")
    try:
        path.hardlink_to(source)
    except OSError:
        copyfile(source, path)
    return digest


def _remove_upload(service: Service, id: UUID) -> None:
    """Remove the upload. If that fails, it expires later; the accepted request is not affected."""
    try:
        with database.transaction(service.pool) as cursor:
            resumable_uploads.remove(cursor, service.settings.resumable, id)
    except (Error, OSError):
        _log.warning("the upload %s was used but could not be removed", id, exc_info=True)
