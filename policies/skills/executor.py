"""The executor: runs programs of skills on n robots in lockstep, has them judged, and keeps what
happened. Rehearsals in copies of the world and runs of real robots all go through ``run``."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from habilis.assets.scene.things import Scene
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import Command, CommandBatch, stack
from habilis.envs.control.limiter import StoppedError
from habilis.envs.robot.robot import Observation
from habilis.envs.world.judging.ledger import Timeline
from habilis.envs.world.judging.monitor import Monitor
from habilis.policies.skills.attempt import (
    Ask,
    Attempt,
    Cut,
    Ended,
    Ending,
    Positions,
    Program,
    Steps,
    StepTrace,
    Surprise,
    in_turn,
    positions,
    surprise,
)
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Outcome, Result, Skill, fail, resting

LONGEST = 180.0  # s of the robot's time that a program may take
SETTLE = 0.5  # s to come to rest after a skill was cut off

Approve = Callable[[str], bool]
"""Asked before each skill, with its text; a refusal ends the program."""


class CommandedRobot(Protocol):
    """What a program moves: a ``Robot``, as far as the executor needs it."""

    n: int
    scene: Scene
    bodies: tuple[str, ...]

    def observe(self) -> Observation:
        """The present state."""

    def command(self, commands: CommandBatch) -> object:
        """Go where n commands say within one control period."""


class Runner:
    """One robot's program under way: the next command each control period.

    Args:
      program: what to run.
      senses: of that robot; whoever steps this keeps them up to date.
      approve: see ``Approve``.
      expected: where things should be after each skill; what is not ends the program.

    Attributes:
      steps: the skills that have ended.
      ending: how the program ended; None while it goes on.
      surprise: the first thing that was not where it was expected.
    """

    def __init__(
        self,
        program: Program | Sequence[Skill],
        senses: Senses,
        approve: Approve | None = None,
        expected: Sequence[Positions] = (),
    ) -> None:
        self.senses, self._approve, self._expected = senses, approve, expected
        self.steps: list[StepTrace] = []
        self.ending: Ending | None = None
        self.surprise: Surprise | None = None
        self._program: Steps = (program if callable(program) else in_turn(program))(senses)
        self._skill: Skill | None = None
        self._line, self._since = 0, 0.0

    @property
    def running(self) -> str:
        """Name of the running skill and what it is about; '' between skills."""
        if self._skill is None:
            return ""
        args = self._skill.args()
        words = (self._skill.name, *(str(args.get(k, "")) for k in ("object", "tool")))
        return " ".join(w for w in words if w)

    def step(self, last: Command) -> Command:
        """The next command, given the last one; that again when all is done."""
        while self.ending is None:
            if self._skill is None and not self._begin(last):
                continue
            assert self._skill is not None
            out = _guarded(self._skill.step)
            if isinstance(out, Command):
                return out
            assert out is not None
            self._finish(out)
        return last

    def cut(self, ended: Ended, reason: str) -> None:
        """End the program from outside, and the skill that runs."""
        if self._skill is not None:
            self._finish(Result("preempted", reason))
        if self.ending is None and self._resume(Cut(ended, reason)) is not None:
            self._program.close()
            self.ending = Ending(ended, reason)

    def _begin(self, last: Command) -> bool:
        """Begin the skill that the program asks for next; False if none runs then."""
        ask = self._resume()
        if ask is None:
            return False
        if self.surprise is not None:
            self.cut("surprise", str(self.surprise))
            return False
        self._skill, self._line, self._since = ask.skill, ask.line, self.senses.time
        if self._approve is not None and not self._approve(str(ask)):
            self._finish(Result("preempted", "refused by the operator"))
            self.cut("refused", f"{ask.call} was refused by the operator")
            return False
        skill = ask.skill
        refused = _guarded(lambda: skill.start(self.senses, last))
        if isinstance(refused, Result):
            self._finish(refused)
        return refused is None

    def _resume(self, cut: Cut | None = None) -> Ask | None:
        """What the program asks for, told how its last skill ended; None if it has ended."""
        try:
            if cut is not None:
                return self._program.throw(cut)
            return self._program.send(self.steps[-1]) if self.steps else next(self._program)
        except StopIteration as stop:
            self.ending = stop.value
        except Cut as own:
            self.ending = own.ending
        if self.surprise is not None and self.ending.ended == "done":
            why = str(self.surprise)
            self.ending = dataclasses.replace(self.ending, ended="surprise", reason=why)
        return None

    def _finish(self, result: Result) -> None:
        """Note how the running skill ended, and where things are then."""
        skill, senses = self._skill, self.senses
        assert skill is not None
        after = positions(senses)
        if self.surprise is None and len(self.steps) < len(self._expected):
            k = len(self.steps)
            self.surprise = surprise(k + 1, self._expected[k], after)
        trace = StepTrace(
            skill.name, skill.args(), self._since, senses.time, result, self._line, after
        )
        self.steps.append(trace)
        self._skill = None


def _guarded(act: Callable[[], Command | Result | None]) -> Command | Result | None:
    """What a skill says, or the failure of one whose own code cannot cope with its arguments."""
    try:
        return act()
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        return fail(f"it cannot be carried out: {type(error).__name__}: {error}")


Watch = Callable[[Runner], str | None]
"""Called after every control period in which a skill runs; a reason ends the program."""


def run(
    robot: CommandedRobot,
    program: Program | Sequence[Skill],
    judge: Monitor | None = None,
    approve: Approve | None = None,
    watch: Watch | None = None,
    *,
    expected: Sequence[Positions] = (),
    contacts: bool = False,
    seconds: float = LONGEST,
    start: Command | None = None,
) -> Attempt:
    """Run a program on one robot from where it stands, then wait for the goal to hold.

    Args:
      robot: armed, n = 1. It is left armed, unless it was stopped.
      program: what to do: a ``Plan``, a row of skills, model-written ``Code``.
      judge: of the robot's world, as it stands; without one the skills alone are judged.
      approve: see ``Approve``.
      watch: see ``Watch``.
      expected: where things should be after each skill, as a rehearsal has them in its ``steps``.
      contacts: keep every contact; needs a judge.
      seconds: of the robot's time that the program may take.
      start: the command to go on from; that of the pose the robot has if left out.

    Raises:
      ValueError: not one robot.
    """
    if robot.n != 1:
        raise ValueError(f"a program runs on one robot, got {robot.n}: run_all runs n")
    lane = _Lane(Runner(program, _senses(robot, 0), approve, expected), 0, judge, contacts)
    return _Lockstep(robot, [lane], judge, watch, seconds).run(start)[0]


def run_all(
    robot: CommandedRobot,
    programs: Sequence[Program | Sequence[Skill]],
    judge: Monitor | None = None,
    watch: Watch | None = None,
    over: Callable[[int], None] | None = None,
    seconds: float = LONGEST,
) -> list[Attempt]:
    """Run a program on each of n robots, in lockstep; each is judged as if it were alone.

    Args:
      robot: n robots, armed.
      programs: n.
      judge: of their worlds.
      watch: called for each robot whose program goes on.
      over: told the number of a robot as soon as it is judged, while others may still go on.
      seconds: of a robot's time that its program may take.

    Raises:
      ValueError: not one program a robot.
    """
    if len(programs) != robot.n:
        raise ValueError(f"{len(programs)} programs for {robot.n} robots")
    lanes = [_Lane(Runner(p, _senses(robot, i)), i, judge) for i, p in enumerate(programs)]
    return _Lockstep(robot, lanes, judge, watch, seconds, over).run(None)


def _senses(robot: CommandedRobot, i: int) -> Senses:
    return Senses(robot.scene, robot.bodies, i)


class _Lane:
    """One of the robots: its program, then the wait for the goal to hold, then the verdict."""

    def __init__(
        self, runner: Runner, i: int, judge: Monitor | None, contacts: bool = False
    ) -> None:
        self.runner, self.i, self._judge = runner, i, judge
        ledger = judge.world.ledger if contacts and judge is not None else None
        self._timeline = Timeline(ledger, i) if ledger is not None else None
        self._left: int | None = None  # control periods to wait still; None before the end
        self._clock = time.perf_counter()
        self._start: float | None = None
        self.attempt: Attempt | None = None

    def step(self, last: Command) -> Command:
        """The next command; the verdict is given once there is nothing left to do."""
        if self._start is None:
            self._start = self.runner.senses.time
        command = self.runner.step(last)
        ending = self.runner.ending
        if ending is not None and self.attempt is None:
            if self._left is None:
                self._left = self._patience(ending.ended)
            if self._left == 0 or self._settled(ending.ended):
                self.attempt = self._verdict(ending, command)
        return command

    def note(self, watch: Watch | None, seconds: float) -> None:
        """Take note of a control period that has passed."""
        runner, judge = self.runner, self._judge
        if self._timeline is not None:
            self._timeline.update(runner.senses.time)
        if self._left is not None:
            self._left -= 1
            return
        if runner.ending is not None:
            return
        reason = watch(runner) if watch is not None else None
        assert self._start is not None
        if judge is not None and judge.failure[self.i]:
            runner.cut("lost", str(judge.failure[self.i]))
        elif reason:
            runner.cut("stopped", reason)
        elif runner.senses.time - self._start > seconds + 1e-9:
            runner.cut("limit", f"it took more than {seconds:g} s")

    def _patience(self, ended: Ended) -> int:
        """Control periods to hold still after the program."""
        if ended in ("limit", "stopped"):
            return round(SETTLE / TICK)
        if self._judge is None or ended in ("refused", "lost"):
            return 0
        return round(self.runner.senses.scene.hold / TICK)

    def _settled(self, ended: Ended) -> bool:
        """Whether to wait longer cannot change the verdict, or is not due."""
        judge, i = self._judge, self.i
        if judge is None or ended in ("limit", "stopped"):
            return False
        decided = bool(judge.success[i]) or judge.failure[i] != ""
        return decided or (ended != "done" and judge.held[i] == 0)

    def stop(self, reason: str, last: Command) -> None:
        """The robot was stopped: nothing moves any more."""
        if self.attempt is None:
            self.runner.cut("stopped", reason)
            assert self.runner.ending is not None
            self.attempt = self._verdict(self.runner.ending, last)

    def _verdict(self, ending: Ending, last: Command) -> Attempt:
        runner, judge, i = self.runner, self._judge, self.i
        good = ending.ended == "done" if judge is None else bool(judge.success[i])
        outcome: Outcome = "success" if good else "failure"
        if not good and ending.ended in ("refused", "stopped"):
            outcome = "preempted"
        ended, reason = ending.ended, ending.reason
        if judge is not None and judge.failure[i]:
            ended, reason = "lost", str(judge.failure[i])
        elif judge is not None and ended == "done":
            said = judge.unmet(i)
            reason = said if judge.held[i] > 0 else f"it ran through, but {said}"
        now, began = runner.senses.time, self._start or 0.0
        touched = self._timeline.finish(now) if self._timeline is not None else ()
        return Attempt(
            outcome, ended, "" if good else reason, tuple(runner.steps),
            judge is not None and judge.holds(i), runner.surprise,
            judge.broken(i) if judge is not None else (), tuple(touched),
            ending.line, ending.calls, ending.output, now - began,
            time.perf_counter() - self._clock, last,
        )  # fmt: skip


class _Lockstep:
    """n robots that move together, one control period at a time."""

    def __init__(
        self,
        robot: CommandedRobot,
        lanes: Sequence[_Lane],
        judge: Monitor | None,
        watch: Watch | None,
        seconds: float,
        over: Callable[[int], None] | None = None,
    ) -> None:
        self._robot, self._lanes, self._judge = robot, lanes, judge
        self._watch, self._seconds, self._over = watch, seconds, over

    def run(self, start: Command | None) -> list[Attempt]:
        """To the end of all; a stopped robot is the end."""
        obs = self._robot.observe()
        for lane in self._lanes:
            lane.runner.senses.update(obs)
        last = [start or resting(lane.runner.senses) for lane in self._lanes]
        try:
            while self._step(obs, last):
                self._robot.command(stack(last))
                obs = self._robot.observe()
                self._note(obs)
        except StoppedError as error:
            for lane, command in zip(self._lanes, last, strict=True):
                lane.stop(str(error), command)
        return [lane.attempt for lane in self._lanes if lane.attempt is not None]

    def _step(self, obs: Observation, last: list[Command]) -> bool:
        """Write the next commands over the last ones; False once all are judged."""
        for k, lane in enumerate(self._lanes):
            waiting = lane.attempt is None
            lane.runner.senses.update(obs)
            last[k] = lane.step(last[k])
            if waiting and lane.attempt is not None and self._over is not None:
                self._over(lane.i)
        return any(lane.attempt is None for lane in self._lanes)

    def _note(self, obs: Observation) -> None:
        if self._judge is not None:
            self._judge.update(TICK)
        for lane in self._lanes:
            lane.runner.senses.update(obs)
            lane.note(self._watch, self._seconds)
