"""Which contacts of a scene are sensed: those that somebody reads, not all there could be."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import mujoco

from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.goal import predicates
from habilis.assets.scene.model.bodies import Loose
from habilis.assets.scene.model.contacts import Kind, add_contact_sensor
from habilis.assets.scene.model.held import FINGER, touch_pairs
from habilis.assets.scene.model.preset import TABLE
from habilis.assets.scene.things import NO_TABLE, Scene
from habilis.assets.tools.build import MOVING

ROBOT = "robot"
"""Name under which the contact ledger knows the whole robot."""

Pair = tuple[str, str]


def contact_sensor_name(first: str, second: str) -> str:
    """Name of the sensor of a pair of the ledger."""
    return f"contact:{first}:{second}"


def read_pairs(scene: Scene, robot: RobotSpec, loose: Sequence[Loose]) -> tuple[Pair, ...]:
    """The pairs that goal, tool, rules, rewards and skills read; as many as things, not squared.

    The robot with everything, and its fingers with what moves or is to be held. What the goal
    speaks of, the tool, and parts that may come off, with everything: whatever lies around may be
    what a planner uses as a tool. Of other pairs nobody asks. Of a held tool it is told which
    finger and thing touch which half.
    """
    table = () if scene.table == NO_TABLE else (TABLE,)
    things = [e.name for e in scene.entities if e.grains is None]
    read = {*scene.goal.names(), *(t.name for t in scene.tool_entities())}
    read |= {p.body for p in loose} | ({scene.held.name} if scene.held else set())
    links = [n for n in dict.fromkeys(scene.goal.names()) if "/" in n]
    moving = [n for n in (*things, *links) if _moves(scene, n)] + [p.body for p in loose]
    still = [n for n in (*things, *links) if not _moves(scene, n)]
    held = [p.subject for p in predicates(scene.goal) if p.word == "held"]
    fingers = [(f, name) for name in (*moving, *held) for f in robot.effector.fingers]
    if scene.held is not None:
        fingers = list(touch_pairs(scene, robot))
    robots = [(ROBOT, name) for name in (*moving, *still, *table)]
    objects = [*itertools.combinations(moving, 2)]
    objects += [(a, b) for a in moving for b in (*still, *table)]
    parts = {(p.owner, p.body) for p in loose}
    wanted = [p for p in objects if not read.isdisjoint(p) and p not in parts and not _same(*p)]
    return tuple(dict.fromkeys((*fingers, *robots, *wanted, *cut_pairs(scene))))


def blades(scene: Scene) -> tuple[str, ...]:
    """The hand tools of a scene whose edges are sharp."""
    tools = {e.name: e.hand_tool for e in scene.entities}
    return tuple(n for n, tool in tools.items() if tool and math.isfinite(tool.sharpness))


def cut_pairs(scene: Scene) -> tuple[Pair, ...]:
    """Each body that a tie holds, with each half of each tool that has blades."""
    ties = [(e.name, e.tie) for e in scene.entities if e.tie is not None]
    tied = [b for name, tie in ties for b in (f"{name}/{tie.link}".rstrip("/"), tie.to)]
    return tuple((b, half) for b in tied for tool in blades(scene) for half in halves(tool))


def halves(tool: str) -> tuple[str, str]:
    """Names in the ledger of the halves of a hand tool of that name: its base, what moves."""
    return f"{tool}/", f"{tool}/{MOVING}"


def grain_touches(scene: Scene, loose: Sequence[Loose]) -> tuple[Pair, ...]:
    """Pairs of the tool, or a loose part of it, and grains, which it must have moved."""
    grains = [e.name for e in scene.entities if e.grains is not None]
    tools = [e.name for e in scene.tool_entities()]
    tools += [p.body for p in loose if scene.entity(p.owner).name in tools]
    return tuple((tool, g) for tool in tools for g in grains)


def add_pair_sensors(
    spec: mujoco.MjSpec, scene: Scene, robot: RobotSpec, pairs: Sequence[Pair]
) -> None:
    """Add the sensor of each pair, in their order."""
    trees = {e.name for e in scene.entities if e.links}
    for first, second in pairs:
        (kind, body), (other, against) = (
            _sensed(spec, robot, name, trees) for name in (first, second)
        )
        add_contact_sensor(spec, contact_sensor_name(first, second), kind, body, against, other)


def _sensed(spec: mujoco.MjSpec, robot: RobotSpec, name: str, trees: set[str]) -> tuple[Kind, str]:
    """What a name of the ledger stands for in a model: a body, or one with all that hangs on it."""
    if name == ROBOT:
        return "tree", robot.base.body
    if name.startswith(FINGER):
        return "tree", spec.joint(name.removeprefix(FINGER)).parent.name
    if name.endswith("/"):
        return "body", name[:-1]
    return ("tree" if name in trees or "/" in name else "body"), name


def _moves(scene: Scene, name: str) -> bool:
    """Whether a thing or link moves, or anything that hangs on it."""
    links = scene.entity(name).links if "/" not in name else ()
    return scene.moves(name) or any(scene.moves(f"{name}/{link.name}") for link in links)


def _same(first: str, second: str) -> bool:
    """Whether two names are of bodies of one thing."""
    return first.partition("/")[0] == second.partition("/")[0]
