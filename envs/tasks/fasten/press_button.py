"""Press-Button: press a button that is out of reach, with a chain of magnetic cubes.

The face of the button is 4.5 cm beyond the box that the tool centre point may not leave, and
raised. Three magnetic cubes stand on the table in a row: held one after the other against the
next they snap together, and the chain of three, lifted, reaches the button and presses it.

Twins: the button is within reach; the cubes have lost their magnets.

With the option ``numbers="published"`` the button reaches down to the table and the workspace ends
at x 0.50: aligned cubes can then push it without their magnets, and two are enough.
"""

from __future__ import annotations

from collections.abc import Mapping

from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks.base import changes
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import Orders, tool_of
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import chains, stages
from habilis.envs.terms.term import Term

CUBES_BEYOND = 1.5  # cubes between the workspace and the button's face
PRESSED = {"body": "button", "value": 0.016}  # m, 80 % of 0.02
OVERTRAVEL = 0.002  # m the button is pressed further than it goes
LOW_ON_BUTTON = 0.012  # m, of the fingers' lowest point above the button's lower edge


@task_family
class PressButton(ToolTask):
    """Three cubes in a row, and a button on a plinth."""

    scenes = {"2023": "press_button_2023", "2024": "press_button_2024"}
    options = {"numbers": {"forcing": "", "published": "published/"}}
    sizes = {"cube": ("xyz",), "magnetic_cube": ("xyz",), "button": ("x", "y"), "plinth": "button"}
    unaided = ("reach_target", "press")
    level = 4
    orders = Orders({"low": (-0.01, 0.005, 0.03)})

    def not_needed(self, scene: Scene) -> Scene:
        """Press a button that is within reach; the cubes are forbidden."""
        return changes.shift(scene, ("button", "plinth"), (-0.12, -0.04))

    def broken(self, scene: Scene) -> Scene:
        """Press a button out of reach with cubes that have lost their magnets."""
        return changes.demagnetise(scene)

    def observed(self, scene: Scene) -> dict[str, Term]:
        """Which cubes hold together; the button's travel; foremost cube to the button's face."""
        links: dict[str, object] = {"links": changes.tool_names(scene)}
        pressed = Term(stages.travelled, PRESSED, limit=2.0)
        front = Term(chains.front, links | {"button": "button"})
        return {"joined": Term(chains.joined, links), "pressed": pressed, "front": front}

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take a cube, join the others, reach for the button, press it."""
        pressing = Term(stages.travel, PRESSED, 0.08)
        if scene.tool is not None and scene.tool.use == "forbidden":
            near = Term(chains.reach_face, {"button": "button"}, 0.08)
            return {"reach_target": near, "press": pressing}
        chain = chains.chain_up(changes.tool_names(scene), "button", (0.03, 0.03, 0.06, 0.05))
        return {**chain, "press": pressing}

    def arranged(self, given: Scene, scene: Scene) -> list[Thing]:
        """Face one and a half cubes beyond the workspace, the plinth below; straying together."""
        by = CUBES_BEYOND * float(scene.entity(changes.tool_names(scene)[0]).size()[0])
        return changes.face_beyond(given, scene, ("button", "plinth"), by)

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Press a button out of reach with a chain of magnetic cubes."""
        cubes = sorted((e for e in scene.entities if e.tool), key=lambda e: e.pos[0])
        first, *others = (e.name for e in cubes)
        height = float(scene.entity("button").pos[2] - cubes[0].size()[2] / 2)
        joined = [call("join", name, tool=first, direction="+x") for name in others]
        last = changes.press(scene, "button", OVERTRAVEL, tool=first, height=height)
        return [call("grasp", first), *joined, last]

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Press the button with whatever was made for it."""
        tool, height = tool_of(scene), changes.bottom(scene, "button") + motion["low"]
        held = {"tool": tool, "part": "work", "height": height}
        return [call("grasp", tool), changes.press(scene, "button", OVERTRAVEL, **held)]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Press with the fingers."""
        height = changes.bottom(scene, "button") + LOW_ON_BUTTON
        return [changes.press(scene, "button", OVERTRAVEL, height=height)]
