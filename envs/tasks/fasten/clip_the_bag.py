"""Clip-The-Bag: clip two sprung flaps of a bag together, then take away what props it shut.

For an arm with a hand. The front of the bag is sprung to swing out; a block props it shut. The hand
takes a clothespin off its stand, which squeezing opens, puts its jaws over both flaps and lets go:
from then on its own spring holds them, and the prop can be taken away without a bead being lost.

Twins: the front has no spring and leans inwards, so that it stays shut by itself; the spring of the
clothespin is so stiff that the hand cannot open its jaws.
"""

from __future__ import annotations

import dataclasses

from habilis.assets.scene.goal import All, Goal, Predicate
from habilis.assets.scene.links import Link
from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import refit
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import rewards
from habilis.envs.terms.term import Term

STIFF = 3.0  # Nm/rad, of the clothespin's spring: five times what it should be
UP = 0.15  # m, that the prop is lifted
FLAPS = {"object": "bag/front", "other": "bag/back"}


@task_family
class ClipTheBag(ToolTask):
    """A clothespin, a bag with two flaps, beads in it, and a prop."""

    scenes = {"first": "clip_the_bag"}
    target = "prop"
    sizes = {"bag": (), "prop": (), "plinth": ()}  # jaws fit over these lips
    unaided = ("goal",)
    control, far = "tool", False

    def not_needed(self, scene: Scene) -> Scene:
        """Take the prop from a bag that stays shut by itself; the clothespin is forbidden."""
        bag, goal = scene.entity("bag"), scene.goal
        assert isinstance(goal, All)
        links = tuple(_slack(link) if link.name == "front" else link for link in bag.links)
        shut = scene.replace_entities([dataclasses.replace(bag, links=links)])
        return dataclasses.replace(shut, goal=All(tuple(g for g in goal.goals if not _clips(g))))

    def broken(self, scene: Scene) -> Scene:
        """Clip a bag with a clothespin whose spring is too stiff to be opened."""
        return refit(scene, "clothespin", spring=STIFF)

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the clothespin off its stand; what of the goal holds."""
        taken = Term(rewards.carried, {"tool": "clothespin"}, 0.1)
        return {"take": taken, "goal": Term(rewards.goal_share, weight=0.15)}

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Clip two sprung flaps of a bag together, then take away what props it shut."""
        clip = [call("take_tool", tool="clothespin"), call("clip_with_tool", **FLAPS)]
        return [*clip, *self.by_hand(scene)]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Take the prop away."""
        return [call("grasp", "prop"), call("lift", "prop", height=UP)]


def _slack(link: Link) -> Link:
    assert link.joint is not None
    return dataclasses.replace(link, joint=dataclasses.replace(link.joint, stiffness=0.0))


def _clips(goal: Goal) -> bool:
    return isinstance(goal, Predicate) and goal.word == "clips"
