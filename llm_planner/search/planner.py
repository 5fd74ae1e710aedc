"""The offline planner: options from geometry, ordered by cost, tried in copies of the world.

A best-first search over sequences of options. Each candidate is rolled out by the very skills
that would run, in a scratch world restored to the state it starts from; what physics refuses
is dropped. It knows the scene and the goal predicate, and of the rest of the task only what the
judge says of a rollout.
"""

from __future__ import annotations

import dataclasses
import functools
import heapq
import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence

from habilis.assets.scene.model.compile import Compiled
from habilis.envs.sim.snapshot import Snapshot
from habilis.llm_planner.library.binding import uses
from habilis.llm_planner.library.store import Composed
from habilis.llm_planner.run.plan import Plan, Step
from habilis.llm_planner.search.considered import DONE, Tried, commonest, considered
from habilis.llm_planner.search.goals import options, with_tool
from habilis.llm_planner.search.options import Option
from habilis.llm_planner.search.scratch import Scratch
from habilis.policies.skills.attempt import Attempt
from habilis.policies.skills.senses import Senses

PARALLEL = 2  # candidates rolled out side by side
NEAR = 3.0  # s between the costs of such candidates at most
KNOWN = 0.5  # of its estimated time is what a composed skill costs: it has worked elsewhere
USES = 4  # of a composed skill that are tried
MOST = 6  # ways that are named in a reason


@dataclasses.dataclass(frozen=True)
class SearchBudget:
    """What a search may spend.

    Attributes:
      rollouts: candidates, in all; with 0 the likeliest one is the plan, untried. None for as many
        as the seconds allow.
      seconds: of simulated time in all rollouts together, so that a slow computer finds as much.
      depth: options in a row.
      attempts: ways to use one thing on another, from one state, that may fail before the rest
        of them are put off until nothing else is left.
    """

    rollouts: int | None = 60
    seconds: float = 1200.0
    depth: int = 4
    attempts: int = 6

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            got, least = getattr(self, field.name), 0 if field.name == "rollouts" else 1e-9
            if got is None and field.name == "rollouts":
                continue
            if got is None or not got >= least:
                need = ">= 0" if least == 0 else "positive"
                raise ValueError(f"search budget: {field.name} must be {need}, got {got}")


@dataclasses.dataclass(frozen=True)
class SearchResult:
    """What the search found.

    Attributes:
      plan: None if it refuses.
      reason: why there is none, or how it was found.
      tried: candidates in the order they were rolled out.
      rollouts: how many.
      seconds: wall time.
      spent: the budget ran out, so that nothing is known of what was not tried: no refusal.
      considered: ways that were ruled out before they were tried, with the number that did it.
    """

    plan: Plan | None
    reason: str
    tried: tuple[Tried, ...]
    rollouts: int
    seconds: float
    spent: bool = False
    considered: tuple[str, ...] = ()


@dataclasses.dataclass
class _Node:
    steps: tuple[Step, ...]
    cost: float
    depth: int
    state: Snapshot
    failed: Counter[str] = dataclasses.field(default_factory=Counter)


Progress = Callable[[str], None]


def search(
    compiled: Compiled,
    state: Snapshot,
    budget: SearchBudget | None = None,
    progress: Progress | None = None,
    composed: Sequence[Composed] = (),
) -> SearchResult:
    """Find a plan that reaches the scene's goal from a state.

    Args:
      compiled: the scene.
      state: one simulation to start from.
      budget: what may be spent.
      progress: told in a line what is being tried.
      composed: skills of a library; those that have proved themselves are tried early.

    Returns:
      A plan that reached the goal in a copy of the world, unless none may be tried, or the reason
      for refusing.
    """
    say = progress or (lambda _: None)
    return _Search(compiled, budget or SearchBudget(), say, composed).solve(state)


class _Search:
    def __init__(
        self,
        compiled: Compiled,
        budget: SearchBudget,
        progress: Progress,
        composed: Sequence[Composed],
    ) -> None:
        self._scratch, self._scene = Scratch(compiled), compiled.scene
        self._budget, self._say, self._composed = budget, progress, composed
        self._queue: list[tuple[float, int, int, _Node, Option]] = []
        self._order = itertools.count()
        self._tried: list[Tried] = []
        self._ends: list[tuple[str, Snapshot]] = []
        self._began, self._simulated = time.perf_counter(), 0.0
        self._barred: set[str] = set()
        self._put_off: list[tuple[float, int, int, _Node, Option]] = []
        self._deeper = 0
        self._learned = False

    def solve(self, state: Snapshot) -> SearchResult:
        self._root = state
        if self._scratch.holds(state):
            why = f"no plan: the goal holds already, with nothing done: {self._scene.goal}"
            return SearchResult(None, why, (), 0, self._elapsed())
        self._expand(_Node((), 0.0, 0, state))
        if self._queue and self._budget.rollouts == 0:
            *_, option = self._queue[0]
            plan, why = self._plan(option.steps), f"the likeliest way, untried: {option.why}"
            return SearchResult(plan, why, (), 0, self._elapsed())
        while self._queue or self._resume():
            if self._left <= 0:
                return self._give_up(f"{self._budget.rollouts} rollouts are spent", spent=True)
            if self._simulated > self._budget.seconds:
                spent = f"{self._budget.seconds:g} simulated s are spent"
                return self._give_up(spent, spent=True)
            found = self._try(self._next())
            if found is not None:
                return self._finish(found)
        if self._deeper:
            longer = f"more than {self._budget.depth} options in a row"
            return self._give_up(f"{self._deeper} of the ways might go on, in {longer}", spent=True)
        return self._give_up("nothing is left to try")

    @property
    def _left(self) -> int:
        """Rollouts that may still be made."""
        most = self._budget.rollouts
        return PARALLEL if most is None else most - len(self._tried)

    def _resume(self) -> bool:
        """Take up again what was put off; whether there was any of it."""
        self._queue, self._put_off = self._put_off, []
        for *_, node, _ in self._queue:
            node.failed.clear()
        heapq.heapify(self._queue)
        return bool(self._queue)

    def _next(self) -> list[tuple[_Node, Option]]:
        """The best candidates, near each other in cost, to be rolled out side by side."""
        most = min(PARALLEL, self._left)
        batch: list[tuple[_Node, Option]] = []
        worst = self._queue[0][0] + NEAR
        while self._queue and len(batch) < most and self._queue[0][0] <= worst:
            entry = heapq.heappop(self._queue)
            *_, node, option = entry
            if self._barred.intersection(option.means.split()):
                continue
            if node.failed[option.means] < self._budget.attempts:
                batch.append((node, option))
            else:
                self._put_off.append(entry)
        return batch

    def _expand(self, node: _Node) -> None:
        senses = self._scratch.senses(node.state)
        met = functools.partial(self._scratch.holds, node.state)
        found = list(options(senses, self._scene.goal, met))
        if not node.depth:
            self._remember(node, senses, found)
        for option in found:
            self._push(node, option)

    def _push(self, node: _Node, option: Option) -> None:
        total = round(node.cost + option.cost + option.left, 6)
        heapq.heappush(self._queue, (total, -node.depth, next(self._order), node, option))

    def _remember(self, root: _Node, senses: Senses, proposed: list[Option]) -> None:
        """Uses of composed skills, the likeliest of each first; one at a time, unlike options."""
        for skill in self._composed:
            for k, use in enumerate(itertools.islice(uses(skill, senses, proposed), USES)):
                cost = KNOWN * use.seconds + k * (NEAR + 0.1)
                option = Option(use.steps, use.seconds, f"known skill {use}")
                heapq.heappush(self._queue, (cost, 0, next(self._order), root, option))

    def _try(self, batch: list[tuple[_Node, Option]]) -> _Node | None:
        if not batch:
            return None
        for _, option in batch:
            self._say(f"try: {option.why}")
        rollouts, states = self._scratch.rollout(
            [node.state for node, _ in batch], [self._plan(option.steps) for _, option in batch]
        )
        self._simulated += sum(came.simulated_seconds for came in rollouts)
        for (node, option), came, state in zip(batch, rollouts, states, strict=True):
            child = _Node(node.steps + option.steps, node.cost + option.cost, node.depth + 1, state)
            slip = self._slip(child) if came.ok else ""
            self._note(option, came, slip)
            self._ends.append((option.why, state))
            if came.ok and not slip:
                return child
            worked = came.ended == "done"
            self._learn(came)
            node.failed[option.means] += not worked
            if worked and self._scratch.moved(node.state, state):
                self._go_on(child)
        return None

    def _go_on(self, child: _Node) -> None:
        if child.depth < self._budget.depth:
            self._expand(child)
        else:
            self._deeper += 1

    def _learn(self, came: Attempt) -> None:
        """A goal that held by foul means tells what must be left alone, or used, from now on."""
        tool = self._scene.tool
        if tool is None or not came.goal or came.ok or self._learned:
            return
        self._learned = True
        if tool.use == "forbidden":
            self._barred = {e.name for e in self._scene.tool_entities()}
        elif tool.use == "required":
            root = _Node((), 0.0, 0, self._root)
            for option in with_tool(self._scratch.senses(self._root), tool.name):
                self._push(root, option)

    def _slip(self, node: _Node) -> str:
        """Why a plan found piece by piece fails in one go from the start; '' if it works.

        Between pieces the robot was armed anew at the pose it had reached, which can be a
        millimetre off the one it was sent to.
        """
        came = self._scratch.rehearse(self._root, self._plan(node.steps))
        self._simulated += came.simulated_seconds
        return "" if came.ok else f"in one go from the start: {came.reason}"

    def _plan(self, steps: tuple[Step, ...]) -> Plan:
        return Plan(self._scene.name, self._scene.instruction, steps, "search")

    def _note(self, option: Option, came: Attempt, slip: str) -> None:
        done = slip or ("goal reached" if came.ok else DONE)
        if came.goal and not came.ok:
            done = came.reason
        outcome = came.failed.result.told if came.failed and not came.ok else done
        self._say(f"  {option.why}: {outcome}")
        self._tried.append(Tried(option.why, option.cost, option.steps, outcome))

    def _finish(self, node: _Node) -> SearchResult:
        plan = self._plan(node.steps)
        count, seconds = len(self._tried), self._elapsed()
        reason = f"found after {count} rollouts in {seconds:.1f} s"
        return SearchResult(plan, reason, tuple(self._tried), count, seconds)

    def _give_up(self, why: str, spent: bool = False) -> SearchResult:
        """Say why it ended, what came nearest, and of each way what came of it or rules it out."""
        failures = [t.outcome for t in self._tried if t.outcome != DONE]
        known = "given up for the budget" if spent else "no plan"
        parts = [f"{known}: {why} after {len(self._tried)} rollouts"]
        parts += [f"nearest: {near}"] if (near := self._nearest()) else []
        parts += [f"most often: {commonest(failures)}"] if failures else []
        senses = self._scratch.senses(self._root)
        ways = () if spent else considered(senses, self._scene.goal, self._tried)
        for way in ways[MOST:]:  # the others are in the reason
            self._say(f"  {way}")
        parts += ways[:MOST]
        count, seconds = len(self._tried), self._elapsed()
        return SearchResult(None, "; ".join(parts), tuple(self._tried), count, seconds, spent, ways)

    def _nearest(self) -> str:
        """What came nearest to the goal of all that was rolled out, with its number."""
        misses = ((self._scratch.miss(state), why) for why, state in self._ends)
        found = [(miss, why) for miss, why in misses if miss is not None]
        if not found:
            return ""
        miss, why = min(found, key=lambda one: one[0])
        return f"{why}, which leaves {miss.text}"

    def _elapsed(self) -> float:
        return time.perf_counter() - self._began
