"""The tasks as text environments: a language agent reads messages and acts by calling tools.

    from habilis.envs.text import ToolCall, make_text

    env = make_text("habilis/ReachMilk-v0")
    messages, tools, info = env.reset(seed=0)
    messages, reward, terminated, truncated, info = env.step(ToolCall("look"))

Layouts, rewards, success and failure are those of ``gymnasium.make`` with the same id and seed.
"""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, cast

ENTRY_POINT = "habilis.llm_planner.agents.text_env:SkillTextEnv"
"""What ``make_text`` makes, as ``module:name``. Named by a string and loaded when it is asked for,
as Gymnasium does with its environments: the environment speaks in skills and descriptions, which
are built on this layer, and what lies below must not import what is built on it."""

Role = Literal["system", "user", "assistant", "tool"]


@dataclasses.dataclass(frozen=True)
class ToolCall:
    """What an agent does.

    Attributes:
      name: of the tool.
      arguments: by name, as plain JSON data.
      id: given back with the result, for agents that number their calls.
    """

    name: str
    arguments: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    id: str = ""


@dataclasses.dataclass(frozen=True)
class ToolSpec:
    """A tool an agent may call.

    Attributes:
      name: of it.
      description: what it does and what its arguments mean, with units.
      parameters: JSON Schema of the arguments, an object.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class TextObservation:
    """What an agent reads.

    Attributes:
      role: ``tool`` for the result of a call.
      content: text.
      tool: name of the tool that was called; '' for other roles.
      call_id: of the call that it answers.
      image: a picture that goes with it, the bytes of a PNG file.
      error: whether the call could not be carried out as it was given.
    """

    role: Role
    content: str
    tool: str = ""
    call_id: str = ""
    image: bytes | None = None
    error: bool = False


class TextReset(NamedTuple):
    """The beginning of an episode."""

    messages: tuple[TextObservation, ...]
    tools: tuple[ToolSpec, ...]
    info: dict[str, Any]


class TextStep(NamedTuple):
    """What a step brought: new messages, and the rest as in ``gymnasium.Env.step``."""

    messages: tuple[TextObservation, ...]
    reward: float
    terminated: bool
    truncated: bool
    info: dict[str, Any]


class TextEnv(Protocol):
    """A task as a language agent meets it.

    ``info`` holds ``success``, ``refused``, ``failure`` (reason, '' if none), ``right`` (success,
    or a refusal where that is a right answer), ``steps`` (environment steps of 0.1 s), ``seconds``
    (the same in simulated time), ``calls`` and ``returns`` (sum of each weighted reward term).
    """

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """What may be called."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> TextReset:
        """Start an episode; the layout is that of the Gymnasium view with this seed."""

    def step(self, calls: ToolCall | Sequence[ToolCall]) -> TextStep:
        """Carry out calls, one after the other; each is answered by one message."""

    def close(self) -> None:
        """Free what is held; the environment cannot be used afterwards."""


def make_text(id: str, **options: Any) -> TextEnv:
    """The text environment of a registered task.

    Args:
      id: of the task, e.g. ``habilis/ReachMilk-v0``, or ``habilis/Scene-v0`` with ``scene=FILE``.
      **options: of the environment (``calls``, ``style``, ``pictures``, see
        ``habilis.llm_planner.agents.text_env``) and of the task (``scene``, ``variation``).

    Raises:
      ValueError: an unknown id, or an unknown value of an option; names the known ones.
      TypeError: an unknown option.
    """
    return cast(TextEnv, pkgutil.resolve_name(ENTRY_POINT)(id, **options))
