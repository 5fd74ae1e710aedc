"""Stones-On-Beam: raise a cube out of a well with two of four stones, which must be heavy ones.

The cube lies in a well that fingers do not get into, on the end of a beam that a spring holds down.
The other end carries a pan. Four stones look alike; two are ten times as heavy as the others. One
of these is not enough to tip the beam: both must lie on the pan.

Twins: the beam stays where fingers press it; the first stone is as light as the light ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.lever.cube_in_well import CubeInWell, take

ASIDE = 0.045  # m, of a stone on the pan from the middle of that
LIGHT = 0.03  # kg
HIGH, SLOW = 0.2, 0.06  # m above the table, m/s


@task_family
class StonesOnBeam(CubeInWell):
    """Four stones of two weights, and a cube in a well on the end of a beam."""

    scenes = {"first": "stones_on_beam"}
    sizes = {"stone": (), "well": (), "beam": (), "cube": ()}  # the cube just fits into the well
    level, lookalike = 3, False
    orders = None  # without its stones it is Cube-In-Well
    stiff = 1.0

    def not_needed(self, scene: Scene) -> Scene:
        """Raise a cube on a beam that stays where it is pressed; stone1 is forbidden."""
        return super().not_needed(scene)

    def broken(self, scene: Scene) -> Scene:
        """Tip a beam with two stones of which one is too light."""
        return scene.replace_entities([dataclasses.replace(scene.entity("stone1"), mass=LIGHT)])

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Tip a beam with two heavy stones of four, to raise a cube out of a well."""
        stones = (e for e in scene.entities if e.name.startswith("stone"))
        heavy = sorted(stones, key=lambda e: -e.mass)[:2]
        return loaded(scene, sorted(e.name for e in heavy))


def loaded(scene: Scene, names: Sequence[str]) -> list[SkillCall]:
    """Put two stones on the pan, one beside the other, and take the cube."""
    beam = scene.entity("beam")
    x, y = beam.pos[0] + beam.part("pan").pos[0], beam.pos[1]
    steps = []
    for name, side in zip(names, (1, -1), strict=True):
        at = (x, y + side * ASIDE)
        steps += [call("grasp", name), call("place", name, on="beam", position=at)]
    over = (*scene.entity("cube").pos[:2], HIGH)  # slowly, while the beam tips
    return [*steps, call("move_to_position", position=over, speed=SLOW), *take()]
