"""The environment ``habilis/ToolPose-v0``: bring a rigid tool to goal poses, one after the other.

A hand on an arm holds a tool, or one lies on the table before it. A goal is reached when every
keypoint of the tool is within the tolerance for 0.167 s; the episode ends with the last goal
(success), with the tool fallen off the table, or when a goal takes more than 10 s. A step is 16 ms.
Rule, keypoints, observation, action and reward follow SimToolReal (arXiv 2602.16863).

| page | what |
|---|---|
| ``habilis.envs.dextool.options`` | options |
| ``habilis.envs.dextool.episodes`` | what an action does, where episodes begin and how they end |
| ``habilis.envs.dextool.groups`` | observation groups and rewards |

Tools are of the families of ``habilis.assets.dextool.families``; with ``sequence`` the tool, table
and goals are those of a task of DexToolBench.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.dextool.families import draw_tool
from habilis.assets.dextool.scans import Inertial, dressing, scanned_tool
from habilis.assets.dextool.scene import FILM, pose_scene, stance
from habilis.assets.dextool.sequences import load_sequences
from habilis.assets.names import made_with
from habilis.assets.robots.hands.sharpa import data_root
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.scene.things import Scene, Thing
from habilis.envs.dextool.disturbance import Disturbance
from habilis.envs.dextool.episodes import PoseControl, PoseJudge, PoseStart
from habilis.envs.dextool.following import DT, PATIENCE
from habilis.envs.dextool.groups import GROUPS, REWARDS
from habilis.envs.dextool.holding.grasping import Grasps, find_grasps
from habilis.envs.dextool.options import PoseOptions
from habilis.envs.dextool.poses import compose
from habilis.envs.dextool.reach import Clear, ToolReach
from habilis.envs.dextool.state import PoseState
from habilis.envs.parts import Parts
from habilis.envs.sim.make import SimKind
from habilis.envs.task import TaskSpec, View
from habilis.envs.world.seeing.cameras import ScenePictures
from habilis.envs.world.world import World

_STILL = 0.01  # m that a tool may move in a grasp that episodes start with


def tool_pose(**options: Any) -> TaskSpec:
    """The task of bringing a tool to poses.

    Args:
      **options: see ``habilis.envs.dextool.options.PoseOptions``.

    Raises:
      TypeError: an unknown option. ValueError: an unknown value of one.
      FileNotFoundError: a sequence or robot of DexToolBench, and no copy of its data.
    """
    chosen = made_with(PoseOptions, **options)
    return TaskSpec(
        id="habilis/ToolPose-v0",
        scene=functools.partial(_scene, chosen),
        rewards=REWARDS,
        observations=GROUPS,
        build=functools.partial(_build, chosen),
        shown="actor",
        view=View(FILM, (640, 480), round(1 / DT)),
    )


@functools.lru_cache(maxsize=8)
def _stage(
    robot: str, tool: str, size: int, sequence: str
) -> tuple[Compiled, Thing, Inertial | None, Array | None]:
    """Scene, tool with its inertia, and goals where they are given."""
    if not sequence:
        thing = draw_tool(tool, np.random.default_rng(size))
        return pose_scene(robot, thing), thing, None, None
    root = data_root(f"sequence {sequence!r}")
    one = load_sequences(root, sequence)[0]
    thing, inertial = scanned_tool(root, one.category, one.tool)
    compiled = pose_scene(robot, thing, dressing(root, one), inertial)
    return compiled, thing, inertial, one.goals


def _staged(options: PoseOptions) -> tuple[Compiled, Thing, Inertial | None, Array | None]:
    return _stage(options.robot, options.tool, options.size, options.sequence)


@functools.lru_cache(maxsize=8)
def _grasps(robot: str, tool: str, size: int, sequence: str, tries: int) -> Grasps:
    """Grasps to start from, always the same.

    Raises:
      ValueError: none of those that were tried holds.
    """
    compiled, thing, inertial, _ = _stage(robot, tool, size, sequence)
    hand = robot.partition("+")[2]
    found = find_grasps(hand, thing, np.random.default_rng(0), tries, inertial)
    ready, clear = np.array(stance(robot).ready), Clear(compiled)
    palm = ToolReach(robot, 1).palm(ready[None])[0]
    found = found.take([
        k for k in range(len(found))
        if found.drift[k] < _STILL and clear.at(ready, found.q[k], compose(palm, found.pose[k]))
    ])  # fmt: skip
    if not len(found):
        raise ValueError(f"none of {tries} grasps of {thing.note!r} holds: raise 'tries'")
    return found


def _scene(options: PoseOptions) -> Scene:
    return _staged(options)[0].scene


def _build(options: PoseOptions, task: TaskSpec, n: int, nthread: int, sim: SimKind) -> Parts:
    compiled, _, _, goals = _staged(options)
    world = World(compiled, n, nthread, sim=sim)
    hand = compiled.robot.effector.hand
    assert hand is not None
    disturbance = Disturbance(options, n, len(compiled.robot.joints) + len(hand.joints))
    control = PoseControl(world, options, disturbance)
    held = options.start == "hand"
    key = (options.robot, options.tool, options.size, options.sequence, options.tries)
    start = PoseStart(world, options, _grasps(*key) if held else None, goals)
    judge = PoseJudge(world, options, start)
    state = PoseState(control, judge, disturbance)
    limit = DT * PATIENCE * start.goals.shape[1] + DT
    return Parts(world, control, start, judge, state, limit, ScenePictures(world))
