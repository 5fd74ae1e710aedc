"""A session of the studio: the thread that owns the world, and what others may ask of it.

Nothing here knows of a browser. Whatever acts in the world, be it a plan, a policy or a hand on a
gizmo, is an ``Actor``: a function that runs in the session's thread until it is done. Time waits
before each control period for the clock, and is where an actor is taken off to go back in time, to
reset, or to make room for another.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from habilis.envs.control.arm import TICK
from habilis.envs.control.limiter import StoppedError
from habilis.envs.task import TaskSpec
from habilis.llm_planner.run.plan import Plan
from habilis.llm_planner.studio.account import EpisodeAccount, account
from habilis.llm_planner.studio.clock import Clock
from habilis.llm_planner.studio.history import History
from habilis.llm_planner.studio.moment import Instant, capture
from habilis.llm_planner.studio.stage import Setting

FRESH = 1 / 40  # s of wall time between moments that are shown
TOLD = 0.2  # s of wall time between accounts of the episode
LINES = 400  # of what was said that are kept

RowState = Literal["waiting", "running", "success", "failure"]


@dataclasses.dataclass(frozen=True)
class PlanRow:
    """A step of the plan that is shown.

    Attributes:
      text: the call.
      state: how far it is.
      result: how it ended, with the reason and the numbers.
      start: s at which it began; None before.
    """

    text: str
    state: RowState = "waiting"
    result: str = ""
    start: float | None = None


class Interrupted(BaseException):
    """Raised in an actor that has to make room. No error, so that nobody handles it as one."""


class Session:
    """A world that is shown, and acted in. All methods may be called from any thread, and none of
    them waits for the world.

    Args:
      task: what is shown first.
      seed: of its layout.
      variation: that the task was made with, see ``Variation.scaled``.
      out: folder in which what comes of it is kept.

    Attributes:
      clock: of its time.
      seed, variation, out: of the present layout; as given.
      plan: that was followed or found last.
      rows: the plan as it is shown.
      moment: the newest.
      said: how many lines were said since the beginning.
    """

    def __init__(
        self, task: TaskSpec, seed: int = 0, variation: float = 0.0, out: Path = Path("out")
    ) -> None:
        self.clock, self.seed, self.variation, self.out = Clock(), seed, variation, out
        self.plan: Plan | None = None
        self.rows: tuple[PlanRow, ...] = ()
        self.said = 0
        self._lines: deque[str] = deque(maxlen=LINES)
        self._todo: deque[tuple[str, Callable[[], None]]] = deque()
        self._closed, self._acting = False, ""
        self._granted, self._dirty = False, True
        self._shown, self._told_at, self._told = 0.0, 0.0, EpisodeAccount()
        self.moment: Instant
        self._enter(Setting(task, self._before), seed)
        self._thread = threading.Thread(target=self._live, name="studio session", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; waits for the thread."""
        self._closed = True
        self._ask("", lambda: None)
        self._thread.join(timeout=30)

    # ---- what others ask for

    def act(self, actor: Actor, name: str) -> None:
        """Let somebody act in place of whoever does, from now on, and let time go on."""

        def begin() -> None:
            self.clock.play()
            try:
                actor(self)
            finally:
                if not self._todo:
                    self.clock.pause()

        self._ask(name, begin)

    def stop(self) -> None:
        """Take off whoever acts; the robot then stands still."""
        self._ask("", self.clock.pause)

    def seek(self, time: float) -> None:
        """Go back, or forth, to the kept moment nearest to a time, s; time stands still there."""
        self._ask("", lambda: self._go(time))

    def reset(self, seed: int | None = None) -> None:
        """Begin anew, on the layout of a seed; on the present one if left out."""
        self._ask("", lambda: self._reset(seed))

    def load(self, make: Callable[[], TaskSpec], seed: int = 0) -> None:
        """Show another task. ``make`` is called in the session's thread, as it may take a while."""
        self._ask("", lambda: self._load(make, seed))

    def refresh(self) -> None:
        """Have the present shown again."""
        self._dirty = True
        self.clock.wake()

    def lines(self, since: int = 0) -> list[str]:
        """What was said after the first ``since`` lines, as far as it is kept."""
        new = self.said - since
        return list(self._lines)[-new:] if new > 0 else []

    def _ask(self, name: str, work: Callable[[], None]) -> None:
        self._todo.append((name, work))
        self.clock.wake()

    # ---- what actors use, in the session's thread

    @property
    def stage(self) -> Setting:
        """What is acted in."""
        return self._stage

    def note(self, line: str) -> None:
        """Tell a line."""
        self._lines.append(line)
        self.said += 1

    def say(self, line: str) -> None:
        """Tell a line; an actor is taken off here too, as it may think for long between periods."""
        self.note(line)
        self.make_room()

    def make_room(self) -> None:
        """Be taken off if somebody else is to act; for actors that wait for something else."""
        if self._todo:
            raise Interrupted

    def show(self, rows: Sequence[PlanRow]) -> None:
        """Show a plan."""
        self.rows = tuple(rows)

    def keep(self) -> None:
        """Keep the present, to go back to."""
        self._history.keep(self._stage.time, self._stage.save())

    def begin_episode(self, seed: int | None = None) -> None:
        """Begin anew on the layout of a seed, the present one if left out; time goes on."""
        self._enter(self._stage, self.seed if seed is None else seed)

    def settle(self) -> None:
        """Bring the robot to rest, if it is not, and arm it there."""
        joints = self._stage.robot.controller.limiter.joints.rows()
        if abs(joints["v"]).max() > 1e-6:
            self._stage.robot.hold(0.5)
        self._stage.robot.arm()

    # ---- the thread

    def _live(self) -> None:
        while not self._closed:
            self._granted = False
            self._acting, work = self._todo.popleft() if self._todo else ("", self._stand)
            self._dirty = True
            try:
                work()
            except Interrupted:
                pass
            except StoppedError as error:
                self._complain(f"stopped: {error}")
            except Exception as error:  # noqa: BLE001  (an actor's fault ends the actor alone)
                self._complain(f"{type(error).__name__}: {error}")

    def _complain(self, line: str) -> None:
        self.clock.pause()
        self.note(line)

    def _stand(self) -> None:
        """Stand still; nothing is sent before time goes on."""
        while True:
            self._wait()
            self._granted = True
            self._stage.robot.hold(TICK)

    def _before(self) -> None:
        """Before each control period: wait for the clock, and keep the present."""
        if not self._granted:
            self._wait()
        self._granted = False
        if self._history.due(self._stage.time):
            self.keep()

    def _wait(self) -> None:
        """Show the present until a control period may begin."""
        while True:
            self.make_room()
            self._publish()
            if self.clock.may_begin(TICK):
                return

    def _publish(self) -> None:
        now, old = time.perf_counter(), self.moment
        playing = self.clock.playing
        still = old.time == self._stage.time and old.playing == playing and not self._dirty
        if still or (playing and now - self._shown < FRESH and not self._dirty):
            return
        if self._dirty or not playing or now - self._told_at > TOLD:
            self._told, self._told_at = account(self._stage.monitor), now
        self._shown, self._dirty = now, False
        self.moment = capture(self._stage, self._told, self._history.span, playing, self._acting)

    def _enter(self, stage: Setting, seed: int) -> None:
        stage.reset(seed)
        self._stage, self.seed, self._history = stage, seed, History()
        told = account(stage.monitor)
        self.moment = capture(stage, told, (0.0, 0.0), self.clock.playing, "")

    def _reset(self, seed: int | None) -> None:
        self.clock.pause()
        self.begin_episode(seed)
        self.rows = tuple(PlanRow(row.text) for row in self.rows)

    def _load(self, make: Callable[[], TaskSpec], seed: int) -> None:
        self.clock.pause()
        self._enter(Setting(make(), self._before), seed)
        self.plan, self.rows = None, ()

    def _go(self, time: float) -> None:
        self.clock.pause()
        stage = self._stage
        if stage.time > self._history.span[1]:
            self.keep()
        stage.restore(self._history.at(time))
        stage.world.sim.forward()


Actor = Callable[[Session], None]
"""Acts in a session until it is done; runs in the session's thread and may be taken off."""
