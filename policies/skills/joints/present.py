"""A joint of a thing or link as it stands now: its axis, how far it is open, what it moves."""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.links import Joint, Link
from habilis.envs.control.rotations import matrix, turn_between
from habilis.policies.skills.senses import Senses


@dataclasses.dataclass(frozen=True)
class JointNow:
    """A slide or hinge in the world.

    Attributes:
      joint: its data.
      axis: (3,) unit vector.
      anchor: (3,) a point of the axis, m.
      opening: its value, m or rad.
    """

    joint: Joint
    axis: Array
    anchor: Array
    opening: float

    @property
    def hinge(self) -> bool:
        """Whether it turns; else it slides."""
        return self.joint.kind == "hinge"

    def carried(self, point: Array, by: float) -> Array:
        """Where a point (3,), m, of the body goes when its joint moves ``by`` m or rad."""
        if not self.hinge:
            return point + by * self.axis
        turn = matrix(by * self.axis[None])[0]
        moved: Array = self.anchor + turn @ (point - self.anchor)
        return moved

    def arm(self, point: Array) -> float:
        """Distance of a point (3,) from a hinge's axis, m; of a slide 1."""
        if not self.hinge:
            return 1.0
        return float(np.linalg.norm(np.cross(self.axis, point - self.anchor)))


def joint_now(senses: Senses, name: str) -> JointNow | None:
    """The joint of a thing, or of a ``thing/link``, to what it hangs on; None without a slide or
    hinge.

    Args:
      senses: the present.
      name: of the thing or link.
    """
    body = senses.scene.body(name)
    joint = body.joint
    if joint is None or joint.kind == "ball":
        return None
    pos, rot = senses.pose(name)
    closed = _with_joint_at_0(senses, name)
    axis = rot @ np.array(joint.axis)
    if joint.kind == "slide":
        opening = float((pos - closed[:3, 3]) @ axis)
    else:
        opening = float(turn_between(closed[None, :3, :3], rot[None])[0] @ axis)
        if not joint.range[0] - 0.1 <= opening <= joint.range[1] + 0.1:
            opening -= 2 * np.pi * np.sign(opening)  # it has turned by more than half
    return JointNow(joint, axis, senses.point(name, joint.pos), opening)


def _with_joint_at_0(senses: Senses, name: str) -> Array:
    """(4, 4) where a body would be, as its parent stands now."""
    body, scene = senses.scene.body(name), senses.scene
    if not isinstance(body, Link):
        return scene.at_rest(name)
    owner = name.partition("/")[0]
    parent = f"{owner}/{body.parent}" if body.parent else owner
    there = np.eye(4)
    there[:3, 3], there[:3, :3] = senses.pose(parent)
    out: Array = there @ body.frame()
    return out
