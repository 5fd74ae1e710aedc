"""The page: a viser server with the view and the panels, drawn anew as the session goes on."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from habilis.llm_planner.studio.browser import guard
from habilis.llm_planner.studio.browser.panels import Panel
from habilis.llm_planner.studio.browser.view import SceneView
from habilis.llm_planner.studio.session import Session

if TYPE_CHECKING:
    import viser

FRAMES = 40.0  # a second that are sent at the most
EYE, AT = (1.25, -0.85, 0.8), (0.3, 0.04, 0.12)  # m, of a viewer that comes


class Page:
    """Shows a session to as many viewers as come; they come and go as they like.

    Args:
      session: that is shown; it is not closed with the page.
      panels: made in this order, each a tab.
      host: address to listen at.
      port: to listen at, or the next that is free; 0 for any.
      token: that viewers must have; '' for none, on loopback only.

    Raises:
      ValueError: others could reach it, and there is no token; or nothing can listen there.
      ImportError: viser is missing.
    """

    def __init__(
        self,
        session: Session,
        panels: Sequence[type[Panel]],
        host: str = "127.0.0.1",
        port: int = 8080,
        token: str = "",
    ) -> None:
        guard.check_reach(host, token)
        self._session, self._host, self._token = session, host, token
        self._server = server = _serve(host, port)
        guard.guard(server, token)
        self.view = SceneView(server)
        self._panels: list[Panel] = []
        self._compose(panels)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._live, name="studio page", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """For the browser, with the token if there is one."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        at = f"{host}:{self._server.get_port()}"
        return f"http://{at}/" + (f"?websocket=ws://{at}/{self._token}" if self._token else "")

    @property
    def viewers(self) -> int:
        """How many look at it."""
        return len(self._server.get_clients())

    def close(self) -> None:
        """Stop serving."""
        self._closing.set()
        self._thread.join(timeout=10)
        self._server.stop()

    def _compose(self, panels: Sequence[type[Panel]]) -> None:
        server = self._server
        server.gui.configure_theme(
            control_width="large", show_logo=False, show_share_button=False, dark_mode=False
        )
        server.gui.set_panel_label("habilis studio")
        server.initial_camera.position, server.initial_camera.look_at = EYE, AT
        first, *rest = panels
        self._panels.append(first(server, self._session, self.view))
        tabs = server.gui.add_tab_group()
        for kind in rest:
            with tabs.add_tab(kind.title):
                self._panels.append(kind(server, self._session, self.view))

    def _live(self) -> None:
        shown: Any = None
        while not self._closing.wait(1 / FRAMES):
            moment = self._session.moment
            if moment is not shown:
                self.view.draw(moment)
            for panel in self._panels:
                panel.draw(moment)
            shown = moment


def make_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(16)


def _serve(host: str, port: int) -> viser.ViserServer:
    try:
        import viser
    except ImportError as error:
        raise ImportError('the studio needs: pip install "habilis[studio]"') from error
    guard.check_bindable(host, port)
    server = viser.ViserServer(host=host, port=port, verbose=False)
    # A viewer could ask for a public address at a server outside; nobody gets one.
    server.request_share_url = lambda verbose=True: None  # type: ignore[method-assign]
    return server
