"""habilis ros replay: play a recorded run back in simulation and compare."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

if TYPE_CHECKING:
    from habilis.envs.ros.comparison import Comparison, Tolerance
    from habilis.envs.ros.recording import Happening, Recording
    from habilis.envs.ros.rehearsal import Rehearsal

EVERY = 5  # control periods a picture: 10 a second, in real time


@dataclasses.dataclass(frozen=True)
class Options:
    """Play a recorded run of an arm back in simulation: its scene, things where they were seen at
    the start, the joint targets that were sent, through the same limiter. Tells how far joints and
    things then differ from what was recorded, and what happened when.

    Also plays a ROS 2 bag (.mcap) of others that has joint states of the robot of --scene: the
    simulated robot then follows the measured joints.

    Exit code: 0 the goal was reached in simulation (without a goal: no difference beyond the
    tolerances), 1 it was not, 2 bad input.
    """

    file: Annotated[Path, tyro.conf.Positional]
    """The recording, .mcap."""
    scene: str = ""
    """A scene file, the name of a shipped scene or the id of a task, in place of the one that was
    recorded."""
    joint_tolerance: float = 0.05
    """Difference of a joint that counts, rad."""
    distance_tolerance: float = 0.02
    """Difference of the position of a thing that counts, m."""
    film: Path | None = None
    """Write a film of the simulation here, e.g. replay.mp4."""
    json: bool = False
    """Print the findings as JSON on standard output."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = tyro.cli(Options, args=args, prog="habilis ros replay")
    from habilis.envs.ros.comparison import compare
    from habilis.envs.ros.recording import read_recording
    from habilis.envs.ros.rehearsal import Rehearsal
    from habilis.policies.trial import unmet
    from habilis.scripts.ros_replay_text import findings, opening, timeline

    tolerance, scene = _tolerance(options), _scene(options.scene)
    recording = read_recording(options.file)
    rehearsal = Rehearsal(recording, scene)
    stream = sys.stderr if options.json else sys.stdout
    for line in (*opening(recording, rehearsal), *timeline(recording)):
        print(line, file=stream, flush=True)
    with _film(options.film, rehearsal) as watch:
        course = rehearsal.run(watch)
    found = compare(rehearsal, course, tolerance)
    has_goal = rehearsal.has_goal
    ok = bool(rehearsal.monitor.success[0]) if has_goal else found.first is None
    reason = unmet(rehearsal.monitor) if has_goal else ""
    for line in findings(recording, found, len(course.time), ok, reason, has_goal):
        print(line, file=stream)
    if options.film is not None:
        print(f"  film {options.film}", file=stream)
    if options.json:
        print(json.dumps(_record(options, recording, rehearsal, found, ok, reason), indent=1))
    return 0 if ok else 1


def _tolerance(options: Options) -> Tolerance:
    from habilis.envs.ros.comparison import Tolerance

    for name in ("joint_tolerance", "distance_tolerance"):
        if not (value := getattr(options, name)) > 0:
            raise ValueError(f"--{name.replace('_', '-')} must be greater than 0, got {value:g}")
    return Tolerance(joint=options.joint_tolerance, distance=options.distance_tolerance)


def _scene(name: str) -> Any:
    from habilis.scripts.solve import choose_scene

    return choose_scene(name, "") if name else None


def _record(
    options: Options,
    recording: Recording,
    rehearsal: Rehearsal,
    found: Comparison,
    ok: bool,
    reason: str,
) -> dict[str, Any]:
    first, metadata = found.first, dict(recording.metadata)
    metadata.pop("scene_file", None)
    about = metadata | {"profile": recording.profile and dataclasses.asdict(recording.profile)}
    return {
        "file": str(options.file), "scene": rehearsal.scene.name, "ok": ok, "reason": reason,
        "metadata": about,
        "whole": recording.whole, "lost": recording.lost, "seconds": recording.duration,
        "began": recording.began, "first_difference": first and dataclasses.asdict(first),
        **dataclasses.asdict(found),
        "events": [_event(e) for e in (*recording.skills(), *recording.events())],
        "film": None if options.film is None else str(options.film),
    }  # fmt: skip


def _event(event: Happening) -> dict[str, Any]:
    """Without the points of trajectories."""
    data = {k: v for k, v in event.data.items() if k != "path"}
    return {"time": event.time, "kind": event.kind, "data": data}


@contextlib.contextmanager
def _film(path: Path | None, rehearsal: Rehearsal) -> Iterator[Callable[[float], None] | None]:
    """What takes a picture every now and then, with the recorded skill below it."""
    if path is None:
        yield None
        return
    from habilis.envs.captions import Caption
    from habilis.envs.control import TICK
    from habilis.envs.film import Film, Recorder

    began = [s for s in rehearsal.recording.skills() if s.kind == "began"]
    film = Film(path, fps=1 / (EVERY * TICK))
    with film, Recorder(rehearsal.robot.world, 0, film, every_ticks=EVERY) as recorder:

        def watch(now: float) -> None:
            running = [s.data["running"] for s in began if s.time <= now]
            off = rehearsal.measured.at([now])[0] - rehearsal.robot.world.q[0]
            detail = f"in simulation; joints within {abs(off).max() * 1e3:.1f} mrad of the recorded"
            recorder.caption = Caption(running[-1] if running else "", detail)
            recorder()

        yield watch
