"""Grasp-Can: a stick pushes a can onto a strip of paper, the strip is pulled, the can is grasped.

    gymnasium.make("habilis/GraspCan-v0", scene="2023", variation=1.0, control="ee")

The can lies 25 cm beyond the box that the tool centre point may not leave, beside a strip of
paper whose near end is within reach and which slides towards the robot only. Nothing hooks: the
stick pushes the can sideways onto the strip, and the strip, pulled by its tab, brings the can.

| option | meaning | default |
|---|---|---|
| ``scene`` | ``2023`` or ``2024``: which of the published generations | ``2023`` |
| ``variation`` | of layouts: 0 is the published one, 1 is 1 cm, 3 degrees, 20 %, 20 % | 1.0 |
| ``control`` | ``ee`` or ``joint`` | ``ee`` |
| ``numbers`` | ``forcing`` or ``published`` (``GraspCan-v0`` only) | ``forcing`` |

With the published numbers the strip is 6 cm thick, and nothing can be pushed onto it. The strip
strays in x only.

## Twins
``habilis/GraspCanNotNeeded-v0``: the can lies within reach; touching the stick with the robot, or
the can with the stick, is a failure. ``habilis/GraspCanBroken-v0``: the far half of the stick comes
off when it is loaded by more than 0.3 N for 40 ms; any way of lifting the can counts.

## Action, 10 Hz, float32 in [-1, 1]; other values are an error
As in ``habilis.envs.tasks.reach_milk``.

## Observation
Group ``state``, see ``habilis.envs.tasks.generic`` for the table of terms; then

| term | numbers | meaning, unit |
|---|---|---|
| ``behind`` | 2 | from the middle of the stick's far half to the place behind the can, planar, m |
| ``off_strip`` | 1 | how far the can must still go in y to lie on the strip, m |
| ``outside`` | 3 | by how much the can's graspable point lies outside the workspace, m |

## Rewards, each term in [0, 1]

| term | weight | meaning |
|---|---|---|
| ``reach_tool`` | 0.02 | tool centre point near the stick's grip |
| ``hold_tool`` | 0.03 | both fingers touch the stick |
| ``aim`` | 0.04 | stick's far half near the place behind the can |
| ``push`` | 0.04 | can near, and then on, the strip |
| ``bring`` | 0.05 | can's graspable point near, and then in, the workspace |
| ``reach_target`` | 0.02 | tool centre point near the can, once it is in the workspace |
| ``hold_target`` | 0.02 | both fingers touch the can, once it is in the workspace |
| ``lift`` | 0.03 | share of 5 cm that the held can has risen, once it is in the workspace |
| ``success`` | 100 | the goal |

The first three are 1 once the can lies on the strip or in the workspace, ``push`` also in the
workspace, so that letting go of the stick costs nothing. All dense terms together earn at most 0.25
a step, 100 in the 400 steps of an episode: lingering never pays more than success. In the twin
``NotNeeded`` only ``reach_target`` (0.071), ``hold_target`` (0.071), ``lift`` (0.107) and
``success`` are left.

## Start and end
Start: arm over the middle of the workspace, jaw open at half, the layout drawn.
Success: can held and lifted 5 cm, stick not held, for 0.5 s, the can moved at least 5 cm by the
stick while the robot had handled it, and by nothing but physics.
Failure: can or stick off the table, divergence. Truncation: 40 s.

## Source
Xu et al., Creative Robot Tool Use with Large Language Models, arXiv 2310.13065, tasks
Can-Grasping (v1, 2023) and Grasp-Can (2024); what was not published or had to be mended is noted in
``assets/scenes/grasp_can_*.yaml``.

## Version history
v0: first.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from habilis.assets.names import did_you_mean
from habilis.assets.scene.file import load_scene
from habilis.assets.scene.links import Break
from habilis.assets.scene.things import Scene, Tool
from habilis.assets.scenes import scene_path
from habilis.envs.task import Mode, TaskSpec, Term
from habilis.envs.tasks.generic import make_task, success_term, without_tool
from habilis.envs.terms import rewards
from habilis.envs.world.state import State

Array = npt.NDArray[np.float64]
Twin = Literal["needed", "not needed", "broken"]
Numbers = Literal["forcing", "published"]

GENERATIONS = ("2023", "2024")
NUMBERS = ("forcing", "published")
STICK, STRIP, CAN = "stick", "paper_strip", "can"
NEAR_CAN = (0.24, 0.0)  # m, where the can lies when no tool is needed
BREAKING_LOAD = 0.3  # N; a push onto the strip peaks at about 3 N
BREAKING_HOLD = 0.04  # s
BEHIND = 0.025 + 0.01 + 0.005  # m, half a can, half a stick and air
WELL_ON = 0.03  # m of the can's middle inside the strip's edge
THICK = 0.06  # m, of the strip as published
LIFT = 0.05  # m
SCALE = 0.1  # m, at which nearness has fallen to a quarter


def grasp_can(
    scene: str = "2023", variation: float = 1.0, control: Mode = "ee", numbers: Numbers = "forcing"
) -> TaskSpec:
    """Push a can onto a strip with a stick, pull the strip, pick up the can."""
    made = functools.partial(make_scene, str(scene), "needed", numbers)
    return _task("habilis/GraspCan-v0", made, variation, control)


def not_needed(scene: str = "2023", variation: float = 1.0, control: Mode = "ee") -> TaskSpec:
    """Pick up a can that lies within reach; the stick is forbidden."""
    made = functools.partial(make_scene, str(scene), "not needed")
    return _task("habilis/GraspCanNotNeeded-v0", made, variation, control)


def broken(scene: str = "2023", variation: float = 1.0, control: Mode = "ee") -> TaskSpec:
    """Fetch a can with a stick that breaks under the load."""
    made = functools.partial(make_scene, str(scene), "broken")
    return _task("habilis/GraspCanBroken-v0", made, variation, control)


def make_scene(generation: str, twin: Twin, numbers: Numbers = "forcing") -> Scene:
    """The scene of a generation, changed for a twin.

    Raises:
      ValueError: an unknown generation or kind of numbers.
    """
    if generation not in GENERATIONS:
        raise ValueError(did_you_mean("scene of GraspCan", generation, GENERATIONS))
    if numbers not in NUMBERS:
        raise ValueError(did_you_mean("numbers of GraspCan", numbers, NUMBERS))
    scene = load_scene(scene_path(f"grasp_can_{generation}"))
    if numbers == "published":
        scene = _published(scene)
    if twin == "needed":
        return scene
    stick, can = scene.entity(STICK), scene.entity(CAN)
    if twin == "not needed":
        near = dataclasses.replace(can, pos=(*NEAR_CAN, can.pos[2]))
        changed, tool = scene.replace_entities([near]), Tool(STICK, "forbidden")
    else:
        loose = Break(parts=("far",), load=BREAKING_LOAD, hold=BREAKING_HOLD)
        weak = dataclasses.replace(stick, breaks=loose)
        changed, tool = scene.replace_entities([weak]), Tool(STICK, "free")
    return dataclasses.replace(changed, name=f"{scene.name}_{twin.replace(' ', '_')}", tool=tool)


def _published(scene: Scene) -> Scene:
    """The strip 6 cm thick, standing on the table, gripped by its tab on top."""
    strip = scene.entity(STRIP)
    sheet, tab = strip.part("sheet"), strip.part("tab")
    middle = THICK / 2 + 0.0005
    thick = dataclasses.replace(sheet, size=(*sheet.size[:2], THICK), pos=(0.0, 0.0, middle))
    raised = dataclasses.replace(tab, pos=(*tab.pos[:2], tab.pos[2] + THICK))
    x, y, z = strip.frames["grip"]
    changed = dataclasses.replace(
        strip, parts=(thick, raised), frames={"grip": (x, y, z + THICK)}
    )  # fmt: skip
    renamed = dataclasses.replace(scene, name=f"{scene.name}_published")
    return renamed.replace_entities([changed])


def _task(id: str, scene: functools.partial[Scene], variation: float, control: Mode) -> TaskSpec:
    base = make_task(scene, id, variation, control)
    state = base.observations["state"]
    assert isinstance(state, Mapping)
    state = {**state, "behind": Term(behind), "off_strip": Term(off_strip)}
    state["outside"] = Term(outside)
    dense = {
        "reach_tool": Term(reach_tool, weight=0.02),
        "hold_tool": Term(hold_tool, weight=0.03),
        "aim": Term(aim, weight=0.04),
        "push": Term(push, weight=0.04),
        "bring": Term(bring, weight=0.05),
        "reach_target": Term(reach_target, weight=0.02),
        "hold_target": Term(hold_target, weight=0.02),
        "lift": Term(lift, weight=0.03),
    }
    given = scene()
    if given.tool is not None and given.tool.use == "forbidden":
        dense = {**without_tool(dense, "reach_target", "hold_target", "lift")}
    return dataclasses.replace(
        base,
        rewards=dense | {"success": success_term(given)},
        observations={**base.observations, "state": state},
    )


# ---- terms: rewards (N,) in [0, 1], observations (N, k)


def reach_tool(state: State) -> Array:
    """Nearness to the stick's grip; 1 once the can is on the strip or in the workspace."""
    return np.maximum(rewards.reach(state, f"{STICK}/grip", SCALE), _pushed(state))


def hold_tool(state: State) -> Array:
    """Both fingers touch the stick; 1 once the can is on the strip or in the workspace."""
    return np.maximum(rewards.hold(state, STICK), _pushed(state))


def aim(state: State) -> Array:
    """Nearness of the stick's far half to the place behind the can; 1 once that is pushed."""
    return np.maximum(rewards.near(behind(state), SCALE), _pushed(state))


def push(state: State) -> Array:
    """Nearness of the can to where it lies well on the strip; 1 there and in the workspace."""
    return np.maximum(rewards.near(off_strip(state), SCALE), _brought(state))


def bring(state: State) -> Array:
    """Nearness of the can's graspable point to the workspace; 1 inside."""
    return rewards.near(outside(state), SCALE)


def reach_target(state: State) -> Array:
    """Nearness to the can's grip, once that is in the workspace."""
    return rewards.reach(state, f"{CAN}/grip", SCALE) * _brought(state)


def hold_target(state: State) -> Array:
    """Both fingers touch the can, once it is in the workspace."""
    return rewards.hold(state, CAN) * _brought(state)


def lift(state: State) -> Array:
    """Share of 5 cm that the held can has risen, once it is in the workspace."""
    return rewards.lift(state, CAN, LIFT) * _brought(state)


def behind(state: State) -> Array:
    """(N, 2) from the middle of the stick's far half to the place behind the can, planar, m."""
    gap = state.point(f"{CAN}/origin") - state.point(f"{STICK}/far")
    return gap[:, :2] - (0.0, BEHIND)


def off_strip(state: State) -> Array:
    """(N, 1) how far the can must still go in y to lie well on the strip, m."""
    width = state.scene.entity(STRIP).part("sheet").size[1]
    edge = state.point(f"{STRIP}/origin")[:, 1] - width / 2
    return np.maximum(edge + WELL_ON - state.point(f"{CAN}/origin")[:, 1], 0.0)[:, None]


def outside(state: State) -> Array:
    """(N, 3) by how much the can's graspable point lies outside the workspace, m."""
    return rewards.outside(state, f"{CAN}/grip")


def _brought(state: State) -> Array:
    return state.once("brought", lambda: (bring(state) >= 1.0).astype(float))


def _pushed(state: State) -> Array:
    on = (off_strip(state)[:, 0] <= 0.0).astype(float)
    return np.maximum(on, _brought(state))
