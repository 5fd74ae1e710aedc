"""Press-Button: press a button that is out of reach, with a chain of magnetic cubes.

The face of the button is 4.5 cm beyond the box that the tool centre point may not leave, and
raised. Three magnetic cubes stand on the table in a row: held one after the other against the
next they snap together, and the chain of three, lifted, reaches the button and presses it.

Twins: the button is within reach; the cubes have lost their magnets.

Layouts: at variation 1 each cube strays by 1 cm in x, 5 mm in y and 3 degrees; the button stays.
With the option ``numbers="published"`` the button reaches down to the table and the workspace ends
at x 0.50: aligned cubes can then push it without their magnets, and two are enough.

Source: Xu et al., Creative Robot Tool Use with Large Language Models, arXiv 2310.13065, tasks
Button-Pressing (v1, 2023) and Press-Button (2024); what was not published or had to be mended is
noted in ``assets/scenes/press_button_*.yaml``.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.envs.tasks.base.changes import at, beyond, demagnetise, shift
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import chains, stages
from habilis.envs.terms.term import Term

TRAVEL = 0.016  # m, 80 % of 0.02
CUBES_BEYOND = 1.5  # cubes between the workspace and the button's face
OVERTRAVEL = 0.002  # m the button is pressed further than it goes
LOW_ON_BUTTON = 0.012  # m, of the fingers' lowest point above the button's lower edge


def published(scene: Scene) -> Scene:
    """The button as a box of 0.2 centred at z 0.06, sunk into the table, and x up to 0.50."""
    button = scene.entity("button")
    block = dataclasses.replace(button.parts[0], size=(0.2, 0.2, 0.2))
    sunk = dataclasses.replace(button, pos=(*button.pos[:2], 0.06), parts=(block,), sunk=True)
    box = Workspace(scene.workspace.lower, (0.5, *scene.workspace.upper[1:]))
    kept = tuple(e for e in scene.replace_entities([sunk]).entities if e.name != "plinth")
    return dataclasses.replace(
        scene, name=f"{scene.name}_published", entities=kept, workspace=box
    )  # fmt: skip


@task_family
class PressButton(ToolTask):
    """Three cubes in a row, and a button on a plinth."""

    scenes = {"2023": "press_button_2023", "2024": "press_button_2024"}
    options = {"numbers": {"forcing": None, "published": published}}
    sizes = {
        "cube": ("xyz",), "magnetic_cube": ("xyz",), "button": ("x", "y"), "plinth": "button",
    }  # fmt: skip
    unaided = ("reach_target", "press")

    def not_needed(self, scene: Scene) -> Scene:
        """Press a button that is within reach; the cubes are forbidden."""
        return shift(scene, ("button", "plinth"), (-0.12, -0.04))

    def broken(self, scene: Scene) -> Scene:
        """Press a button out of reach with cubes that have lost their magnets."""
        return demagnetise(scene)

    def observed(self, scene: Scene) -> dict[str, Term]:
        """Which cubes hold together; the button's travel; foremost cube to the button's face."""
        links = {"links": _cubes(scene)}
        pressed = Term(stages.travelled, {"body": "button", "value": TRAVEL}, limit=2.0)
        front = Term(chains.front, {**links, "button": "button"})
        return {"joined": Term(chains.joined, links), "pressed": pressed, "front": front}

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take a cube, join the others, reach for the button, press it."""
        links: dict[str, Any] = {"links": _cubes(scene)}
        press = Term(stages.travel, {"body": "button", "value": TRAVEL}, 0.08)
        if scene.tool is not None and scene.tool.use == "forbidden":
            near = Term(chains.reach_face, {"button": "button"}, press.weight)
            return {"reach_target": near, "press": press}
        return {
            "reach_tool": Term(chains.reach_nearest, links, 0.03),
            "hold_tool": Term(chains.hold_any, links, 0.03),
            "join": Term(chains.join, links, 0.06),
            "extend": Term(chains.extend, {**links, "button": "button"}, 0.05),
            "press": press,
        }

    def arranged(self, given: Scene, scene: Scene) -> list[Thing]:
        """Face one and a half cubes beyond the workspace, the plinth below; straying together."""
        old, button, plinth = given.entity("button"), scene.entity("button"), scene.entity("plinth")
        face = old.pos[0] + float(old.bounds()[0][0])
        if beyond(given, face):
            cube = scene.entity(_cubes(scene)[0])
            face = scene.workspace.upper[0] + CUBES_BEYOND * float(cube.size()[0])
        x = face - float(button.bounds()[0][0])
        under = x + float(button.size()[0] / old.size()[0]) * (plinth.pos[0] - old.pos[0])
        placed = [at(button, x=x), at(plinth, x=under)]
        return [dataclasses.replace(e, strays=(0.0, 1.0)) for e in placed]

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Press a button out of reach with a chain of magnetic cubes."""
        cubes = sorted((e for e in scene.entities if e.tool), key=lambda e: e.pos[0])
        first, *others = (e.name for e in cubes)
        height = float(scene.entity("button").pos[2] - cubes[0].size()[2] / 2)
        return [
            call("grasp", first),
            *(call("join", name, tool=first, direction="+x") for name in others),
            _press(scene, height, tool=first),
        ]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Press with the fingers."""
        button = scene.entity("button")
        return [_press(scene, float(button.pos[2] + button.bounds()[0][2]) + LOW_ON_BUTTON)]


def _cubes(scene: Scene) -> tuple[str, ...]:
    return tuple(e.name for e in scene.entities if e.tool)


def _press(scene: Scene, height: float, **args: Any) -> SkillCall:
    joint = scene.entity("button").joint
    assert joint is not None
    way: dict[str, Any] = {"direction": "+x", "distance": joint.range[1] + OVERTRAVEL}
    return call("sweep", "button", **way, **args, height=height, leave=False)
