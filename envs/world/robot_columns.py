"""Where a robot is in the arrays of a compiled model."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.robots.spec import RobotSpec

Ints = npt.NDArray[np.int_]


class RobotColumns:
    """Columns of the base, the limbs and the end effector of a robot.

    Args:
      model: with the robot in it.
      robot: its constants.

    Attributes:
      arm: columns in qpos of the joints of its limbs; arm_dofs: those in qvel.
      base: columns in qpos of a base that floats, none of another; base_dofs: those in qvel.
      grip: columns in qpos of the end effector's joints; grip_dofs: those in qvel.
      arm_servos (n,), grip_servos (a,): columns in ctrl.

    Raises:
      ValueError: the joints of a part do not follow each other in the model.
    """

    def __init__(self, model: mujoco.MjModel, robot: RobotSpec) -> None:
        limb, servos, effector = robot.joints, robot.actuators, robot.effector
        self.arm = _consecutive(robot.name, [int(model.joint(j).qposadr[0]) for j in limb])
        self.arm_dofs = _consecutive(robot.name, [int(model.joint(j).dofadr[0]) for j in limb])
        self.base = self.base_dofs = slice(0, 0)
        if robot.base.mobility == "floating":
            free = int(model.body(robot.base.body).jntadr[0])
            at, dof = int(model.jnt_qposadr[free]), int(model.jnt_dofadr[free])
            self.base, self.base_dofs = slice(at, at + 7), slice(dof, dof + 6)
        grip = [model.joint(joint) for joint in effector.joints]
        self.grip = _consecutive(robot.name, [int(j.qposadr[0]) for j in grip])
        self.grip_dofs = _consecutive(robot.name, [int(j.dofadr[0]) for j in grip])
        self.arm_servos: Ints = np.array([int(model.actuator(a).id) for a in servos], int)
        self.grip_servos: Ints = np.array([int(model.actuator(a).id) for a in effector.actuators])
        self._all = np.concatenate((self.arm_servos, self.grip_servos))
        self._nu = int(model.nu)
        self._same = self._all.tolist() == list(range(self._nu))

    def targets(self, command: Array) -> Array:
        """Targets (..., nu) of all actuators from those of arm and end effector (..., n + a).

        Other actuators of the model get 0.
        """
        if self._same:
            return command
        out = np.zeros((*command.shape[:-1], self._nu))
        out[..., self._all] = command
        return out


def _consecutive(name: str, columns: list[int]) -> slice:
    """Of columns that follow each other, so that reading them makes a view and no copy."""
    if not columns:
        return slice(0, 0)
    if columns != list(range(columns[0], columns[0] + len(columns))):
        raise ValueError(
            f"robot {name!r}: the joints of an arm or end effector must follow each other in the"
            f" model, they are in columns {columns} of qpos"
        )
    return slice(columns[0], columns[-1] + 1)
