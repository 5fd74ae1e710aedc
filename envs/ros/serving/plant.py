"""What is served: the joints of a simulated arm in its scene, of a hand, or bare servos."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.hands.registry import HANDS, make_hand
from habilis.assets.robots.registry import ARMS, same_robot
from habilis.assets.scene.model.compile import Furnish, compile_scene
from habilis.assets.scene.model.preset import TIMESTEP
from habilis.assets.scene.things import Scene
from habilis.envs.robot.robot import SimRobot
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.sim.cpu import CpuSim
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World


class Plant(Protocol):
    """n joints that go where they are told.

    Attributes:
      q, qd, effort: (n,) rad, rad/s, Nm; copies.
    """

    @property
    def q(self) -> Array: ...
    @property
    def qd(self) -> Array: ...
    @property
    def effort(self) -> Array: ...

    def step(self, targets: Array, speeds: Array, aperture: float, last: bool) -> None:
        """Take k substeps of ``TIMESTEP``.

        Args:
          targets: (k, n) joint targets, rad.
          speeds: (k, n) rad/s at which they move.
          aperture: opening to go to, m.
          last: whether these substeps end the control period.
        """

    def reset(self, seed: int) -> None:
        """Go back to the start; what is random is drawn with the seed."""


class ArmPlant:
    """The arm of a scene, with its gripper and its things.

    Args:
      scene: to serve.
      variation: how far layouts stray from the scene as given; see ``Variation.scaled``.
      furnish: what is added to its model.

    Attributes:
      world: the physics.
      monitor: whether the scene's goal is reached.
    """

    def __init__(
        self, scene: Scene, variation: float = 0.0, furnish: Furnish | None = None
    ) -> None:
        self.world = World(compile_scene(scene, furnish), nthread=1)
        self._robot, self._variation = SimRobot(self.world), Variation.scaled(variation)
        self.monitor = Monitor(self.world)
        model, servos = self.world.model, self.world.columns.arm_servos
        self._change = TIMESTEP * np.array(self.world.robot.arm.acceleration)  # rad/s
        self._speed: Array = np.zeros(len(self._change))  # that targets were led by, rad/s
        self._damping = -model.actuator_biasprm[servos, 2] / model.actuator_gainprm[servos, 0]  # s
        self._force = self.world.sim.bind("actuator_force")
        self._qpos = self.world.sim.bind("qpos")

    @property
    def qpos(self) -> Array:
        """The positions of the model, as MuJoCo has them; a copy."""
        return self._qpos[0].copy()

    @property
    def q(self) -> Array:
        """(n,) joint positions, rad."""
        return self.world.q[0].copy()

    @property
    def qd(self) -> Array:
        """(n,) joint speeds, rad/s."""
        return self.world.qd[0].copy()

    @property
    def effort(self) -> Array:
        """(n,) torques of the servos, Nm, without what carries the arm's weight."""
        return self._force[0, self.world.columns.arm_servos].copy()

    @property
    def aperture(self) -> float:
        """The opening of the jaw, m."""
        return float(self.world.aperture[0])

    @property
    def closing(self) -> float:
        """The speed of the opening, m/s."""
        return float(self.world.opening_speed[0])

    @property
    def grip(self) -> float:
        """The force of the gripper's servo, N."""
        return float(np.abs(self._force[0, self.world.columns.grip_servos]).sum())

    def step(self, targets: Array, speeds: Array, aperture: float, last: bool) -> None:
        """See ``Plant``.

        A JointTrajectoryController damps the error of the speed, and its joints do not lag behind;
        the servos of the model damp the speed itself, which comes to the same with targets that are
        ahead. They are no more ahead than by a speed that the arm can have by then: a step of the
        speed, as between points that say none, is more than its torques can follow.
        """
        ahead = np.empty_like(targets)
        for k, speed in enumerate(speeds):
            self._speed = self._speed + np.clip(speed - self._speed, -self._change, self._change)
            ahead[k] = targets[k] + self._damping * self._speed
        steps = self.world.robot.command(ahead, np.full(len(targets), aperture))
        self.world.advance_part(steps[None], last)

    def reset(self, seed: int) -> None:
        """See ``Plant``."""
        rng = np.random.default_rng(seed)
        self._speed = np.zeros_like(self._speed)
        self._robot.reset(sample(self.world.scene, self._variation, rng, 1))
        self.monitor.reset(np.arange(1))

    def take_over(self, state: Snapshot) -> None:
        """Stand as another world of the same scene does, whose snapshot this is."""
        self.world.restore(state)
        self.monitor.reset(np.arange(1))


class HandPlant:
    """A hand fixed in the world, with nothing in it.

    Args:
      name: of the hand.
    """

    def __init__(self, name: str) -> None:
        self._hand, spec = make_hand(name)
        model = spec.compile()
        self._sim = CpuSim(model, 1, 1)
        joints = [model.joint(joint) for joint in self._hand.joints]
        self._columns = np.array([int(joint.qposadr[0]) for joint in joints])
        self._dofs = np.array([int(joint.dofadr[0]) for joint in joints])
        self._servos = np.array([int(model.actuator(a).id) for a in self._hand.actuators])
        self._qpos, self._qvel = self._sim.bind("qpos"), self._sim.bind("qvel")
        self._force = self._sim.bind("qfrc_actuator")

    @property
    def q(self) -> Array:
        """(n,) joint positions, rad."""
        out: Array = self._qpos[0, self._columns]
        return out

    @property
    def qd(self) -> Array:
        """(n,) joint speeds, rad/s."""
        out: Array = self._qvel[0, self._dofs]
        return out

    @property
    def effort(self) -> Array:
        """(n,) torques of the servos, Nm."""
        out: Array = self._force[0, self._dofs]
        return out

    def step(self, targets: Array, speeds: Array, aperture: float, last: bool) -> None:
        """See ``Plant``."""
        ctrl = np.zeros((1, len(targets), len(self._servos)))
        ctrl[0][:, self._servos] = self._hand.command(targets)
        self._sim.rollout(len(targets), ctrl)

    def reset(self, seed: int) -> None:
        """See ``Plant``."""
        self._sim.reset(np.arange(1))
        self._qpos[0, self._columns] = self._hand.home
        self._sim.forward(np.arange(1))


class ServoPlant:
    """Joints without a body: each goes to its target at no more than its greatest speed.

    Args:
      profile: of a robot that habilis has no model of.
    """

    def __init__(self, profile: Profile) -> None:
        self._home = np.array(profile.home)
        self._low = np.array([limit.lower for limit in profile.limits])
        self._high = np.array([limit.upper for limit in profile.limits])
        self._fastest = np.array([limit.velocity for limit in profile.limits])
        self._q: Array = self._home.copy()
        self._qd: Array = np.zeros_like(self._home)

    @property
    def q(self) -> Array:
        """(n,) joint positions, rad."""
        return self._q.copy()

    @property
    def qd(self) -> Array:
        """(n,) joint speeds, rad/s."""
        return self._qd.copy()

    @property
    def effort(self) -> Array:
        """(n,) zeros: joints without a body need no torque."""
        return np.zeros_like(self._q)

    def step(self, targets: Array, speeds: Array, aperture: float, last: bool) -> None:
        """See ``Plant``."""
        for target in np.clip(targets, self._low, self._high):
            most = self._fastest * TIMESTEP
            way = np.clip(target - self._q, -most, most)
            self._q, self._qd = self._q + way, way / TIMESTEP

    def reset(self, seed: int) -> None:
        """See ``Plant``."""
        self._q, self._qd = self._home.copy(), np.zeros_like(self._home)


def make_plant(
    profile: Profile,
    scene: Scene | None,
    variation: float = 0.0,
    furnish: Furnish | None = None,
) -> tuple[Plant, str]:
    """What the profile's robot is simulated by, and what a user must be told of that.

    Raises:
      ValueError: profile and scene do not go together.
    """
    if profile.robot in ARMS:
        if scene is None:
            raise ValueError(f"profile {profile.name!r}: an arm is served in a scene; give one")
        if not same_robot(scene.robot, profile.robot) or scene.hand != "gripper":
            raise ValueError(
                f"scene {scene.name!r} has the robot {scene.robot!r} with {scene.hand}, profile"
                f" {profile.name!r} is of {profile.robot!r} with a gripper"
            )
        return ArmPlant(scene, variation, furnish), ""
    if scene is not None:
        raise ValueError(f"profile {profile.name!r} has no arm of habilis: it is served alone")
    missing = "habilis has no model of it"
    if profile.robot in HANDS:
        try:
            return HandPlant(profile.robot), ""
        except FileNotFoundError as error:
            missing = str(error)
    return ServoPlant(profile), f"bare joints without a body ({missing})"
