"""Makes the links in `Location` and `Link` follow the public address of the service, where that is known.

Routes write links as paths. Those work without this wherever no proxy serves the service below another path.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interfaces.http.middleware.proxies import TrustedProxies
from interfaces.http.public_address import SCOPE_KEY


class PublicLinks:
    """ASGI middleware. `public_url`: the address in the settings, which is used whatever a proxy reports."""

    def __init__(self, app: ASGIApp, public_url: str | None, proxies: TrustedProxies) -> None:
        self._app = app
        self._public_url = public_url
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        address = self._public_url or self._proxies.find_address(scope)
        if address is None:
            await self._app(scope, receive, send)
            return
        scope[SCOPE_KEY] = address
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        own = scope["scheme"].encode() + b"://" + host
        await self._app(scope, receive, _LinkRewriter(send, address.encode(), own).send)


class _LinkRewriter:
    """Forwards a response; `own`: the address of the request, which redirects name."""

    def __init__(self, send: Send, address: bytes, own: bytes) -> None:
        self._send = send
        self._address = address
        self._own = own

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {
                **message,
                "headers": [(name, self._rewrite(name, value)) for name, value in message["headers"]],
            }
        await self._send(message)

    def _rewrite(self, name: bytes, value: bytes) -> bytes:
        if name == b"location" and value.removeprefix(self._own).startswith(b"/"):
            return self._address + value.removeprefix(self._own)
        if name == b"link" and value.startswith(b"</"):
            return b"<" + self._address + value[1:]
        return value
