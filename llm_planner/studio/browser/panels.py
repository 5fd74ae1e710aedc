"""The panels of a page that every scene has: time, acting, the ledger, what is drawn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from habilis.llm_planner.studio.browser import html
from habilis.llm_planner.studio.browser.view import SceneView
from habilis.llm_planner.studio.clock import SPEEDS
from habilis.llm_planner.studio.moment import Instant
from habilis.llm_planner.studio.session import Session

if TYPE_CHECKING:
    import viser

IDLE = 1.0  # s after a viewer moved the slider from which on it shows the time again
SHOWN = 14  # lines of what was said


class Panel:
    """Some controls and what they show. Made in the container that is open then.

    Args:
      server: of viser.
      session: that is asked.
      view: of the scene.
    """

    title: ClassVar[str] = ""

    def __init__(self, server: viser.ViserServer, session: Session, view: SceneView) -> None:
        self.server, self.gui, self.session, self.view = server, server.gui, session, view
        self.build()

    def build(self) -> None:
        """Make the controls."""

    def draw(self, moment: Instant) -> None:
        """Show a moment; called some forty times a second, so that only news are to be sent."""

    def put(self, handle: Any, content: str) -> None:
        """Write HTML into a handle, if it is news."""
        if handle.content != content:
            handle.content = content

    def set(self, handle: Any, value: Any) -> None:
        """Write a value into a control, if it is news; nobody is told that it was used."""
        if handle.value != value:
            handle.value = value

    def on(self, handle: Any, do: Any, event: str = "on_click") -> None:
        """Call ``do`` without arguments when a viewer uses a control."""
        getattr(handle, event)(lambda call: do() if call.client is not None else None)


class TimePanel(Panel):
    """Play, pause, step, rewind, reset, speed; always in sight."""

    title = "Time"

    def build(self) -> None:
        """See ``Panel``."""
        gui, session, self._used = self.gui, self.session, 0.0
        self._status = gui.add_html("")
        going = gui.add_button_group("Time", ("Play", "Pause", "Step", "Reset"))
        does = {
            "Play": session.clock.play, "Pause": session.clock.pause,
            "Step": session.clock.step, "Reset": session.reset,
        }  # fmt: skip
        self.on(going, lambda: does[going.value]())
        self._rewind = gui.add_slider(
            "Rewind to (s)", min=0.0, max=1.0, step=0.1, initial_value=0.0
        )
        self.on(self._rewind, self._go, "on_update")
        words = [f"{speed:g} x" for speed in SPEEDS]
        self._speed = gui.add_dropdown("Speed", words, initial_value="1 x")
        self.on(self._speed, self._pace, "on_update")

    def draw(self, moment: Instant) -> None:
        """See ``Panel``."""
        self.put(self._status, html.status(moment))
        end = max(0.1, round(moment.span[1], 1))
        if abs(self._rewind.max - end) > 0.05 and (
            not moment.playing or end > self._rewind.max + 1
        ):
            self._rewind.max = end
        slack = 1.0 if moment.playing else 0.06
        idle = time.monotonic() - self._used > IDLE
        if idle and abs(self._rewind.value - moment.time) > slack:
            self.set(self._rewind, min(round(moment.time, 1), self._rewind.max))

    def _go(self) -> None:
        self._used = time.monotonic()
        self.session.seek(float(self._rewind.value))

    def _pace(self) -> None:
        self.session.clock.speed = float(self._speed.value.split()[0])


class LedgerPanel(Panel):
    """The goal with the truth of its parts, and the contacts of the episode."""

    title = "Ledger"

    def build(self) -> None:
        """See ``Panel``."""
        self._text = self.gui.add_html("")

    def draw(self, moment: Instant) -> None:
        """See ``Panel``."""
        self.put(self._text, html.ledger(moment.account))


class ViewPanel(Panel):
    """What is drawn beside the bodies."""

    title = "View"

    def build(self) -> None:
        """See ``Panel``."""
        words = {
            "contacts": "Contacts", "frames": "Frames and names", "workspace": "Workspace",
            "shadows": "Shadows",
        }  # fmt: skip
        for name, word in words.items():
            box = self.gui.add_checkbox(word, getattr(self.view, name))
            self.on(box, lambda n=name, b=box: self._switch(n, b.value), "on_update")

    def _switch(self, name: str, on: bool) -> None:
        setattr(self.view, name, on)
        self.session.refresh()


def newest(said: Sequence[str]) -> str:
    """The end of what was said."""
    return html.lines(said[-SHOWN:])
