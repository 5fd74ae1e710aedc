"""What all tasks of an arm with a gripper have in common, whatever their scene.

| option | meaning | default |
|---|---|---|
| ``scene`` | a generation of its scene; of ``habilis/Scene-v0`` a file or a name | the oldest |
| ``variation`` | of layouts; 0 is the scene as given, 1 is 2 cm, 3 degrees, 20 %, 20 % | 1.0 |
| ``control`` | ``ee``, ``joint``, or see ``TaskSpec.control`` | ``ee``, or that of the family |

## Action, 10 Hz, float32 in [-1, 1]; other values are an error

| number | ``ee`` | ``joint`` |
|---|---|---|
| all but the last | tool centre point along x, y, z, 1 is 25 mm | each joint, 1 is 0.1 rad |
| last | jaw: -1 shut, 1 wide open (0.08 m) | the same |

Displacements are of what was commanded before; with ``ee`` the gripper keeps pointing down.
Speed, acceleration, joint range and workspace limits are enforced on the way, as on a real robot.

## Observation
Group ``state``, float32, world axes; further terms of a task come last:

| term | numbers | meaning, unit |
|---|---|---|
| ``joints``, ``joint_speeds`` | 7, 7 | measured, rad, rad/s |
| ``tcp``, ``tcp_axes`` | 3, 6 | tool centre point, m; x and y axis of the gripper |
| ``aperture`` | 1 | jaw opening as a share of the widest |
| ``command`` | 4 | commanded minus measured tool centre point, m; commanded jaw opening |
| ``last_action`` | 4 or 8 | -1 to 1 |
| ``points`` | 3 a point | each entity's origin, parts, frames, grip, minus tool centre point, m |
| ``rotations`` | 4 a body | quaternion wxyz, w >= 0 |
| ``progress`` | 1 | time the goal has held, as a share of what is asked |
| ``contacts`` | 1 a pair | each finger with each movable body; the tool with the targets |
| ``tool_path`` | 1 | with a required tool: how far it has moved a target, as a share of 5 cm |

Bodies are the entities in the scene's order, then parts that may come off; the points' names are
``env.unwrapped.core.state.frames.names``. Where a term stands in the row:
``env.unwrapped.core.observer.readers["state"].columns``.

Further groups, shown with ``obs="rgb"`` or ``obs=("state", "rgb")``: ``rgb``, ``depth``,
``segmentation`` (84 x 84, camera ``front``; need OpenGL) and ``cloud`` (64 x 48 points, needs
none), see ``habilis.envs.world.seeing.sensors``.

A robot on legs has actions and a state of its own, see ``habilis.envs.tasks.base.walking``.

## Rewards (weight) of a task that has none of its own
``reach`` (0.1): nearness of the tool centre point to the first target; ``goal`` (0.15): share of
the goal's predicates that hold; ``success`` (0.25 times the steps of an episode, so that an
episode that lingers never earns more than one that succeeds). Each term lies in [0, 1].

## End
Success: the scene's goal, held for the scene's time, by fair means
(``habilis.envs.world.judging.monitor``).
Failure: a target falls or tips over, a required tool falls off the table, a forbidden one is
touched, the simulation diverges. Truncation: the scene's time limit.

## Version history
v0: first.
"""

from __future__ import annotations

import dataclasses
import functools
import warnings
from collections.abc import Callable, Mapping

from habilis.assets.robots.registry import robot_spec
from habilis.assets.scene.model.pairs import ROBOT
from habilis.assets.scene.things import Scene, Thing
from habilis.envs.robot.check import exchanged, shortfall
from habilis.envs.task import Group, Mode, TaskSpec, step_limit
from habilis.envs.terms import failures, observations, rewards
from habilis.envs.terms.term import Term
from habilis.envs.world.judging.monitor import targets
from habilis.envs.world.seeing.sensors import Picture, PointCloud
from habilis.envs.world.varying.layout import Variation

DENSE = 0.25
"""Sum of the weights of all dense terms: the most that a step without success earns."""

SENSORS: Mapping[str, Group] = {
    "rgb": Picture("rgb"),
    "depth": Picture("depth"),
    "segmentation": Picture("segmentation"),
    "cloud": PointCloud(),
}
"""Further observation groups of every task; ``dataclasses.replace`` changes camera and size."""


def make_task(
    scene: functools.partial[Scene], id: str, variation: float = 1.0, control: Mode = "ee"
) -> TaskSpec:
    """The generic task of a scene with an arm.

    Args:
      scene: makes the scene; picklable.
      id: Gymnasium id.
      variation: amount, see ``Variation.scaled``.
      control: see ``TaskSpec.control``; what the robot cannot do is an error once it acts.
    """
    given = scene()
    wanted = targets(given)
    first = {"reach": _reach(wanted[0])} if wanted else {}
    return TaskSpec(
        id=id,
        scene=scene,
        rewards=first
        | {
            "goal": Term(rewards.goal_share, weight=0.15),
            "success": success_term(given),
        },
        observations={"state": state_group(given), **SENSORS},
        failures=tool_failures(given),
        control=control,
        variation=Variation.scaled(variation),
    )


def with_robot(scene: Callable[[], Scene], robot: str) -> Scene:
    """The scene with another robot in the place of its own, e.g. ``ur5e+robotiq_2f85``.

    Warns where that reaches too little of the workspace, with a place and what it is short of it.

    Raises:
      ValueError: there is no such robot.
    """
    given = exchanged(scene(), robot)
    if short := shortfall(given.robot, given.workspace, given.base):
        warnings.warn(f"{given.name}: {short}", stacklevel=2)
    return given


def without_tool(dense: Mapping[str, Term], *kept: str) -> Mapping[str, Term]:
    """The kept ones of a task's dense terms, scaled to ``DENSE``: where the tool is forbidden, the
    others would pull towards it or be paid for doing nothing."""
    scale = DENSE / sum(dense[name].weight for name in kept)
    return {
        name: dataclasses.replace(dense[name], weight=dense[name].weight * scale) for name in kept
    }


def success_term(scene: Scene) -> Term:
    """Worth as much as a whole episode of all dense terms at their best."""
    return Term(rewards.success, weight=DENSE * step_limit(scene))


def state_group(scene: Scene) -> Group:
    """Everything a policy needs to act on the scene, see the module's page."""
    group = {
        "joints": Term(observations.joints),
        "joint_speeds": Term(observations.joint_speeds),
        "tcp": Term(observations.tcp),
        "tcp_axes": Term(observations.tcp_axes, limit=1.0),
        "aperture": Term(observations.aperture, limit=2.0),
        "command": Term(observations.command),
        "last_action": Term(observations.last_action, limit=1.0),
        "points": Term(observations.points),
        "rotations": Term(observations.rotations, limit=1.0),
        "progress": Term(observations.progress, limit=1.0),
        "contacts": Term(observations.contacts, {"pairs": _contacts(scene)}, limit=1.0),
    }
    if any(link.joint for e in scene.entities for link in e.links):
        group["openings"] = Term(observations.openings)
    if scene.tool is not None and scene.tool.use == "required":
        pairs = tuple((part, t) for part in tool_bodies(scene) for t in targets(scene))
        group["tool_path"] = Term(observations.tool_path, {"pairs": pairs}, limit=1.0)
    return group


def tool_failures(scene: Scene) -> Mapping[str, Term]:
    """A required tool that is lost, a forbidden one that is touched."""
    tool = scene.tool
    if tool is None or tool.use == "free":
        return {}
    if tool.use == "required":
        return {f"{tool.name} fell off the table": Term(failures.off_table, {"body": tool.name})}
    pairs = tuple((ROBOT, part) for part in tool_bodies(scene))
    return {
        f"{tool.name} was used, though it is forbidden": Term(failures.touched, {"pairs": pairs})
    }


def tool_bodies(scene: Scene) -> list[str]:
    """Bodies of the scene's tool: itself and the parts that may come off."""
    return [body for e in scene.tool_entities() for body in bodies_of(e)]


def bodies_of(entity: Thing) -> list[str]:
    """Bodies an entity is compiled to, as ``habilis.assets.scene.model.compile`` names them."""
    loose = [f"{entity.name}.{'+'.join(entity.breaks.parts)}"] if entity.breaks else []
    return [entity.name, *loose]


def _contacts(scene: Scene) -> tuple[tuple[str, str], ...]:
    fingers, wanted = robot_spec(scene.robot).effector.fingers, targets(scene)
    solid = [e for e in scene.entities if not e.fixed and e.grains is None]
    moving = [body for e in solid for body in bodies_of(e)]
    tool = [(part, t) for part in tool_bodies(scene) for t in wanted if part != t]
    return (*((finger, body) for body in moving for finger in fingers), *tool)


def _reach(target: str) -> Term:
    return Term(rewards.reach, {"point": f"{target}/grip"}, weight=0.1)
