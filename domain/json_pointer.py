"""JSON Pointers (RFC 6901): a place in a JSON document, such as `/columns/a~1b`."""

import re

_BAD_TILDE = re.compile("~(?![01])")


def parse_pointer(pointer: str) -> tuple[str, ...]:
    """The names and indexes in a JSON Pointer (RFC 6901). Raises ValueError."""
    if pointer and not pointer.startswith("/"):
        raise ValueError("expected a JSON Pointer such as /data/items, or an empty string for the whole document")
    if _BAD_TILDE.search(pointer):
        raise ValueError("in a JSON Pointer, ~ is written as ~0 and / as ~1")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])


def escape_pointer_token(name: str) -> str:
    """`name` escaped as one token of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
