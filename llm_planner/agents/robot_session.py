"""One simulated robot that is operated call by call, for as long as one likes: skills, score, stop.

Unlike an episode it has no end: the world goes on after success and after failure, until it is
reset. The limiter is that of every robot here and cannot be switched off.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import Command
from habilis.envs.control.limiter import StoppedError
from habilis.envs.media.film import png
from habilis.envs.robot.robot import SimRobot
from habilis.envs.text import ToolCall, ToolSpec
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.seeing.cameras import render
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World
from habilis.llm_planner.agents.text_tools import PICTURE, CallError, read_skill, result_text
from habilis.llm_planner.language.describe import Description, Style, describe
from habilis.policies.skills.executor import Runner, run
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Result

LONGEST = 60.0
"""Longest that one skill may take, s of the robot's time."""

STOPPED = "the robot is stopped: reset puts everything back to the start and releases it"


@dataclasses.dataclass(frozen=True)
class GoalScore:
    """Whether the goal is reached.

    Attributes:
      success: at some time since the reset it held for as long as it must, by fair means and
        with the required tool.
      reason: why not, or ''.
      seconds: of simulated time since the reset.
    """

    success: bool
    reason: str
    seconds: float


class RobotSession:
    """A robot in a scene. Calls may come from any thread; they are carried out one at a time.

    Args:
      scene: where it stands.
      seed: of the layout.
      variation: of layouts; 0 is the scene as given.
    """

    def __init__(self, scene: Scene, seed: int = 0, variation: float = 0.0) -> None:
        self.scene, self._seed = scene, seed
        self._variation = Variation.scaled(variation)
        self._robot = SimRobot(World(compile_scene(scene), nthread=1), self._watch)
        self._monitor = Monitor(self._robot.world)
        self._lock, self._stop = threading.Lock(), threading.Event()
        self.reset()

    def reset(self, seed: int | None = None) -> Description:
        """Put everything back, on the layout of ``seed`` (the first one if left out), and re-arm.

        Raises:
          ValueError: a negative seed.
        """
        if seed is not None and seed < 0:
            raise ValueError(f"seed must be >= 0, got {seed}")
        with self._lock:
            self._stop.clear()
            self._seed = self._seed if seed is None else seed
            rng = np.random.default_rng(self._seed)
            self._robot.reset(sample(self.scene, self._variation, rng, 1))
            self._monitor.reset(np.zeros(1, int))
            self._last: Command | None = None
            return describe(self._look())

    def describe(self) -> Description:
        """The scene as it is now."""
        with self._lock:
            return describe(self._look())

    def run(
        self, call: ToolCall, tools: tuple[ToolSpec, ...], late: Callable[[], str] = lambda: ""
    ) -> tuple[Result, str]:
        """Run a skill to its end.

        Args:
          call: of a skill.
          tools: that there are.
          late: a reason once it is to be cut off; asked after every control period.

        Returns:
          How it ended, and the same in words with where everything is now.

        Raises:
          CallError: it cannot be carried out as it was given, or the robot is stopped.
        """
        with self._lock:
            if self._stop.is_set():
                raise CallError(STOPPED)
            step = read_skill(call, tools, self._look())
            before = describe(self._look()).data

            def ended(_: Runner) -> str:
                return "stopped" if self._stop.is_set() else late()

            done = run(self._robot, [step.build()], watch=ended, seconds=LONGEST, start=self._last)
            self._last, trace = done.last, done.steps[0]
            took = trace.end - trace.start
            text = result_text(call.name, trace.result, took, before, self._look(), Style())
            lost = str(self._monitor.failure[0])
            return trace.result, text + (f"\nThe task is lost: {lost}." if lost else "")

    def stop(self) -> None:
        """Stop now, in the middle of a skill too; stay stopped until ``reset``."""
        self._stop.set()
        with self._lock:
            self._stop.set()  # whatever came in between
            self._robot.stop()

    def score(self) -> GoalScore:
        """Hold still for as long as the goal has to hold, and judge."""
        with self._lock:
            monitor = self._monitor
            try:
                for _ in range(round(self.scene.hold / TICK)):
                    if not monitor.success[0] and monitor.failure[0] == "":
                        self._robot.hold(TICK)
            except StoppedError:
                pass  # judged as it was left
            return GoalScore(bool(monitor.success[0]), monitor.unmet(), self._seconds())

    def picture(self, camera: str) -> bytes:
        """What a camera sees, as a PNG file; RenderingUnavailable says what to install."""
        with self._lock:
            return png(render(self._robot.world, camera, *PICTURE))

    def contacts(self) -> list[dict[str, Any]]:
        """Every pair that has touched since the reset, SI units, by first contact."""
        with self._lock:
            ledger = self._robot.world.ledger
            rows = [
                {
                    "pair": list(pair),
                    "first": round(float(ledger.first[0, i]), 3),
                    "last": round(float(ledger.last[0, i]), 3),
                    "duration": round(float(ledger.duration[0, i]), 3),
                    "peak_force": round(float(ledger.peak[0, i]), 3),
                    "moved_while_touching": [round(float(m), 4) for m in ledger.moved[0, i]],
                }
                for i, pair in enumerate(ledger.pairs)
                if ledger.duration[0, i] > 0
            ]
        return sorted(rows, key=lambda row: float(str(row["first"])))

    def _watch(self) -> None:
        self._monitor.update(TICK)

    def _look(self) -> Senses:
        senses = Senses(self.scene, self._robot.bodies)
        senses.update(self._robot.observe())
        return senses

    def _seconds(self) -> float:
        return round(float(self._robot.world.time[0]), 3)
