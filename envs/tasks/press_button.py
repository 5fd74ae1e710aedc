"""Press-Button: press a button that is out of reach, with a chain of magnetic cubes.

    gymnasium.make("habilis/PressButton-v0", scene="2023", variation=1.0, control="ee")

The face of the button is 4.5 cm beyond the box that the tool centre point may not leave, and
raised. Three magnetic cubes stand on the table in a row: held one after the other against the
next they snap together, and the chain of three, lifted, reaches the button and presses it.

| option | meaning | default |
|---|---|---|
| ``scene`` | ``2023`` or ``2024``: which of the published generations | ``2023`` |
| ``variation`` | of layouts: 0 is the published one, 1 is as below | 1.0 |
| ``control`` | ``ee`` or ``joint`` | ``ee`` |
| ``numbers`` | ``forcing`` or ``published`` (``PressButton-v0`` only) | ``forcing`` |

At variation 1 each cube strays by 1 cm in x, 5 mm in y and 3 degrees, frictions and masses by 20 %;
the button stays. With the published numbers the button reaches down to the table and the workspace
ends at x 0.50: aligned cubes can then push it without their magnets, and two are enough.

## Twins
``habilis/PressButtonNotNeeded-v0``: the button is within reach; touching a cube with the robot, or
the button with a cube, is a failure. ``habilis/PressButtonBroken-v0``: the cubes have lost their
magnets; any way of pressing counts.

## Action, 10 Hz, float32 in [-1, 1]; other values are an error
As in ``habilis.envs.tasks.reach_milk``.

## Observation
Group ``state``, see ``habilis.envs.tasks.generic`` for the table of terms; then

| term | numbers | meaning, unit |
|---|---|---|
| ``joined`` | 3 | 1 where two cubes hold together (0 and 1, 0 and 2, 1 and 2), else 0 |
| ``pressed`` | 1 | travel of the button as a share of what is asked |
| ``front`` | 3 | from the foremost cube's front face to the middle of the button's face, m |

## Rewards, each term in [0, 1]

| term | weight | meaning |
|---|---|---|
| ``reach_tool`` | 0.03 | tool centre point near the nearest cube |
| ``hold_tool`` | 0.03 | both fingers touch a cube |
| ``join`` | 0.06 | cubes near each other: 1 when all three are one |
| ``extend`` | 0.05 | foremost cube near the button's face, times the share of cubes joined |
| ``press`` | 0.08 | travel of the button as a share of what is asked |
| ``success`` | 100 | the goal |

All dense terms together earn at most 0.25 a step, 100 in the 400 steps of an episode: lingering
never pays more than success, and with a discount up to 0.9975 sooner is better. In the twin
``NotNeeded`` there are ``reach_target`` (0.125, tool centre point near the middle of the button's
face), ``press`` (0.125) and ``success``.

## Start and end
Start: arm over the middle of the workspace, jaw open at half, the layout drawn.
Success: the button pressed by 80 % of its travel for 0.5 s, by at least 10 mm while a cube touched
it, the robot having touched one, and by nothing but physics.
Failure: a cube named as the tool falls off the table, divergence. Truncation: 40 s.

## Source
Xu et al., Creative Robot Tool Use with Large Language Models, arXiv 2310.13065, tasks
Button-Pressing (v1, 2023) and Press-Button (2024); what was not published or had to be mended is
noted in ``assets/scenes/press_button_*.yaml``.

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
from habilis.assets.scene.things import Entity, Scene, Tool, Workspace
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
BUTTON, PLINTH = "button", "plinth"
NEAR = (-0.12, -0.04)  # m, from the published place, where the button stands when no tool is needed
TRAVEL = 0.016  # m, 80 % of 0.02
SCALE = 0.1  # m, at which nearness has fallen to a quarter
SNAPPED = 0.001  # m between the faces of cubes that count as together


def press_button(
    scene: str = "2023", variation: float = 1.0, control: Mode = "ee", numbers: Numbers = "forcing"
) -> TaskSpec:
    """Press a button out of reach with a chain of magnetic cubes."""
    made = functools.partial(make_scene, str(scene), "needed", numbers)
    return _task("habilis/PressButton-v0", made, variation, control)


def not_needed(scene: str = "2023", variation: float = 1.0, control: Mode = "ee") -> TaskSpec:
    """Press a button that is within reach; the cubes are forbidden."""
    made = functools.partial(make_scene, str(scene), "not needed")
    return _task("habilis/PressButtonNotNeeded-v0", made, variation, control)


def broken(scene: str = "2023", variation: float = 1.0, control: Mode = "ee") -> TaskSpec:
    """Press a button out of reach with cubes that have lost their magnets."""
    made = functools.partial(make_scene, str(scene), "broken")
    return _task("habilis/PressButtonBroken-v0", made, variation, control)


def make_scene(generation: str, twin: Twin, numbers: Numbers = "forcing") -> Scene:
    """The scene of a generation, changed for a twin.

    Raises:
      ValueError: an unknown generation or kind of numbers.
    """
    if generation not in GENERATIONS:
        raise ValueError(did_you_mean("scene of PressButton", generation, GENERATIONS))
    if numbers not in NUMBERS:
        raise ValueError(did_you_mean("numbers of PressButton", numbers, NUMBERS))
    scene = load_scene(scene_path(f"press_button_{generation}"))
    if numbers == "published":
        scene = _published(scene)
    assert scene.tool is not None
    changed, tool = scene, scene.tool
    if twin == "not needed":
        moved = [_shifted(scene.entity(name), NEAR) for name in (BUTTON, PLINTH)]
        changed, tool = scene.replace_entities(moved), Tool(tool.name, "forbidden")
    elif twin == "broken":
        dead = [dataclasses.replace(e, magnetic=()) for e in cubes(scene)]
        changed, tool = scene.replace_entities(dead), Tool(tool.name, "free")
    else:
        return scene
    return dataclasses.replace(changed, name=f"{scene.name}_{twin.replace(' ', '_')}", tool=tool)


def cubes(scene: Scene) -> tuple[Entity, ...]:
    """The cubes, in the order of the scene."""
    return tuple(e for e in scene.entities if e.movable)


def _published(scene: Scene) -> Scene:
    """The button as a box of 0.2 centred at z 0.06, sunk into the table, and x up to 0.50."""
    button = scene.entity(BUTTON)
    block = dataclasses.replace(button.parts[0], size=(0.2, 0.2, 0.2))
    sunk = dataclasses.replace(button, pos=(*button.pos[:2], 0.06), parts=(block,), sunk=True)
    box = Workspace(scene.workspace.lower, (0.5, *scene.workspace.upper[1:]))
    kept = tuple(sunk if e.name == BUTTON else e for e in scene.entities if e.name != PLINTH)
    return dataclasses.replace(
        scene, name=f"{scene.name}_published", entities=kept, workspace=box
    )  # fmt: skip


def _shifted(entity: Entity, by: tuple[float, float]) -> Entity:
    x, y, z = entity.pos
    return dataclasses.replace(entity, pos=(x + by[0], y + by[1], z))


def _task(id: str, scene: functools.partial[Scene], variation: float, control: Mode) -> TaskSpec:
    base = make_task(scene, id, variation, control)
    given = scene()
    names = {"cubes": tuple(e.name for e in cubes(given))}
    state = base.observations["state"]
    assert isinstance(state, Mapping)
    state = {**state, "joined": Term(joined, names), "pressed": Term(pressed, limit=2.0)}
    state["front"] = Term(front, names)
    dense = {
        "reach_tool": Term(reach_tool, names, weight=0.03),
        "hold_tool": Term(hold_tool, names, weight=0.03),
        "join": Term(join, names, weight=0.06),
        "extend": Term(extend, names, weight=0.05),
        "press": Term(press, weight=0.08),
    }
    if given.tool is not None and given.tool.use == "forbidden":
        near = Term(reach_target, weight=dense["press"].weight)
        dense = {**without_tool({"reach_target": near, **dense}, "reach_target", "press")}
    return dataclasses.replace(
        base,
        rewards=dense | {"success": success_term(given)},
        observations={**base.observations, "state": state},
    )


# ---- terms: rewards (N,) in [0, 1], observations (N, k)


def reach_tool(state: State, cubes: tuple[str, ...]) -> Array:
    """Nearness to the nearest cube."""
    near = [rewards.reach(state, f"{name}/grip", SCALE) for name in cubes]
    best: Array = np.max(near, axis=0)
    return best


def hold_tool(state: State, cubes: tuple[str, ...]) -> Array:
    """Both fingers touch the same cube."""
    best: Array = np.max([rewards.hold(state, name) for name in cubes], axis=0)
    return best


def join(state: State, cubes: tuple[str, ...]) -> Array:
    """Nearness of the cubes to each other, over the two smallest of the three gaps."""
    gaps = np.sort(_gaps(state, cubes), axis=1)[:, : len(cubes) - 1]
    near: Array = 1.0 - np.tanh(np.maximum(gaps - SNAPPED, 0.0) / SCALE)
    return near.mean(axis=1)


def extend(state: State, cubes: tuple[str, ...]) -> Array:
    """Nearness of the foremost cube to the button's face, times the share of cubes joined."""
    together = np.sort(_gaps(state, cubes), axis=1)[:, : len(cubes) - 1] < SNAPPED
    return rewards.near(front(state, cubes), SCALE) * together.mean(axis=1)


def reach_target(state: State) -> Array:
    """Nearness of the tool centre point to the middle of the button's face."""
    half = state.scene.entity(BUTTON).size()[0] / 2
    return rewards.near(state.gap(f"{BUTTON}/origin") - (half, 0.0, 0.0), SCALE)


def press(state: State) -> Array:
    """Travel of the button as a share of what is asked."""
    return np.clip(pressed(state)[:, 0], 0.0, 1.0)


def joined(state: State, cubes: tuple[str, ...]) -> Array:
    """(N, 3) 1 where two cubes hold together."""
    return (_gaps(state, cubes) < SNAPPED).astype(float)


def pressed(state: State) -> Array:
    """(N, 1) travel of the button as a share of what is asked."""
    return state.world.opening(BUTTON)[:, None] / TRAVEL


def front(state: State, cubes: tuple[str, ...]) -> Array:
    """(N, 3) from the front of the foremost cube to the middle of the button's face, m."""
    return state.once("front", lambda: _front(state, cubes))


def _front(state: State, cubes: tuple[str, ...]) -> Array:
    middle = np.stack([state.point(f"{name}/origin") for name in cubes], axis=1)
    foremost = middle[:, :, 0].argmax(axis=1)
    tip = middle[np.arange(state.n), foremost]
    button = state.scene.entity(BUTTON)
    reach = button.size()[0] / 2 + state.scene.entity(cubes[0]).size()[0] / 2
    return state.point(f"{BUTTON}/origin") - tip - (reach, 0.0, 0.0)


def _gaps(state: State, cubes: tuple[str, ...]) -> Array:
    """(N, 3) distances between the cubes' middles, less an edge, m."""
    return state.once("gaps", lambda: _distances(state, cubes))


def _distances(state: State, cubes: tuple[str, ...]) -> Array:
    middle = np.stack([state.point(f"{name}/origin") for name in cubes], axis=1)
    first, second = np.triu_indices(len(cubes), 1)
    edge = state.scene.entity(cubes[0]).size()[0]
    out: Array = np.linalg.norm(middle[:, first] - middle[:, second], axis=2) - edge
    return out
