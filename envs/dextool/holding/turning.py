"""Turning a tool in the hand: fingers that move it to another pose in the palm without the arm.

What the fingers do is found by sampling, in a simulation of the hand alone, and then done without
looking; it counts if it comes out alike with other masses and frictions.
"""

from __future__ import annotations

import dataclasses

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.dextool.scans import TOOL, Inertial
from habilis.assets.dextool.scene import grasp_scene
from habilis.assets.scene.things import Thing
from habilis.envs.dextool.following import SUBSTEPS, Spread
from habilis.envs.dextool.holding.grasping import GRAVITY, Grasps
from habilis.envs.dextool.poses import compose, inverse
from habilis.envs.world.poses import matrices
from habilis.envs.world.varying.layout import Layout
from habilis.envs.world.world import World

SAMPLES, KNOTS, AHEAD, DONE, BEST = 32, 3, 30, 10, 4
"""Plans that are tried at a time; points of each, straight lines between them; control steps that
it lasts; how many of these are carried out before it is planned anew; and of how many of the best
the next plans are the mean."""
_SPREAD, _SOFT = 0.25, 10.0  # rad; ratio of impedances with which plans are tried
_FREE, _GONE = 0.006, 0.05  # m off its place at which a tool begins to cost, and is lost
_NEAR, _OFF = 0.15, 0.015  # rad and m from where it is to be, at which it is there
_TURNED, _SHIFTED = 0.35, 0.02  # rad and m by which repeats may differ from the first
_REPEATS, _STILL = 16, 30  # times; control steps in which the tool comes to rest


@dataclasses.dataclass(frozen=True, eq=False)
class FoundTurn:
    """What fingers do to turn a tool.

    Attributes:
      ctrl: (T, a) commands of the hand's servos, one each control step, rad.
      grasp: (1,) how the tool is held afterwards.
      sure: share of the repeats with other masses and frictions that come out alike.
    """

    ctrl: Array
    grasp: Grasps
    sure: float


class Turner:
    """Searches for turns of one tool in one hand.

    Args:
      hand: a key of ``CLOSINGS``.
      tool: what is held.
      inertial: of the tool, where it is not that of its parts.
    """

    def __init__(self, hand: str, tool: Thing, inertial: Inertial | None = None) -> None:
        self._plans = _Hands(hand, tool, inertial, SAMPLES)
        self._plans.model.opt.impratio = _SOFT
        self._repeats = _Hands(hand, tool, inertial, _REPEATS)

    def find(
        self, grasp: Grasps, want: Array, down: Array, rng: np.random.Generator, most: int
    ) -> FoundTurn | None:
        """A turn from a grasp (1,) to a pose (7,) of the tool in the palm; None if none is found.

        Args:
          grasp: how the tool is held.
          want: m and wxyz.
          down: (3,) unit vector of gravity, in the frame of the palm.
          rng: of what is tried.
          most: how often it is planned.
        """
        hands, base = self._plans, grasp.ctrl[0]
        hands.put(grasp, down)
        mean, done = np.repeat(base[None], KNOTS, axis=0), [base]
        for _ in range(most):
            knots = mean + rng.normal(0.0, _SPREAD, (SAMPLES, *mean.shape))
            knots[0], knots[1] = mean, base
            knots = np.clip(knots, hands.low, hands.high)
            plans, start = _lines(done[-1], knots), hands.save()
            hands.do(plans)
            best = np.argsort(hands.cost(want) + 0.02 * ((knots - base) ** 2).sum(2).mean(1))[:BEST]
            mean = knots[best].mean(axis=0)
            mean = np.concatenate((mean[1:], mean[-1:]))
            chosen = plans[best[0], :DONE]
            hands.load(start, 0)
            hands.do(np.repeat(chosen[None], SAMPLES, axis=0))
            done.extend(chosen)
            hands.load(hands.save(), 0)
            turn, far = hands.off(want)
            if far[0] > _GONE:
                return None
            if turn[0] < _NEAR and far[0] < _OFF:
                return self._repeated(grasp, down, np.array(done[1:]), rng)
        return None

    def _repeated(
        self, grasp: Grasps, down: Array, ctrl: Array, rng: np.random.Generator
    ) -> FoundTurn | None:
        hands = self._repeats
        hands.vary(rng)
        hands.put(grasp, down)
        still = np.repeat(ctrl[-1:], _STILL, axis=0)
        hands.do(np.repeat(np.concatenate((ctrl, still))[None], _REPEATS, axis=0))
        first = hands.grasp(ctrl[-1])
        if not np.isfinite(first.pose).all():
            return None
        turn, far = hands.off(first.pose[0])
        hands.do(np.repeat(still[None], _REPEATS, axis=0))
        later = hands.off(first.pose[0])[1]
        same = (turn < _TURNED) & (far < _SHIFTED) & (later < _SHIFTED)
        return FoundTurn(ctrl, first, float(same.mean()))


class _Hands:
    """N hands alone with a tool, as in ``grasp_scene``."""

    def __init__(self, hand: str, tool: Thing, inertial: Inertial | None, n: int) -> None:
        compiled = grasp_scene(hand, tool, inertial)
        spec = compiled.robot.effector.hand
        assert spec is not None
        self._world = World(compiled, n, 1)
        self.model, self._n = self._world.model, n
        self.low, self.high = self.model.actuator_ctrlrange.T
        self._q, self._tool = compiled.index.qpos(spec.joints), compiled.index.qpos(TOOL)
        self._dofs = compiled.index.dofs(TOOL)
        sim = self._world.sim
        self._sim, self._qpos, self._qvel = sim, sim.bind("qpos"), sim.bind("qvel")
        self._gravity = sim.expand("opt.gravity")
        data = mujoco.MjData(self.model)
        mujoco.mj_kinematics(self.model, data)
        palm = data.body(spec.palm)
        self._palm = np.concatenate((palm.xpos, palm.xquat))

    @property
    def held(self) -> Array:
        """(N, 7) poses of the tools in the palms."""
        return compose(inverse(self._palm), self._qpos[:, self._tool])

    def vary(self, rng: np.random.Generator) -> None:
        """Other masses and frictions in all but the first."""
        layout = Spread().draw(self._world.compiled, rng, self._n)
        self._world.vary(np.arange(self._n), layout)
        nominal = Layout.nominal(self._world.compiled.scene, 1)
        self._world.vary(np.zeros(1, int), nominal)

    def put(self, grasp: Grasps, down: Array) -> None:
        """All hold the tool with one grasp (1,), at rest; gravity goes down (3,) in the palm."""
        self._sim.reset(np.arange(self._n))
        self._qpos[:, self._q] = grasp.q
        self._qpos[:, self._tool] = compose(self._palm, grasp.pose[0])
        self._gravity[:] = GRAVITY * matrices(self._palm[None, 3:])[0] @ down

    def save(self) -> tuple[Array, Array]:
        """Positions and speeds of all."""
        return self._qpos.copy(), self._qvel.copy()

    def load(self, state: tuple[Array, Array], row: int) -> None:
        """Put all where one was."""
        self._qpos[:], self._qvel[:] = state[0][row], state[1][row]

    def do(self, ctrl: Array) -> None:
        """Send commands (N, T, a), one each control step."""
        self._sim.rollout(SUBSTEPS * ctrl.shape[1], np.repeat(ctrl, SUBSTEPS, axis=1))

    def off(self, want: Array) -> tuple[Array, Array]:
        """(N,) rad and (N,) m from a pose (7,) in the palm; infinite where the engine gave up."""
        held = self.held
        turn = 2 * np.arccos(np.minimum(np.abs(held[:, 3:] @ want[3:]), 1.0))
        far = np.linalg.norm(held[:, :3] - want[:3], axis=1)
        bad = ~np.isfinite(turn + far)
        return np.where(bad, np.inf, turn), np.where(bad, np.inf, far)

    def cost(self, want: Array) -> Array:
        """(N,) what is bad about how tools lie in the hands."""
        turn, far = self.off(want)
        spin = np.linalg.norm(self._qvel[:, self._dofs[3:]], axis=1)
        out = 2 * turn + 60 * np.maximum(far - _FREE, 0.0) + 20 * (far > _GONE) + 0.03 * spin
        return np.nan_to_num(out, nan=1e6, posinf=1e6)

    def grasp(self, ctrl: Array) -> Grasps:
        """(1,) how the first holds the tool, with commands (a,)."""
        q = self._qpos[:1, self._q].copy()
        return Grasps(self.held[:1].copy(), q, ctrl[None].copy(), np.zeros(1), 1)


def _lines(start: Array, knots: Array) -> Array:
    """(N, T, a) commands from where they are (a,) through knots (N, K, a)."""
    points = np.concatenate((np.broadcast_to(start, (len(knots), 1, len(start))), knots), axis=1)
    at = np.linspace(0, KNOTS, AHEAD + 1)[1:]
    row = np.minimum(at.astype(int), KNOTS - 1)
    part = (at - row)[None, :, None]
    out: Array = points[:, row] * (1 - part) + points[:, row + 1] * part
    return out
