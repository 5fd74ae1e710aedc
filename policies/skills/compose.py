"""Skills made of skills. A composition is a skill itself, so compositions nest."""

from __future__ import annotations

import abc
import dataclasses
from typing import ClassVar

from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Command, Result, Skill, fail, succeed


@dataclasses.dataclass
class _InTurn(Skill):
    """Runs skills in turn; subclasses say what the end of one means for the whole."""

    skills: tuple[Skill, ...]

    @abc.abstractmethod
    def judge(self, skill: Skill, result: Result) -> Result | None:
        """The whole's result after ``skill`` ended, or None to go on with the next."""

    @abc.abstractmethod
    def exhausted(self) -> Result:
        """The whole's result when no skill is left."""

    def start(self, senses: Senses, last: Command) -> Result | None:
        """Start the first; there is nothing to check for the others yet."""
        self._senses, self._last = senses, last
        self._rest, self._said = list(self.skills), list[str]()
        return self._begin()

    def step(self) -> Command | Result:
        """See ``Skill``."""
        while True:
            out = self._rest[0].step()
            if isinstance(out, Command):
                self._last = out
                return out
            ended = self._end(out)
            if ended is not None:
                return ended

    def _begin(self) -> Result | None:
        if not self._rest:
            return self.exhausted()
        refused = self._rest[0].start(self._senses, self._last)
        return None if refused is None else self._end(refused)

    def _end(self, result: Result) -> Result | None:
        skill = self._rest.pop(0)
        self._said.append(f"{skill.name}: {result.reason}")
        ended = self.judge(skill, result)
        return self._begin() if ended is None else ended


@dataclasses.dataclass
class Sequence(_InTurn):
    """One skill after the other; fails, or is preempted, with the first that is.

    Args:
      skills: in order.
    """

    name: ClassVar[str] = "sequence"

    def judge(self, skill: Skill, result: Result) -> Result | None:
        """Anything but success ends it."""
        text = f"{skill.name}: {result.reason}"
        return None if result.ok else dataclasses.replace(result, reason=text)

    def exhausted(self) -> Result:
        """All succeeded."""
        return succeed("; ".join(self._said))


@dataclasses.dataclass
class FirstOf(_InTurn):
    """The skills in turn until one succeeds; fails if all do.

    Args:
      skills: in order of preference.
    """

    name: ClassVar[str] = "first_of"

    def judge(self, skill: Skill, result: Result) -> Result | None:
        """Anything but failure ends it."""
        return None if result.outcome == "failure" else result

    def exhausted(self) -> Result:
        """All failed."""
        return fail("; ".join(self._said) or "no skill to try")
