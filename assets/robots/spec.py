"""What a controller must know of a robot: its base, its limbs, its end effectors."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.robots.opening import Opening

Vec3 = tuple[float, float, float]
Bounds = tuple[Vec3, Vec3]
"""Lower and upper corner of a box, m."""
Mobility = Literal["fixed", "floating", "planar"]
EffectorKind = Literal["parallel jaw", "linkage", "hand", "none"]


@dataclasses.dataclass(frozen=True)
class Base:
    """What the robot stands on.

    Attributes:
      body: name of the root body, at the origin of the model.
      mobility: ``fixed`` to the world, ``floating`` on legs, or ``planar`` on wheels.
    """

    body: str
    mobility: Mobility = "fixed"


@dataclasses.dataclass(frozen=True)
class Limb:
    """An arm of n joints, from the base outwards. Rows follow ``joints``.

    Attributes:
      name: identifier.
      joints: names of the joints; in the model they follow each other.
      actuators: names of the position servos of those joints, rad.
      lower: lower joint limits (n,), rad.
      upper: upper joint limits (n,), rad.
      velocity: joint speed limits (n,), rad/s.
      acceleration: joint acceleration limits (n,), rad/s^2.
      torque: joint torque limits (n,), Nm.
      home: rest posture (n,), rad; the tool centre point then looks straight down.
      flange: name of the last body, which carries the end effector.
      payload: what it is rated to carry with its end effector, kg; inf where nobody says.
    """

    name: str
    joints: tuple[str, ...]
    actuators: tuple[str, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    velocity: tuple[float, ...]
    acceleration: tuple[float, ...]
    torque: tuple[float, ...]
    home: tuple[float, ...]
    flange: str
    payload: float = math.inf

    def __post_init__(self) -> None:
        want = len(self.joints)
        rows = ("actuators", "lower", "upper", "velocity", "acceleration", "torque", "home")
        for row in rows:
            if (got := len(getattr(self, row))) != want:
                raise ValueError(f"limb {self.name!r}: {want} joints but {got} entries in {row}")
        limits = zip(self.joints, self.lower, self.home, self.upper, strict=True)
        for joint, low, rest, high in limits:
            if not low <= rest <= high:
                raise ValueError(
                    f"limb {self.name!r}: home {rest:g} of {joint} is outside [{low:g}, {high:g}]"
                )
        for row in ("velocity", "acceleration", "torque"):
            for joint, value in zip(self.joints, getattr(self, row), strict=True):
                if not value > 0:
                    raise ValueError(
                        f"limb {self.name!r}: {row} {value:g} of {joint} is not above zero"
                    )


@dataclasses.dataclass(frozen=True)
class Outline:
    """The room an end effector takes, as boxes in the frame of its tool centre point, m.

    The frame is that of ``EndEffector.tcp``: z outwards, y along the opening.

    Attributes:
      closed: the closed fingers.
      opened: the opened fingers with what lies between.
      palm: what carries them, from the fingers back to the flange.
    """

    closed: Bounds
    opened: Bounds
    palm: Bounds

    @property
    def pad_reach(self) -> float:
        """How far the fingers go beyond the tool centre point, m."""
        return self.closed[1][2]

    @property
    def depth(self) -> float:
        """How far behind the tool centre point the palm begins, m: room for what is held."""
        return -self.palm[1][2]


@dataclasses.dataclass(frozen=True)
class EndEffector:
    """A gripper or a hand: what it does with one number, its opening.

    Attributes:
      name: identifier.
      kind: a parallel jaw, a linkage as the 2F-85, or a hand of several fingers.
      body: name of its root body.
      joints: names of the j joints; in the model they follow each other.
      actuators: names of the a actuators.
      opening: from opening to joints and commands, and back.
      tcp: name of the site between the fingers: z outwards, y along the opening.
      fingers: names of the finger bodies that touch what is held; of a hand, the thumb's last
        and those of the fingers that oppose it.
      outline: the room it takes.
      force: with which it can press, N.
      speed: at which it opens or closes at the most, m/s. Faster, its fingers would go more than a
        millimetre deep into what they meet before it pushes them back.
      limb: name of the limb that carries it; '' if it is on the base.
      hand: joints, tips and coupling, of a hand.
    """

    name: str
    kind: EffectorKind
    body: str
    joints: tuple[str, ...]
    actuators: tuple[str, ...]
    opening: Opening
    tcp: str
    fingers: tuple[str, ...]
    outline: Outline
    force: float
    speed: float = 0.1
    limb: str = ""
    hand: HandSpec | None = None

    def __post_init__(self) -> None:
        opening = self.opening
        for name, row, table in (
            ("joints", self.joints, (opening.weights, *opening.joints)),
            ("actuators", self.actuators, opening.commands),
        ):
            for entries in table:
                if len(entries) != len(row):
                    raise ValueError(
                        f"end effector {self.name!r}: {len(row)} {name} but {len(entries)} entries"
                        " in its opening"
                    )

    @property
    def aperture(self) -> tuple[float, float]:
        """Least and greatest opening, m."""
        return self.opening.range

    @property
    def widest(self) -> float:
        """Greatest opening, m."""
        return self.opening.widths[-1]


@dataclasses.dataclass(frozen=True)
class Legs:
    """What a robot walks on.

    Attributes:
      feet: names of the sites in the middle of its feet, one a limb, in their order.
      radius: of the feet, m.
      height: of the base above the ground as it stands, m.
    """

    feet: tuple[str, ...]
    radius: float
    height: float


@dataclasses.dataclass(frozen=True)
class RobotSpec:
    """A robot: base, limbs and end effectors, as constants.

    Attributes:
      name: identifier used in scenes, as ``fr3+panda_hand``.
      base: what it stands on.
      limbs: its arms, or its legs.
      effectors: its grippers and hands, each on one of the limbs or on the base; of a robot that
        has none, one of kind ``none``.
      source: where the numbers come from, and their licence.
      legs: what it walks on, if its limbs are legs.
    """

    name: str
    base: Base
    limbs: tuple[Limb, ...]
    effectors: tuple[EndEffector, ...]
    source: str
    legs: Legs | None = None

    def __post_init__(self) -> None:
        names = [limb.name for limb in self.limbs]
        for effector in self.effectors:
            if effector.limb and effector.limb not in names:
                raise ValueError(
                    f"robot {self.name!r}: end effector {effector.name!r} is on a limb"
                    f" {effector.limb!r}; there are: {', '.join(names) or 'none'}"
                )

    @property
    def joints(self) -> tuple[str, ...]:
        """Names of the joints of all limbs."""
        return tuple(joint for limb in self.limbs for joint in limb.joints)

    @property
    def actuators(self) -> tuple[str, ...]:
        """Names of the actuators of those joints."""
        return tuple(actuator for limb in self.limbs for actuator in limb.actuators)

    @property
    def home(self) -> npt.NDArray[np.float64]:
        """(n,) rest posture of all limbs, rad."""
        return np.array([q for limb in self.limbs for q in limb.home])

    @functools.cached_property  # read many times a step
    def arm(self) -> Limb:
        """Its only limb; ValueError where it has none or several, or legs."""
        if self.legs is not None:
            raise ValueError(f"robot {self.name!r} walks: it has {len(self.limbs)} legs and no arm")
        if len(self.limbs) != 1:
            on = f": put it on an arm, as fr3+{self.name}" if not self.limbs else ""
            raise ValueError(f"robot {self.name!r} has {len(self.limbs)} arms, needed is one{on}")
        return self.limbs[0]

    @functools.cached_property
    def effector(self) -> EndEffector:
        """Its only end effector; ValueError where it has none or several."""
        if len(self.effectors) != 1:
            raise ValueError(
                f"robot {self.name!r} has {len(self.effectors)} end effectors, wanted is one"
            )
        return self.effectors[0]

    def command(self, q: npt.NDArray[np.float64], width: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Actuator targets (..., n + a): the arm's for joints (..., n), then the end effector's.

        Args:
          q: joints of the arm, rad.
          width: (...) opening, or one for all, m.
        """
        grip = self.effector.opening.command(width)
        return np.concatenate((q, np.broadcast_to(grip, (*q.shape[:-1], grip.shape[-1]))), axis=-1)

    def commanded(
        self, ctrl: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Joints (..., n) of the arm, rad, and opening (...), m, of targets as of ``command``."""
        n = len(self.arm.lower)
        return ctrl[..., :n], self.effector.opening.commanded(ctrl[..., n:])
