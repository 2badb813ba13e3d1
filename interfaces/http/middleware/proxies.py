"""Finds the address that a client used from what proxies report: `Forwarded` (RFC 7239) or `X-Forwarded-…`.

Each proxy appends its entry, and a client may have sent some itself. So entries are read from the last one backwards,
as long as they were written by a trusted proxy.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PAIR = re.compile(r'([A-Za-z-]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]*)')
_ELEMENT = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,"])+')
_NODE = re.compile(r"\[?([0-9A-Fa-f.:]+?)\]?(?::\d{1,5})?")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", re.ASCII)
_PREFIX = re.compile(r"(?:/[\w.~-]+)+", re.ASCII)
_HEADERS = frozenset(
    (b"forwarded", *(b"x-forwarded-" + name for name in (b"for", b"host", b"proto", b"port", b"prefix")))
)


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    networks: Sequence[Network]

    @staticmethod
    def of(addresses: Sequence[str]) -> "TrustedProxies":
        return TrustedProxies([ipaddress.ip_network(address) for address in addresses])

    def find_address(self, scope: Scope) -> str | None:
        """The address that the client of the outermost trusted proxy used; None if no trusted proxy reports one."""
        found: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            if name in _HEADERS:
                found.setdefault(name, []).append(value.decode("latin-1"))
        client = scope.get("client")
        if not found or client is None or not self._trusts(client[0]):
            return None
        entry = self._forwarded(found) if b"forwarded" in found else self._x_forwarded(found)
        return _build_address(entry, scope)

    def _forwarded(self, found: Mapping[bytes, list[str]]) -> Mapping[str, str]:
        elements = _ELEMENT.findall(",".join(found[b"forwarded"]))
        entries = [{name.lower(): value.strip('"') for name, value in _PAIR.findall(element)} for element in elements]
        trusted = self._count_trusted([entry.get("for", "") for entry in entries])
        return entries[-trusted] if entries else {}

    def _x_forwarded(self, found: Mapping[bytes, list[str]]) -> Mapping[str, str]:
        lists = {
            name.removeprefix(b"x-forwarded-").decode(): [one.strip() for one in ",".join(values).split(",")]
            for name, values in found.items()
        }
        trusted = self._count_trusted(lists.get("for", []))
        return {name: values[-min(trusted, len(values))] for name, values in lists.items()}

    def _count_trusted(self, nodes: Sequence[str]) -> int:
        """The number of entries that trusted proxies wrote: the last one, and each before one from a trusted node."""
        count = 1
        while count < len(nodes) and self._trusts(nodes[-count]):
            count += 1
        return count

    def _trusts(self, node: str) -> bool:
        match = _NODE.fullmatch(node)
        try:
            address = ipaddress.ip_address(match[1] if match else node)
        except ValueError:
            return False
        return any(address in network for network in self.networks)


def _build_address(entry: Mapping[str, str], scope: Scope) -> str | None:
    """The address of an entry; what it does not say is as in the request. None if it says nothing that fits."""
    scheme, host = entry.get("proto", "").lower(), entry.get("host", "")
    port, prefix = entry.get("port", ""), entry.get("prefix", "").rstrip("/")
    scheme = scheme if scheme in ("http", "https") else ""
    host = host if _HOST.fullmatch(host) else ""
    prefix = prefix if _PREFIX.fullmatch(prefix) else ""
    if not (scheme or host or prefix):
        return None
    scheme = scheme or _own_scheme(scope)
    host = host or next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    is_port_missing = port.isascii() and port.isdigit() and not re.search(r":\d+$", host)
    if is_port_missing and port != {"http": "80", "https": "443"}[scheme]:
        host = f"{host}:{port}"
    return f"{scheme}://{host}{prefix}"


def _own_scheme(scope: Scope) -> str:
    return "https" if scope["scheme"] in ("https", "wss") else "http"
