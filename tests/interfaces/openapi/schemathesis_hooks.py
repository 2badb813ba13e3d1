"""What schemathesis needs to know about the API beyond its document."""

import re
from typing import Any
from uuid import uuid4

import schemathesis
from hypothesis import strategies as st
from schemathesis.transport.requests import REQUESTS_TRANSPORT

PIECE_TYPE = "application/offset+octet-stream"
KEY = "Idempotency-Key"

schemathesis.openapi.media_type(PIECE_TYPE, st.binary(max_size=200))


@REQUESTS_TRANSPORT.serializer(PIECE_TYPE)
def send_bytes(context: Any, value: Any) -> dict[str, Any]:
    return {"data": value if isinstance(value, bytes) else str(value).encode()}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Use each valid idempotency key once: otherwise most requests would be refused as repetitions of others."""
    if re.fullmatch("[!#-~][!-~]{0,254}", str((case.headers or {}).get(KEY, ""))):
        case.headers[KEY] = str(uuid4())
