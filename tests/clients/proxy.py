"""A TCP proxy that breaks each connection after a given number of bytes from the client."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def run_breaking_proxy(host: str, port: int, cuts: list[int]) -> Iterator[int]:
    """The port of a proxy to `host:port`.

    A connection is broken once `cuts[0]` bytes have passed from client to server. After another `cuts[1]` bytes, on
    this or later connections, the next break follows. Each break removes its number from `cuts`; when the list is
    empty, connections stay open.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    proxy = _BreakingProxy((host, port), cuts)
    thread = threading.Thread(target=proxy.accept, args=(listening,), daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
        proxy.close()


class _BreakingProxy:
    def __init__(self, target: tuple[str, int], cuts: list[int]) -> None:
        self._target = target
        self._cuts = cuts
        self._passed = 0
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(self._target)
                self._open |= {client, server}
                for source, target, counts in ((client, server, True), (server, client, False)):
                    thread = threading.Thread(target=self._copy, args=(source, target, counts), daemon=True)
                    thread.start()
                    self._threads.append(thread)

    def close(self) -> None:
        for one in list(self._open):
            _close_socket(one)
        for thread in self._threads:
            thread.join()

    def _copy(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with suppress(OSError):
            while data := source.recv(16_384):
                target.sendall(data)
                if counts and self._is_due(len(data)):
                    break
        _close_socket(source)
        _close_socket(target)

    def _is_due(self, passed: int) -> bool:
        with self._lock:
            self._passed += passed
            if self._cuts and self._passed >= self._cuts[0]:
                self._cuts.pop(0)
                self._passed = 0
                return True
            return False


def _close_socket(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
