"""What the terms of ``habilis/ToolPose-v0`` read: robot, tool and goal, as they are and as seen."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.dextool.scans import TOOL
from habilis.envs.dextool.disturbance import OLDEST, Disturbance
from habilis.envs.dextool.episodes import PoseControl, PoseJudge
from habilis.envs.parts import Generators, Rows
from habilis.envs.world.poses import matrices


class PoseState:
    """A ``Readable``.

    Attributes:
      world, control, monitor: parts of the episodes.
      tool: (N, 7) pose of the tool; seen: the same as it is seen, late and noisy if so chosen.
      tool_speed: (N, 6) m/s in the world and rad/s about its own axes.
      palm: (N, 7); palm_speed: (N, 6) of the palm, m/s and rad/s.
      tips: (N, F, 3) middles of the pads, m.
      q, qd: (N, n + j) joints of arm and hand, rad, rad/s; seen_q, seen_qd: as they are measured.
      tip_nearest: (N, F) least distance of each tip from the tool's middle so far, m.
    """

    def __init__(self, control: PoseControl, monitor: PoseJudge, disturbance: Disturbance) -> None:
        self.control, self.monitor, self._disturbance = control, monitor, disturbance
        self.world = world = control.world
        self.n, sim = world.n, world.sim
        self.steps = np.zeros(self.n, int)
        hand, index = world.robot.effector.hand, world.compiled.index
        assert hand is not None
        self._pads = [hand.tips[finger] for finger in hand.fingers]
        self._tips = [int(index.body(tip.body)[0]) for tip in self._pads]
        self._palm = int(index.body(hand.palm)[0])
        self._joints = np.concatenate((index.qpos(world.robot.joints), index.qpos(hand.joints)))
        self._dofs = np.concatenate((index.dofs(world.robot.joints), index.dofs(hand.joints)))
        self._free = index.dofs(TOOL)
        self._qpos, self._qvel = sim.bind("qpos"), sim.bind("qvel")
        self._xpos = sim.bind("xpos").reshape(self.n, -1, 3)
        self._xquat = sim.bind("xquat").reshape(self.n, -1, 4)
        count = len(self._joints)
        self._past = np.zeros((self.n, OLDEST, 7 + 2 * count))
        self._last_palm = np.zeros((self.n, 7))
        self.tip_nearest = np.zeros((self.n, len(self._tips)))
        self.low = world.model.jnt_range[self._ids(), 0]
        self.high = world.model.jnt_range[self._ids(), 1]
        self._all = np.arange(self.n)
        self.refresh()

    def _ids(self) -> Ids:
        model = self.world.model
        out: Ids = np.array([int(np.flatnonzero(model.jnt_qposadr == c)[0]) for c in self._joints])
        return out

    @property
    def diverged(self) -> Mask:
        """(N,) which simulations diverged in the last step."""
        return self.world.diverged

    @property
    def goal(self) -> Array:
        """(N, 7) pose that is wanted."""
        return self.monitor.goal

    def _now(self) -> Array:
        return np.concatenate((self.tool, self.q, self.qd), axis=1)

    def reset(self, ids: Ids, rngs: Generators) -> None:
        """See ``Readable``."""
        self._disturbance.reset(ids, rngs)
        self._look()
        self._past[ids] = self._now()[ids, None]
        self._last_palm[ids] = self.palm[ids]
        self.tip_nearest[ids] = self._tip_far()[ids]

    def begin(self) -> None:
        """See ``Readable``."""
        self._past = np.concatenate((self._now()[:, None], self._past[:, :-1]), axis=1)
        self._last_palm = self.palm.copy()
        self.tip_nearest = np.minimum(self.tip_nearest, self._tip_far())

    def refresh(self) -> None:
        """See ``Readable``."""
        self._look()
        both = np.concatenate((self._now()[:, None], self._past), axis=1)
        late, count = self._disturbance.late, len(self._joints)
        self.seen = self._disturbance.seen(both[self._all, late[:, 0], :7], self.steps)
        row = both[self._all, late[:, 1]]
        self.seen_q = row[:, 7 : 7 + count]
        self.seen_qd = self._disturbance.speeds(row[:, 7 + count :], self.steps)

    def _look(self) -> None:
        self.world.sim.forward(upto="position")
        self.tool = self._qpos[:, self.monitor.columns].copy()
        self.tool_speed = self._qvel[:, self._free].copy()
        self.q, self.qd = self._qpos[:, self._joints].copy(), self._qvel[:, self._dofs].copy()
        self.palm = np.concatenate((self._xpos[:, self._palm], self._xquat[:, self._palm]), axis=1)
        turns = matrices(self._xquat[:, self._tips])
        pads = np.array([tip.centre for tip in self._pads])
        self.tips = self._xpos[:, self._tips] + (turns @ pads[:, :, None])[..., 0]

    def _tip_far(self) -> Array:
        far: Array = np.linalg.norm(self.tips - self.tool[:, None, :3], axis=-1)
        return far

    @property
    def tip_progress(self) -> Array:
        """(N,) by how much tips are nearer to the tool than ever before, m, summed."""
        return np.maximum(self.tip_nearest - self._tip_far(), 0.0).sum(axis=1)

    @property
    def palm_speed(self) -> Array:
        """(N, 6) of the palm since the last step."""
        dt = self.control.dt
        moved = (self.palm[:, :3] - self._last_palm[:, :3]) / dt
        way = matrices(self.palm[:, 3:]) @ matrices(self._last_palm[:, 3:]).transpose(0, 2, 1)
        turn = np.stack(
            (way[:, 2, 1] - way[:, 1, 2], way[:, 0, 2] - way[:, 2, 0], way[:, 1, 0] - way[:, 0, 1]),
            axis=1,
        )
        return np.concatenate((moved, turn / (2 * dt)), axis=1)

    def rows(self) -> Rows:
        """See ``Readable``."""
        own = {
            "past": self._past, "last_palm": self._last_palm, "tip_nearest": self.tip_nearest,
        }  # fmt: skip
        return own | {f"disturbance_{k}": v for k, v in self._disturbance.rows().items()}
