"""The headers and bodies of resumable uploads, for the OpenAPI document."""

from typing import Annotated

from typing_extensions import TypedDict

from interfaces.http.openapi import headers
from interfaces.http.openapi.answers import BYTES
from interfaces.http.openapi.headers import Header, text
from interfaces.http.openapi.operation import Body
from interfaces.rest.uploads.tus_headers import ALGORITHMS, EXTENSIONS, PIECE_TYPE, VERSION
from interfaces.services.json_types import Keywords, Timestamp, Uuid

NUMBER = text(r"[0-9]{1,18}")


class UploadJson(TypedDict):
    """A resumable upload."""

    id: Uuid
    length: Annotated[int | None, Keywords("the size of the whole file; null: not known yet")]
    received: int
    complete: bool
    metadata: dict[str, str]
    created_at: Timestamp
    expires_at: Timestamp


PIECE = Body({PIECE_TYPE: {"schema": BYTES}}, {}, required=False)

RESUMABLE = Header(
    "Tus-Resumable", "The version of the protocol", {"type": "string", "enum": [VERSION]}, VERSION, required=True
)
LENGTH = Header("Upload-Length", "The size of the whole file in bytes", NUMBER, "11")
DEFERRED = Header("Upload-Defer-Length", "`1`: the size comes later", {"type": "string", "enum": ["1"]})
METADATA = Header(
    "Upload-Metadata", "Pairs of a name and a Base64 value, such as that of `filename`", example="filename YS5jc3Y="
)
CHECKSUM = Header(
    "Upload-Checksum",
    "The digest of the piece in Base64: it is kept whole or not at all",
    text(f"({'|'.join(ALGORITHMS)}) [A-Za-z0-9+/]+={{0,2}}"),
)
OFFSET = Header("Upload-Offset", "Where the piece begins: as many bytes as were received", NUMBER, "0", required=True)
RECEIVED = Header("Upload-Offset", "The number of bytes received", NUMBER)
EXPIRES = Header("Upload-Expires", "When the upload is removed, if it gets no more bytes")

NEW_UPLOAD = (RESUMABLE, LENGTH, DEFERRED, METADATA, CHECKSUM)
NEXT_PIECE = (RESUMABLE, OFFSET, LENGTH, CHECKSUM)

PROGRESS = (RECEIVED, EXPIRES)
CREATED = (headers.LOCATION, *PROGRESS)
STATE = (*PROGRESS, LENGTH, DEFERRED, METADATA)
FEATURES = (
    Header("Tus-Version", "The supported version", example=VERSION),
    Header("Tus-Extension", "The supported extensions", example=EXTENSIONS),
    Header("Tus-Max-Size", "The size of the largest file in bytes", NUMBER),
    Header("Tus-Checksum-Algorithm", "The supported digests", example=",".join(ALGORITHMS)),
)
