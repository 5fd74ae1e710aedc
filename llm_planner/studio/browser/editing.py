"""The panel that changes the scene: a palette, a gizmo on the chosen thing, goal, check, file."""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from habilis.envs.world.poses import quaternions
from habilis.llm_planner.studio.browser import html
from habilis.llm_planner.studio.browser.panels import Panel
from habilis.llm_planner.studio.editing import Draft, palette, yaw_of
from habilis.llm_planner.studio.moment import Instant
from habilis.llm_planner.studio.stage import scene_task

NOTHING = "(nothing)"
USES = ("no tool", "required", "forbidden", "free")
_FILE = re.compile(r"[A-Za-z0-9_-]{1,80}")


class EditPanel(Panel):
    """Every change is shown at once, from the start of an episode of the changed scene."""

    title: ClassVar[str] = "Edit"

    def build(self) -> None:
        """See ``Panel``."""
        gui, self._lock = self.gui, threading.Lock()
        self._draft = Draft(self.session.moment.scene)
        self._note = gui.add_html("")
        with gui.add_folder("Things"):
            self._kind = gui.add_dropdown("Palette", tuple(palette()), initial_value="box")
            self.on(gui.add_button("Add to the table"), lambda: self._do(self._add))
            self._thing = gui.add_dropdown("Thing", (NOTHING,))
            self.on(self._thing, self._choose, "on_update")
            self._factors = gui.add_vector3("Stretch by", (1.0, 1.0, 1.0), step=0.1)
            does = gui.add_button_group("To the thing", ("Stretch", "Remove"))
            self.on(does, lambda: self._do(self._size if does.value == "Stretch" else self._remove))
            self.on(gui.add_button("Undo"), lambda: self._do(lambda: self._draft.undo()))
        with gui.add_folder("Task"):
            self._words = gui.add_text("In words", "")
            self._goal = gui.add_text("Goal", "")
            self._tool = gui.add_dropdown("Tool", (NOTHING,))
            self._use = gui.add_dropdown("Its use", USES)
            self.on(gui.add_button("Set"), lambda: self._do(self._set))
        with gui.add_folder("Words of goals", expand_by_default=False):
            gui.add_html(html.words())
        with gui.add_folder("Check and save"):
            self.on(gui.add_button("Check"), self._check)
            self._found = gui.add_html("")
            self._file = gui.add_text("File", self.session.moment.scene.name)
            self.on(gui.add_button("Save", color="blue"), self._save)
        self._gizmo = self.server.scene.add_transform_controls(
            "/edit", scale=0.14, depth_test=False, visible=False
        )
        self._gizmo.on_update(self._dragged)
        self._fill()

    def draw(self, moment: Instant) -> None:
        """See ``Panel``."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if moment.scene is self._draft.scene:
                self._loading = False
            elif not self._loading:  # it was changed elsewhere
                self._draft = Draft(moment.scene)
                self._fill()
        finally:
            self._lock.release()

    # ---- what a viewer does

    def _add(self) -> None:
        box = self._draft.scene.workspace
        middle = (np.array(box.lower) + np.array(box.upper)) / 2
        self._selected = self._draft.add(self._kind.value, (middle[0], middle[1]))

    def _remove(self) -> None:
        self._draft.remove(self._thing.value)

    def _size(self) -> None:
        self._draft.size(self._thing.value, self._factors.value)

    def _set(self) -> None:
        draft, use = self._draft, self._use.value
        draft.goal(self._goal.value)
        draft.instruction(self._words.value)
        tool = None if use == USES[0] or self._tool.value == NOTHING else use
        draft.tool(self._tool.value, tool)  # type: ignore[arg-type]

    def _dragged(self, event: Any) -> None:
        if event.phase == "end" and self._thing.value != NOTHING:
            self._do(self._put)

    def _put(self) -> None:
        name, at = self._thing.value, self._gizmo
        x, y, z = (float(v) for v in at.position)
        thing = self._draft.scene.entity(name)
        self._draft.put(name, (x, y, z), yaw_of(tuple(at.wxyz), thing))

    def _do(self, change: Callable[[], None]) -> None:
        """Change the draft and show what became of it, or say why it cannot be."""
        with self._lock:
            before, self._selected = self._draft.scene, self._thing.value
            try:
                change()
            except (ValueError, KeyError) as error:
                self._note.content = html.checked([str(error.args[0])], ())
                return
            if (scene := self._draft.scene) is not before:
                self._loading = True
                self.session.load(
                    lambda: scene_task(scene, self.session.variation), self.session.seed
                )
            self._fill()

    def _check(self) -> None:
        self._found.content = html.note("leaving it alone for a while ...")
        self._found.content = html.checked(*self._draft.check())

    def _save(self) -> None:
        name = self._file.value.removesuffix(".yaml")
        if not _FILE.fullmatch(name):
            self._found.content = html.checked(["a name is letters, digits, - and _"], ())
            return
        path = self.session.out / "scenes" / f"{name}.yaml"
        try:
            self._draft.save(path)
        except (ValueError, OSError) as error:
            self._found.content = html.checked([str(error)], ())
            return
        again = shlex.join(["habilis", "studio", str(path)])
        self._found.content = html.note(f"saved: {path}; {again} shows it again")

    # ---- what is shown

    _selected: str = NOTHING
    _loading = False

    def _fill(self) -> None:
        """Show the draft in the controls."""
        scene = self._draft.scene
        names = (NOTHING, *(e.name for e in scene.entities))
        self._note.content = html.note(f"{len(names) - 1} things; robot {scene.robot}")
        self._thing.options = self._tool.options = names
        self.set(self._thing, self._selected if self._selected in names else NOTHING)
        self.set(self._goal, str(scene.goal))
        self.set(self._words, scene.instruction)
        self.set(self._tool, scene.tool.name if scene.tool is not None else NOTHING)
        self.set(self._use, scene.tool.use if scene.tool is not None else USES[0])
        self._choose()

    def _choose(self) -> None:
        name = self._thing.value
        self._gizmo.visible = name != NOTHING
        if name != NOTHING:
            at = self._draft.scene.at_rest(name)
            self._gizmo.position = at[:3, 3]
            self._gizmo.wxyz = quaternions(at[:3, :3])
