"""A link between a client and a bridge that breaks or stalls when it is told to."""

from __future__ import annotations

import contextlib
import socket
import threading

from habilis.envs.closing import Closing

WAYS = ("out", "back")
"""From the client to the bridge, and from there to the client."""


class Proxy(Closing):
    """Passes bytes between whoever connects to ``port`` of this machine and a server.

    Args:
      host, port: of the server.

    Attributes:
      port: to connect to.
    """

    def __init__(self, host: str, port: int) -> None:
        self._to, self._closing = (host, port), threading.Event()
        self._flows = {way: threading.Event() for way in WAYS}
        self.restore()
        self._open: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self, way: str) -> None:
        """Pass nothing more on one of the ``WAYS``; what comes waits."""
        self._flows[way].clear()

    def restore(self) -> None:
        """Pass on again what waits."""
        for flow in self._flows.values():
            flow.set()

    def drop(self) -> None:
        """Break the connections there are; new ones are taken."""
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def close(self) -> None:
        """Break everything; may be called twice."""
        self._closing.set()
        self.restore()
        self._server.close()
        self.drop()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                near, _ = self._server.accept()
                far = socket.create_connection(self._to)
            except OSError:
                continue
            self._open += [near, far]
            for way, source, sink in (("out", near, far), ("back", far, near)):
                threading.Thread(target=self._pass, args=(way, source, sink), daemon=True).start()

    def _pass(self, way: str, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flows[way].wait()
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
