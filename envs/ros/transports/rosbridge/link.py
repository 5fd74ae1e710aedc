"""One WebSocket connection: text messages out from any thread, in on the thread that reads.

The I/O is done here and the protocol by ``websockets``, so that a message is written by the thread
that sends it and handled by the thread that reads it, without a hop between threads; that, and no
compression, is what keeps round trips short.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Callable

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import Event
from websockets.uri import WebSocketURI, parse_uri

from habilis.envs.ros.transports.base import Disconnected, TransportError

SEND_TIMEOUT = 2.0  # s for which the other side may leave a full buffer unread
MAX_MESSAGE = 1 << 28  # bytes: a cloud of ten million points, in base64
CHUNK = 1 << 18  # bytes read at once


def address(url: str) -> WebSocketURI:
    """Return where an address leads.

    Raises:
      TransportError: it is none that can be spoken to.
    """
    try:
        uri = parse_uri(url)
    except InvalidURI as error:
        raise TransportError(f"{url!r} is no address such as ws://127.0.0.1:9090") from error
    if uri.secure:
        raise TransportError(f"{url}: wss is not spoken here; use ws through a VPN or a tunnel")
    return uri


class WebSocketLink:
    """A connection that is open until ``read`` returns.

    Args:
      url: ``ws://host:port``.
      timeout: s for connecting.
      ping: s of silence, in spite of a ping, after which the other side counts as hung.

    Raises:
      OSError: nobody listens there, or not in time.
      TransportError: what listens is no WebSocket server, or the address is not one.
    """

    def __init__(self, url: str, timeout: float, ping: float) -> None:
        uri = address(url)
        self._ping, self._lock = ping, threading.Lock()
        self._protocol = ClientProtocol(uri, max_size=MAX_MESSAGE)
        self._socket = socket.create_connection((uri.host, uri.port), timeout)
        self._parts: list[bytes | bytearray | memoryview] = []
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._early = self._shake_hands(url)
            self._socket.settimeout(SEND_TIMEOUT)
        except BaseException:
            self._socket.close()
            raise
        self._selector = selectors.DefaultSelector()  # select.poll is not on every system
        self._selector.register(self._socket, selectors.EVENT_READ)

    def send(self, text: str) -> None:
        """Write a message; may be called from any thread.

        Raises:
          Disconnected: it could not be written.
        """
        with self._lock:
            try:
                self._protocol.send_text(text.encode())
                self._flush()
            except Exception as error:  # of the socket, or of a protocol that is closing
                self._hang_up()
                raise Disconnected(f"sending failed: {error or type(error).__name__}") from error

    def close(self) -> None:
        """Say good-bye and make ``read`` return; may be called from any thread."""
        with self._lock:
            try:
                self._protocol.send_close()
                self._flush()
            except Exception:  # closed already
                pass
            self._hang_up()

    def read(self, told: Callable[[bytes], None], tick: Callable[[], float]) -> str:
        """Hand on messages until the connection is lost.

        Args:
          told: called with each message.
          tick: called in between; returns the s until it wants to be called again.

        Returns:
          why it was lost.
        """
        try:
            self._dispatch(self._early, told)
            return self._read(told, tick)
        except (OSError, WebSocketException) as error:
            return str(error) or type(error).__name__
        finally:
            self._hang_up()
            self._selector.close()
            self._socket.close()

    def _read(self, told: Callable[[bytes], None], tick: Callable[[], float]) -> str:
        heard, asked = time.monotonic(), 0.0
        while True:
            now = time.monotonic()
            wait = min(tick(), max(heard, asked) + self._ping / 2 - now)
            if self._selector.select(max(0.0, wait)):
                data = self._socket.recv(CHUNK)
                heard, asked = time.monotonic(), 0.0
                events, over = self._take(data)
                self._dispatch(events, told)
                if over:
                    return over
            elif asked and time.monotonic() - asked >= self._ping / 2:
                return f"no answer to a ping, {time.monotonic() - heard:.2g} s of silence"
            elif not asked and time.monotonic() - heard >= self._ping / 2:
                asked = time.monotonic()
                with self._lock:
                    self._protocol.send_ping(b"habilis")
                    self._flush()

    def _take(self, data: bytes) -> tuple[list[Frame], str]:
        """The frames in what was received, and why the connection is over, or ''."""
        with self._lock:
            if not data:
                return [], "the other side closed the connection"
            self._protocol.receive_data(data)
            events = [e for e in self._protocol.events_received() if isinstance(e, Frame)]
            self._flush()
            closing = self._protocol.close_expected()
            return (
                events,
                f"closing: {self._protocol.close_rcvd or 'no protocol'}" if closing else "",
            )

    def _dispatch(self, frames: list[Frame], told: Callable[[bytes], None]) -> None:
        for frame in frames:
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self._parts.append(frame.data)
                if frame.fin:
                    whole = (
                        bytes(self._parts[0]) if len(self._parts) == 1 else b"".join(self._parts)
                    )
                    self._parts = []
                    told(whole)

    def _shake_hands(self, url: str) -> list[Frame]:
        """Ask for a WebSocket; the frames that came with the consent."""
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        events: list[Event] = []
        while not events and self._protocol.handshake_exc is None:
            data = self._socket.recv(CHUNK)
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
            events = self._protocol.events_received()
        error = self._protocol.handshake_exc
        if isinstance(error, InvalidHandshake):
            raise TransportError(f"{url}: answers, but is no WebSocket server: {error}")
        if error is not None:
            raise OSError(f"hung up during the handshake: {error}")
        return [event for event in events[1:] if isinstance(event, Frame)]

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._socket.sendall(data)

    def _hang_up(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:  # it was not connected any more
            pass
