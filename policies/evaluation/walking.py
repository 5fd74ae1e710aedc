"""What robots on legs can do: walk to places, go up steps, push things, each many times."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import walker
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part, Vec3
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.envs.legged.robot import LeggedRobot
from habilis.envs.legged.trot import wrapped
from habilis.envs.world.varying.layout import Layout, Variation, sample
from habilis.envs.world.world import World
from habilis.policies.evaluation.statistics import wilson
from habilis.policies.skills.attempt import Attempt
from habilis.policies.skills.executor import run_all
from habilis.policies.skills.legs.pushing import PushToPosition
from habilis.policies.skills.legs.walking import ClimbToPosition, WalkToPosition
from habilis.policies.skills.skill import Skill

AROUND = 3.0  # m within which targets lie
NEAR, ASKEW = 0.05, 0.1  # m, rad off a target that count as there
PLACED = 0.03  # m off its goal that a pushed thing may be
BATCH = 25  # runs side by side
FELL = "the robot fell"

Program = Callable[[np.random.Generator], Skill]
Off = Callable[[World], Array]
"""How far simulations (N,) are from what was asked, m."""


@dataclasses.dataclass(frozen=True)
class Trial:
    """One thing to do.

    Attributes:
      scene: where; each run has a layout of its own, at the standard variation.
      program: what, drawn for a run.
      off: how far off it came, m, and ``within`` how far it may be.
      start: how far from the scene's start robots begin, m, with any heading if ``turned``.
    """

    scene: Scene
    program: Program
    off: Callable[[World, list[Skill]], Array]
    within: float
    start: float = 0.1
    turned: bool = False


def measure(name: str, runs: int, seed: int, robot: str = "go1") -> dict[str, Any]:
    """A row of results: how often it was done, fell, and how far off it was.

    Raises:
      KeyError: no such trial.
      ValueError: there is no such robot, or it has no legs.
    """
    trial, rng = TRIALS[name](walker(robot)), np.random.default_rng(seed)
    off, ended = np.zeros(0), list[Attempt]()
    while len(ended) < runs:
        n = min(BATCH, runs - len(ended))
        far, attempts = _batch(trial, n, rng)
        off, ended = np.concatenate((off, far)), ended + attempts
    near = (off < trial.within).tolist()
    why = Counter(_why(attempt, there) for attempt, there in zip(ended, near, strict=True))
    good, fell = why.pop("", 0), why.get(FELL, 0)
    return {
        "trial": name, "robot": robot, "runs": runs, "seed": seed, "success": good,
        "interval": wilson(good, runs), "fell": fell, "fell_interval": wilson(fell, runs),
        "off_median": round(float(np.median(off)), 4),
        "off_95": round(float(np.percentile(off, 95)), 4),
        "seconds": round(float(np.median([a.simulated_seconds for a in ended])), 1),
        "failures": dict(why),
    }  # fmt: skip


def _batch(trial: Trial, n: int, rng: np.random.Generator) -> tuple[Array, list[Attempt]]:
    robot = LeggedRobot(World(compile_scene(trial.scene), n))
    draws = [sample(trial.scene, Variation.scaled(1.0), rng, 1) for _ in range(n)]
    robot.reset(Layout.stack(draws))
    at = np.array(trial.scene.base[:2]) + rng.uniform(-trial.start, trial.start, (n, 2))
    robot.place(at, rng.uniform(-np.pi, np.pi, n) * trial.turned)
    robot.hold(0.5)
    programs = [trial.program(rng) for _ in range(n)]
    attempts = run_all(robot, [[skill] for skill in programs])
    return trial.off(robot.world, programs), attempts


def _why(attempt: Attempt, near: bool) -> str:
    """Why a run failed, without its numbers."""
    if attempt.ended == "done":
        return "" if near else "too far off"
    said = attempt.steps[-1].result.reason if attempt.steps else attempt.reason
    if said == FELL:
        return FELL
    return "stuck" if "stuck" in said else "too far off" if " off" in said else "refused"


def _scene(robot: str, things: tuple[Thing, ...], base: Vec3 = (0.0, 0.0, 0.0)) -> Scene:
    return Scene(
        "walking", "Walk.", things, Workspace((-4.0, -4.0, 0.0), (4.0, 4.0, 1.0)),
        Predicate("moved", things[0].name, value=0.1), robot=robot, base=base,
    )  # fmt: skip


def _box(name: str, pos: Vec3, size: Vec3, **more: Any) -> Thing:
    return Thing(name, (Part(name, "box", size),), pos, **more)


_ASIDE = _box("crate", (3.8, 3.8, 0.101), (0.2, 0.2, 0.2))  # a scene has a thing that moves


def _walk(robot: str) -> Trial:
    def program(rng: np.random.Generator) -> Skill:
        far, way = AROUND * np.sqrt(rng.random()), rng.uniform(-np.pi, np.pi)
        return WalkToPosition((float(far * np.cos(way)), float(far * np.sin(way)), 0.0), 0.0)

    return Trial(_scene(robot, (_ASIDE,)), program, _from_goal, NEAR, 0.0, turned=True)


def _from_goal(world: World, programs: list[Skill]) -> Array:
    """Of trunks from their goals; beyond any bound where the heading is off."""
    goal = np.array([skill.args()["position"][:2] for skill in programs])
    asked = [skill.args().get("heading") for skill in programs]
    pos, rot = world.trunk
    yaw = np.arctan2(rot[:, 1, 0], rot[:, 0, 0])
    turn = np.array([0.0 if h is None else wrapped(y - h) for y, h in zip(yaw, asked, strict=True)])
    far = np.linalg.norm(pos[:, :2] - goal, axis=1)
    return np.where(np.abs(turn) < ASKEW, far, np.inf)


def _step(robot: str) -> Trial:
    step = _box("step", (1.5, 0.0, 0.06), (1.2, 2.0, 0.12), fixed=True)
    goal = ClimbToPosition((1.5, 0.0, 0.12))
    return Trial(
        _scene(robot, (_ASIDE, step)), lambda _: dataclasses.replace(goal), _from_goal, NEAR
    )


def _stairs(robot: str) -> Trial:
    sizes = [(0.4, 0.6, 0.12), (0.4, 0.6, 0.24), (0.9, 1.5, 0.34)]
    places = [(1.95, 0.65), (2.35, 0.65), (3.0, 0.2)]
    things = [
        _box(f"stair_{k}", (x, y, size[2] / 2), size, fixed=True)
        for k, ((x, y), size) in enumerate(zip(places, sizes, strict=True))
    ]
    stray = [dataclasses.replace(thing, strays=(0.0, 0.0)) for thing in things]
    goal = ClimbToPosition((2.95, 0.65, 0.34))
    return Trial(
        _scene(robot, (_ASIDE, *stray), (1.0, 0.65, 0.0)), lambda _: dataclasses.replace(goal),
        _from_goal, NEAR,
    )  # fmt: skip


def _push(robot: str, size: Vec3, mass: float) -> Trial:
    box = _box("box", (0.9, 0.0, size[2] / 2), size, mass=mass, friction=0.5)
    goal = PushToPosition("box", (1.9, 0.0, size[2] / 2))

    def off(world: World, _: list[Skill]) -> Array:
        return np.linalg.norm(world.pos[:, world.index("box"), :2] - goal.position[:2], axis=1)

    return Trial(_scene(robot, (box,)), lambda _: dataclasses.replace(goal), off, PLACED)


_LOW, _TALL = (0.4, 0.6, 0.12), (0.4, 0.6, 0.4)

TRIALS: Mapping[str, Callable[[str], Trial]] = {
    "walk to a place within 3 m": _walk,
    "up a step of 0.12 m": _step,
    "up steps to 0.12, 0.24 and 0.34 m": _stairs,
    "push a box of 2 kg, 0.12 m high, 1 m": lambda robot: _push(robot, _LOW, 2.0),
    "push a box of 5 kg, 0.4 m high, 1 m": lambda robot: _push(robot, _TALL, 5.0),
    "push a box of 8 kg, 0.4 m high, 1 m": lambda robot: _push(robot, _TALL, 8.0),
}
"""What is measured, by what it is called in results."""
