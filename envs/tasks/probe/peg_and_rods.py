"""Peg-And-Rods: push a peg out of a tube that fingers do not get into, with two rods made one.

The tube is fixed to the table, open at both ends and roofed over; the peg lies in its middle.
Either rod is too short to push it out, as the hand meets the tube before. Each has a magnet at one
end: held by the other end, one takes on the other, and the two go through.

Twins: the peg lies in front of the tube, where fingers push it; the second rod is so short that
the hand meets the tube even with both.
"""

from __future__ import annotations

from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks.base.changes import at, shorten
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.probe.peg_in_tube import WAY, PegInTube
from habilis.envs.terms import rewards, stages
from habilis.envs.terms.term import Term

SHORT = 0.25  # of its length


@task_family
class PegAndRods(PegInTube):
    """Two rods with magnets, a tube and a peg in it."""

    scenes = {"first": "peg_and_rods"}
    sizes = {"rod": ("x",), "tube": (), "peg": ()}  # the peg fits into the tube, and so the rods
    level = 4
    orders = None  # without its rods it is Peg-In-Tube

    def not_needed(self, scene: Scene) -> Scene:
        """Push a peg that lies in front of a tube, with the fingers; the rods are forbidden."""
        return super().not_needed(scene)

    def broken(self, scene: Scene) -> Scene:
        """Push a peg out of a tube with two rods of which the second is too short."""
        return shorten(scene, "rod2", SHORT)

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the first rod, join the second, bring its tip to the peg, push."""
        return joined(float(scene.entity("peg").bounds()[0][0]))

    def arranged(self, given: Scene, scene: Scene) -> list[Thing]:
        """There is as much room between the rods as there was."""
        old, rod = given.entity("rod2"), scene.entity("rod2")
        return [at(rod, x=rod.pos[0] + float(rod.size()[0] - old.size()[0]))]

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Push a peg out of a tube that fingers do not get into, with two rods made one."""
        longer = call("join", "rod2", tool="rod1", direction="+x")
        held = {"tool": "rod1", "part": "rod2/rod2"}
        push = call("sweep", "peg", direction="+x", distance=WAY, **held)
        return [call("grasp", "rod1"), longer, push]


def joined(face: float) -> dict[str, Term]:
    """Terms of two rods made one, whose tip goes to the face of a peg, m from its origin in x."""
    done = stages.complete(Term(rewards.goal_share))
    ends = {"point": "rod1/end", "other": "rod2/end", "offset": (0.0, 0.0)}
    aim = {"point": "rod2/tip", "other": "peg/origin", "offset": (face, 0.0)}
    return {
        **stages.get_tool("rod1", done, (0.03, 0.04)),
        "join": stages.until(done, Term(stages.meet, ends, 0.04)),
        "aim": stages.until(done, Term(stages.meet, aim, 0.04)),
        "goal": Term(rewards.goal_share, weight=0.1),
    }
