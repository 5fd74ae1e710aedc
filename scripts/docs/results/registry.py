"""Every table of results by name: what it is rendered from, and by which function."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from habilis.policies.bundles.bundle import shipped
from habilis.scripts.docs.results import hands, planners, policies, ros, speed, tasks


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of results.

    Attributes:
      make: renders it from the contents of its sources, in their order.
      sources: files, relative to the repository.
    """

    make: Callable[..., str]
    sources: tuple[str, ...]


SHIPPED = sorted(shipped())
"""Names of trained policies."""

RECORDED = "tests/data/recordings"

TABLES = {
    "search": Table(planners.creative, ("benchmarks/creative_search.json",)),
    "model": Table(planners.model, (f"{RECORDED}/creative.jsonl",)),
    "model-code": Table(planners.code_modes, (f"{RECORDED}/creative.jsonl",)),
    "model-plain": Table(planners.plain, (f"{RECORDED}/runs.jsonl",)),
    "oracle": Table(tasks.oracle, ("benchmarks/oracle.json",)),
    "oracle-hands": Table(
        tasks.oracle,
        ("benchmarks/oracle_hands.json", "benchmarks/oracle_snips_and_clothespin.json"),
    ),
    "oracle-robots": Table(tasks.robots, ("benchmarks/oracle_robots.json",)),
    "aperture": Table(
        hands.aperture,
        tuple(f"benchmarks/aperture{which}.json" for which in ("", "_touch", "_cloud")),
    ),
    "pick": Table(hands.pick, ("benchmarks/pick.json", "benchmarks/pick_others.json")),
    "pick-curves": Table(hands.curves, ("benchmarks/pick_curves/curves.json",)),
    "function": Table(hands.function, ("benchmarks/function.json",)),
    "encoder": Table(hands.encoder, ("benchmarks/encoder.json",)),
    "ros-plans": Table(ros.plans, ("benchmarks/ros_plans.json",)),
    "ros-links": Table(ros.links, ("benchmarks/ros_links.json",)),
    "ros-steady": Table(ros.links, ("benchmarks/ros_steady.json",)),
    "policies": Table(policies.shipped, tuple(f"policies/bundles/{n}.zip" for n in SHIPPED)),
    "throughput": Table(speed.throughput, ("benchmarks/throughput.json",)),
    "training-speed": Table(speed.training, ("benchmarks/training.json",)),
}  # fmt: skip
