"""Beads-In-Vials: fetch beads out of narrow vials with tweezers that hang on a stand.

For an arm with a hand. A fingertip on either side of a bead is wider than its vial. The hand takes
the tweezers off their stand and puts one bead after the other into a dish.

Twins: the beads lie on pegs, where fingers come around them; the spring of the tweezers is so stiff
that the hand cannot press their tips together.
"""

from __future__ import annotations

import dataclasses
import math

from habilis.assets.scene.scaling import scaled
from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks.base.changes import refit
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import rewards
from habilis.envs.terms.term import Term

PEG = (0.45, 0.45, 12.0)  # of a vial's floor, along x, y, z: slender and 48 mm high
STIFF = 3.0  # Nm/rad, of the tweezers' spring: five times what it should be
FALL = 0.06  # m above the table from which fingers let a bead fall
PAIRS = {"bead1": "vial1", "bead2": "vial2"}


@task_family
class BeadsInVials(ToolTask):
    """Tweezers, beads in vials, and a dish."""

    scenes = {"first": "beads_in_vials"}
    sizes = {"vial": ("z",), "bead": ("xyz",)}
    unaided = ("bring",)
    control, far = "tool", False

    def not_needed(self, scene: Scene) -> Scene:
        """Take beads off pegs with the fingers; the tweezers are forbidden."""
        pegs = scene.replace_entities(_peg(scene.entity(vial)) for vial in PAIRS.values())
        return pegs.replace_entities(self.arranged(scene, pegs))

    def broken(self, scene: Scene) -> Scene:
        """Fetch beads out of narrow vials with tweezers too stiff to be pressed together."""
        return refit(scene, "tweezers", spring=STIFF)

    def arranged(self, given: Scene, scene: Scene) -> list[Thing]:
        """Beads lie in the holes in the floors of their vials."""
        return [_seated(scene.entity(b), scene.entity(v)) for b, v in PAIRS.items()]

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the tweezers off their stand, bring the beads to the dish."""
        beads = {"names": tuple(PAIRS), "box": "dish"}
        taken = Term(rewards.carried, {"tool": "tweezers"}, 0.1)
        return {"take": taken, "bring": Term(rewards.into, beads, 0.15)}

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Fetch beads out of narrow vials with tweezers that hang on a stand."""
        steps = [(call("pick_with_tool", b), call("place_with_tool", b, on="dish")) for b in PAIRS]
        return [call("take_tool", tool="tweezers"), *sum(steps, ())]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Take one bead after the other with the fingers, and let it fall into the dish."""
        over = (*scene.entity("dish").pos[:2], FALL)
        drop = (call("move_to_position", position=over), call("open_gripper"))
        return list(sum(((call("grasp", bead), *drop) for bead in PAIRS), ()))


def _peg(vial: Thing) -> Thing:
    floor = tuple(part for part in vial.parts if part.name.startswith("floor"))
    return scaled(dataclasses.replace(vial, parts=floor), PEG)


def _seated(bead: Thing, vial: Thing) -> Thing:
    (_, edge, _), (_, _, top) = vial.part("floor_left").bounds()
    height = vial.pos[2] + top + math.sqrt(bead.size()[0] ** 2 / 4 - edge**2)
    return dataclasses.replace(bead, pos=(*vial.pos[:2], round(float(height), 5)))
