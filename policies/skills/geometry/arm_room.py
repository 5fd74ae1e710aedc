"""The room that an arm takes behind its hand: what its links meet where its joints put them."""

from __future__ import annotations

import functools

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import file_stamps, make_robot, robot_spec
from habilis.assets.scene.solids.parts import Part, Shape
from habilis.policies.skills.geometry.solids import Solid, around, solid_box
from habilis.policies.skills.senses import Senses

Vec3 = tuple[float, float, float]

TOUCH, AT_END = 0.004, 0.01  # m, rad, nearer than which links touch, and joints are at their ends
GRAZE = 0.002  # m by which links, which round off their edges, may be in something else
ROUND: dict[int, Shape] = {
    int(mujoco.mjtGeom.mjGEOM_CYLINDER): "cylinder", int(mujoco.mjtGeom.mjGEOM_CAPSULE): "capsule",
    int(mujoco.mjtGeom.mjGEOM_SPHERE): "sphere",
}  # fmt: skip


class ArmRoom:
    """The collision shapes of the links that carry an end effector, read from the robot's model.

    What the end effector itself takes is not in it, nor what does not move against the base.

    Args:
      robot: name of the robot.
      base: of the robot, m, world.
    """

    def __init__(self, robot: str, base: Vec3) -> None:
        known, spec = make_robot(robot)
        spec.body(known.base.body).pos = list(base)
        self._model = model = spec.compile()
        self._data = mujoco.MjData(model)
        self._joints = [int(model.joint(joint).qposadr[0]) for joint in known.arm.joints]
        body, carriers = int(model.body(known.effector.body).id), []
        while (body := int(model.body_parentid[body])) and model.body_weldid[body]:
            carriers.append(body)
        touched = np.flatnonzero((model.geom_contype | model.geom_conaffinity) != 0)
        self._shapes = [
            (int(g), model.body(model.geom_bodyid[g]).name, _shape(model, int(g)))
            for g in touched if model.geom_bodyid[g] in carriers
        ]  # fmt: skip

    def at(self, q: Array) -> list[tuple[str, Solid]]:
        """Names of the links and their solids in the world, with the joints at q (j,), rad."""
        self._data.qpos[self._joints] = q
        mujoco.mj_kinematics(self._model, self._data)
        where = self._data.geom_xpos, self._data.geom_xmat.reshape(-1, 3, 3)
        return [(link, own.moved(where[0][g], where[1][g])) for g, link, own in self._shapes]


def arm_meets(senses: Senses, q: Array, gap: float = -GRAZE) -> list[tuple[str, str]]:
    """What the arm would be in with its joints at q (j,), rad: a link, and a thing or thing/link.

    Args:
      senses: the present; what is in it stays where it is.
      q: as ``Senses.reach`` finds them for a pose.
      gap: m nearer than which they count as meeting.
    """
    robot = senses.scene.robot
    links = _room(robot, tuple(senses.scene.base), file_stamps(robot)).at(q)
    whole = around([solid.box() for _, solid in links])
    found: dict[tuple[str, str], None] = {}
    for entity in senses.scene.entities:
        for body, one in entity.bodies():
            solids = [senses.part_solid(body, part) for part in one.parts if part.solid]
            near = [s for s in solids if s.box().overlaps(whole, gap)]
            found |= {
                (link, body): None for s in near for link, solid in links if solid.meets(s, gap)
            }
    return list(found)


def arm_stopped(senses: Senses) -> str:
    """What the arm has come up against, or which of its joints are at the ends of their ranges, in
    words; '' if neither is so."""
    q, arm = senses.joints, robot_spec(senses.scene.robot).arm
    if met := arm_meets(senses, q, TOUCH):
        links, things = (", ".join(dict.fromkeys(names)) for names in zip(*met, strict=True))
        return f"{links} of the arm came up against {things}"
    room = np.minimum(q - np.array(arm.lower), np.array(arm.upper) - q)
    ends = [
        f"{name} ({at:.2f} rad)"
        for name, at, r in zip(arm.joints, q, room, strict=True)
        if r < AT_END
    ]
    return f"at the end of its range: {', '.join(ends)}" if ends else ""


@functools.lru_cache(maxsize=8)
def _room(robot: str, base: Vec3, stamps: tuple[int, ...]) -> ArmRoom:
    """One for a robot as its files are; ``stamps`` change with them."""
    return ArmRoom(robot, base)


def _shape(model: mujoco.MjModel, geom: int) -> Solid:
    """A geom in its own frame: exact where it is round, else the box around it."""
    shape, (radius, half, _) = ROUND.get(int(model.geom_type[geom])), model.geom_size[geom]
    if shape is None:
        centre, size = model.geom_aabb[geom, :3], model.geom_aabb[geom, 3:]
        return solid_box(centre - size, centre + size)
    size = (2 * float(radius), 2 * float(half))
    part = Part("link", shape, size[:1] if shape == "sphere" else size)
    return Solid(np.zeros(3), np.eye(3), part.extent)
