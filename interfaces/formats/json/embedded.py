"""Reads JSON that a text contains, as columns of JSON have in formats without such values."""

import msgspec

from interfaces.formats.json.tokens import classify_token


def parse_embedded(token: bytes) -> bytes:
    """The JSON in a JSON string, as it is to be stored. Raises ValueError if it is not valid or cannot be stored."""
    content = msgspec.json.decode(token, type=str).encode()
    try:
        value = bytes(msgspec.json.decode(content, type=msgspec.Raw)).strip()
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"this is not valid JSON: {error}") from None
    return classify_token(value)[1]
