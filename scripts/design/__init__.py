"""habilis design: design a tool for a task family, by proposals, a critic and CMA-ES."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import JsonOptions, say, show, store

if TYPE_CHECKING:
    from habilis.envs.tasks.base.tool_task import ToolTask
    from habilis.llm_planner.design.proposals import ToolKind


@dataclasses.dataclass(frozen=True)
class DesignOptions(JsonOptions):
    """Design a tool of up to six primitive parts for a task family whose tools are taken away.

    Proposals come from the geometry of the scene, from a file, or from a language model. What is
    over its budget, tips over, cannot be gripped or does not reach is refused with the number that
    says so; the others are tried in physics, and the best are optimised. Every trial is a rollout.
    The result is then tried on layouts that it was not designed on. Exit code: 0 if it solves all
    layouts that it was designed on, else 1.
    """

    family: Annotated[str, tyro.conf.Positional]
    """Family, e.g. RingInCorner; an unknown one names those whose tools may be ordered."""
    seed: int = 0
    """Of the layouts and of the optimiser."""
    budget: int = 60
    """Rollouts, of all tools on all layouts together."""
    held_out: int = 10
    """Layouts on which the result is tried; they cost none of the budget."""
    orders: Path | None = None
    """A file of JSON with a list of further orders, or a plan that begins with make_tool."""
    model: str = ""
    """A language model that proposes, too, e.g. openai:MODEL; see habilis solve --help."""
    film: Path | None = None
    """Film the tool in use, on the first held-out layout, into this file."""
    out: Path | None = None
    """Store here as JSON everything that was judged, the result, and its plan."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(DesignOptions, args, prog="habilis design")
    at_least(1, budget=o.budget, held_out=o.held_out)
    at_least(0, seed=o.seed)
    from habilis.llm_planner.design.report import as_data, film, plan_of, row
    from habilis.llm_planner.design.search import design, failures, held_out_seeds
    from habilis.llm_planner.design.track import find_family

    family = find_family(o.family)
    made = design(family, o.seed, o.budget, _more(o, family), say)
    result = row(family, made, o.held_out)
    first = held_out_seeds(o.seed, 1)[0]
    if o.film is not None:
        film(family, made.best, first, o.film)
    if o.out is not None:
        plan = json.loads(plan_of(family, made.best, first).dumps())
        told = [as_data(t) for t in made.tried]
        head = {"kind": "design", **provenance(["design", *args]), "row": result}
        store(o.out, {**head, "layout": first, "plan": plan, "tried": told})
    if o.json:
        print(json.dumps(result, indent=1))
    else:
        show("\n".join([*failures(made.tried), *_lines(result)]))
    return 0 if made.solved else 1


def _more(o: DesignOptions, family: ToolTask) -> list[ToolKind]:
    """Proposals of a file and of a model."""
    from habilis.assets import foreign
    from habilis.llm_planner.design.asking import ask_orders
    from habilis.llm_planner.design.order import read_order
    from habilis.llm_planner.design.proposals import scaled
    from habilis.llm_planner.design.search import design_seeds
    from habilis.llm_planner.design.track import MAKE
    from habilis.llm_planner.model.make import make_client

    found: list[ToolKind] = []
    if o.orders is not None:
        data: Any = foreign.parse(foreign.read_text(o.orders), str(o.orders))
        with foreign.understood(o.orders, "no orders of tools"):
            if isinstance(data, dict) and "steps" in data:
                data = [s.get("args") for s in data["steps"] if s.get("skill") == MAKE]
            given = data if isinstance(data, list) else [data]
            found += [
                scaled(f"order {k} of {o.orders.name}", read_order(one, f"{o.orders}: order {k}"))
                for k, one in enumerate(given, 1)
            ]
    if o.model:
        found += ask_orders(make_client(o.model), family, design_seeds(o.seed)[0])
    return found


def _lines(row: dict[str, Any]) -> list[str]:
    held = row["best_held_out"]
    size = f"{row['parts']} parts, {row['mass']:.3f} kg, {row['volume']:.0f} cm3"
    return [
        f"designed: {row['kind']} ({row['stage']}): {size}, score {row['score']:.2f}",
        f"rollouts: {row['rollouts']} of {row['judged']} tools, {row['refused']} refused before,"
        f" {row['seconds']:.0f} s",
        f"held-out layouts: {held['count']} of {held['episodes']}"
        f" ({held['low']:.2f}-{held['high']:.2f})"
        + (f"; the first that fails: {row['reason']}" if row["reason"] else ""),
    ]
