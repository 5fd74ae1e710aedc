"""Tables of speed: stepping environments, training policies."""

from __future__ import annotations

from typing import Any

from habilis.scripts.docs.results.cells import table, within


def throughput(stored: dict[str, Any]) -> str:
    """Environment steps a second of each way to step, and their share of raw MuJoCo."""
    rows = [
        [
            row["kind"], str(row["envs"]),
            within(row["env_steps_per_s"], row["low"], row["high"], digits=0),
            within(row["share_of_raw"], row["share_low"], row["share_high"]),
        ]
        for row in stored["rows"]
        if row["env_steps_per_s"] is not None
    ]  # fmt: skip
    one = stored["single"]
    facts = [
        ["reset of one environment, median (95 %)",
         f"{one['reset_ms']:.2f} ms ({one['reset_ms_95']:.2f} ms)"],
        ["compilation of a scene, median", f"{one['compile_ms']:.0f} ms"],
        ["`import habilis`, beyond NumPy and MuJoCo", f"{one['import_s']:.2f} s"],
        ["the same with the environments", f"{one['import_env_s']:.2f} s"],
    ]  # fmt: skip
    speeds = table(["what steps", "environments", "steps/s", "share of raw MuJoCo"], rows)
    return f"{speeds}\n\n{table(['what', 'time'], facts)}"


def training(stored: dict[str, Any]) -> str:
    """Steps a second of PPO over each kind of vector environment, updates included."""
    rows = [
        [
            row["kind"], str(row["envs"]), str(row["processes"]),
            within(row["env_steps_per_s"], row["low"], row["high"], digits=0),
        ]
        for row in stored["rows"]
    ]  # fmt: skip
    same = [
        [f"batch of {n} against `SubprocVecEnv` of {n}", within(*ratio, digits=1)]
        for n, ratio in stored["ratio_same_n"].items()
    ]
    fastest = within(stored["ratio"], *stored["ratio_interval"], digits=1)
    ratios = [["batch of 64 against the fastest `SubprocVecEnv`", fastest], *same]
    speeds = table(["environments of PPO", "environments", "processes", "steps/s"], rows)
    return f"{speeds}\n\n{table(['compared', 'times the steps'], ratios)}"
