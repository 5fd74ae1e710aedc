"""What habilis ros replay prints."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from habilis.envs.ros.transports.base import GoalStatus

if TYPE_CHECKING:
    from habilis.envs.ros.recording.comparison import Comparison, Difference
    from habilis.envs.ros.recording.reader import Happening, Recording
    from habilis.envs.ros.recording.rehearsal import Rehearsal

TOGETHER = 1.0  # s within which events of one kind are one line


def opening(recording: Recording, rehearsal: Rehearsal) -> Iterator[str]:
    """Yield lines about the file: what was recorded, of which robot, in which scene."""
    profile, data = recording.profile, recording.metadata
    who = f"robot {profile.name}" if profile else "a ROS 2 bag of others"
    yield f"{recording.path}: {who}, {recording.duration:.1f} s, scene {rehearsal.scene.name}"
    if profile:
        seed = f", seed {data['seed']}" if "seed" in data else ""
        by = f": {data['command']}" if "command" in data else ""
        yield f"  recorded with habilis {data.get('version', '?')}{by}{seed}"
    if rehearsal.follows:
        yield "  it has no joint targets: the simulated robot follows the measured joints"
    if rehearsal.unseen and rehearsal.has_goal:
        yield f"  not seen, so as the scene says: {', '.join(rehearsal.unseen)}"
    if not recording.whole:
        yield "  the file is cut off: this is what was written before the crash"
    if recording.lost:
        yield f"  {recording.lost} messages were not recorded"


def timeline(recording: Recording) -> Iterator[str]:
    """Yield skills and events, in the order of time."""
    if recording.profile is None:
        return
    told = [e for e in recording.events() if e.kind != "gripper" or e.data.get("trouble")]
    rows = sorted((*recording.skills(), *told), key=lambda row: row.time)
    groups: list[list[Happening]] = []
    last: dict[str, list[Happening]] = {}
    for row in rows:
        group = last.get(row.kind)
        same = row.kind not in ("began", "ended", "goal", "outcome")
        if group is not None and same and row.time - group[-1].time < TOGETHER:
            group.append(row)
        else:
            last[row.kind] = [row]
            groups.append(last[row.kind])
    for group in groups:
        many = f" ({len(group)} times until {group[-1].time:.2f} s)" if len(group) > 1 else ""
        yield f"  {group[0].time:7.2f} s  {_said(max(group, key=_clamp))}{many}"


def findings(
    recording: Recording, found: Comparison, ticks: int, ok: bool, reason: str, has_goal: bool
) -> Iterator[str]:
    """Yield how the recorded and the simulated run differ, and how the latter ended."""
    yield "recorded against simulated"
    yield f"  {'':<18}{'largest':>11}{'at':>11}{'RMS':>11}{'at the end':>12}"
    for row in (*found.joints, *([found.aperture] if found.aperture else [])):
        yield _row(row, row.name)
    for place, turn in zip(found.places, found.turns, strict=True):
        yield _row(place, place.name)
        yield _row(turn, "  its turn")
    if found.lag:
        yield (
            f"  the recorded robot is {found.lag * 1e3:.0f} ms behind the simulated one; the"
            " differences above are without that"
        )
    if found.changed:
        yield (
            f"  the limiter of the simulation changed {found.changed} of {ticks} targets, by up to"
            f" {found.most_changed * 1e3:.1f} mrad"
        )
    first = found.first
    if first is None:
        yield "  no difference beyond the tolerances"
    else:
        yield f"  first difference beyond the tolerances: {first.name} at {first.first:.2f} s"
    if has_goal:
        then = next((e for e in recording.events() if e.kind == "outcome"), None)
        word = "the goal is reached in simulation" if ok else f"NOT reached in simulation: {reason}"
        yield word + _recorded(then, reason)


def _recorded(outcome: Happening | None, reason: str) -> str:
    if outcome is None:
        return "; how the recorded run ended is not known"
    if outcome.data.get("success"):
        return "; it was in the recorded run"
    if reason and outcome.data.get("reason") == reason:
        return "; it was not in the recorded run, for the same reason"
    return f"; it was not in the recorded run: {outcome.data.get('reason') or 'no reason noted'}"


def _row(row: Difference, name: str) -> str:
    scale, unit = (1e3, "mm") if row.unit == "m" else (1e3, "mrad")
    if name != row.name:
        scale, unit = 180 / math.pi, "deg"
    largest, rms, last = (f"{v * scale:.2f} {unit}" for v in (row.largest, row.rms, row.last))
    mark = "" if row.first is None else f"  beyond from {row.first:.2f} s"
    return f"  {name:<18}{largest:>11}{row.when:>9.2f} s{rms:>11}{last:>12}{mark}"


def _said(event: Happening) -> str:
    data: Any = event.data
    if event.kind == "began":
        return str(data["running"])
    if event.kind == "ended":
        return f"{data['skill']}: {data['outcome']}, {data['reason']}"
    if event.kind == "outcome":
        return "goal reached" if data["success"] else f"goal not reached: {data['reason']}"
    if event.kind == "goal":
        return f"goal {GoalStatus(data['status']).name.lower()}: {data['action']}"
    if event.kind == "clamped":
        return f"clamped by up to {_clamp(event) * 1e3:.1f} mrad"
    words = [str(data[key]) for key in ("reason", "error", "trouble", "name") if data.get(key)]
    return ": ".join([event.kind, *words[:1]])


def _clamp(event: Happening) -> float:
    """How far a target was changed by the limiter, rad; 0 if that is not what happened."""
    if event.kind != "clamped":
        return 0.0
    return float(np.abs(np.subtract(event.data["requested"], event.data["sent"])).max())
