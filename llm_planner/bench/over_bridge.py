"""What ``habilis solve --robot`` comes to: the search's own plans on a robot behind the bridge."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from habilis.assets.names import visible
from habilis.assets.scene.things import Scene
from habilis.envs.ros.profiles.spec import parse
from habilis.envs.ros.robot.robot import RosRobot
from habilis.envs.ros.transports.base import TransportError
from habilis.envs.tasks import load_task
from habilis.llm_planner.solve import Job, Record, solve
from habilis.policies.evaluation.ros.apart import ServedApart

VARIATION = 1.0
"""Of layouts: 2 cm, 3 degrees, 20 % friction and mass."""
SETTLE = 1.0  # s for things to come to rest and for their new poses to arrive
MOST = 300  # characters that are kept of a reason
Say = Callable[[str], None]
NO_OPTIONS: Mapping[str, str] = {}


def over_bridge(
    robot: str,
    task: str,
    layouts: Sequence[int],
    say: Say,
    speed: float = 1.0,
    options: Mapping[str, str] = NO_OPTIONS,
) -> list[dict[str, Any]]:
    """Solve served layouts as ``habilis solve --robot`` does; the physics there is the judge.

    Args:
      robot: ``[sim:]PROFILE[@TRANSPORT]``; the transport leads to a running bridge.
      task: id of a task.
      layouts: seeds.
      say: told a line for each.
      speed: simulated s per s.
      options: of the task.
    """
    scene, rows = load_task(task, **options).scene(), []
    with ServedApart(robot, task, dict(options), VARIATION, speed) as served:
        for seed in layouts:
            served.reset(seed)
            time.sleep(SETTLE)
            row = _solved(robot, scene, seed)
            row["success"], unmet = served.verdict()
            row["reason"] = row["reason"] or ("" if row["success"] else unmet)
            rows.append(row)
            say(f"layout {seed}: {row['success']} {row['reason']}")
    return rows


def _solved(robot: str, scene: Scene, seed: int) -> dict[str, Any]:
    """One layout, by a client that begins and ends with it."""
    spec, began = parse(robot), time.monotonic()
    try:
        transport = spec.connect()
        clock, sleep = spec.time(transport)
        with RosRobot(spec.profile, transport, scene, clock=clock, sleep=sleep) as real:
            return _row(seed, began, _solve(scene, seed, real))
    except (TransportError, RuntimeError) as error:  # it was not even seen, or not armed
        return {"seed": seed, "reason": visible(str(error), MOST), "replanned": []}


def without_bridge(
    task: str, layouts: Sequence[int], options: Mapping[str, str] = NO_OPTIONS
) -> list[dict[str, Any]]:
    """Solve the same layouts in a simulation of this process, for comparison."""
    scene, rows = load_task(task, **options).scene(), []
    for seed in layouts:
        began, record = time.monotonic(), _solve(scene, seed, None)
        rows.append({**_row(seed, began, record), "success": record.success})
    return rows


def _solve(scene: Scene, seed: int, robot: RosRobot | None) -> Record:
    with tempfile.TemporaryDirectory() as folder:
        job = Job(scene, Path(folder), seed=seed, variation=VARIATION, film=False)
        return solve(job, robot=robot)


def _row(seed: int, began: float, record: Record) -> dict[str, Any]:
    """What a record says; whether it succeeded is for the physics to say."""
    return {
        "seed": seed, "reason": visible(_why(record), MOST), "replanned": record.replanned,
        "seconds": round(time.monotonic() - began, 2),
    }  # fmt: skip


def _why(record: Record) -> str:
    parts = (record.execution, record.verification, record.planner)
    said = [record.error, *(part.reason for part in parts if part is not None)]
    return "" if record.success else next(filter(None, said), "")
