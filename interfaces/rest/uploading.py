"""A file in a request: streamed to disk and hashed as it comes, then handed to a job."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from anyio import to_thread
from fastapi import Request, Response
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from application import import_options, uploads
from application.handle import Context
from application.uploads import Accepted, ImportWish, Upload
from domain import exact_json
from domain.columns import ColumnType, why_refused
from domain.errors import BadRequest, Fault, Invalid, TooLarge, nearest
from interfaces import wiring
from interfaces.files.first_look import first_look
from interfaces.inspecting import inspected
from interfaces.rest import jobs, resumed
from interfaces.rest.requests import Preferences, context, preferences
from interfaces.wiring import Service
from projections.lookup import Snapshot

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FIELD_BYTES = 65_536
UPLOAD_FIELDS = frozenset(("upload", "filename", "options"))
FORM_FIELDS = ("file", "name", "description", "key", "options")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the query says of a raw file; a form's fields say the same of its file."""

    name: str | None = None
    key: str | None = None
    options: str | None = None
    filename: str | None = None
    duplicates_allowed: bool = False
    description: str = ""
    upload: str | None = None
    """A resumable upload that has come whole, instead of a file in the request."""


async def import_into(
    request: Request, snapshot: Snapshot, media_type: str, given: Parameters, mode: str
) -> Response:
    """Import the request's file into a dataset that stands: 202 with the dataset and the job."""
    service: Service = request.app.state.service
    wishes = preferences(request)
    if mode == "upsert" and not snapshot.definition.key:
        detail = "upsert needs a key, and the dataset has none; append or replace, or make it anew with a key"
        raise Invalid("no-key", detail, (Fault("mode", "no-key", detail),))
    async with _received_or_resumed(request, media_type, given, service) as (upload, said):
        for name, value in (("name", said.name), ("key", said.key), ("description", said.description)):
            if value:
                detail = f"{name} is the dataset's own and cannot come with a file for it"
                raise Invalid("unknown-field", detail, (Fault(name, "unknown-field", detail),))
        await to_thread.run_sync(first_look, upload.path, upload.filename)
        wish = replace(_wish(said, upload), mode=mode, into=snapshot.id, dry_run=wishes.dry_run)
        accepted = await to_thread.run_sync(_accept, service, context(request), upload, wish)
    name = snapshot.definition.name
    return await _accepted(request, accepted, name, snapshot.slug, snapshot.version, wishes)


async def inspect(request: Request, media_type: str, given: Parameters) -> Response:
    """What an import of the request's file would find."""
    service: Service = request.app.state.service
    async with _received(request, media_type, given, service) as (upload, said):
        await to_thread.run_sync(first_look, upload.path, upload.filename)
        limits = wiring.file_limits(service.settings)
        found = await inspected(
            upload.path, upload.filename, _options(said.options), service.settings.scratch, limits
        )
        upload.path.unlink()
    source = {"filename": upload.filename, "size": upload.size, "sha256": upload.sha256}
    return Response(exact_json.dumps({"source": source, **found}), media_type="application/json")


async def import_new(request: Request, media_type: str, given: Parameters) -> Response:
    """Import the request's file as a new dataset: 202 with the dataset and the job."""
    service: Service = request.app.state.service
    wishes = preferences(request)
    async with _received(request, media_type, given, service) as (upload, said):
        await to_thread.run_sync(first_look, upload.path, upload.filename)
        wish = replace(_wish(said, upload), dry_run=wishes.dry_run)
        accepted = await to_thread.run_sync(_accept, service, context(request), upload, wish)
    return await _accepted(request, accepted, wish.name, accepted.slug, 0, wishes)


async def _accepted(
    request: Request, accepted: Accepted, name: str, slug: str, version: int, wishes: Preferences
) -> Response:
    row = await jobs.ended(request, accepted.job_id, wishes.wait)
    dataset = {"id": str(accepted.dataset_id), "slug": slug, "name": name, "version": version}
    if row["state"] == "succeeded":
        dataset["version"] = row["result"]["version"]
    body = {"dataset": None if wishes.dry_run and not version else dataset, "job": row}
    headers = {"Location": f"/v1/jobs/{accepted.job_id}", **wishes.applied}
    return Response(exact_json.dumps(body), 202, headers, "application/json")


def of_json(body: Mapping[str, Any], duplicates_allowed: bool) -> Parameters:
    """What a JSON body says of a resumable upload: `{"upload", "name", "key": […], "options": {…}, …}`."""
    faults = [
        Fault(f"/{name}", "type-error", f"{name} must be a string")
        for name in ("upload", "name", "description", "filename")
        if not isinstance(body.get(name, ""), str)
    ]
    if faults:
        raise Invalid("invalid-form", faults[0].detail, tuple(faults))
    key, options = (exact_json.dumps(body[name]) if name in body else None for name in ("key", "options"))
    return Parameters(
        name=body.get("name"),
        key=key,
        options=options,
        filename=body.get("filename"),
        duplicates_allowed=duplicates_allowed,
        description=body.get("description", ""),
        upload=body["upload"],
    )


def must_be_empty(request: Request) -> None:
    """Refuse a file beside a resumable upload. Raises BadRequest."""
    if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
        raise BadRequest("upload-and-file", "The request has a body beside upload=; send one of them")


@asynccontextmanager
async def _received_or_resumed(
    request: Request, media_type: str, given: Parameters, service: Service
) -> AsyncIterator[tuple[Upload, Parameters]]:
    """As `_received`; a small JSON body that names a resumable upload stands for it."""
    async with _received(request, media_type, given, service) as (upload, said):
        body = None
        if media_type == "application/json" and upload.size <= FIELD_BYTES:
            body = await to_thread.run_sync(_upload_named, upload.path)
        if body is None:
            yield upload, said
            return
        upload.path.unlink()
    async with _received(request, "", of_json(body, given.duplicates_allowed), service) as found:
        yield found


def _upload_named(path: Path) -> dict[str, Any] | None:
    """The body that names a resumable upload, if that is what the file is."""
    try:
        body = exact_json.loads(path.read_bytes())
    except ValueError:
        return None
    return body if isinstance(body, dict) and "upload" in body and body.keys() <= UPLOAD_FIELDS else None


@asynccontextmanager
async def _received(
    request: Request, media_type: str, given: Parameters, service: Service
) -> AsyncIterator[tuple[Upload, Parameters]]:
    """The file on disk, and what was said of it. Unless the block ends well, the file is removed."""
    if given.upload is not None:
        async with resumed.taken(service, given.upload) as upload:
            filename = given.filename or upload.filename or given.name or "upload"
            yield replace(upload, filename=filename[:255]), given
        return
    path = service.settings.uploads / str(uuid4())
    receiver = _Receiver(path, service.settings.limits.upload_bytes)
    try:
        try:
            if media_type == "multipart/form-data":
                said = await _form(request, receiver, given)
            else:
                async for piece in request.stream():
                    receiver.write(piece)
                said = given
        finally:
            receiver.close()
        filename = said.filename or f"{said.name or 'upload'}"
        yield Upload(path, filename[:255], receiver.size, receiver.digest.hexdigest()), said
    except BaseException:
        path.unlink(missing_ok=True)
        raise


class _Receiver:
    """Writes a file to disk as it comes, counting and hashing. Raises TooLarge at the limit."""

    def __init__(self, path: Path, most: int) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self._most = most
        self._file = path.open("wb")

    def write(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self._most:
            detail = f"The file is larger than {self._most} bytes (setting ROWLEDGER_LIMIT_UPLOAD_BYTES)"
            raise TooLarge("file-too-large", detail)
        self.digest.update(piece)
        self._file.write(piece)

    def close(self) -> None:
        self._file.close()


@dataclass
class _Form:
    """The parts of a multipart body as the parser comes upon them."""

    receiver: _Receiver
    fields: dict[str, bytearray] = field(default_factory=dict)
    filename: str | None = None
    has_file: bool = False
    is_whole: bool = False
    _header: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _name: str = ""
    _is_file: bool = False

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _end(self) -> None:
        self.is_whole = True

    def _begin(self) -> None:
        self._name, self._is_file = "", False

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            if b"filename" in options:
                self.filename = options[b"filename"].decode("utf-8", "replace")
        self._header.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        if self._name not in FORM_FIELDS:
            detail = f"the form field {self._name!r} is unknown: {nearest(self._name, FORM_FIELDS)}"
            raise Invalid("unknown-field", detail, (Fault(self._name, "unknown-field", detail),))
        self._is_file = self._name == "file"
        if self._is_file and self.has_file:
            raise Invalid("invalid-form", "The form holds two files; send one at a time")
        self.has_file |= self._is_file

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self.receiver.write(data[start:end])
            return
        value = self.fields.setdefault(self._name, bytearray())
        value += data[start:end]
        if len(value) > FIELD_BYTES:
            raise TooLarge("field-too-large", f"The form field {self._name!r} is larger than {FIELD_BYTES} bytes")


async def _form(request: Request, receiver: _Receiver, given: Parameters) -> Parameters:
    _, options = parse_options_header(request.headers["content-type"])
    form = _Form(receiver)
    try:
        parser = MultipartParser(options.get(b"boundary", b""), form.callbacks())
        async for piece in request.stream():
            parser.write(piece)
        parser.finalize()
    except MultipartParseError as error:
        raise BadRequest("invalid-form", f"the body is no multipart form that can be read: {error}") from None
    if not form.has_file:
        raise Invalid("no-file", "The form holds no file; send it as the field 'file'")
    if not form.is_whole:
        raise BadRequest("invalid-form", "the form ends before its last boundary: the file was cut off")
    said = {name: bytes(value).decode("utf-8", "replace") for name, value in form.fields.items()}
    return Parameters(
        name=said.get("name") or given.name,
        key=said.get("key") or given.key,
        options=said.get("options") or given.options,
        filename=form.filename or given.filename,
        duplicates_allowed=given.duplicates_allowed,
        description=said.get("description", ""),
    )


def _wish(said: Parameters, upload: Upload) -> ImportWish:
    name = _name(said, upload)
    for field_name, text in (("name", name), ("description", said.description), ("filename", upload.filename)):
        if why := why_refused(ColumnType.STRING, text):
            raise Invalid("invalid-form", f"{field_name}: {why}", (Fault(field_name, "type-error", why),))
    return ImportWish(name, said.description, _key(said.key), said.duplicates_allowed, _options(said.options))


def _name(said: Parameters, upload: Upload) -> str:
    return (said.name or Path(upload.filename).stem).strip() or "upload"


def _key(text: str | None) -> list[str]:
    """Names between commas, or a JSON list of them."""
    if not text or not text.strip():
        return []
    if text.lstrip().startswith("["):
        names = _json("key", text)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise Invalid("invalid-key", 'key is a list of column names: sku,country or ["sku","country"]')
        return names
    return [name.strip() for name in text.split(",")]


def _options(text: str | None) -> dict[str, Any]:
    options = _json("options", text) if text and text.strip() else {}
    if not isinstance(options, dict):
        raise Invalid("invalid-options", "options is a JSON object")
    import_options.parse(options)
    return options


def _json(name: str, text: str) -> Any:
    try:
        return exact_json.loads(text)
    except ValueError as error:
        raise Invalid("invalid-json", f"{name} is not JSON that can be read: {error}") from None


def _accept(service: Service, asked: Context, upload: Upload, wish: ImportWish) -> Accepted:
    with service.pool.connection() as connection:
        return uploads.accept(connection, service.queue, asked, upload, wish)
