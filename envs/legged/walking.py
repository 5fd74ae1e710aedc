"""The gait of the robots of a world: what a velocity becomes, over whatever ground there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.legged.gait import Gait
from habilis.envs.legged.legs import LegKinematics
from habilis.envs.legged.steering import SPEED, TURNING
from habilis.envs.legged.terrain import Terrain
from habilis.envs.legged.trot import Trot, Trunk
from habilis.envs.terms.predicates import box
from habilis.envs.world.world import World

ROUGH = 0.02  # m of difference in height around a robot at which it walks as on steps
ON_STEPS = 0.25  # m/s there
FASTEST = np.array([SPEED, ON_STEPS, TURNING])  # forward and to the left, m/s, turning, rad/s
_AROUND = np.array(
    [[x, y] for x in (-0.3, -0.15, 0.0, 0.15, 0.3, 0.45, 0.6) for y in (-0.13, 0.13)]
)


class Walking:
    """The gait of N robots in a world, whoever says how fast they go.

    Args:
      world: with robots that have legs.

    Attributes:
      legs: their kinematics; trot: the gait at work.
      height: of the trunks above even ground, m.
      recovers: whether robots that are thrown off their way make recovery steps.
      misjudged: (N, B) by how much each body is thought to be higher than it is, m.
    """

    def __init__(self, world: World) -> None:
        self.world, self.n, self.recovers = world, world.n, True
        self.misjudged = np.zeros((world.n, len(world.bodies)))
        spec, model = world.robot, world.model
        assert spec.legs is not None, f"robot {spec.name!r} has no legs"
        self.height = spec.legs.height
        self.legs, self._terrain = LegKinematics(model, spec), Terrain(world.scene, world.bodies)
        mass, centre = _mass(world)
        stiffness = model.actuator_gainprm[world.columns.arm_servos, 0].reshape(-1, 3)
        self.trot = Trot(self.legs, self.n, mass, centre, spec.legs.radius, stiffness, self.height)

    def rows(self) -> dict[str, npt.NDArray[np.generic]]:
        """Live arrays (N, ...) that make up its state, by name."""
        return self.trot.rows()

    def reset(self, ids: Ids) -> None:
        """Robots ``ids`` (k,) stand where they are."""
        self.trot.reset(ids, self.trunk())

    def trunk(self) -> Trunk:
        """Where the robots are."""
        pos, rot = self.world.trunk
        velocity = self.world.trunk_velocity
        q = self.world.q.reshape(self.n, -1, 3)
        return Trunk(pos.copy(), rot, velocity[:, :3].copy(), velocity[:, 3:].copy(), q.copy())

    def heights(self, points: Array, pushed: Sequence[str] = (), truly: bool = False) -> Array:
        """Height of the ground (N, k), m, at points (N, k, 2), without what is being pushed.

        Args:
          points: in the plane, m.
          pushed: N names of what does not count; '' for nothing.
          truly: whether as it is, and not as it is thought to be.
        """
        pos = self.world.pos
        if not truly and np.count_nonzero(self.misjudged):
            pos = pos + self.misjudged[..., None] * (0.0, 0.0, 1.0)
        return self._terrain.heights(points, pos, self.world.quat, pushed)

    def around(self, pushed: Sequence[str] = ()) -> Array:
        """(N, k) height of the ground below each robot, and ahead of it, m."""
        pos, rot = self.world.trunk
        points = pos[:, None, :2] + self.trot.size.length * _AROUND @ rot[:, :2, :2].swapaxes(1, 2)
        return self.heights(points, pushed)

    def rough(self, pushed: Sequence[str] = ()) -> Mask:
        """(N,) whether that is uneven."""
        out: Mask = np.ptp(self.around(pushed), axis=1) > ROUGH
        return out

    def step(self, velocity: Array, pushed: Sequence[str], force: Array | None) -> Array:
        """Walk for a control period; targets (N, n) of the servos that were sent, rad.

        Args:
          velocity: (N, 3) forward and to the left, m/s, and turning, rad/s.
          pushed: N names of what is being pushed, and not stepped onto; '' for nothing.
          force: (N,) with which, N; 0, or None for all, as far as it does by itself.
        """
        targets = self.targets(velocity, pushed, force)
        self.world.advance(targets[:, None])
        return targets

    def targets(
        self,
        velocity: Array,
        pushed: Sequence[str] = (),
        force: Array | None = None,
        change: Callable[[Gait], Gait] = lambda gait: gait,
    ) -> Array:
        """The same targets, for someone else to send; the gait goes on by a control period.

        Args:
          velocity, pushed, force: see ``step``.
          change: of the gait that it would walk by.
        """
        gait = change(
            Gait.of(
                self.n, self.height, self.rough(pushed), force, self._shoved(pushed),
                self.recovers, self.trot.size,
            )
        )  # fmt: skip
        return self.trot.step(
            self.trunk(), velocity, lambda points: self.heights(points, pushed), gait
        )

    def _shoved(self, pushed: Sequence[str]) -> Array:
        """(N,) height above its ground of what each robot pushes, m; inf where it pushes none."""
        out = np.full(self.n, np.inf)
        for name in {*pushed} - {""}:
            rows = np.array([one == name for one in pushed])
            _, high = box(self.world, name)
            out[rows] = high[rows, 2] - self.trot.ground[rows]
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
