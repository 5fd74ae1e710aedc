"""The environments ``habilis/<Tool>StandPick-v0``: take a tool off its stand, then pick with it.

The hand has to close around the tool, lift it off, and pick with it, in 20 s. Success is that of
``habilis.envs.pick.task`` with a tool that the hand took: before, fingers held it by both halves,
clear of the stand, 2 cm above where it hung. The episode also ends with the tool fallen off the
stand. The stand is up to 15 mm and 5 degrees from its place, the tool a little out of its middle.
``info`` of the last step also tells ``taken``. There is no ``flat``.

An action has a fifth number, which closes the hand: from -1, open, over 0, where the fingers are at
the handles, to ``SHUT``, where they press with the command of the grasp; from there on the tool
goal counts. The first three move the tips that the tool has, or, before it is taken, would have in
the hand. The turn of the hand stays.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.pick.scene import CENTRE, PLACE
from habilis.assets.scene.things import Scene
from habilis.assets.tools import make_tool
from habilis.envs.hand.synergy import Synergies
from habilis.envs.parts import (
    Generators,
    Parts,
    Rows,
)
from habilis.envs.pick import latents
from habilis.envs.pick.control import TIP_BOX, TipControl
from habilis.envs.pick.groups import GROUPS, NEAR
from habilis.envs.pick.layer_one import LayerOne
from habilis.envs.pick.lift import LiftJudge
from habilis.envs.pick.options import PickOptions
from habilis.envs.pick.picking import Picking
from habilis.envs.pick.scenes import scene_of
from habilis.envs.pick.stand.standing import (
    SHIFT,
    StandStarts,
    at_stand,
    stand_at,
    stand_places,
    stand_starts,
)
from habilis.envs.pick.stand.taking import FELL, Taking
from habilis.envs.pick.state import PickState
from habilis.envs.pick.task import VIEW, HeldAbove, fingers_of, read_options, rewards, things_of
from habilis.envs.sim.make import SimKind
from habilis.envs.task import TaskSpec
from habilis.envs.terms.term import Term
from habilis.envs.world.poses import multiply, quaternions
from habilis.envs.world.seeing.cameras import ScenePictures

YAW = np.deg2rad(5.0)  # of the stand, at most, either way
PLAY = (0.0005, 0.0005, np.deg2rad(1.0))  # m, m, rad: of the tool in it
TIME_LIMIT = 20.0  # s
SHUT = 0.9  # of an action that closes the hand: from there it presses fully, and layer one runs
AGENTS = {"oracle": "habilis.policies.agents.stand_oracle:oracle"}


class StandControl(TipControl):
    """See the module; before the tool is taken, the tips are those it would have in the open hand.

    Args:
      world, synergies, fingers: see ``TipControl``.
      settled: starts, of which ``start`` says the one of each episode.
      start: (N,) live indices.
      taking: ledger of the taking.

    Attributes:
      closure: (N,) how far the hand was told to close, -1 to 1.
    """

    world: Picking
    tip_box = (
        (CENTRE[0] - 0.15, CENTRE[1] - 0.12, TIP_BOX[0][2]),
        (CENTRE[0] + 0.12, PLACE[1] + 0.05, 0.22),
    )

    def __init__(
        self,
        world: Picking,
        synergies: Synergies,
        fingers: LayerOne,
        settled: StandStarts,
        start: Ids,
        taking: Taking,
    ) -> None:
        super().__init__(world, synergies, fingers)
        command = world.held.hand.command
        self._open = command(np.array([grasp.pre for grasp in settled.grasps]))
        self._touch = command(np.array([grasp.table[0] for grasp in settled.grasps]))
        self._pose = np.array([grasp.tool_pose for grasp in settled.grasps])
        self._settled, self._start, self._taking = settled, start, taking
        self.closure, self._closing = np.zeros((2, world.n))

    def _width(self) -> int:
        return 5

    @property
    def tool_wanted(self) -> Array:
        """(N, 7) where the tool would be in the open hand's grasp, m and wxyz."""
        world, pose = self.world, self._pose[self._start]
        pos = (world.hand_rot @ pose[:, :3, None])[..., 0] + world.hand_pos
        turn = multiply(quaternions(world.hand_rot), pose[:, 3:])
        return np.concatenate((pos, turn), axis=1)

    def reset(self, ids: Ids) -> None:
        """See ``Control``."""
        super().reset(ids)
        self.closure[ids] = self._closing[ids] = -1.0

    def act(self, action: Array) -> Iterator[float]:
        """See ``Control``."""
        yield from super().act(action)
        self.closure[:] = self._closing

    def tip_sent(self) -> Array:
        """(N, 3) where the middle of the tips will be, or would be, once the arm is there, m."""
        away = self.world.controller.limiter.pos + self._settled.away[self._start]
        return np.where(self._taking.taken[:, None], super().tip_sent(), away)

    def rows(self) -> Rows:
        """See ``Control``."""
        return {**super().rows(), "closure": self.closure}

    def _hand(self, action: Array, part: float) -> Array:
        self._closing = self.closure + part * (action[:, 4] - self.closure)
        loose = np.flatnonzero(self._closing < SHUT)
        self.fingers.reset(loose, self._synergies.grasps(loose))
        press = self.fingers.targets(self.goal)
        c = np.clip(self._closing[:, None] / SHUT, -1, 1)
        start, touch = self._open[self._start], self._touch[self._start]
        return touch + np.where(c < 0, -c * (start - touch), c * (press - touch))


class TakenLift(LiftJudge):
    """A ``LiftJudge`` that counts only with a tool that the hand took.

    Args:
      world: physics.
      taking: ledger of the taking.
    """

    def __init__(self, world: Picking, taking: Taking) -> None:
        super().__init__(world)
        self.taking = taking

    def reset(self, ids: Ids) -> None:
        """See ``Judge``."""
        super().reset(ids)
        self.taking.reset(ids)

    def update(self, dt: float) -> None:
        """See ``Judge``."""
        self.taking.update()
        self.raised[~self.taking.taken] = 0.0
        super().update(dt)
        self.failure[self.taking.fallen & (self.failure == "")] = FELL

    def rows(self) -> Rows:
        """See ``Judge``."""
        taking = {f"taking_{name}": row for name, row in self.taking.rows().items()}
        return {**super().rows(), **taking}

    def told(self) -> Mapping[str, npt.NDArray[Any]]:
        """Besides: whether the tool was taken."""
        return {**super().told(), "taken": self.taking.taken.copy()}


class InStand(HeldAbove):
    """A ``Start``: the tool stands in its stand, the open hand is beside it."""

    _world: Picking

    def place(self, ids: Ids, rngs: Generators) -> None:
        """See ``Start``."""
        super().place(ids, rngs)
        draws = np.array([rng.uniform(-1, 1, (2, 3)) for rng in rngs]).reshape(-1, 2, 3)
        places = np.array([*PLACE, 0.0]) + np.array([SHIFT, SHIFT, YAW]) * draws[:, 0]
        stand_at(self._world, ids, places, np.array(PLAY) * draws[:, 1])


def taking(e: PickState) -> Array:
    """(N, 12) tool minus where the hand would grasp it, and its turn, seen by the hand; its rise;
    how far the hand was closed; whether the tool is taken; what touches the stand."""
    w, control, monitor = _stand(e)
    wanted = control.tool_wanted
    away = w.tool_in_world[:, :3] - wanted[:, :3]
    away = (w.hand_rot.transpose(0, 2, 1) @ away[..., None])[..., 0]
    turn = multiply(wanted[:, 3:] * (1, -1, -1, -1), w.tool_in_world[:, 3:])
    turn = turn[:, 1:] * np.where(turn[:, :1] < 0, -4.0, 4.0)
    rest = (monitor.taking.rise / NEAR, control.closure, monitor.taking.taken, at_stand(w))
    return np.column_stack((away / NEAR, turn, *rest))


def stand(e: PickState) -> Array:
    """(N, 5) stand minus the tips that the tool has or would have in the hand; its yaw; how far the
    hand was closed. Where the stand is, is taken to be known."""
    w, control, _ = _stand(e)
    place = stand_places(w)
    away = np.column_stack((place[:, :2], np.zeros(e.n))) - control.tip_sent()
    return np.column_stack((away / (2 * NEAR), place[:, 2] / YAW, control.closure))


def _stand(e: PickState) -> tuple[Picking, StandControl, TakenLift]:
    assert isinstance(e.control, StandControl) and isinstance(e.monitor, TakenLift)
    return e.control.world, e.control, e.monitor


_STAND = {"stand": Term(stand, limit=5.0)}
_TERMS: Mapping[str, Mapping[str, Term]] = {
    "privileged": {"taking": Term(taking, limit=5.0), **_STAND},
    "cloud": _STAND, "proprioception": _STAND,
}  # fmt: skip


def stand_pick(tool: str = "tweezers", **options: Any) -> TaskSpec:
    """The task of taking a tool off its stand and picking small objects up with it.

    Args:
      tool: a key of ``habilis.assets.tools.TOOLS``.
      **options: see ``habilis.envs.pick.options.PickOptions``.

    Raises:
      TypeError: an unknown option. ValueError: an unknown value of one, or ``flat``.
    """
    chosen = read_options(tool, options)
    if chosen.flat:
        raise ValueError("flat: from the stand there is no variant without layer one")
    return TaskSpec(
        id=f"habilis/{tool.capitalize()}StandPick-v0",
        scene=functools.partial(_scene, chosen),
        rewards=rewards(chosen),
        observations={name: {**terms, **_TERMS[name]} for name, terms in GROUPS.items()},
        build=functools.partial(_build, chosen),
        shown="privileged",
        agents=AGENTS,
        view=VIEW,
    )


def _build(options: PickOptions, task: TaskSpec, n: int, nthread: int, sim: SimKind) -> Parts:
    settled = stand_starts(options.hand, options.tool, options.tool_size)
    world = Picking(settled.compiled, n, nthread, things_of(options), sim=sim)
    synergies = Synergies([settled.grasps[0]] * n)
    latent = latents.make_latent(options.latent, world)
    fingers = fingers_of(options, world, synergies, latent)
    start, ledger = InStand(world, settled, synergies, options.grasps), Taking(world)
    control = StandControl(world, synergies, fingers, settled, start.start, ledger)
    monitor = TakenLift(world, ledger)
    state = PickState(control, monitor, latent, round(TIME_LIMIT / control.dt))
    return Parts(world, control, start, monitor, state, TIME_LIMIT, ScenePictures(world))


def _scene(options: PickOptions) -> Scene:
    return scene_of(make_tool(options.tool, options.tool_size), things_of(options)[0])
