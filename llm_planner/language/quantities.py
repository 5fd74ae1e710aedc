"""The named quantities of a scene that expressions may use, in SI and as observed now."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from habilis.assets.robots.registry import robot_spec
from habilis.assets.scene.things import Scene
from habilis.llm_planner.language.calculator import Quantity, quantity
from habilis.policies.skills.geometry.solids import Box
from habilis.policies.skills.senses import Senses

FIELDS = (
    "x y z", "centre", "size", "size_x size_y size_z", "low_x high_x low_y high_y low_z high_z",
)  # fmt: skip
"""Of every object and of every part of it."""


def quantity_words(scene: Scene | None = None) -> str:
    """For prompts: what may be named in a scene; if left out, one of an arm."""
    legs = scene is not None and scene.hand == "legs"
    grip = "" if legs else " .grip, .grip.x, .grip.y, .grip.z;"
    robot = (
        "trunk.x, .y, .z (its middle)"
        if legs
        else "gripper.x, .y, .z (tool centre point), gripper.open (jaw fully open)"
    )
    return (
        "OBJECT.x, .y, .z, .centre; .size_x, .size_y, .size_z, .size; .low_x, .high_x and so on"
        f" (faces of its box);{grip} .mass, .friction, .yaw (rad); the same lengths of a part as"
        f" OBJECT.PART.x; workspace.min_x, workspace.max_x and so on; {robot}; gravity; the units"
        " m cm mm kg g N s deg"
    )


def quantities(senses: Senses) -> dict[str, Quantity]:
    """Every quantity of a scene by name, from the newest observation, SI units.

    An object's own names win over those of a part that is called like a field.
    """
    out: dict[str, Quantity] = {}
    legs = senses.scene.hand == "legs"
    for entity in senses.scene.entities:
        name = entity.name
        for part in entity.parts:
            out.update(_box(f"{name}.{part.name}", senses.part_box(name, part)))
        out.update(_box(name, senses.box(name)))
        if not legs:
            out.update(_point(f"{name}.grip", senses.get_graspable_point(name)))
        out[f"{name}.mass"] = quantity(entity.whole_mass, "kg")
        out[f"{name}.friction"] = quantity(entity.friction)
        rot = senses.pose(name)[1]
        out[f"{name}.yaw"] = quantity(float(np.arctan2(rot[1, 0], rot[0, 0])))
    w = senses.scene.workspace
    for k, axis in enumerate("xyz"):
        out[f"workspace.min_{axis}"] = quantity(w.lower[k], "m")
        out[f"workspace.max_{axis}"] = quantity(w.upper[k], "m")
    out.update(_point("trunk" if legs else "gripper", senses.tcp))
    if legs:
        return out
    out["gripper.open"] = quantity(robot_spec(senses.scene.robot).effector.widest, "m")
    return out


def _box(name: str, box: Box) -> Iterator[tuple[str, Quantity]]:
    yield f"{name}.centre", quantity(box.centre, "m")
    yield f"{name}.size", quantity(box.size, "m")
    for k, axis in enumerate("xyz"):
        yield f"{name}.{axis}", quantity(box.centre[k], "m")
        yield f"{name}.size_{axis}", quantity(box.size[k], "m")
        yield f"{name}.low_{axis}", quantity(box.low[k], "m")
        yield f"{name}.high_{axis}", quantity(box.high[k], "m")


def _point(name: str, point: np.ndarray) -> Iterator[tuple[str, Quantity]]:
    yield name, quantity(point, "m")
    for k, axis in enumerate("xyz"):
        yield f"{name}.{axis}", quantity(point[k], "m")
