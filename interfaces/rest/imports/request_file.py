"""Receives the file of a request: from its body, a form field, or a completed resumable upload."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from anyio import to_thread
from fastapi import Query, Request

from application.imports.acceptance import UploadedFile
from application.settings import limit_setting
from domain import exact_json
from domain.errors import BadRequest, Fault, Invalid, TooLarge
from interfaces.http.request_access import access_of
from interfaces.rest.imports.option_schema import EXAMPLE, IMPORT_OPTIONS
from interfaces.rest.uploads import completed_upload
from interfaces.rest.uploads.multipart_forms import MultipartForm, receive_form
from interfaces.services.wiring import Service

MAX_REFERENCE_BYTES = 65_536
UPLOAD_FIELDS = frozenset(("upload", "filename", "options"))

FileOptions = Annotated[
    str | None,
    Query(
        description="with a raw file: options as JSON",
        examples=[exact_json.dumps(EXAMPLE)],
        json_schema_extra={"contentMediaType": "application/json", "contentSchema": IMPORT_OPTIONS},
    ),
]
FileName = Annotated[str | None, Query(description="with a raw file: its name")]
AllowDuplicates = Annotated[
    str | None, Query(pattern="^allow$", description="`allow`: accept a file that was already imported")
]
UploadReference = Annotated[
    str | None, Query(description="a completed resumable upload (id or URL) instead of a body")
]


@dataclass(frozen=True, slots=True)
class FileParameters:
    """The parameters of a file, from the query string or from form fields."""

    name: str | None = None
    key: str | None = None
    options: str | None = None
    filename: str | None = None
    duplicates_allowed: bool = False
    description: str = ""
    upload: str | None = None
    """A completed resumable upload (id or URL) instead of a file in the request."""


def parse_upload_reference(body: Mapping[str, Any], duplicates_allowed: bool) -> FileParameters:
    """Parse a JSON body that refers to a resumable upload: `{"upload", "name", "key": […], "options": {…}, …}`."""
    faults = [
        Fault(f"/{name}", "type-error", f"{name} must be a string")
        for name in ("upload", "name", "description", "filename")
        if not isinstance(body.get(name, ""), str)
    ]
    if faults:
        raise Invalid("invalid-form", faults[0].detail, tuple(faults))
    key, options = (exact_json.dumps(body[name]) if name in body else None for name in ("key", "options"))
    return FileParameters(
        name=body.get("name"),
        key=key,
        options=options,
        filename=body.get("filename"),
        duplicates_allowed=duplicates_allowed,
        description=body.get("description", ""),
        upload=body["upload"],
    )


def check_no_body(request: Request) -> None:
    """Check that a request with a resumable upload has no body. Raises BadRequest."""
    if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
        raise BadRequest("upload-and-file", "The request has a body and upload=; send only one of them")


@asynccontextmanager
async def receive_file_or_reference(
    request: Request, media_type: str, given: FileParameters, service: Service
) -> AsyncIterator[tuple[UploadedFile, FileParameters]]:
    """As `receive_file`; a small JSON body may refer to a resumable upload instead."""
    async with receive_file(request, media_type, given, service) as (upload, parameters):
        body = None
        if media_type == "application/json" and upload.size <= MAX_REFERENCE_BYTES:
            body = await to_thread.run_sync(_read_upload_reference, upload.path)
        if body is None:
            yield upload, parameters
            return
        upload.path.unlink()
    async with receive_file(request, "", parse_upload_reference(body, given.duplicates_allowed), service) as found:
        yield found


@asynccontextmanager
async def receive_file(
    request: Request, media_type: str, given: FileParameters, service: Service
) -> AsyncIterator[tuple[UploadedFile, FileParameters]]:
    """The file on disk and its parameters. If the block fails, the file is removed."""
    if given.upload is not None:
        async with completed_upload.consume_upload(service, access_of(request), given.upload) as upload:
            filename = given.filename or upload.filename or given.name or "upload"
            yield replace(upload, filename=filename[:255]), given
        return
    path = service.settings.uploads / str(uuid4())
    receiver = _HashingFileWriter(path, service.settings.limits.upload_bytes)
    try:
        try:
            if media_type == "multipart/form-data":
                parameters = _merge_parameters(await receive_form(request, receiver), given)
            else:
                async for piece in request.stream():
                    receiver.write(piece)
                parameters = given
        finally:
            receiver.close()
        filename = parameters.filename or f"{parameters.name or 'upload'}"
        yield UploadedFile(path, filename[:255], receiver.size, receiver.digest.hexdigest()), parameters
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _read_upload_reference(path: Path) -> dict[str, Any] | None:
    """The JSON body that refers to a resumable upload, or None if the file is something else."""
    try:
        body = exact_json.loads(path.read_bytes())
    except ValueError:
        return None
    return body if isinstance(body, dict) and "upload" in body and body.keys() <= UPLOAD_FIELDS else None


def _merge_parameters(form: MultipartForm, given: FileParameters) -> FileParameters:
    """The parameters from the form, completed from the query string."""
    fields = form.fields
    return FileParameters(
        name=fields.get("name") or given.name,
        key=fields.get("key") or given.key,
        options=fields.get("options") or given.options,
        filename=form.filename or given.filename,
        duplicates_allowed=given.duplicates_allowed,
        description=fields.get("description", ""),
    )


class _HashingFileWriter:
    """Writes a file to disk piece by piece, counting and hashing. Raises TooLarge above the limit."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self._max_bytes = max_bytes
        self._file = path.open("wb")

    def write(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self._max_bytes:
            detail = f"The file is larger than {self._max_bytes} bytes ({limit_setting('upload_bytes')})"
            raise TooLarge("file-too-large", detail)
        self.digest.update(piece)
        self._file.write(piece)

    def close(self) -> None:
        self._file.close()
