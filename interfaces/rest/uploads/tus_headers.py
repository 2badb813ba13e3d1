"""Parses and builds the headers of the tus protocol."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime

from fastapi import Request

from application.settings import limit_setting
from application.uploads.resumable_uploads import ResumableUpload
from domain.errors import BadRequest, Invalid, PreconditionFailed, TooLarge, UnsupportedFormat

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,creation-defer-length,checksum,termination,expiration"
ALGORITHMS = ("sha1", "sha256", "md5")
PIECE_TYPE = "application/offset+octet-stream"

_NUMBER = re.compile(r"\d{1,18}")
_METADATA_KEY = re.compile(r"[!-+\--~]+")


@dataclass(frozen=True, slots=True)
class Checksum:
    """The expected digest of a request body."""

    algorithm: str
    digest: bytes


def check_version(request: Request) -> None:
    """Raises PreconditionFailed if the request does not name the supported protocol version."""
    given = request.headers.get("tus-resumable")
    if given != VERSION:
        received = "no Tus-Resumable header" if given is None else f"Tus-Resumable: {given[:20]}"
        raise PreconditionFailed(
            "unsupported-tus-version", f"The request has {received}; send Tus-Resumable: {VERSION}"
        )


def check_piece_type(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != PIECE_TYPE:
        detail = f"The content type {media_type[:60]!r} is not supported here; send {PIECE_TYPE}"
        raise UnsupportedFormat("unsupported-media-type", detail)


def parse_number(request: Request, header: str) -> int | None:
    """The whole number in a header; None without the header. Raises BadRequest."""
    text = request.headers.get(header)
    if text is None:
        return None
    if not (text.isascii() and _NUMBER.fullmatch(text)):
        raise BadRequest("invalid-header", f"{header}: {text[:40]} is not a whole number of bytes")
    return int(text)


def parse_length(request: Request, max_bytes: int) -> int | None:
    """The declared length of a new upload in bytes; None if it is deferred.

    Raises BadRequest unless exactly one of the two headers is sent, or TooLarge.
    """
    length, deferred = parse_number(request, "Upload-Length"), request.headers.get("upload-defer-length")
    if (length is None) == (deferred is None):
        raise BadRequest("invalid-header", "Send either Upload-Length: BYTES or Upload-Defer-Length: 1")
    if deferred not in (None, "1"):
        raise BadRequest("invalid-header", f"Upload-Defer-Length: {str(deferred)[:20]} is invalid; it must be 1")
    if length is not None:
        check_size(length, max_bytes)
    return length


def check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        detail = f"The file has {size:,} bytes; at most {max_bytes:,} are allowed ({limit_setting('upload_bytes')})"
        raise TooLarge("file-too-large", detail)


def parse_checksum(request: Request) -> Checksum | None:
    """The checksum in Upload-Checksum; None without it. Raises BadRequest if it is invalid or unsupported."""
    text = request.headers.get("upload-checksum")
    if text is None:
        return None
    algorithm, _, encoded = text.partition(" ")
    if algorithm not in ALGORITHMS:
        known = ", ".join(ALGORITHMS)
        raise BadRequest("unknown-checksum", f"Upload-Checksum: {algorithm[:20]!r} is not one of {known}")
    digest = _decode_base64(encoded)
    if digest is None or len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise BadRequest("invalid-header", f"Upload-Checksum: {encoded[:60]!r} is not a {algorithm} digest in Base64")
    return Checksum(algorithm, digest)


def parse_metadata(header: str) -> dict[str, str]:
    """The pairs of an Upload-Metadata header. Raises BadRequest."""
    pairs: dict[str, str] = {}
    for part in header.split(",") if header.strip() else []:
        key, _, encoded = part.strip().partition(" ")
        value = _decode_base64(encoded.strip())
        if not _METADATA_KEY.fullmatch(key) or key in pairs or value is None:
            detail = (
                f"Upload-Metadata: {part[:60]!r} must be a unique name and a Base64 value like 'filename YS5jc3Y='"
            )
            raise BadRequest("invalid-header", detail)
        try:
            pairs[key] = value.decode()
        except UnicodeDecodeError:
            raise BadRequest("invalid-header", f"Upload-Metadata: the value of {key[:60]} is not UTF-8") from None
    return pairs


def checksum_refusal(expected: Checksum) -> Invalid:
    detail = f"The {expected.algorithm} digest of the received data differs from Upload-Checksum; send it again"
    return Invalid("checksum-mismatch", detail)


def state_headers(upload: ResumableUpload) -> Mapping[str, str]:
    """The response headers of HEAD: offset, length, metadata and expiry."""
    length = {"Upload-Defer-Length": "1"} if upload.length is None else {"Upload-Length": str(upload.length)}
    metadata = {"Upload-Metadata": upload.metadata} if upload.metadata else {}
    return {**progress_headers(upload), **length, **metadata, "Cache-Control": "no-store"}


def progress_headers(upload: ResumableUpload) -> dict[str, str]:
    return {"Upload-Offset": str(upload.received), "Upload-Expires": format_datetime(upload.expires_at, usegmt=True)}


def _decode_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
