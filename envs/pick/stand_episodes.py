"""N episodes of picking with a tool that the hand has to take off its stand first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from habilis.assets.pick.scene import CENTRE
from habilis.envs.pick.episodes import TIP_BOX, Options, PickEpisodes
from habilis.envs.pick.groups import GROUPS, NEAR
from habilis.envs.pick.standing import PLACE, SHIFT, StandStarts, StandWorld, stand_starts
from habilis.envs.pick.taking import FELL, Taking
from habilis.envs.task import Term
from habilis.envs.world.poses import multiply, quaternions
from habilis.envs.world.world import Ids

Array = npt.NDArray[np.float64]

YAW = np.deg2rad(5.0)  # of the stand, at most, either way
PLAY = (0.0005, 0.0005, np.deg2rad(1.0))  # m, m, rad: of the tool in it
TIME_LIMIT = 20.0  # s
SHUT = 0.9  # of an action that closes the hand: from there it presses fully, and layer one runs
BOX = (
    (CENTRE[0] - 0.15, CENTRE[1] - 0.12, TIP_BOX[0][2]),
    (CENTRE[0] + 0.12, PLACE[1] + 0.05, 0.22),
)
"""As ``TIP_BOX``; before the tool is taken, of the tips that it would have in the open hand."""


def taking(e: StandEpisodes) -> Array:
    """(N, 12) tool minus where the hand would grasp it, and its turn, seen by the hand; its rise;
    how far the hand was closed; whether the tool is taken; what touches the stand."""
    w = e.world
    wanted = e.tool_wanted
    away = w.tool_in_world[:, :3] - wanted[:, :3]
    away = (w.hand_rot.transpose(0, 2, 1) @ away[..., None])[..., 0]
    turn = multiply(wanted[:, 3:] * (1, -1, -1, -1), w.tool_in_world[:, 3:])
    turn = turn[:, 1:] * np.where(turn[:, :1] < 0, -4.0, 4.0)
    rest = (e.taking.rise / NEAR, e.closure, e.taking.taken, w.at_stand)
    return np.column_stack((away / NEAR, turn, *rest))


def stand(e: StandEpisodes) -> Array:
    """(N, 5) stand minus the tips that the tool has or would have in the hand; its yaw; how far the
    hand was closed. Where the stand is, is taken to be known."""
    place = e.world.stand
    away = np.column_stack((place[:, :2], np.zeros(e.n))) - e.tip_sent()
    return np.column_stack((away / (2 * NEAR), place[:, 2] / YAW, e.closure))


_STAND = {"stand": Term(stand, limit=5.0)}
_TERMS: Mapping[str, Mapping[str, Term]] = {
    "privileged": {"taking": Term(taking, limit=5.0), **_STAND},
    "cloud": _STAND, "proprioception": _STAND,
}  # fmt: skip


class StandEpisodes(PickEpisodes):
    """See ``PickEpisodes``; an action has a fifth number, which closes the hand.

    It goes from -1, open, over 0, where the fingers are at the handles, to ``SHUT``, where they
    press with the command of the grasp; from there on the tool goal counts. The first three move
    the tips that the tool has, or, before it is taken, would have in the hand. Stand and tool are
    a little elsewhere in every episode; the turn of the hand stays.

    Attributes:
      taking: ledger of the taking; without it nothing that is lifted counts.
      closure: (N,) how far the hand was told to close.
    """

    starts: StandStarts
    world: StandWorld
    time_limit = TIME_LIMIT
    tip_box = BOX
    known_groups: ClassVar[Mapping[str, Mapping[str, Term]]] = {
        name: {**terms, **_TERMS[name]} for name, terms in GROUPS.items()
    }

    def __init__(
        self, options: Options, n: int, shown: str | Sequence[str] = "privileged", nthread: int = 0
    ) -> None:
        if options.flat:
            raise ValueError("flat: from the stand there is no variant without layer one")
        super().__init__(options, n, shown, nthread)

    def _find_starts(self) -> StandStarts:
        return stand_starts(self.options.hand, self.options.tool, self.options.tool_size)

    def _make_world(self, nthread: int) -> StandWorld:
        return StandWorld(self.starts.compiled, self.n, nthread)

    def _width(self) -> int:
        return 5

    def _prepare(self) -> None:
        servos = self.world.compiled.hand.command
        self._open = servos(np.array([grasp.pre for grasp in self.starts.grasps]))
        self._touch = servos(np.array([grasp.table[0] for grasp in self.starts.grasps]))
        self._pose = np.array([grasp.tool_pose for grasp in self.starts.grasps])
        self.taking = Taking(self.world)
        self.closure, self._closing = np.zeros((2, self.n))
        super()._prepare()

    @property
    def tool_wanted(self) -> Array:
        """(N, 7) where the tool would be in the open hand's grasp, m and wxyz."""
        world, pose = self.world, self._pose[self.start]
        pos = (world.hand_rot @ pose[:, :3, None])[..., 0] + world.hand_pos
        turn = multiply(quaternions(world.hand_rot), pose[:, 3:])
        return np.concatenate((pos, turn), axis=1)

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """See ``PickEpisodes``."""
        super().reset(ids, rngs)
        draws = np.array([rng.uniform(-1, 1, (2, 3)) for rng in rngs]).reshape(-1, 2, 3)
        places = np.array([*PLACE, 0.0]) + np.array([SHIFT, SHIFT, YAW]) * draws[:, 0]
        self.world.stand_at(ids, places, np.array(PLAY) * draws[:, 1])
        self.width[ids] = self.world.width()[ids]
        self.taking.reset(ids)
        self.closure[ids] = self._closing[ids] = -1.0

    def step(self, action: npt.ArrayLike) -> None:
        """See ``PickEpisodes``."""
        super().step(action)
        self.closure[:] = self._closing

    def tip_sent(self) -> Array:
        """(N, 3) where the middle of the tips will be, or would be, once the arm is there, m."""
        open_ = self.world.controller.limiter.pos + self.starts.away[self.start]
        return np.where(self.taking.taken[:, None], super().tip_sent(), open_)

    def _hand(self, act: Array, part: float) -> Array:
        self._closing = self.closure + part * (act[:, 4] - self.closure)
        loose = np.flatnonzero(self._closing < SHUT)
        self.fingers.reset(loose, [self.starts.grasps[i] for i in self.start[loose]])
        press = self.fingers.targets(self.goal)
        c = np.clip(self._closing[:, None] / SHUT, -1, 1)
        start, touch = self._open[self.start], self._touch[self.start]
        return touch + np.where(c < 0, -c * (start - touch), c * (press - touch))

    def _watch(self) -> None:
        self.taking.update()
        self.lift.raised[~self.taking.taken] = 0.0
        super()._watch()
        fell = self.taking.fallen & (self.lift.failure == "")
        self.lift.failure[fell] = FELL

    def told(self) -> Mapping[str, npt.NDArray[Any]]:
        """Of an episode's end, besides: whether the tool was taken."""
        return {**super().told(), "taken": self.taking.taken.copy()}

    def _rows(self) -> dict[str, npt.NDArray[Any]]:
        own = {"stand/closure": self.closure}
        return (
            super()._rows()
            | own
            | {f"taking/{name}": row for name, row in self.taking.rows().items()}
        )
