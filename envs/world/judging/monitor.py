"""Is the goal reached, was it the tool that did it, is all lost: for N episodes, tick by tick."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.scene.goal import ACTING, All, Any, Goal, Not, Predicate
from habilis.assets.scene.model.pairs import ROBOT
from habilis.assets.scene.things import Scene
from habilis.envs.parts import Rows
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.terms.predicates import evaluate, knock
from habilis.envs.world.judging.travel import most_path
from habilis.envs.world.world import (
    World,
)

TOOL_PATH = 0.05  # m a required tool must have moved a target while touching it
WRITTEN = 0.001  # m a target may have been moved by nothing that is simulated
FALLEN = -0.05  # m, height of a target's origin that counts as off the table
_TIPPED = (1 - np.cos(np.deg2rad(30))) / 2


class Monitor:
    """Success and failure of every simulation of a world, by its scene's goal.

    Success means that the goal held for ``scene.hold`` seconds, that neither a target nor a robot
    that walks was moved from outside the physics, and that the scene's tool was used as it says: a
    ``required`` tool was handled by the robot and moved a target while touching it, or does what
    the goal says of it, or is all that the goal is about; a ``forbidden`` one was touched by
    neither. Legs, which meet what they only walk past, handle what they move.

    Attributes:
      held (N,): time for which the goal has been holding, s.
      success (N,): reached at some time since reset.
      failure (N,): reason, '' while nothing is lost.
    """

    def __init__(self, world: World) -> None:
        self.world, self.scene = world, world.scene
        self.held = np.zeros(world.n)
        self.success: Mask = np.zeros(world.n, bool)
        self.failure = np.full(world.n, "", dtype=object)
        self.targets = targets(self.scene)
        self._target_ids = np.array([world.index(t) for t in self.targets], int)
        self._upright = np.array([world.index(t) for t in upright(self.scene)], int)
        # Columns of a world's poses, side by side: heights of targets; x and y of turns.
        self._heights = 7 * self._target_ids + 2
        self._tilts = 7 * self._upright + np.array([[4], [5]])
        self._fragile = [e for e in self.scene.entities if math.isfinite(e.fragile)]

    def begin(self) -> None:
        """Writes between steps are booked by the world itself."""

    def told(self) -> Rows:
        """Nothing beside success and failure."""
        return {}

    def reset(self, ids: Ids) -> None:
        """Forget simulations ``ids`` (k,)."""
        self.held[ids], self.success[ids], self.failure[ids] = 0.0, False, ""

    def update(self, dt: float) -> None:
        """Take note of the world after it advanced by dt seconds."""
        goal = evaluate(self.scene.goal, self.world)
        self.held = (self.held + dt) * goal
        done = self.held >= self.scene.hold - 1e-9
        if np.count_nonzero(done):
            self.success |= done & self.caused() & (self.failure == "")
        self._note_failures()

    def caused(self) -> Mask:
        """(N,) whether the targets were moved by fair means, with the tool if one is required."""
        world = self.world
        fair = np.logical_and.reduce(world.written[:, self._target_ids] < WRITTEN, axis=1)
        fair &= world.lifted < WRITTEN
        tool = self.scene.tool
        if tool is None or tool.use == "free":
            return fair
        ledger, parts = world.ledger, tool_parts(world)
        hands = [ledger.duration[:, ledger.column(ROBOT, p)] > 0 for p in parts]
        touched = np.logical_or.reduce(hands)
        used = [(p, t) for p in parts for t in self.targets if ledger.has(p, t)]
        if tool.use == "forbidden":
            meet = [ledger.duration[:, ledger.column(p, t)] > 0 for p, t in used]
            return fair & ~touched & ~np.logical_or.reduce(meet)
        handled = self._pushed(parts) > TOOL_PATH if self.scene.hand == "legs" else touched
        if acts(self.scene) or not used:
            return fair & handled
        share = [ledger.moved_by(p, t) / enough_path(self.scene, t) for p, t in used]
        return fair & handled & np.greater(np.max(share, axis=0), 1.0)

    def _pushed(self, parts: list[str]) -> Array:
        """(N,) path of the tool while the robot touched it, m."""
        out: Array = np.max([self.world.ledger.moved_by(ROBOT, p) for p in parts], axis=0)
        return out

    def holds(self, i: int = 0) -> bool:
        """Whether the goal of simulation ``i`` has now held for long enough, by whatever means."""
        return bool(self.held[i] >= self.scene.hold - 1e-9)

    def broken(self, i: int = 0) -> tuple[str, ...]:
        """Parts that came off in simulation ``i``, as ``object: part``."""
        came_off = zip(self.world.compiled.loose, self.world.broken[i], strict=True)
        return tuple(f"{p.owner}: {p.body}" for p, off in came_off if off)

    def unmet(self, i: int = 0) -> str:
        """Why simulation ``i`` is no success, with the numbers; '' if it is one."""
        if self.success[i]:
            return ""
        if self.failure[i]:
            return str(self.failure[i])
        if self.held[i] > 0 and not self.caused()[i]:
            return f"the goal holds, but not by fair means: {self._unfair(i)}"
        if self.held[i] > 0:
            held = f"{self.held[i]:.2f} s of the {self.scene.hold:g} s that it must"
            return f"the goal has held for {held}: {self.scene.goal}"
        return f"the goal does not hold: {self.scene.goal}"

    def _unfair(self, i: int) -> str:
        world, tool = self.world, self.scene.tool
        written = world.written[i, self._target_ids]
        if (written >= WRITTEN).any():
            k = int(written.argmax())
            return f"{self.targets[k]} was moved {written[k]:.3f} m by nothing that is simulated"
        if world.lifted[i] >= WRITTEN:
            return f"the robot was moved {world.lifted[i]:.3f} m by nothing that is simulated"
        assert tool is not None
        ledger, parts = world.ledger, tool_parts(world)
        touched = {p: float(ledger.duration[i, ledger.column(ROBOT, p)]) for p in parts}
        touched |= {
            f"{p}-{t}": float(ledger.duration[i, ledger.column(p, t)])
            for p in parts for t in self.targets
            if tool.use == "forbidden" and ledger.has(p, t)
        }  # fmt: skip
        pair = max(touched, key=lambda k: touched[k])
        how = f"the tool {tool.name} is {tool.use}"
        if tool.use == "forbidden":
            who, _, what = pair.partition("-") if "-" in pair else ("the robot", "", pair)
            return f"{how}, and {who} touched {what} for {touched[pair]:.2f} s"
        if not touched[pair]:
            return f"{how}, and the robot did not touch it"
        pushed = float(self._pushed(parts)[i])
        if self.scene.hand == "legs" and pushed <= TOOL_PATH:
            far = f"{pushed:.3f} m, of {TOOL_PATH:.3f} m that are asked"
            return f"{how}, and the robot moved it {far}"
        moved = {t: max(float(ledger.moved_by(p, t)[i]) for p in parts) for t in self.targets}
        name = max(moved, key=lambda t: moved[t])
        asked = enough_path(self.scene, name)
        return f"{how}, and it moved {name} {moved[name]:.3f} m, of {asked:.3f} m that are asked"

    def rows(self) -> Rows:
        """Live arrays (N,) that make up its state, by name; in a snapshot after ``monitor/``."""
        return {"held": self.held, "success": self.success, "failure": self.failure}

    def save(self, ids: npt.ArrayLike | None = None) -> Snapshot:
        """Whole state of simulations ``ids`` (all by default): of the world and of this."""
        own = {f"monitor/{name}": row.copy() for name, row in self.rows().items()}
        rows = self.world.save().rows | own
        return Snapshot(rows) if ids is None else Snapshot(rows).take(ids)

    def restore(self, snapshot: Snapshot, ids: npt.ArrayLike | None = None) -> None:
        """Write a snapshot of k simulations into ``ids`` (k,); all by default.

        One of a world alone has nothing judged yet.
        """
        index = np.arange(self.world.n) if ids is None else np.asarray(ids, int)
        self.world.restore(snapshot, index)
        self.reset(index)
        for name, values in self.rows().items():
            if f"monitor/{name}" in snapshot.rows:
                values[index] = snapshot.rows[f"monitor/{name}"]

    def _note_failures(self) -> None:
        """A fall, a tilt and a divergence are looked for together first: they are rare."""
        world = self.world
        for thing in self._fragile:
            self._fail(knock(world, thing.name) > thing.fragile, f"{thing.name} broke")
        poses = world.poses.reshape(world.n, -1)
        fallen = poses.take(self._heights, axis=1) < FALLEN
        square = poses.take(self._tilts, axis=1) ** 2
        tipped = square[:, 0] + square[:, 1] > _TIPPED  # 1 - 2 (x^2 + y^2): cosine of the tilt
        if not any(map(np.count_nonzero, (fallen, tipped, world.diverged))):
            return
        for k, name in enumerate(self.targets):
            self._fail(fallen[:, k], f"{name} fell off the table")
        for k, i in enumerate(self._upright):
            self._fail(tipped[:, k], f"{world.bodies[i]} tipped over 30 degrees")
        self._fail(world.diverged, "the simulation diverged")

    def _fail(self, mask: Mask, reason: str) -> None:
        if mask.any():
            self.failure[mask & ~self.success & (self.failure == "")] = reason


def targets(scene: Scene) -> list[str]:
    """Movable things and links the goal wants something positive of, in order."""
    names = dict.fromkeys(p.subject for p in positive(scene.goal))
    return [n for n in names if scene.moves(n)]


def upright(scene: Scene) -> list[str]:
    """Targets that stand higher than they are wide and so count as lost when they lie."""
    whole = [
        t
        for t in targets(scene)
        if "/" not in t and scene.entity(t).movable and scene.entity(t).grains is None
    ]
    sizes = {t: scene.entity(t).size() for t in whole}
    return [t for t, s in sizes.items() if s[2] > 1.2 * max(s[0], s[1])]


def tool_parts(world: World) -> list[str]:
    """Bodies the scene's tool consists of: itself, what joins with it, and loose parts of them."""
    names = [e.name for e in world.scene.tool_entities()]
    loose = world.compiled.loose
    return names + [p.body for p in loose if p.owner.partition("/")[0] in names]


def acts(scene: Scene) -> bool:
    """Whether the goal itself says what the scene's tool is to do."""
    tools = {e.name for e in scene.tool_entities()}
    return any(p.word in ACTING and p.subject in tools for p in positive(scene.goal))


def enough_path(scene: Scene, target: str) -> float:
    """How far a required tool must move a target while touching it, m.

    A target on a joint that cannot go that far must be moved through half of its range.
    """
    return min(TOOL_PATH, most_path(scene.body(target)) / 2)


def positive(goal: Goal) -> Iterator[Predicate]:
    """What the goal wants to hold."""
    if isinstance(goal, (All, Any)):
        for part in goal.goals:
            yield from positive(part)
    elif isinstance(goal, Predicate):
        yield goal
    else:
        assert isinstance(goal, Not)
