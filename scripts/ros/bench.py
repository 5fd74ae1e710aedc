"""habilis ros bench: rates, stops, plans through the bridge, streams, and poses from tags."""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import tyro

from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import StoredOptions, deliver, journal_of

TOGETHER = 50  # streams whose results are kept at once
Kind = Literal["links", "plans", "streams", "tags", "faults"]


@dataclasses.dataclass(frozen=True)
class RosBenchOptions(StoredOptions):
    """Serve a simulated robot over a running bridge, drive it through the same bridge, measure.

    links: rate of the states and false stops of an armed robot that holds still, round trip of a
    topic, time from a stop to the braking path and to the end of the goal, time in which a dead
    robot is noticed. plans: the scripted solution of a task on random layouts, judged by the
    simulation, beside the same layouts without a bridge. streams: what a model of the trajectory
    controller executes of wild streams whose messages come late, at once, out of order or not at
    all, as shares of the limits; needs no bridge. tags: how exactly things are located from tags on
    rendered pictures with noise, at 0.5 and 1 m; needs no bridge. faults: how soon a moving arm is
    at rest after its client was killed, frozen or hung up, after a link broke or stalled, a foreign
    command, a stop from elsewhere.
    """

    kind: Annotated[Kind, tyro.conf.Positional]
    """links, plans, streams, tags or faults."""
    robot: str = "fr3"
    """[sim:]PROFILE[@TRANSPORT]."""
    seconds: float = 60.0
    """links: how long the states are watched."""
    count: int = 20
    """links: how many stops, and deaths of the robot. streams: how many. tags: how many poses at
    each distance. faults: how many of each kind."""
    pings: int = 1000
    """links: how many round trips."""
    task: str = "habilis/ReachMilk-v0"
    """plans: id of a task."""
    scene: str = ""
    """plans: generation of the scene, 2023 or 2024."""
    layouts: int = 100
    """plans: how many."""
    seed: int = 0
    """plans: of the first layout. streams: of the first stream. tags: of the first pose."""
    speed: float = 1.0
    """plans, faults: simulated seconds per second. Below 1 where the machine is busy, for
    sim:fr3."""
    transports: tuple[str, ...] = ()
    """plans: bridges of ROS domains of their own; the layouts are shared out among them."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(RosBenchOptions, args, prog="habilis ros bench")
    at_least(1, count=o.count, pings=o.pings, layouts=o.layouts)
    at_least(0, seed=o.seed)
    kinds = {
        "links": _links, "plans": _plans, "streams": _streams, "tags": _tags, "faults": _faults,
    }  # fmt: skip
    rows = kinds[o.kind](o)
    about = {"kind": f"ros {o.kind}", **provenance(["ros", "bench", *args])}
    if o.kind != "tags":
        about["robot"] = o.robot
    deliver({**about, **rows}, o)
    return 0


def _links(o: RosBenchOptions) -> dict[str, Any]:
    from habilis.envs.ros.profiles.spec import parse
    from habilis.envs.tasks import load_task
    from habilis.policies.evaluation.ros import bridge as bench

    spec, scene = parse(o.robot), load_task(o.task, **_options(o)).scene()
    with bench.served(spec, scene):
        rows = [
            bench.round_trips(spec, o.pings),
            *bench.stops(spec, o.count, _say),
            bench.steady(spec, o.seconds, _say),
        ]
    return {"rows": [*rows, bench.dead_robot(spec, scene, max(1, o.count // 4))]}


def _streams(o: RosBenchOptions) -> dict[str, Any]:
    from habilis.envs.ros.profiles.spec import parse
    from habilis.policies.evaluation.ros.executed import streams, summary
    from habilis.policies.spread.journal import resumed

    seeds = range(o.seed, o.seed + o.count)
    parts = [seeds[k : k + TOGETHER] for k in range(0, o.count, TOGETHER)]
    pieces = {f"seeds {part[0]} to {part[-1]}": part for part in parts}
    journal = journal_of(o.out, dataclasses.replace(o, count=0))  # which may be changed on the way
    done: dict[str, Any] = {}
    work = functools.partial(streams, profile=parse(o.robot).profile)
    for name, part in resumed(work, pieces, journal):
        done[name] = part
        worst = max(made["acceleration"] for part in done.values() for _, made in part)
        _say(f"{len(done)} of {len(pieces)} parts, acceleration up to {worst:.3f} of the limits")
    rows = summary([each for name in pieces for each in done[name]])
    journal.forget()
    return {"rows": rows}


def _faults(o: RosBenchOptions) -> dict[str, Any]:
    from habilis.policies.evaluation.ros.faults import faults

    rows = faults(o.robot, o.task, o.count, _say, o.speed, _options(o))
    return {"task": o.task, "speed": o.speed, "rows": rows}


def _tags(o: RosBenchOptions) -> dict[str, Any]:
    from habilis.policies.evaluation.ros.tags import measured

    return {"rows": measured(o.count, o.seed, _say)}


def _plans(o: RosBenchOptions) -> dict[str, Any]:
    from habilis.llm_planner.bench.over_bridge import without_bridge
    from habilis.policies.evaluation.ros.bridge import summary
    from habilis.policies.spread.executors import LocalProcesses
    from habilis.policies.spread.journal import Journal, resumed

    options = _options(o)
    seeds = list(range(o.seed, o.seed + o.layouts))
    robots = [f"{o.robot.partition('@')[0]}@{t}" for t in o.transports] or [o.robot]
    shares = [seeds[k :: len(robots)] for k in range(len(robots))]
    work = functools.partial(_share, task=o.task, speed=o.speed, options=options)
    pieces = {f"{k} {robot}": (robot, shares[k]) for k, robot in enumerate(robots)}
    parts = resumed(work, pieces, Journal(None, {}), LocalProcesses(len(robots)))
    bridged = sorted((row for _, part in parts for row in part), key=lambda row: int(row["seed"]))
    direct = without_bridge(o.task, seeds, options)
    rows = [summary("bridge", bridged), summary("same process", direct)]
    about = {"task": o.task, "options": options, "speed": o.speed}
    return {**about, "rows": rows, "episodes": bridged}


def _options(o: RosBenchOptions) -> dict[str, str]:
    """Of the task: the generation of its scene, and the arm, where it is another than usual."""
    from habilis.envs.ros.profiles.spec import arm_for
    from habilis.envs.tasks import load_task

    given = {"scene": o.scene} if o.scene else {}
    arm = arm_for(o.robot, load_task(o.task, **given).scene())
    return given | ({"robot": arm} if arm else {})


def _share(
    of: tuple[str, Sequence[int]], task: str, speed: float, options: dict[str, Any]
) -> list[dict[str, Any]]:
    """What one process does of these seeds, over the bridge of one robot."""
    from habilis.llm_planner.bench.over_bridge import over_bridge

    return over_bridge(of[0], task, of[1], _say, speed, options)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
