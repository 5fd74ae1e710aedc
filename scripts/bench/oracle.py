"""habilis bench oracle: the scripted solution of each task on random layouts."""

from __future__ import annotations

import dataclasses
import itertools
import sys
from pathlib import Path

from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import deliver


@dataclasses.dataclass(frozen=True)
class BenchOracleOptions:
    """The scripted solution of each task on random layouts, through the environment's actions."""

    episodes: int = 100
    """Episodes of each task and scene."""
    tasks: tuple[str, ...] = ()
    """Ids of tasks; all that have an oracle if left out."""
    seed: int = 0
    """Seed of the first layout."""
    robots: tuple[str, ...] = ()
    """Robots in place of the scenes' own, e.g. ur5e+robotiq_2f85; see habilis robots list."""
    variation: float = 1.0
    """How far layouts stray, see habilis solve --help."""
    out: Path | None = None
    """Store the result here as JSON."""
    json: bool = False
    """Print the result as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchOracleOptions, args, prog="habilis bench oracle")
    at_least(1, episodes=o.episodes)
    at_least(0, seed=o.seed)
    from habilis.assets.robots.registry import full_name
    from habilis.envs.robot.check import measure_reach
    from habilis.envs.tasks import find_twin, tool_tasks
    from habilis.envs.vector_env import ToolVectorEnv
    from habilis.policies.agents.base import make_agent
    from habilis.policies.evaluation.evaluate import evaluate
    from habilis.policies.evaluation.statistics import wilson

    rows = []
    tasks = [
        (task, scene) for task in o.tasks or tool_tasks() for scene in find_twin(task)[0].scenes
    ]
    for robot, (task, scene) in itertools.product(o.robots or ("",), tasks):
        env = ToolVectorEnv(
            task, min(o.episodes, 64), scene=scene, variation=o.variation, robot=robot
        )
        agent = make_agent("oracle", env.core, task, o.seed)
        episodes = evaluate(env, agent, o.episodes, o.seed)
        good, on = sum(e.success for e in episodes), env.core.scene
        reach = measure_reach(on.robot, on.workspace, on.base)
        rows.append(
            {
                "task": task, "scene": scene, "robot": full_name(on.robot),
                "reach": reach.share, "farthest": reach.worst, "episodes": o.episodes,
                "seed": o.seed, "success": good, "rate": good / o.episodes,
                "interval": wilson(good, o.episodes),
                "failed_seeds": [e.seed for e in episodes if not e.success],
            }
        )  # fmt: skip
        told = f"{task} {scene} {robot}: {good}/{o.episodes}"
        print(told, file=sys.stderr, flush=True)
        env.close()
    deliver({"kind": "oracle", **provenance(["bench", "oracle", *args]), "rows": rows}, o)
    return 0
