"""Reach-Milk: pick up a carton that stands beyond reach, with a hammer for a hook.

    gymnasium.make("habilis/ReachMilk-v0", scene="2023", variation=1.0, control="ee")

The arm's tool centre point may not leave a box whose far side is 9 cm short of the carton. A
hammer lies within reach: gripped by its handle and put behind the carton, its head pulls the
carton in; then the hammer is put down and the carton gripped and lifted.

| option | meaning | default |
|---|---|---|
| ``scene`` | ``2023`` or ``2024``: which of the published generations | ``2023`` |
| ``variation`` | of layouts: 0 is the published one, 1 is 2 cm, 3 degrees, 20 %, 20 % | 1.0 |
| ``control`` | ``ee`` or ``joint`` | ``ee`` |

## Twins
``habilis/ReachMilkNotNeeded-v0``: the carton stands within reach; touching the hammer with the
robot, or the carton with the hammer, is a failure. ``habilis/ReachMilkBroken-v0``: the hammer's
head comes off when it is loaded by more than 0.5 N for 40 ms; any way of lifting the carton counts.

## Action, 10 Hz, float32 in [-1, 1]; other values are an error

| number | ``ee`` | ``joint`` |
|---|---|---|
| all but the last | tool centre point along x, y, z, 1 is 25 mm | each joint, 1 is 0.1 rad |
| last | jaw: -1 shut, 1 wide open (0.08 m) | the same |

Displacements are of what was commanded before; with ``ee`` the gripper keeps pointing down.
Speed, acceleration, joint range and workspace limits are enforced on the way, as on a real robot.

## Observation
Group ``state``, see ``habilis.envs.tasks.generic`` for the table of terms; then

| term | numbers | meaning, unit |
|---|---|---|
| ``head`` | 2 | from the hammer's head to the place behind the carton, planar, m |
| ``outside`` | 3 | by how much the carton's graspable point lies outside the workspace, m |

## Rewards, each term in [0, 1]

| term | weight | meaning |
|---|---|---|
| ``reach_tool`` | 0.02 | tool centre point near the hammer's grip |
| ``hold_tool`` | 0.03 | both fingers touch the hammer |
| ``hook`` | 0.05 | hammer's head near the place behind the carton |
| ``bring`` | 0.05 | carton's graspable point near, and then in, the workspace |
| ``reach_target`` | 0.03 | tool centre point near the carton, once it is in the workspace |
| ``hold_target`` | 0.03 | both fingers touch the carton, once it is in the workspace |
| ``lift`` | 0.04 | share of 5 cm that the held carton has risen |
| ``success`` | 100 | the goal |

The first three are 1 once the carton is in the workspace, so that letting go of the hammer costs
nothing. All dense terms together earn at most 0.25 a step, 100 in the 400 steps of an episode:
lingering never pays more than success, and with a discount up to 0.9975 sooner is better. In the
twin ``NotNeeded`` only ``reach_target`` (0.075), ``hold_target`` (0.075), ``lift`` (0.1) and
``success`` are left.

## Start and end
Start: arm over the middle of the workspace, jaw open at half, the layout drawn.
Success: carton held and lifted 5 cm, hammer not held, for 0.5 s, the carton moved at least 5 cm by
the hammer while the robot had handled it, and by nothing but physics.
Failure: carton tipped over 30 degrees or off the table, hammer off the table, divergence.
Truncation: 40 s.

## Source
Xu et al., Creative Robot Tool Use with Large Language Models, arXiv 2310.13065, tasks
Milk-Reaching (v1, 2023) and Reach-Milk (2024); what was not published or had to be mended is noted
in ``assets/scenes/reach_milk_*.yaml``. Success and failure are ours, the paper states none.

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

GENERATIONS = ("2023", "2024")
HAMMER, MILK = "hammer", "milk"
HEAD, GRIP = "hammer/head", "milk/grip"
NEAR_MILK = (0.36, 0.12)  # m, where the carton stands when no tool is needed
BREAKING_LOAD = 0.5  # N, less than the carton's friction of about 1.6 N
BREAKING_HOLD = 0.04  # s
BEHIND = 0.022 + 0.022 + 0.005  # m, half a carton, half a head and air
LIFT = 0.05  # m
SCALE = 0.1  # m, at which nearness has fallen to a quarter


def reach_milk(scene: str = "2023", variation: float = 1.0, control: Mode = "ee") -> TaskSpec:
    """Pick up a carton that stands beyond reach, with a hammer for a hook."""
    return _task("habilis/ReachMilk-v0", "needed", scene, variation, control)


def not_needed(scene: str = "2023", variation: float = 1.0, control: Mode = "ee") -> TaskSpec:
    """Pick up a carton that stands within reach: the hammer is not needed, and forbidden."""
    return _task("habilis/ReachMilkNotNeeded-v0", "not needed", scene, variation, control)


def broken(scene: str = "2023", variation: float = 1.0, control: Mode = "ee") -> TaskSpec:
    """Pick up a carton beyond reach, with a hammer whose head comes off under the load."""
    return _task("habilis/ReachMilkBroken-v0", "broken", scene, variation, control)


def make_scene(generation: str, twin: Twin) -> Scene:
    """The published scene of a generation, changed for a twin.

    Raises:
      ValueError: an unknown generation.
    """
    if generation not in GENERATIONS:
        raise ValueError(did_you_mean("scene of ReachMilk", generation, GENERATIONS))
    scene = load_scene(scene_path(f"reach_milk_{generation}"))
    if twin == "needed":
        return scene
    hammer, milk = scene.entity(HAMMER), scene.entity(MILK)
    if twin == "not needed":
        near = dataclasses.replace(milk, pos=(*NEAR_MILK, milk.pos[2]))
        changed, tool = scene.replace_entities([near]), Tool(HAMMER, "forbidden")
    else:
        loose = Break(parts=("head",), load=BREAKING_LOAD, hold=BREAKING_HOLD)
        weak = dataclasses.replace(hammer, breaks=loose)
        changed, tool = scene.replace_entities([weak]), Tool(HAMMER, "free")
    return dataclasses.replace(changed, name=f"{scene.name}_{twin.replace(' ', '_')}", tool=tool)


def _task(id: str, twin: Twin, generation: str, variation: float, control: Mode) -> TaskSpec:
    scene = functools.partial(make_scene, str(generation), twin)
    base = make_task(scene, id, variation, control)
    state = base.observations["state"]
    assert isinstance(state, Mapping)
    given = scene()
    head = Term(head_gap, {"behind": _behind(given)})
    state = {**state, "head": head, "outside": Term(outside)}
    return dataclasses.replace(
        base, rewards=_rewards(given), observations={**base.observations, "state": state}
    )


def _rewards(scene: Scene) -> Mapping[str, Term]:
    where = {"behind": _behind(scene)}
    dense = {
        "reach_tool": Term(reach_tool, where, weight=0.02),
        "hold_tool": Term(hold_tool, where, weight=0.03),
        "hook": Term(hook, where, weight=0.05),
        "bring": Term(bring, where, weight=0.05),
        "reach_target": Term(reach_target, where, weight=0.03),
        "hold_target": Term(hold_target, where, weight=0.03),
        "lift": Term(lift, where, weight=0.04),
    }
    if scene.tool is not None and scene.tool.use == "forbidden":
        dense = {**without_tool(dense, "reach_target", "hold_target", "lift")}
    return dense | {"success": success_term(scene)}


def _behind(scene: Scene) -> tuple[float, float]:
    """From the carton to the place behind it as seen from the robot's base, m."""
    away = np.array(scene.entity(MILK).pos[:2]) - np.array(scene.base[:2])
    x, y = BEHIND * away / np.linalg.norm(away)
    return float(x), float(y)


# ---- terms: rewards (N,) in [0, 1], observations (N, k)


def nearness(state: State, behind: tuple[float, float]) -> Array:
    """(N, 4) 1 - tanh(d / 0.1 m) of four distances d.

    Of the tool centre point from the hammer's grip; of the head from the place behind the carton
    (planar); of the carton's grip from the workspace; of the tool centre point from that grip.
    """
    return state.once("nearness", lambda: _nearness(state, behind))


def brought(state: State, behind: tuple[float, float]) -> Array:
    """1 where the carton's graspable point is in the workspace, else 0."""
    return state.once("brought", lambda: (nearness(state, behind)[:, 2] >= 1.0).astype(float))


def reach_tool(state: State, behind: tuple[float, float]) -> Array:
    """Nearness to the hammer's grip; 1 once the carton is in the workspace."""
    return np.maximum(nearness(state, behind)[:, 0], brought(state, behind))


def hold_tool(state: State, behind: tuple[float, float]) -> Array:
    """Both fingers touch the hammer; 1 once the carton is in the workspace."""
    return np.maximum(rewards.hold(state, HAMMER), brought(state, behind))


def hook(state: State, behind: tuple[float, float]) -> Array:
    """Nearness of the head to the place behind the carton; 1 once that is in the workspace."""
    return np.maximum(nearness(state, behind)[:, 1], brought(state, behind))


def bring(state: State, behind: tuple[float, float]) -> Array:
    """Nearness of the carton's graspable point to the workspace; 1 inside."""
    return nearness(state, behind)[:, 2]


def reach_target(state: State, behind: tuple[float, float]) -> Array:
    """Nearness to the carton's grip, once that is in the workspace."""
    return nearness(state, behind)[:, 3] * brought(state, behind)


def hold_target(state: State, behind: tuple[float, float]) -> Array:
    """Both fingers touch the carton, once it is in the workspace."""
    return rewards.hold(state, MILK) * brought(state, behind)


def lift(state: State, behind: tuple[float, float]) -> Array:
    """Share of 5 cm that the held carton has risen, once it is in the workspace."""
    return rewards.lift(state, MILK, LIFT) * brought(state, behind)


def head_gap(state: State, behind: tuple[float, float]) -> Array:
    """(N, 2) from the hammer's head to the place behind the carton, planar, m."""
    return state.once("head_gap", lambda: (state.gap(GRIP) - state.gap(HEAD))[:, :2] + behind)


def outside(state: State) -> Array:
    """(N, 3) by how much the carton's graspable point lies outside the workspace, m."""
    return rewards.outside(state, GRIP)


def _nearness(state: State, behind: tuple[float, float]) -> Array:
    gaps = np.zeros((state.n, 4, 3))
    gaps[:, 0], gaps[:, 3] = state.gap(f"{HAMMER}/grip"), state.gap(GRIP)
    gaps[:, 1, :2] = head_gap(state, behind)
    gaps[:, 2] = outside(state)
    out: Array = 1.0 - np.tanh(np.sqrt(np.vecdot(gaps, gaps)) / SCALE)
    return out
