"""Every table of results by name: what it is rendered from, and by which function."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from habilis.policies.bundles.bundle import shipped
from habilis.scripts.docs.results import (
    dexterous,
    hands,
    planners,
    policies,
    ros,
    speed,
    suite,
    tasks,
)


@dataclasses.dataclass(frozen=True)
class ResultTable:
    """A table of results.

    Attributes:
      make: renders it from the contents of its sources, in their order.
      sources: files, relative to the repository; with a ``*`` all that there are, which may be
        none.
    """

    make: Callable[..., str]
    sources: tuple[str, ...]

    def files(self, root: Path) -> list[str]:
        """Its sources below a copy of the repository, in order."""
        found: list[str] = []
        for source in self.sources:
            there = sorted(path.relative_to(root).as_posix() for path in root.glob(source))
            found += there if "*" in source else [source]
        return found


SHIPPED = sorted(shipped())
"""Names of trained policies."""

RECORDED = "tests/data/recordings"

DESIGNS = tuple(f"benchmarks/design_{k}.json" for k in range(1, 9))

TABLES = {
    "search": ResultTable(planners.creative, ("benchmarks/creative_search.json",)),
    "suite": ResultTable(suite.suite, ("benchmarks/suite_*.json",)),
    "model": ResultTable(planners.model, (f"{RECORDED}/creative.jsonl",)),
    "model-code": ResultTable(planners.code_modes, (f"{RECORDED}/creative.jsonl",)),
    "model-plain": ResultTable(planners.plain, (f"{RECORDED}/runs.jsonl",)),
    "design": ResultTable(planners.design, DESIGNS),
    "design-failures": ResultTable(planners.design_failures, DESIGNS),
    "oracle": ResultTable(
        tasks.oracle,
        tuple(
            f"benchmarks/oracle{which}.json"
            for which in (
                "", "_sweep_and_tube", "_mechanisms_1", "_mechanisms_2", "_fetch_hook",
                "_peg_and_rods", "_stones_on_beam", "_traps",
                "_slug_down_chimney", "_block_over_gap", "_beads_under_shelf", "_hook_of_wire",
                "_cubes_on_strips", "_ball_behind_gate", "_ball_behind_gate_broken",
                "_pin_in_bars", "_magnet_down_shaft", "_book_in_row", "_cube_on_crossed_strips",
                "_stone_twice", "_stack_in_gap", "_quadruped",
            )
        ),
    ),
    "oracle-hands": ResultTable(
        tasks.oracle,
        ("benchmarks/oracle_hands.json", "benchmarks/oracle_snips_and_clothespin.json"),
    ),
    "oracle-robots": ResultTable(tasks.robots, ("benchmarks/oracle_robots.json",)),
    "cheats": ResultTable(
        tasks.cheats,
        tuple(
            f"benchmarks/cheats{which}.json"
            for which in (
                "", "_tube", "_mechanisms", "_fetch_hook", "_peg_and_rods", "_puzzles_1",
                "_puzzles_2", "_gap_wire_and_strips", "_legs", "_push_vase", "_cube_lifting",
                "_pin_magnet_book_and_strips", "_stone_twice_and_stack",
            )
        ),
    ),
    "aperture": ResultTable(
        hands.aperture,
        tuple(f"benchmarks/aperture{which}.json" for which in ("", "_touch", "_cloud")),
    ),
    "reorient": ResultTable(
        hands.reorient, tuple(f"benchmarks/reorient_{palm}.json" for palm in ("up", "down"))
    ),
    "reorient-shapes": ResultTable(
        hands.reorient_shapes,
        tuple(f"benchmarks/reorient_{palm}.json" for palm in ("up", "down")),
    ),
    "dextoolbench": ResultTable(dexterous.dextoolbench, ("benchmarks/dextoolbench.json",)),
    "dextoolbench-effects": ResultTable(
        dexterous.dextoolbench_effects,
        ("benchmarks/dextoolbench.json", "benchmarks/dextoolbench_work.json"),
    ),
    "dextoolbench-pickup": ResultTable(
        dexterous.dextoolbench_pickup, ("benchmarks/dextoolbench_pickup.json",)
    ),
    "pick": ResultTable(hands.pick, ("benchmarks/pick.json", "benchmarks/pick_others.json")),
    "pick-curves": ResultTable(hands.curves, ("benchmarks/pick_curves/curves.json",)),
    "function": ResultTable(hands.function, ("benchmarks/function.json",)),
    "walking": ResultTable(tasks.walking, ("benchmarks/walking.json",)),
    "walking_anymal": ResultTable(tasks.walking, ("benchmarks/walking_anymal.json",)),
    "gait": ResultTable(tasks.gait, ("benchmarks/gait.json",)),
    "encoder": ResultTable(hands.encoder, ("benchmarks/encoder.json",)),
    "ros-plans": ResultTable(ros.plans, ("benchmarks/ros_plans.json",)),
    "ros-faults": ResultTable(ros.faults, ("benchmarks/ros_faults.json",)),
    "ros-streams": ResultTable(ros.streams, ("benchmarks/ros_streams.json",)),
    "ros-tags": ResultTable(ros.tags, ("benchmarks/ros_tags.json",)),
    "ros-links": ResultTable(ros.links, ("benchmarks/ros_links.json",)),
    "ros-steady": ResultTable(ros.links, ("benchmarks/ros_steady.json",)),
    "policies": ResultTable(policies.shipped, tuple(f"policies/bundles/{n}.zip" for n in SHIPPED)),
    "throughput": ResultTable(speed.throughput, ("benchmarks/throughput.json",)),
    "training-speed": ResultTable(speed.training, ("benchmarks/training.json",)),
}  # fmt: skip
