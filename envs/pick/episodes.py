"""N episodes of picking one small thing each with a held tool."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import gymnasium
import numpy as np
import numpy.typing as npt

from habilis.assets.names import did_you_mean
from habilis.assets.pick.objects import HELD_OUT, OBJECTS, TRAINED, make_object
from habilis.assets.pick.scene import CENTRE, Mould
from habilis.envs.episodes import Obs, Pixels, checked
from habilis.envs.hand.picture import Pictures
from habilis.envs.hand.synergy import Synergies
from habilis.envs.observer import Row
from habilis.envs.pick import latents, layer_one
from habilis.envs.pick.groups import GROUPS
from habilis.envs.pick.lift import LIFT, Lift
from habilis.envs.pick.starts import LOW, REGION, Starts, starts
from habilis.envs.pick.world import PickWorld
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.task import Term
from habilis.envs.world.world import Ids

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Box = tuple[tuple[float, float, float], tuple[float, float, float]]

STEPS = 4  # of the world in one of the environment: 0.128 s
REACH = 0.025  # m, of the tips along each axis, at an action of 1
FLAT = 0.3  # rad, of each servo of the hand
TIP_BOX: Box = (
    (CENTRE[0] - 0.12, CENTRE[1] - 0.12, LOW),
    (CENTRE[0] + 0.12, CENTRE[1] + 0.12, 0.22),
)
"""Corners of where the middle of the tips may be sent, m; it is 8 mm before the ends."""
TIME_LIMIT = 12.0  # s
SETS: Mapping[str, tuple[str, ...]] = {
    "train": TRAINED, "held_out": HELD_OUT, "all": tuple(OBJECTS),
}  # fmt: skip
"""Objects by name of the set."""
SHAPING = ("reach", "grip", "lift")
"""Reward terms beside ``success``, each in [0, 1] a step; their weights are 0 by default."""


@dataclasses.dataclass(frozen=True)
class Options:
    """What is picked with what, and how.

    Attributes:
      tool, tool_size, hand: keys of ``TOOLS``, ``SIZES`` and ``HANDS``.
      objects: a key of ``SETS``, or names of objects; shrunk where the tool is too small.
      gentle: grip less hard, so that fragile things are not crushed.
      shaping: weights of ``SHAPING`` terms.
      layer_one: what moves the fingers, a key of ``layer_one.LAYERS``.
      flat: no layer one: four numbers become three and a target for each servo of the hand.
      latent: what the group ``cloud`` is told, a key of ``latents.LATENTS``.
      grasps: indices of the grasps to start from, best first; all by default.
    """

    tool: str = "tweezers"
    tool_size: str = "medium"
    hand: str = "leap"
    objects: Literal["train", "held_out", "all"] | Sequence[str] = "train"
    gentle: bool = False
    shaping: Mapping[str, float] = dataclasses.field(default_factory=dict)
    layer_one: str = "synergy"
    flat: bool = False
    latent: str = "noisy"
    grasps: Sequence[int] | None = None

    def __post_init__(self) -> None:
        for name in self.shaping:
            if name not in SHAPING:
                raise ValueError(did_you_mean("shaping term", name, SHAPING))
        if isinstance(self.objects, str) and self.objects not in SETS:
            raise ValueError(did_you_mean("set of objects", self.objects, SETS))

    def names(self) -> tuple[str, ...]:
        """Of the objects."""
        return SETS[self.objects] if isinstance(self.objects, str) else tuple(self.objects)


class PickEpisodes:
    """See ``habilis.envs.episodes.Episodes``.

    An action is where to move the tips (x, y, z; 1 is ``REACH``) from where they were sent last,
    and the tool's goal (-1 closed, 1 open); with ``flat`` in its place the hand's targets (1 is
    ``FLAT`` from where they were at the start).

    Args:
      options: see ``Options``.
      n: how many.
      shown: observation group, or several, see ``groups.GROUPS``.
      nthread: threads of the physics, 0 for all cores.

    Attributes:
      world, lift, latent, fingers: physics, ledger, estimates, layer one.
      goal: (N,) tool joint value wanted; width: (N,) extent of the object where it was put, m.
      home: (N, 3) tool centre point at the start, m; start_ctrl: (N, a) hand's targets there.
      which, start: (N,) index of the object and of the start of each episode.
    """

    time_limit: ClassVar[float] = TIME_LIMIT  # s
    tip_box: ClassVar[Box] = TIP_BOX
    known_groups: ClassVar[Mapping[str, Mapping[str, Term]]] = GROUPS

    def __init__(
        self, options: Options, n: int, shown: str | Sequence[str] = "privileged", nthread: int = 0
    ) -> None:
        self.options, self.n = options, n
        self.starts = self._find_starts()
        kept = range(len(self.starts)) if options.grasps is None else options.grasps
        self._kept = np.array(list(kept), int)
        tool = self.starts.compiled.tool
        self.objects = [Mould.of(make_object(o).fitted(tool.max_gap)) for o in options.names()]
        self.world = self._make_world(1 if n == 1 else nthread)
        self.synergies = Synergies([self.starts.grasps[0]] * n)
        self.latent = latents.make_latent(options.latent, self.world)
        lag = layer_one.GENTLE_LAG if options.gentle else layer_one.LAG
        self.fingers = layer_one.make_layer_one(
            options.layer_one, self.world, self.synergies, lag, self._seen_opening
        )
        self.lift, self._pictures = Lift(self.world), Pictures(self.world)
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (self._width(),), np.float32)
        self.dt = STEPS * self.world.dt
        self.step_limit = round(self.time_limit / self.dt)
        self.reward_names = ("success", *SHAPING)
        self._weights = np.array([1.0, *(options.shaping.get(name, 0.0) for name in SHAPING)])
        self._prepare()
        names = (shown,) if isinstance(shown, str) else tuple(shown)
        for name in names:
            if name not in self.known_groups:
                raise ValueError(did_you_mean("observation group", name, self.known_groups))
        self.groups = {name: Row(name, self.known_groups[name], self) for name in names}
        spaces: dict[str, gymnasium.Space[Any]] = {k: row.space for k, row in self.groups.items()}
        self._single = isinstance(shown, str)
        self.observation_space: gymnasium.Space[Any] = (
            spaces[names[0]] if self._single else gymnasium.spaces.Dict(spaces)
        )

    def _find_starts(self) -> Starts:
        return starts(self.options.hand, self.options.tool, self.options.tool_size)

    def _make_world(self, nthread: int) -> PickWorld:
        return PickWorld(self.starts.compiled, self.n, nthread)

    def _width(self) -> int:
        """Of an action."""
        return 3 + (len(self.starts.compiled.servos) if self.options.flat else 1)

    def _seen_opening(self) -> Array:
        tool = self.world.compiled.tool
        return tool.joint_at(np.clip(self.latent.read()[:, latents.GAP], 0.0, tool.max_gap))

    def _prepare(self) -> None:
        n, world = self.n, self.world
        self.steps, self.which, self.start = np.zeros((3, n), int)
        self.goal, self.width, self.reward = np.zeros((3, n))
        self.home, self.start_ctrl = np.zeros((n, 3)), np.zeros(world.ctrl.shape)
        self.success = self.lift.success  # written in place
        self.terminated, self.truncated = np.zeros((2, n), bool)
        self.rewards, self.returns = np.zeros((2, n, len(self.reward_names)))
        ids = np.arange(n)
        rngs = [np.random.default_rng(0) for _ in ids]
        self.reset(ids, rngs)

    @property
    def failure(self) -> npt.NDArray[Any]:
        """(N,) reasons, '' if none."""
        return self.lift.failure

    @property
    def diverged(self) -> bool:
        """Whether any episode just did."""
        return bool(self.world.diverged.any())

    def openness(self, value: Array) -> Array:
        """(N,) 0 where the tips meet, 1 at the greatest opening, of joint values (N,)."""
        joint = self.world.compiled.tool.joint
        return np.abs(np.asarray(value) - joint.closed) / joint.stroke

    def value(self, openness: Array) -> Array:
        """(N,) joint values of an openness (N,)."""
        joint = self.world.compiled.tool.joint
        return np.abs(joint.closed - joint.stroke * np.asarray(openness))

    # ---- episodes

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """Start new episodes ``ids`` (k,), sorted, each drawn from a generator of its own."""
        world = self.world
        for i, rng in zip(ids, rngs, strict=True):
            self.start[i] = self._kept[rng.integers(len(self._kept))]
            self.which[i] = rng.integers(len(self.objects))
        chosen = [self.objects[self.which[i]] for i in ids]
        poses = np.array(
            [_lay(rng, shape) for rng, shape in zip(rngs, chosen, strict=True)]
        ).reshape(-1, 7)
        world.begin(ids, self.starts.rows[self.start[ids]], self.starts.rot[self.start[ids]])
        world.put(ids, chosen, poses)
        grasps = [self.starts.grasps[i] for i in self.start[ids]]
        self.synergies.put(ids, grasps)
        self.latent.reset(ids, rngs)
        self.fingers.reset(ids, grasps)
        self.goal[ids] = world.opening[ids]
        self.home[ids], self.start_ctrl[ids] = world.controller.limiter.pos[ids], world.ctrl[ids]
        self.width[ids] = world.width()[ids]
        self.steps[ids], self.returns[ids], self.rewards[ids], self.reward[ids] = 0, 0.0, 0.0, 0.0
        self.terminated[ids], self.truncated[ids] = False, False
        self.lift.reset(ids)

    def step(self, action: npt.ArrayLike) -> None:
        """One environment step of all episodes: ``STEPS`` of the world."""
        act = checked(action, (self.n, *self.action_space.shape))
        world, limiter = self.world, self.world.controller.limiter
        if not self.options.flat:
            self.goal = self.value((act[:, 3] + 1) / 2)
        begin, by = limiter.pos.copy(), self._within(REACH * act[:, :3])
        diverged = np.zeros(self.n, bool)
        for k in range(STEPS):
            self.lift.begin()
            arm = self._arm(begin + (k + 1) / STEPS * by)
            world.step(self._hand(act, (k + 1) / STEPS), arm=arm)
            diverged |= world.diverged
            world.diverged[:] = diverged
            self._watch()
        self.steps += 1
        self.latent.update(self.steps)
        self._score()
        self.terminated = self.success | (self.failure != "")
        self.truncated = (self.steps >= self.step_limit) & ~self.terminated

    def move(self, tip: Array, goal: Array) -> None:
        """One step of the world towards tips (N, 3) m and tool joint values (N,), without ``flat``.

        Limits are those of an action; it is no step of the episode, which neither ends nor scores.
        """
        self.goal = np.asarray(goal, float)
        most = REACH / STEPS
        by = np.clip(self._within(tip - self.tip_sent()), -most, most)
        self.lift.begin()
        arm = self._arm(self.world.controller.limiter.pos + by)
        self.world.step(self.fingers.targets(self.goal), arm=arm)
        self._watch()

    def _hand(self, act: Array, part: float) -> Array:
        """(N, a) targets of the hand's servos for an action of which a part is over."""
        if self.options.flat:
            return self.start_ctrl + FLAT * act[:, 3:]
        return self.fingers.targets(self.goal)

    def _watch(self) -> None:
        """A step of the world is over."""
        self.lift.update()

    def _within(self, by: Array) -> Array:
        """Moves (N, 3) that keep the tips in ``tip_box``."""
        tip = self.tip_sent()
        low, high = np.array(self.tip_box)
        return np.clip(tip + by, low, high) - tip

    def tip_sent(self) -> Array:
        """(N, 3) where the middle of the tips will be once the arm is where it was sent, m."""
        world = self.world
        now, _ = world.controller.kinematics.tcp(world.arm_q)
        return world.controller.limiter.pos + world.tip - now

    def _arm(self, pos: Array) -> Array:
        """(N, 7) joints at the end of the next world step, on the way to (N, 3) m."""
        controller = self.world.controller
        return controller.to_position(pos, controller.aperture, 1).ctrl[:, -1, :-1]

    def _score(self) -> None:
        world = self.world
        far = np.linalg.norm(world.thing[:, :3] - world.tip, axis=1)
        terms = (
            self.success,
            np.exp(-20 * far),
            self.lift.gripped,
            np.clip(self.lift.raised / LIFT, 0, 1),
        )
        self.rewards = self._weights * np.column_stack(terms)
        self.rewards[world.diverged] = 0.0
        self.reward = self.rewards.sum(axis=1)
        self.returns += self.rewards

    def observe(self) -> Obs:
        """Fresh observation of all episodes."""
        if self._single:
            (row,) = self.groups.values()
            return row.read(self)
        return {name: row.read(self) for name, row in self.groups.items()}

    def terms(self) -> dict[str, dict[str, int]]:
        """Of each observation group: the width of each term, in order."""
        return {name: row.widths() for name, row in self.groups.items()}

    def told(self) -> Mapping[str, npt.NDArray[Any]]:
        """Of an episode's end: object, whether it was crushed, greatest forces in N."""
        names = np.array([mould.thing.name for mould in self.objects], dtype=object)
        return {
            "object": names[self.which], "crushed": self.lift.crushed.copy(),
            "peak_force": self.lift.peak.copy(), "table_force": self.lift.scrape.copy(),
        }  # fmt: skip

    def picture(self, camera: str, size: tuple[int, int], sim: int) -> Pixels:
        """(H, W, 3) picture of one episode."""
        return self._pictures.take(camera, size, sim)

    def close(self) -> None:
        """Free what cameras hold."""
        self._pictures.close()

    # ---- state

    def save(self, ids: npt.ArrayLike | None = None) -> Snapshot:
        """Whole state of episodes ``ids`` (all by default), but for generators."""
        rows = self.world.save().rows | {k: v.copy() for k, v in self._rows().items()}
        snapshot = Snapshot(rows)
        return snapshot if ids is None else snapshot.take(ids)

    def restore(self, snapshot: Snapshot, ids: npt.ArrayLike | None = None) -> None:
        """Write a snapshot of k episodes into ``ids`` (k,), sorted; all by default."""
        index = np.arange(self.n) if ids is None else np.asarray(ids, int)
        self.world.restore(snapshot, index)
        for name, values in self._rows().items():
            values[index] = snapshot.rows[name]
        for i in index:
            self.world.objects[i] = self.objects[self.which[i]]
        self.synergies.put(index, [self.starts.grasps[i] for i in self.start[index]])

    def _rows(self) -> dict[str, npt.NDArray[Any]]:
        own = (
            "steps", "which", "start", "goal", "width", "home", "start_ctrl", "terminated",
            "truncated", "returns", "rewards", "reward",
        )  # fmt: skip
        rows = {f"pick/{name}": getattr(self, name) for name in own}
        for part, state in (
            ("lift", self.lift),
            ("fingers", self.fingers),
            ("latent", self.latent),
        ):
            rows |= {f"{part}/{name}": row for name, row in state.rows().items()}
        return rows


def _lay(rng: np.random.Generator, mould: Mould) -> Array:
    """(7,) a random pose of an object at rest, m and wxyz."""
    x, y = np.array(CENTRE) + rng.uniform(-REGION, REGION, 2)
    yaw = rng.uniform(-np.pi, np.pi)
    return np.array([x, y, mould.thing.height / 2, np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)])
