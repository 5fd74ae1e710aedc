"""Ways to open or shut what is on a joint by its handle, for itself or to get at another thing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from habilis.assets.scene.goal import Predicate
from habilis.llm_planner.search.options import (
    GRASP_COST,
    LIFT_COST,
    PAST,
    PULL_COST,
    UNASKED,
    Option,
    step,
)
from habilis.policies.skills.joints.opening import LEVEL, MoveJoint, handles
from habilis.policies.skills.joints.present import JointNow, joint_now
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import resting

AJAR = 0.1  # of its range that a joint must have left for its opening to be worth while
SPEED = 0.1  # m/s
SLIPS = 0.15  # of the way that what turns between the fingers may lack
KEPT = 0.5  # s: with nothing else to choose by, the hand is empty afterwards
NEAR = 0.05  # m from a thing at which what opens may keep it from being reached


def opened(senses: Senses, want: Predicate) -> Iterator[Option]:
    """Ways to bring a joint to where the goal wants it with the hand on a handle.

    Args:
      senses: the present.
      want: of the goal, ``joint``.
    """
    joint, value = joint_now(senses, want.subject), want.value or 0.0
    if joint is not None:
        low, high = joint.joint.range
        past = max(PAST, SLIPS * abs(value - joint.opening)) if joint.hinge else PAST
        to = max(value - past, low) if value < 0 else min(value + past, high)
        yield from _moved(senses, want.subject, joint, to, leave=joint.joint.stiffness == 0)
        if joint.joint.stiffness == 0 and _falls_back(joint):
            for option in _moved(senses, want.subject, joint, to, leave=False):
                yield dataclasses.replace(
                    option, cost=option.cost + KEPT, why=f"{option.why}, and keep it there"
                )


def _falls_back(joint: JointNow) -> bool:
    """Whether weight may move it back once it is let go: on a level hinge, a slide upwards."""
    return bool((abs(joint.axis[2]) < LEVEL) == joint.hinge)


def shut(senses: Senses, unwanted: Predicate) -> Iterator[Option]:
    """Ways to bring a joint back that a goal wants less far open.

    Args:
      senses: the present.
      unwanted: what holds of a ``joint`` and is not to hold.
    """
    joint = joint_now(senses, unwanted.subject)
    if joint is not None:
        to = 0.0 if unwanted.value else joint.joint.range[0]
        yield from _moved(senses, unwanted.subject, joint, to, leave=True)


def uncovered(senses: Senses, name: str) -> Iterator[Option]:
    """Ways to open what a thing may be in or under, so that the hand gets to it."""
    for body, joint, to in covers(senses, name):
        for option in _moved(senses, body, joint, to, leave=True):
            yield _for_another(option, name)


def covers(senses: Senses, name: str) -> Iterator[tuple[str, JointNow, float]]:
    """What a thing may be in or under and that is on a joint, with where it could be moved to."""
    box = senses.box(name)
    for entity in senses.scene.entities:
        if entity.hand_tool is not None or entity.name == name:
            continue
        if not senses.box(entity.name).overlaps(box, NEAR):
            continue
        for body, one in entity.bodies():
            joint = joint_now(senses, body) if one.joint is not None else None
            if joint is None or joint.joint.stiffness > 0:
                continue
            low, high = joint.joint.range
            for to in (low, high):
                if abs(to - joint.opening) > AJAR * (high - low):
                    yield body, joint, to


def _moved(senses: Senses, name: str, joint: JointNow, to: float, leave: bool) -> Iterator[Option]:
    """One for each place where it can be taken and the arm goes along."""
    for handle in {one.local: one for one in handles(senses, name)}.values():
        if MoveJoint(name, to, handle.local).start(senses, resting(senses)) is not None:
            continue
        way = abs(to - joint.opening) * joint.arm(handle.grip.point)
        how = step(
            "move_joint", object=name, to=to, grip=handle.local, leave=None if leave else False
        )
        cost = GRASP_COST + PULL_COST + way / SPEED
        yield Option((how,), cost, f"move {name} to {to:.2f} by the hand")


def _for_another(option: Option, name: str) -> Option:
    why = f"{option.why}, to get at {name}"
    return Option(option.steps, option.cost, why, GRASP_COST + LIFT_COST + UNASKED)
