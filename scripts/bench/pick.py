"""habilis bench pick: picking twenty objects with held tools: all-knowing, by depth, learned."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from habilis.assets.names import check_known
from habilis.assets.tools.registry import TOOLS as KINDS
from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import StoredOptions, deliver, say

SEED = 4_000_000
TOOLS = tuple(kind for kind, tool in KINDS.items() if tool.picks)


@dataclasses.dataclass(frozen=True)
class BenchPickOptions(StoredOptions):
    """Twenty objects picked up with a held tool, each as often, by agents and policies.

    The oracle knows everything; scripted sees object, tips and opening by the depth camera only.
    """

    tool: tuple[str, ...] = TOOLS
    """Kinds of tool."""
    agent: tuple[str, ...] = ("oracle", "scripted")
    """Scripted agents."""
    policy: tuple[str, ...] = ()
    """Bundles beside them, names of shipped ones or files; each with the tool it is for."""
    episodes: int = 200
    """Episodes of each row, evenly over the objects."""
    gentle: bool = False
    """Grip less hard, so that fragile things are not crushed."""
    seed: int = SEED
    """Seed of the first episode."""
    nthread: int = 0
    """Threads of the physics, 0 for all cores; changes speed only."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchPickOptions, args, prog="habilis bench pick")
    at_least(0, seed=o.seed, nthread=o.nthread)
    try:
        from habilis.policies.evaluation.pick import AGENTS, measure, task_of
    except ModuleNotFoundError as error:
        raise ImportError(f'{error}; the encoder needs: pip install "habilis[rl]"') from error
    from habilis.assets.pick.objects import OBJECTS
    from habilis.policies.bundles.bundle import Bundle

    for kind, names, known in (("tool", o.tool, TOOLS), ("agent", o.agent, AGENTS)):
        for name in names:
            check_known(kind, name, known)
    each, left = divmod(o.episodes, len(OBJECTS))
    if left or not each:
        raise ValueError(f"--episodes must be a multiple of {len(OBJECTS)}, got {o.episodes}")
    policies = {Path(name).stem: Bundle.load_policy(name) for name in o.policy}
    cells = [(tool, agent, o.gentle) for tool in o.tool for agent in o.agent]
    tools = {task_of(tool): tool for tool in TOOLS}
    for name, bundle in policies.items():
        if (task := bundle.manifest["task"]) not in tools:
            raise ValueError(f"{name}: trained on {task}, want one of {', '.join(tools)}")
        cells.append((tools[task], name, o.gentle))

    rows = measure(cells, policies, each, o.seed, o.nthread, say)
    result: dict[str, Any] = {"kind": "pick", **provenance(["bench", "pick", *args])}
    result["seed"] = o.seed
    result["rows"] = [dataclasses.asdict(row) for row in rows]
    deliver(result, o, [_printed(row, each) for row in result["rows"]])
    return 0


def _printed(row: dict[str, Any], each: int) -> dict[str, Any]:
    """Of the objects only those not always picked up."""
    missed = [f"{name} {k}/{each}" for name, k in row["objects"].items() if k < each]
    rest = {key: value for key, value in row.items() if key != "objects"}
    return rest | {"missed": ", ".join(missed)}
