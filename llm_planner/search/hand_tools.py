"""What hand tools could do: taken off their stands, to reach where no finger does, and to cut."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from habilis.llm_planner.run.plan import Step
from habilis.llm_planner.search.options import Option, step
from habilis.policies.skills.hand_tools.clipping import clipped, clips_of
from habilis.policies.skills.hand_tools.cutting import severed
from habilis.policies.skills.held_tool import BARELY, takeable_tools
from habilis.policies.skills.senses import Senses

TAKE_COST, PICK_COST, PUT_COST, CLIP_COST, CUT_COST = 9.0, 8.0, 6.0, 10.0, 8.0  # s
HEAVY = 0.2  # kg that tips do not lift


def pick(senses: Senses, name: str) -> Iterator[Option]:
    """Ways to pick an object up with the tips of a tool: of the one in the hand, or of each."""
    held = senses.grip.tool if senses.grip is not None else None
    entity = senses.entity(name)
    if not entity.movable or entity.grains is not None or entity.mass > HEAVY:
        return
    width = float(np.min(entity.size()[:2]))
    for tool in takeable_tools(senses.scene) if held is None else (held,):
        spec = senses.entity(tool).hand_tool
        if tool == name or spec is None or width + 2 * BARELY > spec.max_gap:
            continue
        steps = [step("pick_with_tool", object=name)]
        cost = PICK_COST
        if held is None:
            steps.insert(0, step("take_tool", tool=tool))
            cost += TAKE_COST
        yield Option(tuple(steps), cost, f"pick {name} up with {tool}")


def put(senses: Senses, name: str, other: str) -> Iterator[Option]:
    """Ways to put an object on or into another with the tips of a tool."""
    for option in pick(senses, name):
        steps: tuple[Step, ...] = (*option.steps, step("place_with_tool", object=name, on=other))
        yield Option(steps, option.cost + PUT_COST, f"{option.why} and put it on {other}")


def clip(senses: Senses, tool: str, flaps: Sequence[str]) -> Iterator[Option]:
    """Ways to clip one or two things with a tool that shuts by itself."""
    held = senses.grip.tool if senses.grip is not None else None
    if tool not in clips_of(senses.scene) or held not in (None, tool):
        return
    if clipped(senses, tool, tuple(flaps)):
        return
    pairs = zip(("object", "other"), flaps, strict=False)
    steps = [step("clip_with_tool", **dict(pairs))]
    if held is None:
        steps.insert(0, step("take_tool", tool=tool))
    cost = CLIP_COST + (TAKE_COST if held is None else 0.0)
    yield Option(tuple(steps), cost, f"clip {' and '.join(flaps)} with {tool}")


def cut(senses: Senses, name: str) -> Iterator[Option]:
    """Ways to cut through what ties a thing to another: with the tool in the hand, or each."""
    held = senses.grip.tool if senses.grip is not None else None
    if senses.entity(name).tie is None or severed(senses, name):
        return
    for tool in takeable_tools(senses.scene) if held is None else (held,):
        spec = senses.entity(tool).hand_tool
        if spec is None or not np.isfinite(spec.sharpness):
            continue
        steps = [step("cut_with_tool", object=name)]
        cost = CUT_COST
        if held is None:
            steps.insert(0, step("take_tool", tool=tool))
            cost += TAKE_COST
        yield Option(tuple(steps), cost, f"cut {name} with {tool}")


def free(senses: Senses, name: str) -> Iterator[Option]:
    """Ways to cut through what ties a thing, by whose tie it may be, for what is to follow."""
    for entity in senses.scene.entities:
        if entity.tie is None or name not in (entity.name, entity.tie.to.partition("/")[0]):
            continue
        for option in cut(senses, entity.name):
            why = f"{option.why}, to free {name}"
            yield dataclasses.replace(option, left=PICK_COST + PUT_COST, why=why)
