"""A connection to a rosbridge server that is made again whenever it is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from habilis.envs.ros.transports.base import Disconnected, TransportError
from habilis.envs.ros.transports.inbox import LOG
from habilis.envs.ros.transports.rosbridge.link import WebSocketLink, address

START = "ros2 launch rosbridge_server rosbridge_websocket_launch.xml"
BACK_OFF = (0.05, 2.0)  # s between attempts to connect: first, longest
ATTEMPT = 2.0  # s that one may take


class Connection:
    """Keeps a link open on a thread of its own.

    Args:
      url: of the server; TransportError if it is none.
      ping: s of silence, in spite of a ping, after which the server counts as hung.
      hello: the texts that are sent first, each time; called with ``lock`` held.
      on_text: called with each message.
      on_change: called with '' when a lost connection is back, else with why it is lost.
      tick: called now and then while connected; returns the s until it wants to be called again.

    Attributes:
      lock: to be held by who changes what ``hello`` says.
    """

    def __init__(
        self,
        url: str,
        ping: float,
        hello: Callable[[], Iterable[str]],
        on_text: Callable[[bytes], None],
        on_change: Callable[[str], None],
        tick: Callable[[], float],
    ) -> None:
        address(url)
        self._url, self._ping, self._hello = url, ping, hello
        self._on_text, self._on_change, self._tick = on_text, on_change, tick
        self.lock = threading.RLock()
        self._link: WebSocketLink | None = None
        self._thread: threading.Thread | None = None
        self._ready, self._closing = threading.Event(), threading.Event()
        self._failure = ""

    @property
    def up(self) -> bool:
        """Whether there is a connection now."""
        return self._link is not None

    @property
    def closed(self) -> bool:
        """Whether it was closed for good."""
        return self._closing.is_set()

    def open(self, timeout: float) -> None:
        """Connect.

        Raises:
          Disconnected: it takes longer than ``timeout`` s; says what was tried and what to do.
        """
        if self.closed:
            raise Disconnected(f"the connection to {self._url} was closed; make a new transport")
        if self._thread is None:
            name = f"rosbridge {self._url}"
            self._thread = threading.Thread(target=self._run, daemon=True, name=name)
            self._thread.start()
        if not self._ready.wait(timeout):
            failure = self._failure or "no answer"
            raise Disconnected(
                f"no rosbridge server at {self._url} within {timeout:g} s ({failure}). "
                f"Start one beside the robot: {START}"
            )

    def link(self) -> WebSocketLink:
        """Return the open link.

        Raises:
          Disconnected: there is none.
        """
        link = self._link
        if link is None:
            raise Disconnected(f"not connected to {self._url} ({self._failure or 'not yet'})")
        return link

    def close(self) -> None:
        """Close the connection for good."""
        self._closing.set()
        with self.lock:
            if self._link is not None:
                self._link.close()
        if self._thread is not None and threading.current_thread() is not self._thread:
            self._thread.join(ATTEMPT)

    def _run(self) -> None:
        wait = BACK_OFF[0]
        while not self.closed:
            try:
                link = WebSocketLink(self._url, ATTEMPT, self._ping)
                self._begin(link)
            except (OSError, TransportError) as error:
                self._failure = str(error)
                self._closing.wait(wait)
                wait = min(2 * wait, BACK_OFF[1])
                continue
            wait = BACK_OFF[0]
            self._failure = self._read(link)
            self._link = None
            self._on_change(self._failure)

    def _begin(self, link: WebSocketLink) -> None:
        with self.lock:
            for text in self._hello():
                link.send(text)
            self._link, again = link, self._ready.is_set()
        self._ready.set()
        if self.closed:
            link.close()
        elif again:
            self._on_change("")

    def _read(self, link: WebSocketLink) -> str:
        try:
            return link.read(self._on_text, self._tick)
        except Exception as error:  # a fault here must not leave it open with nobody reading
            LOG.exception("reading from %s failed", self._url)
            return f"reading failed: {error!r}"
