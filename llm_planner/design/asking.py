"""Orders by a language model, through the clients of all other stages."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.llm_planner.design.budget import THIN, ToolBudget, faults
from habilis.llm_planner.design.order import MATERIALS, SHAPES, TOOL, ToolOrder, read_order
from habilis.llm_planner.design.proposals import ToolKind, propose, scaled
from habilis.llm_planner.design.track import layout, ordered_scene, robot_of
from habilis.llm_planner.language.describe import describe
from habilis.llm_planner.language.prompts import load_prompt
from habilis.llm_planner.model.client import Client, Message, Request
from habilis.policies.agents.oracles import skills
from habilis.policies.skills.geometry.effector import widest
from habilis.policies.skills.senses import Senses

COUNT = 3  # tools that are asked for at a time
ROUNDS = 2  # questions, of which the second tells what was wrong with the answer to the first
STAGE = "designer"

_VECTOR = {"type": "array", "items": {"type": "number"}}
_PART: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "shape": {"type": "string", "enum": list(SHAPES)},
        "size": _VECTOR, "pos": _VECTOR, "euler": _VECTOR,
        "material": {"type": "string", "enum": list(MATERIALS)},
    },
    "required": ["name", "shape", "size", "pos", "euler", "material"],
    "additionalProperties": False,
}  # fmt: skip
_TOOL: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "why": {"type": "string"},
        "parts": {"type": "array", "items": _PART},
    },
    "required": ["why", "parts"],
    "additionalProperties": False,
}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"tools": {"type": "array", "items": _TOOL}},
    "required": ["tools"],
    "additionalProperties": False,
}


def ask_orders(client: Client, family: ToolTask, seed: int) -> list[ToolKind]:
    """Tools that a model orders for a layout of a family; what cannot be made is told it once.

    Args:
      client: the model.
      family: that allows for orders.
      seed: of the layout that it is told of.

    Raises:
      ClientError: the model gives no usable answer.
    """
    found: list[ToolKind] = []
    feedback = ""
    for _ in range(ROUNDS):
        question = Message("user", _prompt(family, seed, feedback))
        reply = client.complete(Request(STAGE, (question,), SCHEMA, max_tokens=4000))
        good, wrong = _read(reply.data, widest(layout(family.name, seed).robot))
        found += [scaled(f"model's order {len(found) + k}", o) for k, o in enumerate(good, 1)]
        if not wrong:
            break
        feedback = "Of your last answer these cannot be made:\n" + "\n".join(wrong)
    return found


def _read(data: Any, jaw: float) -> tuple[list[ToolOrder], list[str]]:
    """The orders that can be made, and of the others why not."""
    good, wrong = [], []
    for k, tool in enumerate(data["tools"][:COUNT], 1):
        try:
            order = read_order(tool, f"tool {k}")
        except ValueError as error:
            wrong.append(str(error))
            continue
        found: Sequence[str] = [f.text for f in faults(order, jaw)]
        if found:
            wrong.append(f"tool {k}: {'; '.join(found)}")
        else:
            good.append(order)
    return good, wrong


def _prompt(family: ToolTask, seed: int, feedback: str) -> str:
    given, limits = layout(family.name, seed), ToolBudget()
    made = ordered_scene(family, given, _any(family, seed))
    bare = tuple(e for e in made.entities if e.name != TOOL)
    named = TOOL in made.goal.names()
    told = made if named else dataclasses.replace(made, entities=bare, tool=None)
    robot = robot_of(compile_scene(told))
    senses = Senses(told, robot.bodies)
    senses.update(robot.observe())
    assert family.orders is not None
    use = skills(family.with_ordered(made, family.orders.first))
    return load_prompt("design").fill(
        scene=describe(senses).text, tool=TOOL, use="\n".join(f"- {s}" for s in use),
        parts=str(limits.parts), volume=f"{limits.volume * 1e6:.0f}", mass=f"{limits.mass:g}",
        extent=f"{limits.extent:g}", thin=f"{THIN:g}", jaw=f"{widest(given.robot):.3f}",
        materials=", ".join(f"{n} {m.density:g} kg/m3" for n, m in MATERIALS.items()),
        count=str(COUNT), feedback=feedback,
    )  # fmt: skip


def _any(family: ToolTask, seed: int) -> ToolOrder:
    """Some order, for how a tool is used to be told before there is one."""
    first = propose(layout(family.name, seed))[0]
    return first.order(first.first)
