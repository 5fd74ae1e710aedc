"""Steps per second of every way to step the environment, against raw MuJoCo, interleaved.

Shares of raw are taken within a round, so that a busy neighbour counts on both sides; they, and not
the rates, are what two machines or two days can be compared by.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.tool_env import ToolEnv
from habilis.envs.vector_env import ToolVectorEnv
from habilis.policies.evaluation import provenance
from habilis.policies.sb3 import INSTALL
from habilis.policies.throughput import kinds
from habilis.policies.throughput.fetch import NAME as FETCH
from habilis.policies.throughput.fetch import Fetch, FetchRaw
from habilis.policies.throughput.kinds import LANES, TASK, Kind, Stopwatch, Work

Say = Callable[[str], None]
Row = dict[str, Any]

SIZES, GPU_SIZES = (64, 16, 256), (1024, 4096)
RESETS, COMPILES, IMPORTS = 100, 15, 5
_STEP_RATE = 1000  # env steps/s a core, expected; only sets how much work a visit is
_IMPORT = """
import time, numpy, mujoco, mujoco.batch
start = time.perf_counter()
import habilis
middle = time.perf_counter()
import habilis.envs.vector_env
print(middle - start, time.perf_counter() - start)
"""


def measure(rounds: int, seconds: float, say: Say, gpu: bool = False) -> dict[str, Any]:
    """Step every kind once a round, for ``rounds`` rounds.

    Args:
      rounds: how many.
      seconds: roughly how long a kind is stepped in a round.
      say: told what is going on.
      gpu: step ``GPU_SIZES`` environments on a GPU, too.

    Returns:
      ``rows``, one dict a kind: ``kind``, ``envs``, ``threads`` (or processes),
      ``env_steps_per_s`` (median) and its quartiles ``low``, ``high``, ``physics_steps_per_s``,
      ``cpu_us_per_step`` (of this process), ``share_of_raw`` (median over rounds, of raw on as
      many cores: see ``raw``) and its quartiles ``share_low``, ``share_high``, ``note``. Numbers
      of what could not be run are None. ``single``: overhead of one environment against raw
      ``mj_step``, times of reset, scene compilation and import. ``summary``: lines to print.
    """
    if rounds < 1 or not seconds > 0:
        raise ValueError(f"rounds must be at least 1 and seconds > 0, got {rounds} and {seconds}")
    single = {**_imports(), **_lone_times()}
    cores = provenance.cores()
    found: list[Kind] = []
    try:
        missing = _add_processes(found, cores, say)  # before there is any thread pool
        work = _add_rest(found, missing, cores, seconds)
        found += [kinds.Vector(n, 0, sim="gpu") for n in GPU_SIZES if gpu]
        say(f"{len(found)} kinds, {rounds} rounds of {len(work.actions)} steps of {LANES} episodes")
        spent = [_round(i, found, work, say) for i in range(-1, rounds)][1:]  # the first: warm-up
    finally:
        for kind in found:
            kind.close()
    raws = _references(found, spent)
    rows = [_row(i, kind, raws, spent) for i, kind in enumerate(found)]
    single |= _overhead(found, spent)
    result: dict[str, Any] = {"rows": rows + missing, "single": single}
    return result | {"summary": summary(result)}


def summary(result: Mapping[str, Any]) -> list[str]:
    """Return the figures that matter most, each in a line."""
    s = result["single"]
    vectors = {r["envs"]: r for r in result["rows"] if r["kind"] == "ToolVectorEnv"}
    low, high = s["overhead_quartiles"]
    return [
        *(
            f"ToolVectorEnv {n}: {vectors[n]['share_of_raw']:.2f} of raw on all cores"
            f" ({vectors[n]['share_low']:.2f}-{vectors[n]['share_high']:.2f})"
            for n in (64, 16)
        ),
        f"ToolEnv: overhead {s['overhead']:.1%} ({low:.1%} to {high:.1%});"
        f" by processor time {s['overhead_cpu']:.1%}",
        f"reset: {s['reset_ms']:.2f} ms (95%: {s['reset_ms_95']:.2f})",
        f"scene compilation: {s['compile_ms']:.0f} ms",
        f"import habilis: {s['import_s']:.2f} s beyond numpy and mujoco"
        f" ({s['import_env_s']:.2f} s with the environments)",
    ]


def compare(new: Mapping[str, Any], old: Mapping[str, Any], name: str) -> list[str]:
    """What changed since an earlier result, one line a kind and one for each single number.

    Args:
      new: result of ``measure``.
      old: an earlier one.
      name: of the earlier one, for the text.
    """
    lines = [f"against {name} (share of raw is independent of the machine):"]
    before = {_label(r): r for r in old.get("rows", [])}
    after = {_label(r): r for r in new["rows"]}
    for label in [*after, *(k for k in before if k not in after)]:
        a, b = after.get(label), before.get(label)
        lines.append(f"  {label}: {_change(a, b)}")
    for key, value in new["single"].items():
        was = old.get("single", {}).get(key)
        if isinstance(value, float) and isinstance(was, float):
            lines.append(f"  {key}: {value:.3g}, was {was:.3g}")
    return lines


def _change(new: Row | None, old: Row | None) -> str:
    if new is None or new["env_steps_per_s"] is None:
        return "only in the earlier result" if old and old["env_steps_per_s"] else "in neither"
    if old is None or old["env_steps_per_s"] is None:
        return "only in the new result"
    share = f"share of raw {new['share_of_raw']:.3f}, was {old['share_of_raw']:.3f}"
    share += f" (x{new['share_of_raw'] / old['share_of_raw']:.2f})"
    rate = f"steps/s {new['env_steps_per_s']}, was {old['env_steps_per_s']}"
    rate += f" (x{new['env_steps_per_s'] / old['env_steps_per_s']:.2f})"
    return f"{share}; {rate}"


def _label(row: Row) -> str:
    return f"{row['kind']}, {row['envs']} on {row['threads']}"


# ---- kinds


def _add_processes(found: list[Kind], cores: int, say: Say) -> list[Row]:
    """Add what may have processes of its own; returns rows of what is missing."""
    vectors = [("DummyVecEnv", 8)] + [("SubprocVecEnv", n) for n in sorted({cores, 8})]
    try:
        for name, n in vectors:
            say(f"starting {name} of {n}")
            found.append(kinds.Sb3(name, n))
        return []
    except ModuleNotFoundError:
        return [_missing(f"SB3 {name}", n, INSTALL) for name, n in vectors]


def _add_rest(found: list[Kind], missing: list[Row], cores: int, seconds: float) -> Work:
    main = ToolVectorEnv(TASK, LANES)
    steps = max(2, round(seconds * _STEP_RATE * min(cores, 2) / LANES * 0.7))
    rng = np.random.default_rng(0)
    width = main.single_action_space.shape[0]  # type: ignore[index]
    work = kinds.make_work(steps, width, main.core.step_limit, rng)
    tape = kinds.record(main, work)
    first = [
        kinds.RawSteps(tape, 1), kinds.Single(),
        kinds.RawSteps(tape, cores) if cores > 1 else None,
        kinds.Vector(LANES, cores, main), kinds.RawBatch(tape, cores),
    ]  # fmt: skip
    found[:0] = [k for k in first if k] + [kinds.Vector(n, cores) for n in SIZES if n != LANES]
    if missing:
        missing.append(_missing("SB3 adapter of ToolVectorEnv", LANES, INSTALL))
    else:
        found.append(kinds.Sb3Batch(cores, main))
    missing += _add_fetch(found)
    return work


def _add_fetch(found: list[Kind]) -> list[Row]:
    try:
        fetch = Fetch()
        found += [fetch, FetchRaw(fetch)]
    except ModuleNotFoundError:
        return [_missing(FETCH, 1, "gymnasium-robotics is not installed")]
    except Exception as error:  # it breaks in many ways on a MuJoCo newer than its own
        return [_missing(FETCH, 1, f"does not run here: {type(error).__name__}: {error}"[:120])]
    return []


def _missing(name: str, envs: int, why: str) -> Row:
    row = dict.fromkeys(("env_steps_per_s", "low", "high", "physics_steps_per_s"))
    share = dict.fromkeys(("cpu_us_per_step", "share_of_raw", "share_low", "share_high", "raw"))
    return {"kind": name, "envs": envs, "threads": None, **row, **share, "note": why}


# ---- rounds


def _round(index: int, found: Sequence[Kind], work: Work, say: Say) -> list[Stopwatch]:
    say("warm-up" if index < 0 else f"round {index + 1}")
    return [kind.run(work) for kind in found]


def _rates(i: int, spent: Sequence[Sequence[Stopwatch]]) -> npt.NDArray[np.float64]:
    return np.array([one[i].steps / one[i].wall for one in spent])


def _references(found: Sequence[Kind], spent: Sequence[Sequence[Stopwatch]]) -> dict[str, int]:
    """Index of the fastest raw kind of each sort."""
    best: dict[str, int] = {}
    for i, kind in enumerate(found):
        if not kind.name.startswith("raw"):
            continue
        other = best.get(kind.raw)
        if other is None or np.median(_rates(i, spent)) > np.median(_rates(other, spent)):
            best[kind.raw] = i
    return best


def _row(i: int, kind: Kind, raws: Mapping[str, int], spent: Sequence[Sequence[Stopwatch]]) -> Row:
    rates, raw = _rates(i, spent), _rates(raws[kind.raw], spent)
    low, median, high = np.quantile(rates, (0.25, 0.5, 0.75))
    share = np.quantile(rates / raw, (0.25, 0.5, 0.75))
    cpu = float(np.median([one[i].cpu / one[i].steps for one in spent])) * 1e6
    apart = kind.name.endswith("SubprocVecEnv")
    return {
        "kind": kind.name, "envs": kind.envs, "threads": kind.threads,
        "env_steps_per_s": round(median), "low": round(low), "high": round(high),
        "physics_steps_per_s": round(median * kind.substeps),
        "cpu_us_per_step": None if apart else round(cpu),
        "share_of_raw": float(share[1]), "share_low": float(share[0]),
        "share_high": float(share[2]), "raw": kind.raw, "note": kind.note,
    }  # fmt: skip


def _overhead(found: Sequence[Kind], spent: Sequence[Sequence[Stopwatch]]) -> dict[str, Any]:
    one = next(i for i, k in enumerate(found) if k.name == "raw mj_step" and k.raw == "one")
    env = next(i for i, k in enumerate(found) if k.name == "ToolEnv")
    wall = np.quantile(1 - _rates(env, spent) / _rates(one, spent), (0.25, 0.5, 0.75))
    cpu = [1 - (s[one].cpu / s[one].steps) / (s[env].cpu / s[env].steps) for s in spent]
    return {
        "overhead": float(wall[1]), "overhead_quartiles": [float(wall[0]), float(wall[2])],
        "overhead_cpu": float(np.median(cpu)),
    }  # fmt: skip


# ---- single numbers


def _lone_times() -> dict[str, Any]:
    env = ToolEnv(TASK)
    scene = env.core.scene
    resets = _times(lambda: env.reset(), RESETS)
    compiles = _times(lambda: compile_scene(scene), COMPILES)
    return {
        "reset_ms": float(np.median(resets)), "reset_ms_95": float(np.quantile(resets, 0.95)),
        "compile_ms": float(np.median(compiles)),
        "compile_ms_quartiles": np.quantile(compiles, (0.25, 0.75)).tolist(),
    }  # fmt: skip


def _times(do: Callable[[], Any], count: int) -> list[float]:
    do()
    out = []
    for _ in range(count):
        start = time.perf_counter()
        do()
        out.append((time.perf_counter() - start) * 1e3)
    return out


def _imports() -> dict[str, Any]:
    """Seconds ``import habilis`` takes after numpy and mujoco, in processes of their own."""
    runs = []
    for _ in range(IMPORTS):
        done = subprocess.run(
            [sys.executable, "-c", _IMPORT], capture_output=True, text=True, check=True
        )
        runs.append([float(x) for x in done.stdout.split()])
    plain, env = np.array(runs).T
    return {
        "import_s": float(np.median(plain)), "import_s_range": [plain.min(), plain.max()],
        "import_env_s": float(np.median(env)),
    }  # fmt: skip
