"""`/v1/uploads`: resumable uploads by the tus protocol, version 1.0.0 (https://tus.io/protocols/resumable-upload)."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from application.uploads import resumable_uploads
from application.uploads.resumable_uploads import ResumableUpload
from domain import exact_json
from domain.access.access import Access
from domain.access.grants import Action
from domain.errors import BadRequest, Conflict, Forbidden, NotFound, Refusal
from interfaces.http import problems
from interfaces.http.openapi.answers import empty_answer, json_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import TUS, UPLOAD, UPLOAD_PIECE
from interfaces.http.request_access import access_of
from interfaces.http.requests import reject_unknown_parameters
from interfaces.rest.uploads import tus_descriptions, tus_headers
from interfaces.rest.uploads.tus_descriptions import PIECE, UploadJson
from interfaces.rest.uploads.upload_body import receive_body, surplus_refusal
from interfaces.services import database
from interfaces.services.wiring import Service

STATUS = {"checksum-mismatch": 460, "client-silent": 408}
"""Problem codes for which the protocol requires another status."""

Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class TusRoute(APIRoute):
    """Adds the protocol headers to every response, also to refusals."""

    def get_route_handler(self) -> Handle:
        handle = super().get_route_handler()

        async def handle_with_protocol_headers(request: Request) -> Response:
            try:
                answer = await handle(request)
            except Refusal as refusal:
                answer = _refusal_response(request, refusal)
            except RequestValidationError:
                answer = _refusal_response(request, NotFound("upload-not-found", f"There is no {request.url.path}"))
            answer.headers["Tus-Resumable"] = tus_headers.VERSION
            if answer.status_code == 412:
                answer.headers["Tus-Version"] = tus_headers.VERSION
            if answer.status_code == 413:
                answer.headers["Tus-Max-Size"] = str(_service_of(request).settings.limits.upload_bytes)
            return answer

        return handle_with_protocol_headers


router = APIRouter(prefix="/v1/uploads", tags=["uploads"], route_class=TusRoute)
router.dependencies.append(Depends(reject_unknown_parameters))

UploadId = Annotated[UUID, Path(description="the upload's id")]

OFFER = describe(empty_answer(204, "The features, in headers", *tus_descriptions.FEATURES))
CREATE = describe(
    empty_answer(201, "The new upload", *tus_descriptions.CREATED),
    body=PIECE,
    headers=tus_descriptions.NEW_UPLOAD,
    problems=[UPLOAD_PIECE],
)
OFFSET = describe(
    empty_answer(200, "The offset, in headers", *tus_descriptions.STATE),
    headers=[tus_descriptions.RESUMABLE],
    problems=[TUS, UPLOAD],
)
READ = describe(json_answer(UploadJson, "The upload"), problems=[UPLOAD])
EXTEND = describe(
    empty_answer(204, "The piece was received", *tus_descriptions.PROGRESS),
    body=PIECE,
    headers=tus_descriptions.NEXT_PIECE,
    problems=[UPLOAD_PIECE],
)
DELETE = describe(empty_answer(204, "Removed"), headers=[tus_descriptions.RESUMABLE], problems=[TUS, UPLOAD])


@router.options("", status_code=204, summary="The supported features of the tus protocol", openapi_extra=OFFER)
async def read_upload_features(request: Request) -> Response:
    headers = {
        "Tus-Version": tus_headers.VERSION,
        "Tus-Extension": tus_headers.EXTENSIONS,
        "Tus-Max-Size": str(_service_of(request).settings.limits.upload_bytes),
        "Tus-Checksum-Algorithm": ",".join(tus_headers.ALGORITHMS),
    }
    return Response(None, 204, headers)


@router.post("", status_code=201, summary="Create a resumable upload (tus)", openapi_extra=CREATE)
async def create_upload(request: Request) -> Response:
    _require_uploads_allowed(access_of(request))
    tus_headers.check_version(request)
    service = _service_of(request)
    length = tus_headers.parse_length(request, service.settings.limits.upload_bytes)
    metadata = request.headers.get("upload-metadata", "")
    tus_headers.parse_metadata(metadata)
    has_body = "content-type" in request.headers or request.headers.get("content-length", "0") != "0"
    if has_body:
        tus_headers.check_piece_type(request)
    upload = await to_thread.run_sync(_add_upload, service, access_of(request), length, metadata)
    if has_body:
        upload = await _append_body(request, service, upload.id, upload.received)
    headers = {"Location": f"/v1/uploads/{upload.id}", **tus_headers.progress_headers(upload)}
    return Response(None, 201, headers)


@router.head("/{id}", summary="The offset of an upload (tus)", openapi_extra=OFFSET)
async def read_upload_offset(request: Request, id: UploadId) -> Response:
    tus_headers.check_version(request)
    upload = await to_thread.run_sync(_find_upload, _service_of(request), access_of(request), id)
    return Response(None, 200, tus_headers.state_headers(upload))


@router.get("/{id}", summary="An upload's state as JSON", openapi_extra=READ)
async def read_upload(request: Request, id: UploadId) -> Response:
    upload = await to_thread.run_sync(_find_upload, _service_of(request), access_of(request), id)
    body: UploadJson = {
        "id": str(upload.id),
        "length": upload.length,
        "received": upload.received,
        "complete": upload.is_whole,
        "metadata": tus_headers.parse_metadata(upload.metadata),
        "created_at": upload.created_at.isoformat(),
        "expires_at": upload.expires_at.isoformat(),
    }
    return Response(exact_json.dumps(body), 200, {"Cache-Control": "no-store"}, "application/json")


@router.patch("/{id}", status_code=204, summary="Send the next piece of an upload (tus)", openapi_extra=EXTEND)
async def extend_upload(request: Request, id: UploadId) -> Response:
    tus_headers.check_version(request)
    tus_headers.check_piece_type(request)
    offset = tus_headers.parse_number(request, "Upload-Offset")
    if offset is None:
        raise BadRequest("invalid-header", "Upload-Offset is missing; send the position where the piece begins")
    upload = await _append_body(request, _service_of(request), id, offset)
    return Response(None, 204, tus_headers.progress_headers(upload))


@router.delete("/{id}", status_code=204, summary="Terminate an upload (tus)", openapi_extra=DELETE)
async def delete_upload(request: Request, id: UploadId) -> Response:
    tus_headers.check_version(request)
    await to_thread.run_sync(_remove_upload, _service_of(request), access_of(request), id)
    return Response(None, 204)


@router.post("/{id}", include_in_schema=False)
async def override_method(request: Request, id: UploadId) -> Response:
    """Supports `X-HTTP-Method-Override` for clients behind proxies that allow only GET and POST."""
    methods = {"PATCH": extend_upload, "DELETE": delete_upload, "HEAD": read_upload_offset}
    method = methods.get(request.headers.get("x-http-method-override", "").upper())
    if method is None:
        raise HTTPException(405, "Method Not Allowed", {"Allow": "GET, HEAD, PATCH, DELETE"})
    return await method(request, id)


async def _append_body(request: Request, service: Service, id: UUID, offset: int) -> ResumableUpload:
    expected, access = tus_headers.parse_checksum(request), access_of(request)
    await to_thread.run_sync(_find_upload, service, access, id)
    _require_uploads_allowed(access)
    with resumable_uploads.lock_upload(service.settings.resumable, id) as file:
        upload = await to_thread.run_sync(_find_upload, service, access, id)
        if offset != upload.received:
            detail = f"The piece begins at {offset:,}, but {upload.received:,} bytes are received; continue there"
            raise Conflict("wrong-offset", detail, extra={"offset": upload.received})
        upload = _apply_length(request, service, upload)
        if upload.length is not None and (upload.received + _content_length(request)) > upload.length:
            raise surplus_refusal(upload)
        return await receive_body(request, service, file, upload, expected)


def _apply_length(request: Request, service: Service, upload: ResumableUpload) -> ResumableUpload:
    """The upload with its deferred length, if this request declares it. Raises Conflict or TooLarge."""
    length = tus_headers.parse_number(request, "Upload-Length")
    if length is None or length == upload.length:
        return upload
    if upload.length is not None or length < upload.received:
        detail = f"Upload-Length: {length} contradicts the length or data sent before"
        raise Conflict("wrong-length", detail)
    tus_headers.check_size(length, service.settings.limits.upload_bytes)
    return replace(upload, length=length)


def _content_length(request: Request) -> int:
    return tus_headers.parse_number(request, "Content-Length") or 0


def _add_upload(service: Service, access: Access, length: int | None, metadata: str) -> ResumableUpload:
    settings = service.settings
    with database.transaction(service.pool) as cursor:
        resumable_uploads.sweep_expired(cursor, settings.resumable)
        return resumable_uploads.add(
            cursor,
            settings.resumable,
            access,
            length,
            metadata,
            settings.upload_expiry_hours,
        )


def _find_upload(service: Service, access: Access, id: UUID) -> ResumableUpload:
    with database.transaction(service.pool) as cursor:
        return resumable_uploads.find(cursor, access, id)


def _remove_upload(service: Service, access: Access, id: UUID) -> None:
    _find_upload(service, access, id)
    _require_uploads_allowed(access)
    with resumable_uploads.lock_upload(service.settings.resumable, id), database.transaction(service.pool) as cursor:
        resumable_uploads.find(cursor, access, id)
        resumable_uploads.remove(cursor, service.settings.resumable, id)


def _require_uploads_allowed(access: Access) -> None:
    """An upload is for an import. Raises Forbidden where none may be made."""
    if not access.may_somewhere(Action.WRITE):
        raise Forbidden("forbidden", "You may not change anything in this workspace, so no file is taken")


def _refusal_response(request: Request, refusal: Refusal) -> Response:
    status = STATUS.get(refusal.code) or problems.STATUS[type(refusal)]
    return problems.response(
        request, status, refusal.code, refusal.detail, faults=refusal.faults, extra=refusal.extra
    )


def _service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service
