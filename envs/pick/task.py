"""The environments ``habilis/<Tool>Pick-v0``: pick up a small object with a held tool.

The hand on the arm holds the tool already. A step is 0.128 s. Success: the object is 5 cm up, for
1 s, touched by both halves of the tool and by nothing else, lifted by them. The episode ends with
it, with the tool dropped (more than 40 mm or 63 degrees from where it was held), with the object
more than 25 cm away, or after 12 s. Object, its place and yaw in a square of 12 cm, and the grasp
of the tool differ between episodes. ``info`` of the last step tells ``object``, ``crushed`` (a tip
pressed harder than the object bears), ``peak_force`` and ``table_force`` in N.

| page | what |
|---|---|
| ``habilis.envs.pick.options`` | options |
| ``habilis.envs.pick.control`` | what an action does |
| ``habilis.envs.pick.groups`` | observation groups |

Agent ``oracle`` is the scripted form that knows the truth, ``scripted`` the one that is told of
object and tool by ``latent`` alone.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.assets.names import made_with
from habilis.assets.pick.objects import PickObject, make_object
from habilis.assets.pick.scene import CENTRE, FILM, LIFT
from habilis.assets.scene.things import Scene
from habilis.assets.tools import make_tool
from habilis.envs.hand.squeeze import LAG
from habilis.envs.hand.synergy import Synergies
from habilis.envs.parts import (
    Generators,
    Parts,
    Rows,
)
from habilis.envs.pick import latents, layer_one
from habilis.envs.pick.control import TipControl
from habilis.envs.pick.groups import GROUPS
from habilis.envs.pick.lift import LiftJudge
from habilis.envs.pick.options import SHAPING, PickOptions
from habilis.envs.pick.picking import Picking
from habilis.envs.pick.scenes import TIME_LIMIT, scene_of
from habilis.envs.pick.starts import REGION, Starts, starts
from habilis.envs.pick.state import PickState
from habilis.envs.sim.make import SimKind
from habilis.envs.task import TaskSpec, View
from habilis.envs.terms.term import Term
from habilis.envs.world.seeing.cameras import ScenePictures

VIEW = View(FILM, (640, 480), 8)
AGENTS = {
    "oracle": "habilis.policies.agents.pick_oracle:oracle",
    "scripted": "habilis.policies.agents.pick_scripted:scripted",
}


class HeldAbove:
    """A ``Start``: the tool hangs from a settled grasp, an object lies on the table.

    Args:
      world: physics; it knows the objects.
      settled: grasps to draw from, all or those of some indices.
      synergies: get the grasps.
      grasps: indices of those to draw from; all by default.

    Attributes:
      start: (N,) index of the start of each episode.
    """

    def __init__(
        self, world: Picking, settled: Starts, synergies: Synergies, grasps: Any = None
    ) -> None:
        self._world, self._settled, self._synergies = world, settled, synergies
        kept = range(len(settled)) if grasps is None else grasps
        self._kept = np.array(list(kept), int)
        self.start = np.zeros(world.n, int)

    def place(self, ids: Ids, rngs: Generators) -> None:
        """See ``Start``."""
        world, settled = self._world, self._settled
        which, poses = np.zeros(len(ids), int), np.zeros((len(ids), 7))
        for k, (i, rng) in enumerate(zip(ids, rngs, strict=True)):
            self.start[i] = self._kept[rng.integers(len(self._kept))]
            which[k] = rng.integers(len(world.things))
            poses[k] = _lay(rng, world.things[which[k]])
        world.begin(ids, settled.rows[self.start[ids]], settled.rot[self.start[ids]])
        world.put(ids, which, poses)
        self._synergies.put(ids, [settled.grasps[i] for i in self.start[ids]])

    def rows(self) -> Rows:
        """See ``Start``."""
        return {"start": self.start}


def pick(tool: str = "tweezers", **options: Any) -> TaskSpec:
    """The task of picking small objects up with a held tool.

    Args:
      tool: a key of ``habilis.assets.tools.TOOLS``.
      **options: see ``habilis.envs.pick.options.PickOptions``.

    Raises:
      TypeError: an unknown option. ValueError: an unknown value of one.
    """
    chosen = read_options(tool, options)
    return TaskSpec(
        id=f"habilis/{tool.capitalize()}Pick-v0",
        scene=functools.partial(_scene, chosen),
        rewards=rewards(chosen),
        observations=GROUPS,
        build=functools.partial(_build, chosen),
        shown="privileged",
        agents=AGENTS,
        view=VIEW,
    )


def read_options(tool: str, options: dict[str, Any]) -> PickOptions:
    """PickOptions of a task; TypeError and ValueError say what is allowed."""
    return made_with(PickOptions, tool, **options)


def rewards(options: PickOptions) -> dict[str, Term]:
    """Success, and the shaping terms with their weights."""
    shaped = {"reach": _near, "grip": _gripped, "lift": _raised}
    weights = {name: options.shaping.get(name, 0.0) for name in SHAPING}
    terms = {name: Term(shaped[name], weight=weights[name]) for name in SHAPING}
    return {"success": Term(_success), **terms}


def fingers_of(
    options: PickOptions, world: Picking, synergies: Synergies, latent: latents.Latent
) -> layer_one.LayerOne:
    """What moves the fingers."""
    tool = world.held.tool

    def seen() -> Array:
        return tool.joint_at(np.clip(latent.read()[:, latents.GAP], 0.0, tool.max_gap))

    lag = layer_one.GENTLE_LAG if options.gentle else LAG
    return layer_one.make_layer_one(options.layer_one, world, synergies, lag, seen)


def things_of(options: PickOptions) -> tuple[PickObject, ...]:
    """The objects that may lie on the table."""
    gap = make_tool(options.tool, options.tool_size).max_gap
    return tuple(make_object(name).fitted(gap) for name in options.names())


def _build(options: PickOptions, task: TaskSpec, n: int, nthread: int, sim: SimKind) -> Parts:
    settled = starts(options.hand, options.tool, options.tool_size)
    world = Picking(settled.compiled, n, nthread, things_of(options), sim=sim)
    synergies = Synergies([settled.grasps[0]] * n)
    latent = latents.make_latent(options.latent, world)
    fingers = fingers_of(options, world, synergies, latent)
    control, monitor = TipControl(world, synergies, fingers, options.flat), LiftJudge(world)
    state = PickState(control, monitor, latent, round(TIME_LIMIT / control.dt))
    start = HeldAbove(world, settled, synergies, options.grasps)
    return Parts(world, control, start, monitor, state, TIME_LIMIT, ScenePictures(world))


def _scene(options: PickOptions) -> Scene:
    return scene_of(make_tool(options.tool, options.tool_size), things_of(options)[0])


def _success(state: PickState) -> Array:
    return state.monitor.success.astype(float)


def _near(state: PickState) -> Array:
    away = state.world.thing[:, :3] - state.world.tip
    return np.exp(-20 * np.linalg.norm(away, axis=1))


def _gripped(state: PickState) -> Array:
    return state.monitor.gripped.astype(float)


def _raised(state: PickState) -> Array:
    return np.clip(state.monitor.raised / LIFT, 0, 1)


def _lay(rng: np.random.Generator, thing: PickObject) -> Array:
    """(7,) a random pose of an object at rest, m and wxyz."""
    x, y = np.array(CENTRE) + rng.uniform(-REGION, REGION, 2)
    yaw = rng.uniform(-np.pi, np.pi)
    return np.array([x, y, thing.height / 2, np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)])
