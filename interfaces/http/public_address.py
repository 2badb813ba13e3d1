"""The address under which clients reach the service, if that is not the one it listens on: behind a proxy."""

from starlette.requests import HTTPConnection

SCOPE_KEY = "rowledger.public_address"
"""The key of the address in the request's scope, without a trailing slash; only set where it is known."""


def public_address(connection: HTTPConnection) -> str:
    """The beginning of absolute links: scheme, host and the path of a proxy, without a trailing slash."""
    address: str = connection.scope.get(SCOPE_KEY) or str(connection.base_url).rstrip("/")
    return address
