"""A task as an environment for language agents: one tool call is one skill, run in the physics.

A skill acts through the environment's own actions at 10 Hz, so rewards, success, failure and
truncation are those of the Gymnasium view, summed over the environment steps it takes. What the
actions allow is offered: with ``ee`` the hand never turns, with ``tool`` it takes up hand tools.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from gymnasium.error import ClosedEnvironmentError, ResetNeeded

from habilis.envs.control.command import CommandBatch
from habilis.envs.media.film import png
from habilis.envs.media.gl import ensure
from habilis.envs.robot.robot import Observation
from habilis.envs.task import TICKS
from habilis.envs.tasks import tasks
from habilis.envs.text import TextObservation, TextReset, TextStep, ToolCall, ToolSpec
from habilis.envs.tool_env import ToolEnv
from habilis.envs.world.seeing.cameras import render
from habilis.llm_planner.agents.text_tools import (
    PICTURE,
    CallError,
    camera_tool,
    frames,
    read_arguments,
    read_skill,
    result_text,
    skill_tools,
    tool,
)
from habilis.llm_planner.language.describe import Description, Style, describe, robot_words
from habilis.llm_planner.language.prompts import load_prompt
from habilis.llm_planner.run.plan import Step
from habilis.policies.agents.acts import acts_in
from habilis.policies.skills import SKILLS
from habilis.policies.skills.executor import run
from habilis.policies.skills.senses import Senses

Count = Callable[[float, bool, bool, dict[str, Any]], None]
CALLS = 40
LOOK = tool(
    "look", "Describe the scene anew, every object and part as measured now. Nothing moves."
)
FINISH = tool("finish", "Say that the task is done: ends the episode and has it judged.")
REFUSE = tool(
    "refuse", "Say that nothing can solve the task: ends the episode.",
    {"reason": {"type": "string", "description": "why not, with the numbers"}},
)  # fmt: skip
NO_CALL = "No tool was called. Act by calling one; `finish` or `refuse` ends the episode."


class SkillTextEnv:
    """See ``habilis.envs.text.TextEnv``.

    Every call counts towards the limit, also one that cannot be read. Only skills and ``finish``
    take simulated time and earn rewards: a skill at least one environment step, ``finish`` as long
    as the goal has to hold. ``look``, ``picture``, ``refuse`` and bad calls take and earn nothing.
    With the last call used up, or at the scene's time limit, the episode is truncated.

    Args:
      id: of a registered task.
      calls: that an episode may take.
      style: of the description.
      pictures: offer the tool ``picture``; needs OpenGL.
      **options: of the task, e.g. ``scene``, ``variation``.

    Attributes:
      env: the Gymnasium view of the same episode.

    Raises:
      ValueError: an unknown id or option value, ``control`` of joints, less than one call, a robot
        on legs.
      RenderingUnavailable: pictures are asked for and there is no OpenGL.
    """

    def __init__(
        self,
        id: str = "habilis/ReachMilk-v0",
        *,
        calls: int = CALLS,
        style: Style | None = None,
        pictures: bool = False,
        **options: Any,
    ) -> None:
        if calls < 1:
            raise ValueError(f"calls must be at least 1, got {calls}")
        if pictures:
            ensure()
        self.env = ToolEnv(id, **options)
        if self.env.core.scene.hand == "legs":
            name = self.env.core.scene.robot
            raise ValueError(f"robot {name!r} walks: a text environment tells of arms only")
        self._broken = tasks()[id].twin == "broken"
        self._body = _Body(self.env, self._count)
        self._senses = Senses(self.env.core.scene, self.env.core.world.bodies)
        self._limit, self._style = calls, style or Style()
        extra = (camera_tool("picture"),) if pictures else ()
        skills = skill_tools(None if self.env.task.control == "ee" else self.env.core.scene)
        self.tools: tuple[ToolSpec, ...] = (*skills, LOOK, *extra, FINISH, REFUSE)
        self._state, self._closed = _Episode(over="no episode has been started"), False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> TextReset:
        """See ``TextEnv``; there are no options.

        Raises:
          gymnasium.error.ClosedEnvironmentError: after ``close``.
        """
        self._check_open()
        self.env.reset(seed=seed, options=options)
        self._body.reset()
        self._state = _Episode()
        scene = self.env.core.scene
        rules = load_prompt("text_env").fill(
            robot=robot_words(scene, self.env.task.control != "ee"), frames=frames(),
            hold=f"{scene.hold:g}",
            calls=str(self._limit),
            seconds=f"{self._seconds(self.env.core.step_limit):g}",
        )  # fmt: skip
        messages = (
            TextObservation("system", rules),
            TextObservation("user", self._described().text),
        )
        return TextReset(messages, self.tools, self._info())

    def step(self, calls: ToolCall | Sequence[ToolCall]) -> TextStep:
        """See ``TextEnv``; a call that makes no sense is answered by a message.

        Raises:
          gymnasium.error.ResetNeeded: before ``reset``, or after the episode has ended.
          gymnasium.error.ClosedEnvironmentError: after ``close``.
          TypeError: not a ``ToolCall`` or a sequence of them.
        """
        self._check_open()
        state = self._state
        if state.over:
            raise ResetNeeded(f"{state.over}: call reset() before step()")
        given = [calls] if isinstance(calls, ToolCall) else list(calls)
        if wrong := next((c for c in given if not isinstance(c, ToolCall)), None):
            raise TypeError(f"a call must be a ToolCall, got {type(wrong).__name__}")
        state.reward = 0.0
        messages = [self._answer(call) for call in given] or [self._nothing()]
        over = bool(state.over)
        return TextStep(
            tuple(messages), state.reward, state.terminated, over and not state.terminated,
            self._info(),
        )  # fmt: skip

    def close(self) -> None:
        """See ``TextEnv``."""
        self.env.close()
        self._closed = True

    # ---- calls

    def _answer(self, call: ToolCall) -> TextObservation:
        """Carry out one call; its result."""
        call, image, error = dataclasses.replace(call, name=str(call.name)), None, True
        if self._state.over:
            text = f"{call.name} was not carried out: the episode is over."
        else:
            self._state.calls += 1
            try:
                text, image = self._carry_out(call)
                error = False
            except CallError as wrong:
                text = str(wrong)
            text += self._ending()
        return TextObservation("tool", text, str(call.name), call.id, image, error)

    def _carry_out(self, call: ToolCall) -> tuple[str, bytes | None]:
        """The result of a call, and a picture if it asks for one; CallError if it cannot be."""
        if call.name in SKILLS:
            return self._skill(read_skill(call, self.tools, self._look())), None
        args = read_arguments(call, self.tools)
        if call.name == "picture":
            text = f"Camera {args['camera']!r}, {PICTURE[0]} x {PICTURE[1]} pixels."
            return text, png(render(self.env.core.world, args["camera"], *PICTURE))
        if call.name == "look":
            return self._described().text, None
        return (self._refuse(args["reason"]) if call.name == "refuse" else self._finish()), None

    def _nothing(self) -> TextObservation:
        """The answer to no call at all, which is counted as one."""
        self._state.calls += 1
        return TextObservation("user", NO_CALL + self._ending(), error=True)

    def _ending(self) -> str:
        """What is added to the last message of an episode; uses up the calls."""
        state = self._state
        if not state.over and state.calls >= self._limit:
            state.over = f"the limit of {self._limit} calls is reached"
        return f"\nThe episode is over: {state.over}." if state.over else ""

    def _skill(self, step: Step) -> str:
        before, start = self._described().data, self.env.core.steps[0]
        state, skill = self._state, step.build()
        attempt = run(
            self._body, [skill], start=self._body.last,
            watch=lambda _: "the episode ended" if state.over else None,
        )  # fmt: skip
        self._body.advance()
        took = self._seconds(self.env.core.steps[0] - start)
        result = attempt.steps[0].result
        return result_text(skill.name, result, took, before, self._look(), self._style)

    def _count(
        self, reward: float, terminated: bool, truncated: bool, info: dict[str, Any]
    ) -> None:
        """Take note of an environment step."""
        state = self._state
        state.reward += reward
        state.terminated = terminated
        if terminated:
            state.over = "success" if info["success"] else f"failed, {info['failure']}"
        elif truncated:
            limit = self._seconds(self.env.core.step_limit)
            state.over = f"the time limit of {limit:g} s is reached"

    def _refuse(self, reason: str) -> str:
        state = self._state
        state.refused, state.terminated, state.over = True, True, f"refused, {reason}"
        return "Noted."

    def _finish(self) -> str:
        state = self._state
        for _ in range(round(self.env.core.scene.hold / self.env.core.dt) + 1):
            self._body.advance()
        if not state.over:
            state.why = self.env.core.monitor.unmet()
            state.terminated, state.over = True, f"failed, {state.why}"
        return "The robot held still to have it judged."

    # ---- what is known

    def _look(self) -> Senses:
        self._senses.update(self._body.observe())
        return self._senses

    def _described(self) -> Description:
        return describe(self._look(), self._style)

    def _seconds(self, steps: int) -> float:
        return round(float(steps * self.env.core.dt), 6)

    def _info(self) -> dict[str, Any]:
        core, state = self.env.core, self._state
        success, steps = bool(core.success[0]), int(core.steps[0])
        return {
            "success": success,
            "refused": state.refused,
            "failure": str(core.monitor.failure[0]) or state.why,
            "right": success or (state.refused and self._broken),
            "steps": steps,
            "seconds": self._seconds(steps),
            "calls": state.calls,
            "returns": dict(zip(core.scores.names, core.returns[0].tolist(), strict=True)),
        }

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedEnvironmentError("the environment is closed: make another one")


class _Body:
    """The robot of an environment as what programs move: commands become its actions."""

    n = 1

    def __init__(self, env: ToolEnv, count: Count) -> None:
        self._acts, self._env, self._count = acts_in(env.core), env, count
        self.scene, self.bodies = env.core.scene, env.core.world.bodies
        self.reset()

    def reset(self) -> None:
        """A new episode has begun: go on from where its robot stands."""
        self._acts.reset([0])
        self.last, self._ticks, self._over = self._acts.standing()[0], 0, False

    def observe(self) -> Observation:
        """The true present."""
        return self._acts.seen()

    def command(self, commands: CommandBatch) -> None:
        """One control period of an environment step, which is taken with its last one."""
        self.last, self._ticks = commands.row(0), self._ticks + 1
        if self._ticks == TICKS:
            self.advance()

    def advance(self) -> None:
        """One environment step towards the last command, unless the episode is over."""
        self._ticks = 0
        if not self._over:
            action = self._acts.actions([self.last])[0]
            _, reward, terminated, truncated, info = self._env.step(action)
            self._over = terminated or truncated
            self._count(reward, terminated, truncated, info)


@dataclasses.dataclass
class _Episode:
    """How far an episode is: ``over`` says why it has ended, '' while it goes on."""

    calls: int = 0
    reward: float = 0.0  # of the present step
    over: str = ""
    terminated: bool = False
    refused: bool = False
    why: str = ""  # a failure that the environment does not know of
