"""habilis ros replay: rehearse a recorded run in simulation."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import tyro

from habilis.assets.names import told
from habilis.scripts.shared.options import read_options

if TYPE_CHECKING:
    from habilis.envs.ros.recording.comparison import Comparison, Tolerance
    from habilis.envs.ros.recording.reader import Happening, Recording
    from habilis.envs.ros.recording.rehearsal import Rehearsal

EVERY = 5  # control periods a picture: 10 a second, in real time


@dataclasses.dataclass(frozen=True)
class RosReplayOptions:
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
    options = read_options(RosReplayOptions, args, prog="habilis ros replay")
    from habilis.envs.ros.recording.comparison import compare
    from habilis.envs.ros.recording.reader import read_recording
    from habilis.envs.ros.recording.rehearsal import Rehearsal
    from habilis.scripts.shared.replay_text import findings, opening, timeline

    tolerance, scene = _tolerance(options), _scene(options.scene)
    recording = read_recording(options.file)
    rehearsal = Rehearsal(recording, scene)
    stream = sys.stderr if options.json else sys.stdout
    for line in (*opening(recording, rehearsal), *timeline(recording)):
        print(told(line), file=stream, flush=True)
    reel = None if options.film is None else _Reel(options.film, rehearsal)
    run = rehearsal.run(reel.watch if reel else None)
    found = compare(rehearsal, run, tolerance)
    has_goal = rehearsal.has_goal
    ok = bool(rehearsal.monitor.success[0]) if has_goal else found.first is None
    reason = rehearsal.monitor.unmet() if has_goal else ""
    for line in findings(recording, found, len(run.time), ok, reason, has_goal):
        print(told(line), file=stream)
    film = reel.develop(stream) if reel else None
    if options.json:
        record = _record(recording, rehearsal, found)
        print(json.dumps({"ok": ok, "reason": reason, "film": film, **record}, indent=1))
    return 0 if ok else 1


def _tolerance(options: RosReplayOptions) -> Tolerance:
    from habilis.envs.ros.recording.comparison import Tolerance

    for name in ("joint_tolerance", "distance_tolerance"):
        if not (value := getattr(options, name)) > 0:
            raise ValueError(f"--{name.replace('_', '-')} must be greater than 0, got {value:g}")
    return Tolerance(joint=options.joint_tolerance, distance=options.distance_tolerance)


def _scene(name: str) -> Any:
    from habilis.scripts.shared.scenes import choose_scene

    return choose_scene(name, "") if name else None


def _record(recording: Recording, rehearsal: Rehearsal, found: Comparison) -> dict[str, Any]:
    first, metadata = found.first, dict(recording.metadata)
    metadata.pop("scene_file", None)
    about = metadata | {"profile": recording.profile and dataclasses.asdict(recording.profile)}
    return {
        "file": str(recording.path), "scene": rehearsal.scene.name, "metadata": about,
        "whole": recording.whole, "lost": recording.lost, "seconds": recording.duration,
        "began": recording.began, "first_difference": first and dataclasses.asdict(first),
        **dataclasses.asdict(found),
        "events": [_event(e) for e in (*recording.skills(), *recording.events())],
    }  # fmt: skip


def _event(event: Happening) -> dict[str, Any]:
    """Without the points of trajectories."""
    data = {k: v for k, v in event.data.items() if k != "path"}
    return {"time": event.time, "kind": event.kind, "data": data}


class _Reel:
    """Takes a picture every now and then, with the recorded skill below it."""

    def __init__(self, path: Path, rehearsal: Rehearsal) -> None:
        from habilis.envs.control.arm import TICK
        from habilis.envs.media.film import Film, Recorder

        self._film, self._rehearsal = Film(path, fps=1 / (EVERY * TICK)), rehearsal
        self._recorder = Recorder(rehearsal.robot.world, 0, self._film, every_ticks=EVERY)
        self._began = [s for s in rehearsal.recording.skills() if s.kind == "began"]

    def watch(self, now: float) -> None:
        """Note the present, s since the recording began."""
        from habilis.envs.media.captions import Caption

        running = [s.data["running"] for s in self._began if s.time <= now]
        off = self._rehearsal.measured.at([now])[0] - self._rehearsal.robot.world.q[0]
        detail = f"in simulation; joints within {abs(off).max() * 1e3:.1f} mrad of the recorded"
        self._recorder.caption = Caption(running[-1] if running else "", detail)
        self._recorder()

    def develop(self, stream: TextIO) -> str | None:
        """Make the film and say where it is, or what it needs; its path if there is one."""
        from habilis.envs.media.gl import RenderingUnavailable

        try:
            with self._film:
                self._recorder.develop()
        except RenderingUnavailable as error:
            print(f"  no film: {error}", file=stream)
            return None
        print(f"  film {self._film.path}", file=stream)
        return str(self._film.path)
