"""How far a rehearsal in simulation and what was recorded are apart: joints, opening, things."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.envs.ros.recording.rehearsal import ObjectPoses, Rehearsal, SimulatedRun, lag


@dataclasses.dataclass(frozen=True)
class Tolerance:
    """Differences beyond which, if they last, something is called different.

    Attributes:
      joint: rad.
      aperture: m.
      distance: m, of a thing.
      turn: rad, of a thing.
      lasting: s.
      closing: s that the gripper is given instead; each kind opens and closes at its own speed.
    """

    joint: float = 0.05
    aperture: float = 0.01
    distance: float = 0.02
    turn: float = 0.2
    lasting: float = 0.2
    closing: float = 1.5


@dataclasses.dataclass(frozen=True)
class Difference:
    """Of one quantity over the run.

    Attributes:
      name: of the joint or thing.
      unit: ``rad`` or ``m``.
      largest: at any time.
      when: s since the recording began, of the largest.
      rms: over time.
      last: at the end.
      first: s since the recording began, from when it was beyond the tolerance; None if never.
    """

    name: str
    unit: str
    largest: float
    when: float
    rms: float
    last: float
    first: float | None


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Of a whole run, with the recording shifted by the lag.

    Attributes:
      joints: one a joint, rad.
      aperture: of the gripper, m; None where its opening was not recorded.
      places: one a thing that was seen, m.
      turns: one a thing that was seen, rad.
      lag: s by which the recorded robot follows the simulated one.
      changed: periods in which the limiter of the rehearsal changed a target by over 0.1 mrad.
      most_changed: rad, by which it did at most.
    """

    joints: tuple[Difference, ...]
    aperture: Difference | None
    places: tuple[Difference, ...]
    turns: tuple[Difference, ...]
    lag: float
    changed: int
    most_changed: float

    @property
    def first(self) -> Difference | None:
        """Return the quantity that was first beyond its tolerance, or None if none ever was."""
        rows = [*self.joints, *self.places, *self.turns]
        if self.aperture is not None:
            rows.append(self.aperture)
        beyond = [row for row in rows if row.first is not None]
        return min(beyond, key=lambda row: row.first or 0.0, default=None)


def compare(
    rehearsal: Rehearsal, run: SimulatedRun, tolerance: Tolerance | None = None
) -> Comparison:
    """Compare what was recorded with what was simulated, shifted by the lag between them.

    Times are those of the recording.
    """
    limits, measured = tolerance or Tolerance(), rehearsal.measured
    late = lag(measured, run)
    times = run.time + late
    seen = times <= measured.time[-1] + 1e-6
    apart = np.abs(measured.at(times[seen]) - run.q[seen])
    joints = [
        difference(name, "rad", times[seen], apart[:, i], limits.joint, limits.lasting)
        for i, name in enumerate(measured.names)
    ]
    opening, aperture = rehearsal.opening, None
    if opening is not None:
        off = np.abs(opening.at(times[seen])[:, 0] - run.aperture[seen])
        aperture = difference("gripper", "m", times[seen], off, limits.aperture, limits.closing)
    places, turns = [], []
    for name, told in rehearsal.objects().items():
        index = rehearsal.robot.world.index(name)
        during = (told.time >= times[0]) & (told.time <= times[-1])
        if during.any():
            far, turned = _apart(told, run, index, during, late)
            when = told.time[during]
            places.append(difference(name, "m", when, far, limits.distance, limits.lasting))
            turns.append(difference(name, "rad", when, turned, limits.turn, limits.lasting))
    changed = run.changed > 1e-4
    return Comparison(
        tuple(joints), aperture, tuple(places), tuple(turns), late,
        int(changed.sum()), float(run.changed.max()),
    )  # fmt: skip


def difference(
    name: str, unit: str, times: Array, apart: Array, limit: float, lasting: float
) -> Difference:
    """Sum up how far two courses of a quantity are apart.

    Args:
      name: of the quantity.
      unit: its unit.
      times: (T,) s.
      apart: (T,) differences at those times.
      limit: difference that counts.
      lasting: how long it has to last to count, s.
    """
    at = int(np.argmax(apart))
    return Difference(
        name, unit, float(apart[at]), float(times[at]), float(np.sqrt(np.square(apart).mean())),
        float(apart[-1]), _first(times, apart > limit, lasting),
    )  # fmt: skip


def _first(times: Array, beyond: npt.NDArray[np.bool_], lasting: float) -> float | None:
    """When the first stretch of times (T,) began that is beyond for so long, or until the end."""
    since: float | None = None
    for time, is_beyond in zip(times.tolist(), beyond.tolist(), strict=True):
        since = (time if since is None else since) if is_beyond else None
        if since is not None and time - since >= lasting:
            return since
    return since


def _apart(
    told: ObjectPoses, run: SimulatedRun, index: int, during: npt.NDArray[np.bool_], late: float
) -> tuple[Array, Array]:
    """Distance (T,) in m and angle (T,) in rad between the recorded and the simulated thing."""
    times = told.time[during] - late
    columns = [np.interp(times, run.time, column) for column in run.pos[:, index].T]
    way = told.pos[during] - np.stack(columns, axis=-1)
    nearest = np.abs(run.time[None] - times[:, None]).argmin(axis=1)
    cosine = np.abs(np.vecdot(told.quat[during], run.quat[nearest, index]))
    return np.sqrt(np.vecdot(way, way)), 2 * np.arccos(np.clip(cosine, 0.0, 1.0))
