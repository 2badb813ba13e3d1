"""Appends a request body to the file of a resumable upload; received data is kept even if the request is cut off."""

import hashlib
import logging
from dataclasses import replace
from io import BufferedRandom

import anyio
from anyio import CancelScope, to_thread
from fastapi import Request
from starlette.requests import ClientDisconnect

from application.uploads import resumable_uploads
from application.uploads.resumable_uploads import ResumableUpload
from domain.errors import BadRequest, TooLarge
from interfaces.rest.uploads.tus_headers import Checksum, check_size, checksum_refusal
from interfaces.services import database
from interfaces.services.wiring import Service

WRITE_BYTES = 1 << 20
RECORD_BYTES = 32 << 20
"""Maximum amount of data that a process which dies loses."""

_log = logging.getLogger(__name__)

SILENCE_SECONDS = 60.0
"""A request ends after so long without data. The received data is kept, and the client may continue."""


async def receive_body(
    request: Request, service: Service, file: BufferedRandom, upload: ResumableUpload, expected: Checksum | None
) -> ResumableUpload:
    """Append the request body to the upload. The caller holds the upload's lock, which is `file`.

    If the body is cut off, the received part is kept. A body with a checksum is kept whole or not at all.
    Raises Invalid `checksum-mismatch`, TooLarge, or BadRequest if the client stops sending.
    """
    receiver = _UploadWriter(service, file, upload, expected)
    is_whole = False
    await to_thread.run_sync(receiver.begin)
    try:
        is_whole = await _read_body(request, receiver)
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(receiver.end, is_whole)
    return receiver.upload


async def _read_body(request: Request, receiver: "_UploadWriter") -> bool:
    """Read the body and return whether it was complete. Raises BadRequest if the client stops sending."""
    body, waiting = request.stream(), bytearray()
    try:
        while True:
            with anyio.fail_after(SILENCE_SECONDS):
                piece = await anext(body, None)
            waiting += piece or b""
            if len(waiting) >= WRITE_BYTES or not piece:
                await to_thread.run_sync(receiver.write, bytes(waiting))
                waiting.clear()
            if piece is None:
                return True
    except ClientDisconnect:
        _log.warning("%s: the client disconnected before the end of the piece", request.url.path)
        await to_thread.run_sync(receiver.write, bytes(waiting))
        return False
    except TimeoutError:
        await to_thread.run_sync(receiver.write, bytes(waiting))
        detail = f"No data for {SILENCE_SECONDS:g} seconds; request the offset and continue from there"
        raise BadRequest("client-silent", detail) from None


class _UploadWriter:
    """Appends to an upload's file and records the offset in the database."""

    def __init__(
        self, service: Service, file: BufferedRandom, upload: ResumableUpload, expected: Checksum | None
    ) -> None:
        self.upload = upload
        self._service = service
        self._file = file
        self._expected = expected
        self._digest = hashlib.new(expected.algorithm, usedforsecurity=False) if expected else None
        self._at = upload.received

    def begin(self) -> None:
        """Remove data that was written but not recorded by a process that died."""
        self._file.truncate(self.upload.received)
        self._file.seek(self.upload.received)

    def write(self, data: bytes) -> None:
        if self.upload.length is None:
            check_size(self._at + len(data), self._service.settings.limits.upload_bytes)
        elif self._at + len(data) > self.upload.length:
            raise surplus_refusal(self.upload)
        self._file.write(data)
        self._at += len(data)
        if self._digest is not None:
            self._digest.update(data)
        elif self._at - self.upload.received >= RECORD_BYTES:
            self._record()

    def end(self, is_whole: bool) -> None:
        """Record the written data, or remove it if its checksum is wrong or unknown."""
        if (
            self._expected is None
            or self._digest is None
            or (is_whole and self._digest.digest() == self._expected.digest)
        ):
            self._record()
        else:
            self.begin()
            if is_whole:
                raise checksum_refusal(self._expected)

    def _record(self) -> None:
        resumable_uploads.flush_to_disk(self._file)
        hours = self._service.settings.upload_expiry_hours
        with database.transaction(self._service.pool) as cursor:
            self.upload = resumable_uploads.record_received(cursor, replace(self.upload, received=self._at), hours)


def surplus_refusal(upload: ResumableUpload) -> TooLarge:
    detail = f"The upload has {upload.received:,} of {upload.length:,} bytes; the request contains more than the rest"
    return TooLarge("upload-surplus", detail)
