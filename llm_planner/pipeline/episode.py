"""How a model is used on a task, and what came of it: settings, tries, thoughts, episodes."""

from __future__ import annotations

import dataclasses
from typing import Any

from habilis.assets.names import check_known
from habilis.llm_planner.language.describe import Style
from habilis.llm_planner.language.faults import Fault
from habilis.llm_planner.pipeline.proposal import MODES, Exchange, Proposal
from habilis.llm_planner.run.plan import Plan
from habilis.llm_planner.search.belief import Belief
from habilis.policies.skills.attempt import Attempt, Positions

STRATEGIES = ("single", "repair", "best-first")


@dataclasses.dataclass(frozen=True)
class Weights:
    """Shares of the costs by which ``best-first`` orders proposals, each cost in 0-1.

    Attributes:
      feasibility: share of the steps that did not work in the copy.
      memory: unlikeness to the plans that worked before.
      consistency: share of the samples that propose other skills.
    """

    feasibility: float = 0.6
    memory: float = 0.2
    consistency: float = 0.2


@dataclasses.dataclass(frozen=True)
class Settings:
    """How the model is used.

    Attributes:
      mode: which stages, see ``MODES``.
      strategy: ``single`` proposal; ``repair`` of it; ``best-first`` over sampled ones.
      repairs: times a fault may go back in one episode (not in ``single``).
      proposals: that ``best-first`` may ask for in one search, repairs of them included.
      width: proposals that ``best-first`` samples at a time.
      spread: temperature of these; others are asked for at 0.
      weights: of ``best-first``.
      belief: with what physics proposals are rehearsed; None for those of the world.
      style: of the description.
      max_tokens: of each answer.
      see: whether pictures of the scene with numbered marks go with every question.
    """

    mode: str = "plan"
    strategy: str = "repair"
    repairs: int = 3
    proposals: int = 8
    width: int = 3
    spread: float = 0.8
    weights: Weights = dataclasses.field(default_factory=Weights)
    belief: Belief | None = None
    style: Style = dataclasses.field(default_factory=Style)
    max_tokens: int = 4000
    see: bool = False

    def __post_init__(self) -> None:
        check_known("mode", self.mode, MODES)
        check_known("strategy", self.strategy, STRATEGIES)
        if self.repairs < 0 or self.proposals < 1 or self.width < 1:
            raise ValueError("repairs must be >= 0, proposals and width >= 1")


@dataclasses.dataclass(frozen=True)
class Try:
    """One proposal and what came of it in a copy of the world.

    Attributes:
      proposal: it.
      rehearsal: in the copy; None if it did not get that far.
      fault: why it was turned down, None if it works or refuses.
      cost: by which ``best-first`` ordered it.
      after: how many questions the model had been asked when this came of them.
    """

    proposal: Proposal
    rehearsal: Attempt | None = None
    fault: Fault | None = None
    cost: float = 0.0
    after: int = 0

    @property
    def ok(self) -> bool:
        """Whether it worked in the copy."""
        return self.rehearsal is not None and self.rehearsal.ok

    @property
    def predicted(self) -> tuple[Positions, ...]:
        """Where things were after each skill in the copy."""
        return tuple(s.after for s in self.rehearsal.steps) if self.rehearsal is not None else ()


@dataclasses.dataclass(frozen=True)
class Thought:
    """Result of thinking: a verified proposal, a refusal, or neither.

    Attributes:
      chosen: the try that worked in the copy.
      refusal: why nothing can work, in the model's words; '' else.
      reason: in a sentence.
      tries: all of them, in order.
    """

    chosen: Try | None
    refusal: str
    reason: str
    tries: tuple[Try, ...]


@dataclasses.dataclass(frozen=True)
class Episode:
    """One task, from the first question to the end of the last motion.

    Attributes:
      success: the goal was reached, by fair means and with the required tool.
      refused: the model said that nothing can work, and nothing was carried out.
      reason: why it is no success, or ''.
      thoughts: one, and one more for every surprise.
      executions: carried out by the robot, with their faults; one a thought that found something.
      repairs: faults that went back.
      exchanges: with the model, in order.
      prompts: digest of the prompt texts used.
      model: its name.
      simulated_seconds: of the robot's motion.
      seconds: wall time of it all.
      waited: of these, for the model.
      rolled: of these, in copies of the world.
      paused: of these, for a person to agree to a plan.
    """

    success: bool
    refused: bool
    reason: str
    thoughts: tuple[Thought, ...]
    executions: tuple[Try, ...]
    repairs: int
    exchanges: tuple[Exchange, ...]
    prompts: str
    model: str
    simulated_seconds: float
    seconds: float
    waited: float = 0.0
    rolled: float = 0.0
    paused: float = 0.0

    @property
    def timing(self) -> dict[str, float]:
        """Where the wall time went, s; ``planner`` is what is left: its own work."""
        moved = sum(t.rehearsal.wall_seconds for t in self.executions if t.rehearsal is not None)
        parts = {
            "model": self.waited, "rollouts": self.rolled, "execution": moved,
            "confirmation": self.paused,
        }  # fmt: skip
        return parts | {"planner": self.seconds - sum(parts.values()), "all": self.seconds}

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault found: those of each thought, then that of its execution."""
        out = []
        for k, thought in enumerate(self.thoughts):
            tries = [*thought.tries, *self.executions[k : k + 1]]
            out += [t.fault for t in tries if t.fault is not None]
        return tuple(out)

    @property
    def plan(self) -> Plan | None:
        """The last plan that was carried out, or else verified; None in modes that write code."""
        chosen = [t.chosen.proposal.action for t in self.thoughts if t.chosen is not None]
        return chosen[-1] if chosen and isinstance(chosen[-1], Plan) else None

    @property
    def program(self) -> str:
        """The same of the program; '' in plan mode."""
        chosen = [t.chosen.proposal.action for t in self.thoughts if t.chosen is not None]
        return chosen[-1] if chosen and isinstance(chosen[-1], str) else ""

    @property
    def verification(self) -> Attempt | None:
        """The last rehearsal; None if nothing got that far."""
        found = [t.rehearsal for x in self.thoughts for t in x.tries if t.rehearsal is not None]
        return found[-1] if found else None

    @property
    def execution(self) -> Attempt | None:
        """All that the robot did, as one attempt; None if it never moved."""
        done = [t.rehearsal for t in self.executions if t.rehearsal is not None]
        if not done:
            return None
        return dataclasses.replace(
            done[-1], reason=self.reason,
            steps=tuple(s for a in done for s in a.steps),
            contacts=tuple(c for a in done for c in a.contacts),
            simulated_seconds=self.simulated_seconds,
            wall_seconds=sum(a.wall_seconds for a in done),
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """Plain data for the record, without the texts of the exchanges."""
        return {
            "model": self.model, "prompts": self.prompts, "success": self.success,
            "refused": self.refused, "reason": self.reason, "repairs": self.repairs,
            "seconds": round(self.seconds, 3),
            "timing": {k: round(v, 3) for k, v in self.timing.items()},
            "simulated_seconds": round(self.simulated_seconds, 3),
            "faults": [dataclasses.asdict(f) for f in self.faults],
            "thoughts": [
                {"reason": t.reason, "refusal": t.refusal, "tries": [_try(x) for x in t.tries]}
                for t in self.thoughts
            ],
            "executions": [_try(x) for x in self.executions],
            "exchanges": [
                {
                    "stage": x.stage, "input_tokens": x.reply.input_tokens,
                    "output_tokens": x.reply.output_tokens, "cost": x.reply.cost,
                    "seconds": round(x.reply.seconds, 3), "cached": x.reply.cached,
                    "error": x.error,
                }
                for x in self.exchanges
            ],
        }  # fmt: skip


def _try(tried: Try) -> dict[str, Any]:
    found = tried.rehearsal
    return {
        "proposal": tried.proposal.as_dict(),
        "ok": tried.ok,
        "ended": found.ended if found is not None else None,
        "reason": found.reason if found is not None else "",
        "skills": [str(s.skill) for s in found.steps] if found is not None else [],
        "fault": dataclasses.asdict(tried.fault) if tried.fault is not None else None,
        "cost": round(tried.cost, 4),
    }


def concluded(tries: list[Try]) -> Thought:
    """The thought that a row of tries ends in."""
    last = tries[-1]
    if last.ok:
        return Thought(last, "", f"found with {len(tries)} proposals", tuple(tries))
    if last.proposal.refusal:
        reason = f"the model says that nothing can work: {last.proposal.refusal}"
        return Thought(None, last.proposal.refusal, reason, tuple(tries))
    why = last.fault.reason if last.fault is not None else "no action"
    return Thought(None, "", f"no proposal of {len(tries)} works; the last: {why}", tuple(tries))
