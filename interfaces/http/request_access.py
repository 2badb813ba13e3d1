"""The access of a request, which the middleware has stored in its scope."""

from starlette.requests import HTTPConnection

from domain.access.access import Access

SCOPE_KEY = "rowledger.access"
"""The key of the access in the request's scope."""


def access_of(connection: HTTPConnection) -> Access:
    """What the sender of a request or the user of a WebSocket may see and do."""
    found: Access = connection.scope[SCOPE_KEY]
    return found
