"""Trap-And-Rods: push a peg out of a tube with a hole in its floor, with two rods made one.

The tube is that of Trap-Tube, and neither rod is long enough to push the peg out from the side of
the hole. Each has a magnet at one end. Held by the far end, one takes on the other; the two go in
over the hole and push the peg out towards the robot. There is one try: a peg that is pushed the
other way, or drawn back, falls into the hole and stays there.

Twins: the peg lies behind the tube, where fingers push it; the second rod is so short that the hand
meets the tube even with both.
"""

from __future__ import annotations

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import shorten
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.probe.peg_and_rods import SHORT, joined
from habilis.envs.tasks.probe.trap_tube import TrapTube, push
from habilis.envs.terms.term import Term


@task_family
class TrapAndRods(TrapTube):
    """Two rods with magnets, and a peg in a tube with a hole in its floor."""

    scenes = {"first": "trap_and_rods"}
    sizes = {"rod": (), "tube": (), "peg": ()}  # each fits into the other
    level = 5
    orders = None  # without its rods it is Trap-Tube

    def not_needed(self, scene: Scene) -> Scene:
        """Push a peg that lies behind a tube, with the fingers; the rods are forbidden."""
        return super().not_needed(scene)

    def broken(self, scene: Scene) -> Scene:
        """Push a peg out of a tube with a hole in its floor, with rods of which one is short."""
        return shorten(scene, "rod2", SHORT)

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the first rod, join the second, bring its tip to the peg, push."""
        return joined(float(scene.entity("peg").bounds()[1][0]))

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Push a peg out of a tube with a hole in its floor, with two rods made one."""
        longer = call("join", "rod2", tool="rod1", direction="-x")
        return [call("grasp", "rod1"), longer, push(scene, "-x", tool="rod1", part="rod2/rod2")]
