"""The panel of teleoperation: a gizmo in the scene, keys, buttons, and demonstrations."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ClassVar

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.llm_planner.studio.browser import html
from habilis.llm_planner.studio.browser.panels import Panel
from habilis.llm_planner.studio.moment import Instant
from habilis.llm_planner.studio.teleop import Teleoperate, Wish

STRIDE = 0.01  # m of a press of a key
WAYS = {
    "Forward": ("W", (1, 0, 0)), "Back": ("S", (-1, 0, 0)), "Left": ("A", (0, 1, 0)),
    "Right": ("D", (0, -1, 0)), "Up": ("E", (0, 0, 1)), "Down": ("Q", (0, 0, -1)),
}  # fmt: skip
"""Word, key and direction in the world."""
NAME, RECORDED = "teleoperation", "teleoperation, recorded"


class TeleopPanel(Panel):
    """Take over, move, open and close, record."""

    title: ClassVar[str] = "Teleop"

    def build(self) -> None:
        """See ``Panel``."""
        gui, self._wish, self._shown = self.gui, Wish(), False
        going = gui.add_button_group("Robot", ("Take over", "Let go"))
        self.on(going, lambda: self._take(False) if going.value == "Take over" else self._let_go())
        kept = gui.add_button_group("Demonstration", ("Record", "Keep it"))
        self.on(kept, lambda: self._take(True) if kept.value == "Record" else self._let_go())
        low, high = self.session.stage.world.robot.effector.aperture
        self._open = gui.add_slider(
            "Opening (mm)", min=round(low * 1e3), max=round(high * 1e3), step=1,
            initial_value=round(high * 1e3),
        )  # fmt: skip
        self.on(self._open, lambda: self._wish.put(aperture=self._open.value / 1e3), "on_update")
        words = tuple(WAYS)
        self._buttons("Move 1 cm", words[:4])
        self._buttons("Up, down", words[4:])
        for word, (key, _) in WAYS.items():
            self._key(word, key, functools.partial(self._go, word))
        self.on(gui.add_button("Grip or let go"), self._grip)
        self._key("Grip or let go", "space", self._grip)
        self._text = gui.add_html("")
        self._gizmo = self.server.scene.add_transform_controls(
            "/gizmo", scale=0.16, depth_test=False, visible=False
        )
        self._gizmo.on_update(lambda _: self._dragged())

    def draw(self, moment: Instant) -> None:
        """See ``Panel``."""
        acts = moment.acting in (NAME, RECORDED)
        if acts and not self._shown:
            self._place(moment.tcp, moment.rot)
        if acts != self._shown:
            self._gizmo.visible = self._shown = acts
            self._gizmo.disable_rotations = not self._wish.turns
        self.put(self._text, html.note(self._told(moment, acts)))

    def _told(self, moment: Instant, acts: bool) -> str:
        if not acts:
            return (
                "Take over to drag the gizmo, or press W, A, S, D, E, Q and space. Whatever you ask"
                " for passes the same limits of speed, acceleration and workspace as a plan."
            )
        behind = float(np.linalg.norm(self._wish.now.pos - moment.tcp))
        kept = "; recorded until the episode ends" if moment.acting == RECORDED else ""
        turns = "" if self._wish.turns else "; the hand points down in this task's control"
        gap = f"opening {moment.aperture * 1e3:.0f} mm"
        return f"{behind * 100:.1f} cm behind what you ask for, {gap}{kept}{turns}"

    def _take(self, record: bool) -> None:
        self.session.act(Teleoperate(self._wish, record), RECORDED if record else NAME)

    def _let_go(self) -> None:
        self.session.stop()

    def _buttons(self, label: str, words: tuple[str, ...]) -> None:
        group = self.gui.add_button_group(label, words)
        self.on(group, lambda: self._go(group.value))

    def _go(self, word: str) -> None:
        if self._shown:
            self._wish.move(STRIDE * np.array(WAYS[word][1], float))
            self._gizmo.position = self._wish.now.pos

    def _grip(self) -> None:
        if self._shown:
            self._wish.grip()
            self.set(self._open, round(self._wish.now.aperture * 1e3))

    def _dragged(self) -> None:
        rot = np.zeros(9)
        mujoco.mju_quat2Mat(rot, np.asarray(self._gizmo.wxyz, float))
        self._wish.put(np.asarray(self._gizmo.position, float), rot.reshape(3, 3))

    def _place(self, pos: Array, rot: Array) -> None:
        quat = np.zeros(4)
        mujoco.mju_mat2Quat(quat, np.asarray(rot, float).ravel())
        self._gizmo.position, self._gizmo.wxyz = pos, quat

    def _key(self, word: str, key: Any, do: Callable[[], None]) -> None:
        command = self.gui.add_command(f"Robot: {word.lower()}", hotkey=key)
        command.on_trigger(lambda _: do())
