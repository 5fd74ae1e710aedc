"""Best-first search over sampled proposals: rollouts, memory and agreement as costs."""

from __future__ import annotations

import dataclasses
import heapq
import itertools
from collections import Counter
from typing import Protocol

from habilis.envs.sim.snapshot import Snapshot
from habilis.llm_planner.pipeline.episode import Settings, Thought, Try, concluded
from habilis.llm_planner.pipeline.memory import LessonMemory, common
from habilis.llm_planner.pipeline.proposal import Proposal

UNKNOWN = 0.5  # cost of what cannot be judged


class Asker(Protocol):
    """What the search needs of a thinker."""

    settings: Settings
    memory: LessonMemory | None
    repairs: int

    @property
    def may_repair(self) -> bool:
        """Whether a fault may go back once more."""

    def ask(self, state: Snapshot, before: Try | None, variant: str = "") -> Proposal:
        """A proposal, or the mending of an earlier one."""

    def rehearse(self, state: Snapshot, proposal: Proposal) -> Try:
        """Try a proposal in a copy of the world."""


def best_first(thinker: Asker, state: Snapshot, before: Try | None) -> Thought:
    """Sample proposals, try the most promising first, and mend the best of those that failed.

    A node is a proposal with what came of it; its children are samples of its mending. The
    cheapest open node is expanded next, until one works or the budget of proposals is spent.

    Args:
      thinker: asks, tries, and holds the settings.
      state: one simulation to start from.
      before: what was carried out before and ended with a fault; None at the start.
    """
    return _Search(thinker, state).run(before)


class _Search:
    def __init__(self, thinker: Asker, state: Snapshot) -> None:
        self._thinker, self._state = thinker, state
        self._settings = thinker.settings
        self._asked = 0
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._tries: list[Try] = []
        self._open: list[tuple[float, int, Try]] = []
        self._order = itertools.count()

    def run(self, before: Try | None) -> Thought:
        node: Try | None = before
        while True:
            found = self._expand(node)
            if found is not None:
                self._tries = [t for t in self._tries if t is not found] + [found]
                return concluded(self._tries)
            if not self._open or self._asked >= self._settings.proposals:
                return self._give_up()
            if not self._thinker.may_repair:
                return self._give_up()
            self._thinker.repairs += 1
            node = heapq.heappop(self._open)[2]

    def _expand(self, node: Try | None) -> Try | None:
        """Sample, order by what is known before trying, try; the first that works."""
        count = min(self._settings.width, self._settings.proposals - self._asked)
        batch: list[Proposal] = []
        for k in range(count):
            self._asked += 1
            proposal = self._thinker.ask(self._state, node, _variant(k, count, batch))
            self._seen[proposal.skills] += 1
            batch.append(proposal)
        for proposal in sorted(batch, key=self._prior):
            tried = self._thinker.rehearse(self._state, proposal)
            tried = dataclasses.replace(tried, cost=self._cost(tried))
            self._tries.append(tried)
            if tried.ok:
                return tried
            if tried.fault is not None:
                heapq.heappush(self._open, (tried.cost, next(self._order), tried))
        return None

    def _prior(self, proposal: Proposal) -> float:
        """Cost before it is tried; refusals and useless answers last."""
        if proposal.action is None:
            return 2.0
        w = self._settings.weights
        return w.memory * self._unlike(proposal) + w.consistency * self._alone(proposal)

    def _cost(self, tried: Try) -> float:
        share = 1.0
        if tried.rehearsal is not None:
            good = sum(s.result.ok for s in tried.rehearsal.steps)
            share = 1.0 - good / max(len(tried.proposal.skills), good, 1)
        return self._settings.weights.feasibility * share + self._prior(tried.proposal)

    def _unlike(self, proposal: Proposal) -> float:
        memory = self._thinker.memory
        known = memory.remembered() if memory is not None else []
        return min((1.0 - common(proposal.skills, k) for k in known), default=UNKNOWN)

    def _alone(self, proposal: Proposal) -> float:
        return 1.0 - self._seen[proposal.skills] / max(1, self._seen.total())

    def _give_up(self) -> Thought:
        """A refusal if most samples refused; else the cheapest failure is the reason."""
        refusals = [t for t in self._tries if t.proposal.refusal]
        if len(refusals) * 2 > len(self._tries):
            return concluded([*(t for t in self._tries if t not in refusals), *refusals])
        rest = [t for t in self._tries if not t.proposal.refusal]
        return concluded([*refusals, *sorted(rest, key=lambda t: -t.cost)])


def _variant(k: int, count: int, batch: list[Proposal]) -> str:
    """Asks for a proposal unlike those of the same round."""
    if count == 1:
        return ""
    rows = [f"- {' > '.join(p.skills) or 'a refusal'}" for p in batch]
    others = "\nOthers so far:\n" + "\n".join(rows) if rows else ""
    return f"\nThis is proposal {k + 1} of {count}; take another way if there is one.{others}\n"
