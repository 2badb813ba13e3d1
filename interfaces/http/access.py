"""The access that a request was given."""

from starlette.requests import HTTPConnection

from domain.access.access import Access

SCOPE_KEY = "rowledger.access"
"""Where the request's scope has it."""


def access_of(connection: HTTPConnection) -> Access:
    """What the sender of a request or the user of a WebSocket may see and do; the middleware has put it there."""
    found: Access = connection.scope[SCOPE_KEY]
    return found
