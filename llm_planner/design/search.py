"""Design of a tool: propose, criticise, optimise by CMA-ES, verify on layouts not seen before."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.llm_planner.design.order import ToolOrder
from habilis.llm_planner.design.proposals import ToolKind, propose
from habilis.llm_planner.design.track import layout
from habilis.llm_planner.design.trial import ToolTrial, ToolVerdict

LAYOUTS = 3  # that a design is made on
APART = 1000  # layouts of one seed of a design to those of the next
HELD_OUT = 500  # of these, the first that is only for verification
KINDS = 3  # of tools that are optimised, one after the other
POPULATION, SIGMA = 8, 0.2  # of CMA-ES, in shares of the spans
MOST_REFUSED = 40  # orders of one kind that are criticised for every rollout left

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class TriedOrder:
    """An order that was judged.

    Attributes:
      kind: of the tool.
      stage: proposed or optimised.
      order: what was to be made.
      motion: numbers of its use.
      verdict: what came of it.
    """

    kind: str
    stage: str
    order: ToolOrder
    motion: Mapping[str, float]
    verdict: ToolVerdict


@dataclasses.dataclass(frozen=True)
class DesignResult:
    """What a design came to.

    Attributes:
      family: whose tool it is.
      seed: of the layouts and of the optimiser.
      tried: everything that was judged, in order.
      first: the best of what was proposed.
      best: the best of all.
      rollouts: spent.
      seconds: of wall time.
    """

    family: str
    seed: int
    tried: tuple[TriedOrder, ...]
    first: TriedOrder
    best: TriedOrder
    rollouts: int
    seconds: float

    @property
    def solved(self) -> bool:
        """Whether the best order succeeds on every layout that it was designed on."""
        return self.best.verdict.score >= 1.0


def design_seeds(seed: int) -> range:
    """Seeds of the layouts that a design is made on."""
    return range(APART * seed, APART * seed + LAYOUTS)


def held_out_seeds(seed: int, count: int) -> range:
    """Seeds of layouts that no design is made on."""
    first = APART * seed + HELD_OUT
    return range(first, first + count)


def design(
    family: ToolTask, seed: int = 0, budget: int = 60, more: Sequence[ToolKind] = (),
    say: Say = lambda _: None,
) -> DesignResult:  # fmt: skip
    """Design a tool for a family.

    Args:
      family: that allows for orders.
      seed: of the layouts and of the optimiser.
      budget: rollouts, of all orders on all layouts together.
      more: proposals beside those from the geometry.
      say: told a line for each order that is judged.

    Raises:
      ValueError: no budget, or the family takes no orders.
    """
    if budget < 1 or family.orders is None:
        raise ValueError(f"{family.name}: a design needs at least one rollout, got {budget}")
    return _Design(family, seed, budget, say).run(more)


def verify(family: ToolTask, tried: TriedOrder, seeds: Sequence[int]) -> ToolVerdict:
    """Try an order on every one of some layouts; the score is the mean, ``wins`` the successes."""
    return ToolTrial(family).judge(tried.order, tried.motion, seeds, every=True)


class _Design:
    def __init__(self, family: ToolTask, seed: int, budget: int, say: Say) -> None:
        assert family.orders is not None
        self._family, self._orders, self._say = family, family.orders, say
        self._seed, self._seeds, self._left = seed, design_seeds(seed), budget
        self._trial = ToolTrial(family)
        self._tried: list[TriedOrder] = []
        self._began = time.perf_counter()

    def run(self, more: Sequence[ToolKind]) -> DesignResult:
        proposals = [*more, *propose(layout(self._family.name, self._seeds[0]))]
        for one in proposals:
            if self._left <= 0:
                break
            self._judge(one.name, "proposed", one.order(one.first), self._orders.first)
        first = self._best()
        ranked = sorted(self._tried, key=lambda t: -t.verdict.score)[:KINDS]
        kinds = {one.name: one for one in proposals}
        for k, tried in enumerate(ranked):
            if first.verdict.score < 1.0:
                self._optimise(kinds[tried.kind], self._left // (len(ranked) - k))
        seconds = time.perf_counter() - self._began
        return DesignResult(
            self._family.name, self._seed, tuple(self._tried), first, self._best(),
            self._trial.rollouts, seconds,
        )  # fmt: skip

    def _best(self) -> TriedOrder:
        """Of equal scores the lightest."""
        return max(self._tried, key=lambda t: (t.verdict.score, -t.order.mass))

    def _judge(
        self, kind: str, stage: str, order: ToolOrder, motion: Mapping[str, float]
    ) -> ToolVerdict:
        seeds = list(self._seeds)[: max(1, min(LAYOUTS, self._left))]
        verdict = self._trial.judge(order, motion, seeds)
        if len(seeds) < LAYOUTS:  # what is left of the budget proves nothing more
            part = len(seeds) / LAYOUTS
            verdict = dataclasses.replace(verdict, score=min(verdict.score, verdict.score * part))
        self._left -= verdict.rollouts
        self._tried.append(TriedOrder(kind, stage, order, motion, verdict))
        word = "refused" if verdict.refused else f"score {verdict.score:.2f}"
        self._say(f"{stage} {kind}: {word} {verdict.reason}".rstrip())
        return verdict

    def _optimise(self, kind: ToolKind, budget: int) -> None:
        """CMA-ES over the lengths of a kind and the numbers of motion, from its first values."""
        try:
            from cmaes import CMA
        except ImportError as error:
            raise ImportError(
                "designs are optimised by cmaes: pip install 'habilis[design]'"
            ) from error
        names, low, high, first = self._space(kind)
        end, judged = self._left - budget, 0
        optimiser: Any = CMA(
            mean=(first - low) / (high - low), sigma=SIGMA, seed=self._seed + 1,
            bounds=np.tile([0.0, 1.0], (len(names), 1)), population_size=POPULATION,
        )  # fmt: skip
        while self._left > end and judged < MOST_REFUSED * budget:
            told = []
            for _ in range(optimiser.population_size):
                point: Array = optimiser.ask()
                values = dict(zip(names, low + point * (high - low), strict=True))
                score = -1.0
                if self._left > end:
                    judged += 1
                    score = self._judge_point(kind, values)
                told.append((point, -score))
                if score >= 1.0:
                    return
            optimiser.tell(told)

    def _space(self, kind: ToolKind) -> tuple[list[str], Array, Array, Array]:
        spans = [*kind.spans.values(), *((a, b) for a, _, b in self._orders.motion.values())]
        first = [*(kind.first[n] for n in kind.spans), *self._orders.first.values()]
        low, high = np.array(spans).T
        return [*kind.spans, *self._orders.motion], low, high, np.array(first)

    def _judge_point(self, kind: ToolKind, values: Mapping[str, float]) -> float:
        rounded = {name: round(float(v), 4) for name, v in values.items()}
        order = kind.order({n: rounded[n] for n in kind.spans})
        motion = {n: rounded[n] for n in self._orders.motion}
        return self._judge(kind.name, "optimised", order, motion).score


def failures(tried: Sequence[TriedOrder]) -> Iterator[str]:
    """Of each proposal that is no success, why."""
    for one in tried:
        if one.stage == "proposed" and one.verdict.reason:
            word = "refused" if one.verdict.refused else f"scores {one.verdict.score:.2f}"
            yield f"{one.kind}: {word}: {one.verdict.reason}"
