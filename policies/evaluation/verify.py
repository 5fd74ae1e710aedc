"""Rows of stored results of scripted solutions and of cheats: measured, and measured again."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from habilis.assets.robots.registry import full_name
from habilis.envs.robot.check import measure_reach
from habilis.envs.vector_env import ToolVectorEnv
from habilis.policies.agents.base import make_agent
from habilis.policies.evaluation.cheats import cheat
from habilis.policies.evaluation.evaluate import EpisodeResult, evaluate
from habilis.policies.evaluation.provenance import versions
from habilis.policies.evaluation.statistics import wilson

SAME = ("habilis", "mujoco")
"""Packages of which another version may move every number."""
DIGITS = 8
"""Of the digest of an episode, hexadecimal."""
MOST = 100_000
"""Episodes of a row that is measured again."""
STRETCH = 20
"""Episodes that are played in one piece."""
MISSING: Mapping[str, str] = {
    "function": "the outcome of each run, and a replay of the runs of a row",
    "aperture": "the outcome of each episode, and the bundles by their SHA-256",
    "pick": "the outcome of each episode, and the bundles by their SHA-256",
    "encoder": "the errors of each cloud",
}
"""What would have to be stored for results of other kinds to be replayed."""


@dataclasses.dataclass(frozen=True)
class Checked:
    """A row of a stored result that was measured again.

    Attributes:
      row: as stored.
      replayed: what was done again, in words.
      differences: between what is stored and what came out now; none if it is the same.
      episodes: how many of them were replayed.
    """

    row: Mapping[str, Any]
    replayed: str
    differences: Sequence[str]
    episodes: int


def oracle_row(
    task: str, scene: str, robot: str, variation: float, episodes: int, seed: int
) -> tuple[dict[str, Any], list[EpisodeResult]]:
    """Measure the scripted solution of a task in the layouts of ``seed`` and the following seeds.

    Returns:
      The row of the result, and what it counts.
    """
    env = ToolVectorEnv(task, min(episodes, 64), scene=scene, variation=variation, robot=robot)
    try:
        ended = evaluate(env, make_agent("oracle", env.core, task, seed), episodes, seed)
        on = env.core.scene
    finally:
        env.close()
    good, reach = sum(e.success for e in ended), {}
    if on.hand != "legs":  # whose workspace is what it walks in
        found = measure_reach(on.robot, on.workspace, on.base)
        reach = {"reach": found.share, "farthest": found.worst}
    row = {
        "task": task, "scene": scene, "robot": full_name(on.robot), **reach, "episodes": episodes,
        "seed": seed, "success": good, "rate": good / episodes,
        "interval": wilson(good, episodes),
        "failed_seeds": [e.seed for e in ended if not e.success],
    }  # fmt: skip
    return row, ended


def stretches(episodes: int, seed: int) -> list[tuple[int, int]]:
    """The episodes of a row in pieces: how many, and the first seed, of each."""
    firsts = range(seed, seed + episodes, STRETCH)
    return [(min(STRETCH, seed + episodes - first), first) for first in firsts]


def play_stretch(of: tuple[str, str, str, float, int, int]) -> dict[str, Any]:
    """A part of a row, measured as by ``oracle_row`` with these arguments, and its ``digests``."""
    row, ended = oracle_row(*of)
    return {"row": row, "digests": digests(ended)}


def joined(parts: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], str]:
    """A row and its digests, of its stretches in their order."""
    rows = [part["row"] for part in parts]
    count, good = (sum(row[k] for row in rows) for k in ("episodes", "success"))
    whole = {
        "episodes": count, "success": good, "rate": good / count, "interval": wilson(good, count),
        "failed_seeds": [seed for row in rows for seed in row["failed_seeds"]],
    }  # fmt: skip
    return rows[0] | whole, "".join(part["digests"] for part in parts)


def cheats_row(task: str, scene: str, name: str, episodes: int, seed: int) -> dict[str, Any]:
    """Try to cheat in a task; ``name`` is one of ``habilis.policies.evaluation.cheats.CHEATS``."""
    found = cheat(name, task, scene, episodes, seed)
    reached, success = int(found.reached.sum()), int(found.success.sum())
    return {
        "task": task, "scene": scene, "cheat": name, "episodes": episodes, "seed": seed,
        "reached": reached, "success": success, "interval": wilson(success, episodes),
    }  # fmt: skip


def try_cheat(of: tuple[str, str, str, int, int]) -> dict[str, Any]:
    """A row as by ``cheats_row`` with these arguments: a piece, as one generator acts in all."""
    return cheats_row(*of)


def digests(ended: Sequence[EpisodeResult]) -> str:
    """What came of each episode to the last bit, ``DIGITS`` each: outcome, steps and return."""
    told = (f"{e.success} {e.failure} {e.steps} {e.total.hex()}" for e in ended)
    return "".join(hashlib.sha256(text.encode()).hexdigest()[:DIGITS] for text in told)


def check_versions(result: Mapping[str, Any]) -> list[str]:
    """Refuse what was measured with another version of what decides the numbers.

    Returns:
      A line for each other package that is another one now.

    Raises:
      ValueError: names the package with both versions.
    """
    then, now = result.get("versions") or {}, versions()
    lines = [
        f"{k}: stored with {v}, this is {now.get(k)}" for k, v in then.items() if now.get(k) != v
    ]
    for name in SAME:
        if then.get(name) is None or then[name] != now[name]:
            raise ValueError(
                f"measured with {name} {then.get(name)}, this is {now[name]}: another version may"
                " move every number; install that one to verify it"
            )
    return lines


def check_oracle_row(
    row: Mapping[str, Any], robot: str, variation: float, stored: str, episodes: int,
    rng: np.random.Generator,
) -> Checked:  # fmt: skip
    """Play a stretch of the episodes of a row again.

    Args:
      row: as stored.
      robot: as it was asked for, '' for the scene's own.
      variation: how far layouts stray.
      stored: ``digests`` of the row; '' if there are none.
      episodes: how many to play; all there are, if that is fewer.
      rng: chooses which.
    """
    count = min(episodes, row["episodes"])
    offset = int(rng.integers(row["episodes"] - count + 1))
    first = row["seed"] + offset
    again, ended = oracle_row(row["task"], row["scene"], robot, variation, count, first)
    same = ("robot", "reach", "farthest")
    lines = [*_inconsistent(row), *_unlike(row, again, same)]
    for number, e in enumerate(ended):
        was = "failed" if e.seed in row["failed_seeds"] else "succeeded"
        if e.success != (was == "succeeded"):
            now = "succeeded" if e.success else f"failed ({e.failure or 'out of time'})"
            lines.append(f"seed {e.seed} {was} as stored, and {now} now")
            continue
        at = DIGITS * (offset + number)
        if stored and stored[at : at + DIGITS] != digests([e]):
            lines.append(f"seed {e.seed} {was}, but in other steps or with another return")
    how = ", bit for bit" if stored else "; only outcomes are stored"
    return Checked(row, f"seeds {first} to {first + count - 1}{how}", lines, count)


def check_cheats_row(row: Mapping[str, Any]) -> Checked:
    """Try a cheat again in all layouts of a row, which one generator draws the actions of."""
    again = cheats_row(*(row[k] for k in ("task", "scene", "cheat", "episodes", "seed")))
    lines = _unlike(row, again, ("reached", "success"))
    found = [float(x) for x in row["interval"]]
    if found != [float(x) for x in wilson(row["success"], row["episodes"])]:
        lines.append(f"the interval {found} does not follow from the counts")
    return Checked(row, f"all {row['episodes']} episodes", lines, row["episodes"])


def check_rows(result: Mapping[str, Any]) -> None:
    """ValueError, which says what, unless the rows hold what is needed to measure them again."""
    kinds = {"task": str, "scene": str, "episodes": int, "seed": int, "success": int,
             "interval": list}  # fmt: skip
    kinds |= (
        {"failed_seeds": list, "robot": str}
        if result["kind"] == "oracle"
        else {"cheat": str, "reached": int}
    )
    for number, row in enumerate(result["rows"], 1):
        if not isinstance(row, Mapping):
            raise ValueError(f"row {number} holds no keys and values")
        wrong = [k for k, kind in kinds.items() if type(row.get(k)) is not kind]
        if wrong or not 0 < row["episodes"] <= MOST or row["seed"] < 0:
            raise ValueError(f"row {number} does not hold {', '.join(wrong or ['episodes, seed'])}")


def _inconsistent(row: Mapping[str, Any]) -> list[str]:
    """What of a row does not follow from its failed seeds."""
    failed, count = row["failed_seeds"], row["episodes"]
    good = count - len(failed)
    strange = [s for s in failed if not row["seed"] <= s < row["seed"] + count]
    lines = [f"failed seed {s} is none of the row" for s in strange]
    now = {"success": good, "rate": good / count, "interval": [*wilson(good, count)]}
    return lines + _unlike(row, now, tuple(now))


def _unlike(row: Mapping[str, Any], again: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    return [
        f"{k}: stored {row[k]}, now {again[k]}" for k in keys if k in row and row[k] != again[k]
    ]
