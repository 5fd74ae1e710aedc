"""Who may connect to a page: viewers with the token, or pages that this very server gave out.

A server on loopback is reached by every web page that a browser on this machine has open, as
WebSockets are not bound to where a page comes from. So the origin of a connection is looked at.
"""

from __future__ import annotations

import asyncio
import errno
import re
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import viser

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LAST_PORT = 65535
REFUSED = 1008  # close code of a WebSocket: the policy is violated


def refusal(path: str, headers: Mapping[str, str], token: str) -> str:
    """Why a connection is refused, '' if it is let in.

    Args:
      path: that it asks for; ``/TOKEN`` where a token is set.
      headers: of the request.
      token: '' if none is set.
    """
    if token:
        given = path.partition("?")[0].strip("/")
        return (
            ""
            if secrets.compare_digest(given.encode(), token.encode())
            else "the token is missing or wrong"
        )
    host = headers.get("Host", "")
    name = re.sub(r":\d+$", "", host)  # without the port
    if name.strip("[]").lower() not in LOOPBACK:
        return f"it was addressed as {host!r}, which is not loopback"
    origin = headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != host:
        return f"it comes from a page of {origin}"
    return ""


def check_bindable(host: str, port: int) -> None:
    """Check that a server can listen there, or at a later port if another one does already.

    Viser waits for ever for a server that cannot start.

    Raises:
      ValueError: there is no such port or address on this machine, or it is not allowed.
    """
    if not 0 <= port <= LAST_PORT:
        raise ValueError(f"--port goes from 0 to {LAST_PORT}, got {port}")

    async def listen() -> None:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
        server.close()
        await server.wait_closed()

    try:
        with ThreadPoolExecutor(1) as thread:  # where a loop runs already, as in a notebook
            thread.submit(asyncio.run, listen()).result()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise ValueError(
                f"nothing can listen at {host} port {port}: {error.strerror}"
            ) from error


def guard(server: viser.ViserServer, token: str) -> None:
    """Close connections that are refused before anything is sent to them."""
    sockets: Any = server._websock_server  # the public interface has no hook for this

    async def check(connection: Any) -> None:
        socket = sockets._live_connections[connection.client_id]
        why = refusal(socket.request.path, socket.request.headers, token)
        if why:
            await socket.close(REFUSED, why)
            await asyncio.sleep(0)

    sockets.on_client_connect(check)


def check_reach(host: str, token: str) -> None:
    """ValueError for a page that others could reach without a token."""
    if host not in LOOPBACK and not token:
        raise ValueError(
            f"--host {host} lets other machines in: set a token with --token or"
            " HABILIS_STUDIO_TOKEN, or stay on 127.0.0.1 and use an SSH tunnel"
        )
