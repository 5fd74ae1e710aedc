"""Book-In-Row: draw the middle one of three books out of its row, with a bar that ends in a leg.

The books stand close together under a shelf: fingers get neither between nor behind them. The leg
goes in over the middle book, down behind it, and draws it out; the others have to stay.

Twins: the middle book stands out of the row, where fingers take it; the leg is so wide that it
draws out the neighbours, too.
"""

from __future__ import annotations

import dataclasses

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import shift
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import rewards, stages
from habilis.envs.terms.term import Term

BOOK = "book2"
OUT = -0.07  # m, in x, that the book stands out where no tool is needed
AHEAD = -0.02  # m, in x, from the middle of a book that stands out to where fingers take it
WIDE = 0.08  # m, of a leg that draws three books
WAY = 0.065  # m that the book is drawn
BEFORE = 0.02  # m, between the shelf and the leg before it goes in
PASSING = 0.01  # m, of the leg above the book on its way in
BEHIND = 0.008  # m, between book and leg where that goes down
DEEP = 0.02  # m, of the leg's end below the top of the book
SLOW = 0.08  # m/s
STRAIGHT = (0.0, 0.0, 0.0)


@task_family
class BookInRow(ToolTask):
    """A bar with a leg, and three books under a shelf."""

    scenes = {"first": "book_in_row"}
    sizes = {"bar": (), "rest": (), "shelf": (), "book": ()}  # the leg fits behind the book
    unaided = ("goal",)
    control, far = "ee6", False

    def not_needed(self, scene: Scene) -> Scene:
        """Pull a book that stands out of its row; the bar is forbidden."""
        out = shift(scene, (BOOK,), (OUT, 0.0))
        handled = dataclasses.replace(out.entity(BOOK), frames={"grip": (AHEAD, 0.0, 0.0)})
        return out.replace_entities([handled])

    def broken(self, scene: Scene) -> Scene:
        """Draw one of three books out of its row with a bar whose leg is too wide."""
        bar = scene.entity("bar")
        leg = bar.part("leg")
        wide = dataclasses.replace(leg, size=(leg.size[0], WIDE, leg.size[2]))
        parts = tuple(wide if p.name == "leg" else p for p in bar.parts)
        return scene.replace_entities([dataclasses.replace(bar, parts=parts)])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the bar, bring its leg behind the book, draw."""
        behind = float(scene.entity(BOOK).bounds()[1][0]) + BEHIND
        last = {"goal": Term(rewards.goal_share, weight=0.1)}
        return stages.use_tool("bar", "end", f"{BOOK}/origin", last, (behind, 0.0))

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Draw the middle one of three books out of its row with a bar that has a leg."""
        bar, book, shelf = (scene.entity(name) for name in ("bar", BOOK, "shelf"))
        thick = bar.part("leg").size[0] / 2
        front = float(shelf.pos[0] + shelf.bounds()[0][0]) - BEFORE - thick
        far, top = book.pos[0] + book.bounds()[1][0] + BEHIND + thick, float(book.size()[2])
        over, low = top + PASSING, top - DEEP
        near = far - BEHIND - WAY
        way = [(front, over), (far, over), (far, low), (near, low)]
        moves = [
            call(
                "move_frame", "bar", frame="end", position=(float(x), book.pos[1], z),
                euler=STRAIGHT, speed=SLOW,
            )
            for x, z in way
        ]  # fmt: skip
        return [call("grasp", "bar"), call("lift", "bar", height=0.06, hold_time=0.0), *moves]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Take the book by what stands out, and pull."""
        return [call("grasp", BOOK, raise_by=0.0), call("pull", BOOK, direction="-x", distance=WAY)]
