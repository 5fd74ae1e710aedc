"""Changing a scene step by step: things from a palette, where they are, what is wanted of them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path

import mujoco
import numpy as np

from habilis.assets.names import check_known
from habilis.assets.scene.distractors import catalogue
from habilis.assets.scene.format.file import dump_scene, load_scene
from habilis.assets.scene.goal_text import GoalParser
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.scaling import scaled
from habilis.assets.scene.solids.parts import Part, Vec3
from habilis.assets.scene.things import Scene, Thing, Tool, ToolUse
from habilis.assets.scenes import COLORS, scene_path, shipped
from habilis.envs.robot.at_rest import left_alone
from habilis.envs.world.poses import matrices

PLACES = 4  # decimals of a position in m: 0.1 mm


class Draft:
    """A scene that is being changed. Whatever is refused leaves it as it was.

    Args:
      scene: to begin with.

    Attributes:
      scene: as it is now.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._before: list[Scene] = []

    def add(self, kind: str, pos: tuple[float, float]) -> str:
        """Add a thing of the palette on the table, its origin at (2,) m.

        Returns:
          The name that it got.

        Raises:
          ValueError: the palette has no such thing.
        """
        known = palette()
        check_known("thing of the palette", kind, known)
        taken, stem = {e.name for e in self.scene.entities}, known[kind].name
        name, number = stem, 2
        while name in taken:
            name, number = f"{stem}_{number}", number + 1
        x, y = (round(float(v), PLACES) for v in pos)
        thing = dataclasses.replace(known[kind], name=name, pos=(x, y, known[kind].pos[2]))
        self._change(entities=(*self.scene.entities, _renamed(thing, known[kind].name)))
        return name

    def remove(self, name: str) -> None:
        """Take a thing away.

        Raises:
          ValueError: the goal, the tool or another thing needs it.
          KeyError: there is none of that name.
        """
        thing, scene = self.scene.entity(name), self.scene
        needs = (
            [f"the goal {scene.goal}"]
            if name in {n.partition("/")[0] for n in scene.goal.names()}
            else []
        )
        needs += ["the tool of the scene"] if scene.tool and scene.tool.name == name else []
        for other in scene.entities:
            within = other.grains.within if other.grains is not None else ""
            tied = other.tie.to if other.tie is not None else ""
            if name in ((within or "").partition("/")[0], tied.partition("/")[0]):
                needs.append(other.name)
        if needs:
            raise ValueError(f"{name} stays: it is needed by {', '.join(needs)}")
        self._change(entities=tuple(e for e in scene.entities if e is not thing))

    def put(self, name: str, pos: Vec3, yaw: float | None = None) -> None:
        """Put a thing at (3,) m, turned about z by ``yaw`` rad, as it is if left out."""
        thing = self.scene.entity(name)
        x, y, z = (round(float(v), PLACES) + 0.0 for v in pos)
        turn = thing.yaw if yaw is None else round(float(yaw), PLACES)
        self._replace(dataclasses.replace(thing, pos=(x, y, z), yaw=turn))

    def size(self, name: str, factors: Vec3) -> None:
        """Stretch a thing along its own axes; see ``scaled``."""
        self._replace(scaled(self.scene.entity(name), factors))

    def goal(self, text: str) -> None:
        """Want this; GoalTextError names the column that cannot be read."""
        self._change(goal=GoalParser(text, {e.name: e for e in self.scene.entities}).parse())

    def instruction(self, text: str) -> None:
        """Say it in words."""
        self._change(instruction=text)

    def tool(self, name: str, use: ToolUse | None) -> None:
        """Which thing is the tool, and whether it is required; None for no tool."""
        self._change(tool=None if use is None else Tool(self.scene.entity(name).name, use))

    def undo(self) -> None:
        """Take the last change back; nothing happens if there is none."""
        if self._before:
            self.scene = self._before.pop()

    def check(self) -> tuple[list[str], list[str]]:
        """Leave the scene alone for a while; what is amiss, and what else there is to know."""
        try:
            found = left_alone(self.scene)
        except (ValueError, RuntimeError) as error:
            return [str(error)], []
        far = [f"{t.name} is {t.line(False)}" for t in found.things if t.beyond > 0]
        return list(found.amiss), [found.reach, *far]

    def save(self, path: Path) -> None:
        """Write it as a scene file; SceneFileError if it would not read back equal."""
        text = dump_scene(self.scene)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _replace(self, thing: Thing) -> None:
        self._change(
            entities=tuple(thing if e.name == thing.name else e for e in self.scene.entities)
        )

    def _change(self, **changes: object) -> None:
        scene = dataclasses.replace(self.scene, **changes)  # type: ignore[arg-type]
        try:
            compile_scene(scene)
        except mujoco.FatalError as error:
            raise ValueError(f"it cannot be simulated: {error}") from error
        self._before.append(self.scene)
        self.scene = scene


@functools.cache
def palette() -> Mapping[str, Thing]:
    """What can be added, by name: solids, everyday things, and what stands in shipped scenes."""
    found = {thing.name: thing for thing in _solids()} | dict(catalogue())
    for name in shipped():
        for thing in load_scene(scene_path(name)).entities:
            alone = thing.tie is None and (thing.grains is None or not thing.grains.within)
            if alone:
                found.setdefault(thing.name, thing)
    return dict(sorted(found.items()))


def _solids() -> tuple[Thing, ...]:
    """A box, a cylinder and a ball of a size that a gripper takes."""
    shapes: tuple[tuple[str, tuple[float, ...], float, str], ...] = (
        ("box", (0.04, 0.04, 0.04), 0.02, "wood"), ("cylinder", (0.04, 0.06), 0.03, "teal"),
        ("sphere", (0.04,), 0.02, "orange"),
    )  # fmt: skip
    return tuple(
        Thing(
            name, (Part(name, shape=name, size=size, rgba=COLORS[colour]),), (0.0, 0.0, z),  # type: ignore[arg-type]
            rolling=0.0005 if name != "box" else 0.0,
        )
        for name, size, z, colour in shapes
    )  # fmt: skip


def _renamed(thing: Thing, old: str) -> Thing:
    """Parts are named after a thing that has but one."""
    if len(thing.parts) == 1 and thing.parts[0].name == old:
        part = dataclasses.replace(thing.parts[0], name=thing.name)
        return dataclasses.replace(thing, parts=(part,))
    return thing


def yaw_of(quat: tuple[float, ...], thing: Thing) -> float:
    """By how much a thing at wxyz (4,) is turned about z beyond its tilt, rad."""
    rot = matrices(np.asarray(quat, float)[None])[0] @ dataclasses.replace(thing, yaw=0.0).turn().T
    return float(np.arctan2(rot[1, 0], rot[0, 0]))
