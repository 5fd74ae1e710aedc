"""What all tasks of a robot on legs have in common, whatever their scene.

| option | meaning | default |
|---|---|---|
| ``scene`` | a generation of its scene | the oldest |
| ``variation`` | of layouts; 0 is the scene as given, 1 is 2 cm, 3 degrees, 20 %, 20 % | 1.0 |

## Action, 10 Hz, float32 in [-1, 1]; other values are an error

| number | meaning |
|---|---|
| first, second | velocity forward, 1 is 0.5 m/s, and to the left, 1 is 0.25 m/s |
| third | turning to the left, 1 is 1 rad/s |
| last | below 0: step onto what is ahead; from 0 on: push it, 1 with 80 N |

A gait below walks at that velocity, on uneven ground at 0.25 m/s at the most; see
``habilis.envs.legged.control``.

## Observation
Group ``state``, float32, world axes; further terms of a task come last:

| term | numbers | meaning, unit |
|---|---|---|
| ``joints``, ``joint_speeds`` | 12, 12 | measured, rad, rad/s |
| ``trunk``, ``trunk_axes`` | 3, 6 | where the trunk is, m; its x and y axis |
| ``velocity`` | 6 | of the trunk, m/s, and about its own axes, rad/s |
| ``ground`` | 14 | height of the ground around and ahead, minus the trunk's, m |
| ``last_action`` | 4 | -1 to 1 |
| ``points`` | 3 a point | each entity's origin, parts, frames, grip, minus the trunk, m |
| ``rotations`` | 4 a body | quaternion wxyz, w >= 0 |
| ``progress`` | 1 | time the goal has held, as a share of what is asked |
| ``contacts`` | 1 a body | the robot with each body |

## End
Success: the scene's goal, held for the scene's time, by fair means. Failure: the robot falls, a
forbidden tool is touched, the simulation diverges. Truncation: the scene's time limit.

## Version history
v0: first.
"""

from __future__ import annotations

import functools

from habilis.assets.scene.model.pairs import ROBOT
from habilis.assets.scene.things import Scene
from habilis.envs.legged.episodes import legged_parts
from habilis.envs.task import Group, Mode, TaskSpec
from habilis.envs.tasks.base.generic import (
    DENSE,
    SENSORS,
    bodies_of,
    make_task,
    success_term,
    tool_failures,
)
from habilis.envs.terms import legs, observations, rewards
from habilis.envs.terms.term import Term
from habilis.envs.world.varying.layout import Variation


def scene_task(
    scene: functools.partial[Scene], id: str, variation: float = 1.0, control: Mode | None = None
) -> TaskSpec:
    """The generic task of a scene, whatever its robot.

    Args:
      scene: makes the scene; picklable.
      id: Gymnasium id.
      variation: amount, see ``Variation.scaled``.
      control: see ``TaskSpec.control``; that of the robot if left out.
    """
    given = scene()
    if given.hand != "legs":
        return make_task(scene, id, variation, control or "ee")
    return TaskSpec(
        id=id,
        scene=scene,
        rewards={
            "goal": Term(rewards.goal_share, weight=DENSE),
            "success": success_term(given),
        },
        observations={"state": walking_group(given), **SENSORS},
        failures={"the robot fell": Term(legs.fallen), **tool_failures(given)},
        control=control or "walk",
        variation=Variation.scaled(variation),
        build=legged_parts,
    )


def walking_group(scene: Scene) -> Group:
    """Everything a policy needs to walk, push and climb in the scene, see the module's page."""
    solid = [e for e in scene.entities if e.grains is None]
    touched = tuple((ROBOT, body) for e in solid for body in bodies_of(e))
    return {
        "joints": Term(observations.joints),
        "joint_speeds": Term(observations.joint_speeds, limit=30.0),
        "trunk": Term(observations.tcp),
        "trunk_axes": Term(observations.tcp_axes, limit=1.0),
        "velocity": Term(legs.velocity),
        "ground": Term(legs.ground),
        "last_action": Term(observations.last_action, limit=1.0),
        "points": Term(observations.points),
        "rotations": Term(observations.rotations, limit=1.0),
        "progress": Term(observations.progress, limit=1.0),
        "contacts": Term(observations.contacts, {"pairs": touched}, limit=1.0),
    }
