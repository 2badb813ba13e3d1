"""Keeps web pages of other origins away from the service: it answers only under its own hosts, and pages that it does
not know may change nothing.

A page of any origin can send requests to a local service, and by DNS rebinding also read the answers; only `Host`,
`Origin` and `Sec-Fetch-Site`, which a page cannot forge, tell such requests from others. A body needs a Content-Type,
because a page can send one without it to any origin and without a preflight request.
"""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.types import Scope

from application.settings import Settings, setting_variable
from domain.errors import Forbidden, Misdirected, UnsupportedFormat
from interfaces.http.public_address import SCOPE_KEY

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

MAX_KNOWN_HOSTS = 1_000
"""Maximum number of `Host` headers that are remembered as allowed."""

_HEADERS = frozenset(
    (b"host", b"origin", b"sec-fetch-site", b"content-type", b"content-length", b"transfer-encoding")
)
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{0,5})?", re.ASCII)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class RequestSources:
    """Which hosts the service answers under, and which origins may change something."""

    def __init__(self, settings: Settings) -> None:
        own = [settings.host, *([_host_of(settings.public_url)] if settings.public_url else [])]
        self._hosts = frozenset(host.strip("[]").lower() for host in (*own, *settings.allowed_hosts))
        self._origins = frozenset(origin.lower() for origin in settings.cors_origins)
        self._known_hosts: set[bytes] = set()

    def check(self, scope: Scope) -> None:
        """Raises Misdirected, Forbidden or UnsupportedFormat."""
        found: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in _HEADERS:
                found[name] = value if name not in found else found[name] + b", " + value
        host = found.get(b"host", b"")
        if host not in self._known_hosts:
            self._check_host(host)
        if scope["type"] == "websocket":
            self._check_origin(scope, found)
        elif scope["method"] not in SAFE_METHODS:
            self._check_origin(scope, found)
            _check_body_typed(found)

    def _check_host(self, host: bytes) -> None:
        text = host.decode("latin-1").lower()
        match = _HOST.fullmatch(text)
        if match is None or not self._is_own_host(match[1].strip("[]").removesuffix(".")):
            raise Misdirected(
                "unknown-host",
                f"Host: {text[:60]} is not a name of this service; known are loopback names such as localhost,"
                f" {setting_variable('host')}, the host of {setting_variable('public_url')} and those in"
                f" {setting_variable('allowed_hosts')}",
            )
        if len(self._known_hosts) < MAX_KNOWN_HOSTS:
            self._known_hosts.add(host)

    def _is_own_host(self, name: str) -> bool:
        if name in self._hosts or "*" in self._hosts or name == "localhost" or name.endswith(".localhost"):
            return True
        if any(host.startswith("*.") and name.endswith(host[1:]) for host in self._hosts):
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False

    def _check_origin(self, scope: Scope, found: Mapping[bytes, bytes]) -> None:
        """Raises Forbidden for a page of an origin that is neither the service's own nor allowed by CORS."""
        if "*" in self._origins or (b"origin" not in found and b"sec-fetch-site" not in found):
            return
        origin = found.get(b"origin", b"").decode("latin-1").lower()
        if origin in self._origins:
            return
        is_cross_site = found.get(b"sec-fetch-site", b"").lower() == b"cross-site"
        if is_cross_site or (origin and not _is_own_origin(scope, origin, found[b"host"])):
            raise Forbidden(
                "foreign-origin",
                f"{scope.get('method', 'A WebSocket')} from a web page of another origin ({origin[:60] or 'unknown'})"
                f" is refused; the setting {setting_variable('cors_origins')} allows origins",
            )


def _is_own_origin(scope: Scope, origin: str, host: bytes) -> bool:
    """Whether it is the origin of the request's host, or of the public address."""
    scheme, _, authority = origin.partition("://")
    if (port := _DEFAULT_PORTS.get(scheme)) is None:
        return False
    if authority.removesuffix(port) == host.decode("latin-1").lower().removesuffix(port):
        return True
    public: str = scope.get(SCOPE_KEY, "").lower()
    return public != "" and origin.removesuffix(port) == _origin_of(public)


def _check_body_typed(found: Mapping[bytes, bytes]) -> None:
    has_body = found.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in found
    if has_body and not found.get(b"content-type", b"").strip():
        raise UnsupportedFormat(
            "unsupported-media-type",
            "The body has no Content-Type; send application/json, or the media type of the file",
        )


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def _origin_of(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].removesuffix(_DEFAULT_PORTS[scheme])}"
