"""The body of a request into the file of a resumable upload: what came is kept, also when it is cut off."""

import hashlib
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
"""How much of a long request a process that dies may lose."""

SILENCE_SECONDS = 60.0
"""A client that sends nothing for so long is gone; what it sent is kept, and it may go on."""


async def receive_body(
    request: Request, service: Service, file: BufferedRandom, upload: ResumableUpload, expected: Checksum | None
) -> ResumableUpload:
    """The upload with the request's body added, whose lock the caller holds as `file`.

    A body that is cut off is kept as far as it came, unless it has a checksum: then it is kept whole or not at all.
    Raises Invalid `checksum-mismatch`, TooLarge, or BadRequest if the client falls silent.
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
    """Whether the body came to its end."""
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
        await to_thread.run_sync(receiver.write, bytes(waiting))
        return False
    except TimeoutError:
        await to_thread.run_sync(receiver.write, bytes(waiting))
        detail = f"Nothing came for {SILENCE_SECONDS:g} seconds; ask for the offset and go on from there"
        raise BadRequest("client-silent", detail) from None


class _UploadWriter:
    """Appends to an upload's file and says in the database how far it is."""

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
        """Drop what a process wrote that died before it could say so."""
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
        """Keep what was written, or nothing of it if its checksum is wrong or cannot be known."""
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
    detail = f"The upload is to have {upload.length:,} bytes and has {upload.received:,}; more came than is missing"
    return TooLarge("upload-surplus", detail)
