"""The contract every skill keeps, scripted, learned or composed: a typed option."""

from __future__ import annotations

import abc
import dataclasses
import sys
import typing
from collections.abc import Generator, Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.names import did_you_mean, look_up, visible
from habilis.assets.scene.things import Hand, Scene
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import Command
from habilis.envs.control.rotations import turn_between, turned
from habilis.policies.skills.geometry.effector import effector_of
from habilis.policies.skills.senses import Senses

Outcome = Literal["success", "failure", "preempted"]
JAW_ROOM = 0.1  # s, for a jaw to get where it was told to
HELD_TURN_SPEED = 0.3  # rad/s, with something in the hand: faster, it gives way by degrees
TURN_SPEED, TURN_ACCELERATION = 0.8, 3.0  # rad/s in the mean, rad/s^2 at either end
CLOSED = 0.07  # m, opening below which a gripper that is taken over was told to close
ACCELERATION = 0.8  # m/s^2 at either end of a straight line; more trips joint limits near the base


@dataclasses.dataclass(frozen=True)
class Result:
    """How a skill ended.

    Attributes:
      outcome: success, failure or preempted.
      reason: a sentence with the numbers in it.
      numbers: the same numbers by name, SI units.
      cause: what stopped it, where that can be told, for people and the search.
    """

    outcome: Outcome
    reason: str = ""
    numbers: Mapping[str, float] = dataclasses.field(default_factory=dict)
    cause: str = ""

    @property
    def told(self) -> str:
        """Reason and cause."""
        return f"{self.reason}: {self.cause}" if self.cause else self.reason

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.outcome == "success"


def succeed(reason: str = "", **numbers: float) -> Result:
    """A success."""
    return Result("success", reason, {k: float(v) for k, v in numbers.items()})


def fail(reason: str, **numbers: float) -> Result:
    """A failure with its reason and numbers."""
    return Result("failure", reason, {k: float(v) for k, v in numbers.items()})


Script = Generator[Command, None, Result]


def resting(senses: Senses) -> Command:
    """The command that keeps a robot as it stands, for a program that takes it over.

    A hand that nearly points straight down is meant to, and a gripper that is not open was told
    to close; so what it holds stays held.
    """
    aperture = senses.aperture
    if senses.scene.hand == "gripper" and senses.grip is None and aperture < CLOSED:
        aperture = 0.0
    return Command(senses.tcp.copy(), aperture, senses.facing, grip=senses.grip)


class Skill(abc.ABC):
    """An option: parameters are the fields of the dataclass that implements it.

    A skill is started once and then stepped at the control rate until it returns a result.

    Attributes:
      name: in plans.
      needs: what the arm must handle things with; None if that does not matter.
      empty_handed: whether it cannot be done with a hand tool in the hand.
    """

    name: ClassVar[str]
    needs: ClassVar[Hand | None] = "gripper"
    empty_handed: ClassVar[bool] = True

    @classmethod
    def unfit(cls, scene: Scene) -> str:
        """Why it cannot be done with what the robot of a scene has in its hand, '' if it can."""
        if cls.needs == scene.hand or (cls.needs is None and scene.hand != "legs"):
            return ""
        has = "the arm has a gripper" if scene.held is None else f"the hand holds {scene.held.kind}"
        if scene.hand == "legs":
            return f"{cls.name} needs an arm; the robot {scene.robot} walks"
        return f"{cls.name} needs a {cls.needs}; {has}"

    @classmethod
    def numbers_of(cls, robot: str) -> Mapping[str, str]:
        """What its text says otherwise for a robot than in its docstring: words by words."""
        return {}

    @classmethod
    def asked(cls, scene: Scene | None) -> bool:
        """Whether a scene has use for it; None is one of things without frames, links and joints.

        Where it has none it can be run all the same, but planners are not told of it.
        """
        return True

    @abc.abstractmethod
    def start(self, senses: Senses, last: Command) -> Result | None:
        """Check the preconditions; a result here ends the skill before it moved."""

    @abc.abstractmethod
    def step(self) -> Command | Result:
        """The next command, or the result."""

    def args(self) -> dict[str, Any]:
        """Parameters by name, as they stand in a plan; those left at None are left out."""
        assert dataclasses.is_dataclass(self)
        values = ((f.name, getattr(self, f.name)) for f in dataclasses.fields(self) if f.init)
        return {k: v for k, v in values if v is not None}

    def __str__(self) -> str:
        return call_text(self.name, self.args())


def call_text(name: str, args: Mapping[str, Any]) -> str:
    """A call of a skill for people: ``sweep(object=milk, direction=-x, distance=0.15)``."""
    return visible(f"{name}({', '.join(f'{k}={_short(v)}' for k, v in args.items())})")


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(_short, value)) + ")"
    return str(value)


class ScriptedSkill(Skill):
    """A skill written as a generator that yields commands and returns its result.

    Subclasses implement ``script``; ``self.senses`` is refreshed between yields and
    ``self.last`` is the last command.
    """

    senses: Senses
    last: Command
    _run: Script

    @abc.abstractmethod
    def script(self) -> Script:
        """Yield a command each control period; return the result."""

    def precondition(self) -> Result | None:
        """A failure if the skill cannot start from here."""
        return None

    def start(self, senses: Senses, last: Command) -> Result | None:
        """See ``Skill``."""
        # What was told of a frame of a held thing goes on as told of the tool centre point.
        own = resting(senses) if last.frame else last
        self.senses = senses
        self.last = dataclasses.replace(
            own, aperture=last.aperture, force=last.force, grip=last.grip
        )
        self._run = self.script()
        if wrong := self.unfit(senses.scene):
            return fail(wrong)
        if senses.grip is not None and self.empty_handed:
            return fail(f"{self.name} needs an empty hand; it holds {senses.grip.tool}")
        try:
            refused = self.precondition()
        except KeyError as error:
            return fail(str(error.args[0]))
        return refused

    def step(self) -> Command | Result:
        """See ``Skill``."""
        try:
            self.last = next(self._run)
            return self.last
        except StopIteration as stop:
            result: Result = stop.value
            return result

    # ---- motions scripts are made of

    def hold(self, seconds: float) -> Generator[Command, None, None]:
        """Stay where commanded, e.g. for the servos to settle."""
        for _ in range(round(seconds / TICK)):
            yield self.last

    def jaw(
        self, aperture: float, seconds: float, force: float | None = None
    ) -> Generator[Command, None, None]:
        """Open or close the end effector with bounded force (N), and wait till it may be there."""
        way = abs(aperture - self.last.aperture) / effector_of(self.senses.scene.robot).speed
        self.last = dataclasses.replace(self.last, aperture=aperture, force=force)
        yield from self.hold(max(seconds, way + JAW_ROOM))

    def go(
        self,
        goal: npt.ArrayLike,
        speed: float,
        rot: Array | None = None,
        turning: float = TURN_SPEED,
    ) -> Generator[Command, None, None]:
        """Move in a straight line with a smooth profile of mean speed ``speed``, m/s.

        Short ways are taken more slowly, to stay below ``ACCELERATION``; so are turns.

        Args:
          goal: (3,) m.
          speed: m/s.
          rot: (3, 3) to be turned to on the way; as it is if left out.
          turning: mean speed of the turn, rad/s.
        """
        start, end = self.last.pos.copy(), np.asarray(goal, float)
        length = float(np.linalg.norm(end - start))
        seconds = max(length / speed, (6 * length / ACCELERATION) ** 0.5)
        facing = self.last.rot
        way = np.zeros(3) if rot is None else turn_between(facing[None], rot[None])[0]
        angle = float(np.linalg.norm(way))
        seconds = max(seconds, angle / turning, (6 * angle / TURN_ACCELERATION) ** 0.5)
        ticks = max(1, round(seconds / TICK))
        for k in range(1, ticks + 1):
            u = (3 - 2 * k / ticks) * (k / ticks) ** 2
            command = dataclasses.replace(self.last, pos=start + u * (end - start))
            if rot is not None:
                turn = rot if k == ticks else turned(facing[None], u * way[None])[0]
                command = dataclasses.replace(command, rot=turn)
            yield command


UNTOLD: Mapping[str, bool] = {"untold": True}
"""Metadata of a parameter that prompts do not mention: it is chosen well if it is left out."""

SKILLS: dict[str, type[Skill]] = {}
"""Every registered skill by name."""


def register(skill: type[Skill]) -> type[Skill]:
    """Class decorator: make a skill known to plans and planners."""
    if skill.name in SKILLS:
        raise ValueError(f"skill {skill.name!r} is registered already")
    SKILLS[skill.name] = skill
    return skill


def skills_for(scene: Scene | None = None) -> dict[str, type[Skill]]:
    """The registered skills that planners are told of in a scene, by name.

    Args:
      scene: if left out, one of an arm with a gripper and things without frames.
    """
    return {
        name: skill for name, skill in SKILLS.items()
        if skill.asked(scene)
        and (skill.needs in (None, "gripper") if scene is None else not skill.unfit(scene))
    }  # fmt: skip


def frames_of(scene: Scene | None) -> frozenset[str]:
    """Names of the frames of a scene's things, but for those that a gripper takes them by."""
    if scene is None:
        return frozenset()
    bodies = (body for entity in scene.entities for _, body in entity.bodies())
    return frozenset(name for body in bodies for name in body.frames if name != "grip")


def make_skill(name: str, args: Mapping[str, Any]) -> Skill:
    """Build a skill from a plan step.

    Raises:
      ValueError: unknown skill or parameter, missing parameter, wrong type; says what exists.
    """
    cls = look_up("skill", name, SKILLS)
    assert dataclasses.is_dataclass(cls)
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}
    for key in args:
        if key not in fields:
            raise ValueError(f"skill {name!r}: {did_you_mean('parameter', key, fields)}")
    hints = typing.get_type_hints(cls)
    for key, field in fields.items():
        if key in args:
            _check_type(name, key, args[key], hints[key])
        elif field.default is dataclasses.MISSING:
            raise ValueError(f"skill {name!r} needs parameter {key!r} ({field.type})")
    converted = {k: tuple(v) if isinstance(v, list) else v for k, v in args.items()}
    return typing.cast(Skill, cls(**converted))


def told_fields(skill: type[Skill]) -> list[dataclasses.Field[Any]]:
    """The parameters of a skill that prompts mention, in order."""
    assert dataclasses.is_dataclass(skill)
    return [f for f in dataclasses.fields(skill) if f.init and not f.metadata.get("untold")]


def _check_type(skill: str, key: str, value: object, hint: Any) -> None:
    options = typing.get_args(hint) if "|" in str(hint) else (hint,)
    if not any(_fits(value, option) for option in options):
        wanted, got = hint.__name__ if isinstance(hint, type) else hint, repr(value)
        got = got if len(got) <= 80 else f"{got[:40]} ... {got[-20:]}"
        raise ValueError(f"skill {skill!r}: parameter {key!r} must be {wanted}, got {got}")


def _fits(value: object, hint: Any) -> bool:
    if hint is type(None):
        return value is None
    if typing.get_origin(hint) is Literal:
        return value in typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        members = typing.get_args(hint)
        return (
            isinstance(value, (list, tuple))
            and len(value) == len(members)
            and all(_fits(v, m) for v, m in zip(value, members, strict=True))
        )
    if isinstance(value, bool) and hint is not bool:
        return False
    if hint is float:
        return isinstance(value, (int, float)) and abs(value) <= sys.float_info.max
    return isinstance(value, hint)
