"""Robots that walk in a simulated world, commanded by where their trunks are to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.control.arm import TICK, Sent
from habilis.envs.control.command import CommandBatch
from habilis.envs.control.limiter import Clamps, StoppedError
from habilis.envs.legged.legs import LegKinematics
from habilis.envs.legged.steering import SPEED, Steering
from habilis.envs.legged.terrain import Terrain
from habilis.envs.legged.trot import Gait, Trot, Trunk
from habilis.envs.robot.robot import Observation, SimRobot
from habilis.envs.terms.predicates import box
from habilis.envs.world.varying.layout import Layout
from habilis.envs.world.world import World

ROUGH = 0.02  # m of difference in height around a robot at which it walks as on steps
ON_STEPS = 0.25  # m/s there
_AROUND = np.array(
    [[x, y] for x in (-0.3, -0.15, 0.0, 0.15, 0.3, 0.45, 0.6) for y in (-0.13, 0.13)]
)


class LeggedRobot(SimRobot):
    """The walking robots of a simulated world.

    A command is a pose of the trunk: its position in the plane, and its heading. Height and tilt
    follow from the ground. ``speed`` bounds how fast it walks, m/s, and ``force`` is with how much
    it may push what is in its way, N; where none is given it pushes as far as it does by itself.
    It has no ``controller``, which is an arm's.

    Args:
      world: what they act in.
      on_tick: called after every control period.
    """

    about = ""

    def __init__(self, world: World, on_tick: Callable[[], None] | None = None) -> None:
        self.world, self.n, self.scene, self.bodies = world, world.n, world.scene, world.bodies
        self.on_tick, self._stopped = on_tick, False
        self._pushed: Sequence[str] = ()
        spec, model = world.robot, world.model
        assert spec.legs is not None
        self._height = spec.legs.height
        self.legs, self._terrain = LegKinematics(model, spec), Terrain(world.scene, world.bodies)
        mass, centre = _mass(world)
        stiffness = float(model.actuator_gainprm[world.columns.arm_servos[0], 0])
        self.trot = Trot(self.legs, self.n, mass, centre, spec.legs.radius, stiffness)
        self._steering = Steering(self.n)

    def reset(self, layout: Layout, ids: Ids | None = None) -> None:
        """Put simulations ``ids`` (all by default) at the layouts, standing."""
        index = np.arange(self.n) if ids is None else ids
        self.world.reset(index, layout, self.world.robot.home)
        self.arm(index)

    def place(self, at: Array, heading: Array) -> None:
        """Put all robots elsewhere, standing: at (n, 2), m, with headings (n,), rad."""
        pose = self.world.sim.bind("qpos")[:, self.world.columns.base]
        pose[:, :2] = at
        pose[:, 3:] = np.outer(np.cos(heading / 2), [1, 0, 0, 0])
        pose[:, 6] = np.sin(heading / 2)
        self.world.settle(np.arange(self.n))
        self.arm()

    def arm(self, ids: Ids | None = None) -> None:
        """Stand where it is; releases a latched stop."""
        index = np.arange(self.n) if ids is None else ids
        self.trot.reset(index, self.trunk())
        self._steering.arrived[index] = False
        self._stopped = False

    def ready(self) -> None:
        """A reset has armed it."""

    def release(self) -> None:
        """It stands where it stands: its world is stepped by commands only."""

    def stop(self) -> None:
        """Take no further command."""
        self._stopped = True

    def trunk(self) -> Trunk:
        """Where the robots are."""
        pos, rot = self.world.trunk
        velocity = self.world.trunk_velocity
        q = self.world.q.reshape(self.n, -1, 3)
        return Trunk(pos.copy(), rot, velocity[:, :3].copy(), velocity[:, 3:].copy(), q.copy())

    def heights(self, points: Array) -> Array:
        """Height of the ground (n, k), m, at points (n, k, 2), without what is being pushed."""
        return self._terrain.heights(points, self.world.pos, self.world.quat, self._pushed)

    def observe(self) -> Observation:
        """The present state; what an arm's tool centre point is to it, the trunk is here."""
        world, (pos, rot) = self.world, self.world.trunk
        return Observation(
            world.time.copy(), world.q.copy(), pos.copy(), rot, np.zeros(self.n),
            world.pos.copy(), world.quat.copy(),
        )  # fmt: skip

    def command(self, commands: CommandBatch) -> Sent:
        """One control period towards the commands; returns what was sent.

        Raises:
          ValueError: not finite, or of a frame other than the trunk.
          StoppedError: the stop is latched.
        """
        if self._stopped:
            raise StoppedError("stopped: re-arm it to go on")
        if not np.isfinite(commands.pos).all() or not np.isfinite(commands.rot).all():
            raise ValueError(f"command must be finite, got {commands.pos.tolist()}")
        if any(commands.frame) or any(commands.effector) or any(commands.grip):
            raise ValueError(f"robot {self.world.robot.name!r} has nothing to take things with")
        facing = np.broadcast_to(commands.rot, (self.n, 3, 3))
        heading = np.arctan2(facing[:, 1, 0], facing[:, 0, 0])
        self._pushed = commands.push
        ctrl = self._walk(commands.pos[:, :2], heading, commands.speed, commands.force)
        none, nothing = np.zeros(self.n, bool), np.zeros(self.n)
        clamps = Clamps(nothing, none, none, none, nothing, nothing)
        return Sent(ctrl[:, None], commands.pos, facing, nothing, clamps)

    def hold(self, seconds: float) -> None:
        """Stand where it is."""
        trunk, self._pushed = self.trunk(), ()
        for _ in range(round(seconds / TICK)):
            self._walk(trunk.pos[:, :2], trunk.yaw, None, None)

    def _walk(self, goal: Array, heading: Array, speed: Array | None, force: Array | None) -> Array:
        trunk, rough = self.trunk(), self._rough()
        fast = np.where(rough, ON_STEPS, SPEED)
        if speed is not None:
            fast = np.minimum(fast, speed)
        pushing = np.array([bool(name) for name in self._pushed] or [False] * self.n)
        velocity = self._steering.velocity(trunk, goal, heading, fast, pushing)
        press = None if force is None else np.where(np.isfinite(force), force, 0.0)
        gait = Gait.of(self.n, self._height, rough, press, self._shoved())
        targets = self.trot.step(trunk, velocity, self.heights, gait)
        self.world.advance(targets[:, None])
        if self.on_tick is not None:
            self.on_tick()
        return targets

    def _shoved(self) -> Array:
        """(N,) height above its ground of what each robot pushes, m; inf where it pushes none."""
        out = np.full(self.n, np.inf)
        for name in {*self._pushed} - {""}:
            rows = np.array([pushed == name for pushed in self._pushed])
            _, high = box(self.world, name)
            out[rows] = high[rows, 2] - self.trot.ground[rows]
        return out

    def _rough(self) -> Mask:
        """(N,) whether the ground around each robot, and ahead of it, is uneven."""
        pos, rot = self.world.trunk
        points = pos[:, None, :2] + _AROUND @ rot[:, :2, :2].swapaxes(1, 2)
        out: Mask = np.ptp(self.heights(points), axis=1) > ROUGH
        return out


def _mass(world: World) -> tuple[float, Array]:
    """Mass of the robot, kg, and its centre (3,) in the trunk's frame as it stands, m."""
    import mujoco

    model, data = world.model, mujoco.MjData(world.model)
    data.qpos[world.columns.arm] = world.robot.home
    mujoco.mj_kinematics(model, data)
    mujoco.mj_comPos(model, data)
    trunk = model.body(world.robot.base.body).id
    rot, at = data.xmat[trunk].reshape(3, 3), data.xpos[trunk]
    return float(model.body_subtreemass[trunk]), rot.T @ (data.subtree_com[trunk] - at)
