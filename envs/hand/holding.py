"""N simulations of a hand that holds a tool: what it reads, and how it moves."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.grasps import GraspKeyframe
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.scene.model.held import HALVES
from habilis.assets.scene.things import Scene
from habilis.assets.tools.probe import PAD
from habilis.envs.sim.make import SimKind
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.poses import conjugate, matrices, multiply
from habilis.envs.world.varying.layout import Layout
from habilis.envs.world.world import World

SUBSTEPS = 8  # of 4 ms a step: 31 Hz
DROP_DISTANCE = 0.040  # m
DROP_TURN = 1.1  # rad
GRAVITY = 9.81  # m/s^2


class Holding:
    """The hands and tools of a ``World`` in whose scene the robot holds a tool.

    Positions and velocities are those of the present; touch describes the last substep. Of a hand
    alone its model's frame is the world. Views are live: copy what you keep.

    Args:
      compiled: a scene with a held tool.
      n: number of simulations.
      nthread: threads, 0 for all cores.
      sim: back end of the physics.

    Attributes:
      world: the physics; sim: its engine.
      held: hand and tool.
      n, dt: number of simulations; time of one step, s.
      time: (N,) s since reset.
      q, qd: (N, j) hand joints, rad and rad/s.
      ctrl: (N, a) what the servos are told now.
    """

    def __init__(
        self, compiled: Compiled, n: int = 1, nthread: int = 0, *, sim: SimKind = "cpu"
    ) -> None:
        self.compiled, self.held, self.n = compiled, compiled.in_hand, n
        self.model, held = compiled.model, self.held
        self._part = (np.arange(SUBSTEPS) + 1.0)[:, None] / SUBSTEPS
        self.dt = SUBSTEPS * float(self.model.opt.timestep)
        self.world = World(compiled, n, nthread, sim=sim)
        self.sim = self.world.sim
        self.time, self._ctrl = self.world.time, self.sim.bind("ctrl")
        self.ctrl = self._ctrl[:, held.servos[0] : held.servos[-1] + 1]
        self._qpos, self._qvel = self.sim.bind("qpos"), self.sim.bind("qvel")
        self._warmstart = self.sim.bind("qacc_warmstart")
        self._eq_active = self.sim.bind("eq_active")
        base = int(compiled.index.body(held.names.bodies["base"])[0])
        self._push = self.sim.bind("xfrc_applied").reshape(n, -1, 6)[:, base]
        self._all = np.arange(n)
        self._own = 1 + int(max(held.q.max(), held.free.max(), held.opening.max()))
        self._fastest = held.hand.coupling @ np.array(held.hand.velocity)
        limits = self.model.actuator_ctrlrange[held.servos]
        self._low, self._high = limits[:, 0], limits[:, 1]
        palm = mujoco.MjData(self.model)
        mujoco.mj_kinematics(self.model, palm)
        self._palm = palm.body(held.hand.palm).xpos.copy()
        self._palm_turn = conjugate(palm.body(held.hand.palm).xquat)
        self._held = np.zeros((n, 7))  # tool poses that drops are measured from
        self._held[:, 3] = 1.0
        ledger = self.world.ledger
        self._touch = np.array(
            [[ledger.column(*held.touch(f, h)) for h in HALVES] for f in held.hand.fingers]
        )
        self._tip = np.zeros(n)

    @property
    def gravity(self) -> Array:
        """(N, 3) live, m/s^2, in the world."""
        return self.world.gravity

    @property
    def scene(self) -> Scene:
        """What the hands are in."""
        return self.compiled.scene

    @functools.cached_property
    def probed(self) -> bool:
        """Whether there is a pad between the tips that feels how hard they press."""
        return PAD in self.compiled.index.names("sensor")

    @functools.cached_property
    def _pad(self) -> npt.NDArray[np.int_]:
        return self.compiled.index.sensor(PAD)[1:]

    # ---- reading

    @property
    def diverged(self) -> Mask:
        """(N,) the last step failed; the simulation stands where it stood before it."""
        return self.sim.diverged

    @property
    def q(self) -> Array:
        """(N, j) hand joints, rad."""
        return self.read("q")

    @property
    def qd(self) -> Array:
        """(N, j) speeds of the hand's joints, rad/s."""
        return self.read("qd")

    @property
    def opening(self) -> Array:
        """(N,) tool joint value, play included, rad or m: the tool's sensor, not a substep old."""
        return self.read("opening")

    @property
    def opening_rate(self) -> Array:
        """(N,) rate of the opening, 1/s."""
        return self.read("opening_rate")

    @property
    def tool_pose(self) -> Array:
        """(N, 7) of the tool frame in the hand's frame, m and wxyz."""
        return self.read("tool_pose")

    @property
    def tool_in_palm(self) -> Array:
        """(N, 7) of the tool frame in the frame of the palm's body, m and wxyz."""
        return self.read("tool_in_palm")

    @property
    def touching(self) -> Mask:
        """(N, F, 2) which fingers touch the tool's base and moving half."""
        return self.read("touching")

    @property
    def touch_force(self) -> Array:
        """(N, F, 2) net force between each finger and each half, N."""
        return self.read("touch_force")

    @property
    def tip_force(self) -> Array:
        """(N,) normal force on the probe's pad, N; 0 without contact.

        Raises:
          ValueError: the hand was compiled without a probe.
        """
        return self.read("tip_force")

    @property
    def drift(self) -> tuple[Array, Array]:
        """(N,) distance in m and (N,) angle in rad of the tool from where it was held."""
        return self._drift(np.arange(self.n))

    @property
    def dropped(self) -> Mask:
        """(N,) whether the tool is too far from where it was held, or turned too much."""
        return self.read("dropped")

    def read(self, name: str, ids: Ids | None = None) -> npt.NDArray[Any]:
        """A property of this class by its name, of simulations ``ids`` (k,) only."""
        reading: npt.NDArray[Any] = _READINGS[name](self, self._all if ids is None else ids)
        return reading

    def _in_palm(self, ids: Ids) -> Array:
        pose, back = self._pose(ids), self._palm_turn
        pos = (matrices(back) @ (pose[:, :3] - self._palm)[..., None])[..., 0]
        turn = multiply(np.broadcast_to(back, (len(ids), 4)), pose[:, 3:])
        return np.concatenate((pos, turn), 1)

    def _pose(self, ids: Ids) -> Array:
        return self._qpos[ids[:, None], self.held.free]

    def _touching(self, ids: Ids) -> Mask:
        return self.world.ledger.latest[ids][:, self._touch]

    def _forces(self, ids: Ids) -> Array:
        return self.world.ledger.force[ids][:, self._touch]

    def _tip_force(self, ids: Ids) -> Array:
        if not self.probed:
            raise ValueError(
                f"{self.held.tool.name} has no probe between its tips: compile it with"
                " compile_hand(name, tool, Probe())"
            )
        return self._tip[ids]

    def _drift(self, ids: Ids) -> tuple[Array, Array]:
        pose, held = self._pose(ids), self._held[ids]
        away = multiply(conjugate(held[:, 3:]), pose[:, 3:])
        turn = 2 * np.arctan2(np.linalg.norm(away[:, 1:], axis=1), np.abs(away[:, 0]))
        return np.linalg.norm(pose[:, :3] - held[:, :3], axis=1), turn

    def _dropped(self, ids: Ids) -> Mask:
        distance, turn = self._drift(ids)
        out: Mask = (distance > DROP_DISTANCE) | (turn > DROP_TURN)
        return out

    # ---- state

    def vary(self, ids: Ids, gravity: Array | None = None, **factors: Array) -> None:
        """Give the tools of simulations ``ids`` (k,) other properties; their state stays as it is.

        Args:
          ids: which.
          gravity: (k, 3) m/s^2, in the world; the model's own if left out.
          **factors: (k,) by the names of ``Layout``: mass, springs, drag and friction of the tool,
            gains of the hand's servos; 1 where left out.
        """
        layout = Layout.nominal(self.scene, len(ids))
        gains = factors.pop("gains", layout.gains)
        layout = layout.of_thing(self.scene, self.held.tool.name, **factors)
        layout = dataclasses.replace(layout, gains=gains, gravity=gravity)
        self.world.vary(np.asarray(ids, int), layout)

    def reset(self, ids: Ids, grasps: Sequence[GraspKeyframe]) -> None:
        """Put simulations ``ids`` (k,) into keyframes (k of them).

        A keyframe is at rest without gravity and with the model's own properties; others settle
        within some tenths of a second (see ``habilis.envs.hand.closing`` to close anew).
        """
        ids = np.asarray(ids, int)
        if len(grasps) != len(ids):
            raise ValueError(f"{len(grasps)} grasps for {len(ids)} simulations")
        self.start(ids)
        for field, name in (
            (self._qpos, "qpos"), (self._qvel, "qvel"), (self.ctrl, "ctrl"),
            (self._warmstart, "warmstart"),
        ):  # fmt: skip
            rows = np.array([getattr(grasp, name) for grasp in grasps])
            if name == "qpos" and rows.shape[1] != self._own:
                raise ValueError(f"keyframes of {rows.shape[1]} numbers for {self._own} in qpos")
            field[ids, : rows.shape[1]] = rows  # what the tool works on comes after these
        self.mark(ids)

    def start(self, ids: Ids) -> None:
        """Clear the state of ``ids``: ``qpos0``, time 0, the weld off, nothing diverged."""
        self.world.clear(ids)
        self._push[ids], self._tip[ids] = 0.0, 0.0

    def pose(self, ids: Ids, q: Array, tool_pose: Array) -> None:
        """Put the open tool at poses (k, 7) and hands at joints (k, j), servos at rest there."""
        self._qpos[ids[:, None], self.held.q] = q
        self._qpos[ids[:, None], self.held.free] = tool_pose
        self.ctrl[ids] = self.held.hand.command(q)

    def weld(self, ids: Ids, *, on: bool) -> None:
        """Hold the tool to the world where it is now, or let go of it."""
        if on:
            weld = self.sim.expand("eq_data")[:, self.held.weld]
            weld[np.ix_(ids, np.arange(3, 10))] = self.tool_pose[ids]
        self._eq_active[ids, self.held.weld] = float(on)

    def mark(self, ids: Ids) -> None:
        """From now on, measure drift from the present pose."""
        self.world.settle(ids)
        self._held[ids] = self.read("tool_pose", ids)

    def keyframe(self, sim: int, grasp: GraspKeyframe) -> GraspKeyframe:
        """The grasp with the present state of a simulation as its keyframe."""
        return dataclasses.replace(
            grasp,
            qpos=self._qpos[sim].copy(),
            qvel=self._qvel[sim].copy(),
            ctrl=self.ctrl[sim].copy(),
            warmstart=self._warmstart[sim].copy(),
        )

    def save(self, ids: npt.ArrayLike | None = None) -> Snapshot:
        """Whole state of simulations ``ids`` (all by default), with what was varied."""
        rows: dict[str, npt.NDArray[np.generic]] = {
            **self.world.save().rows, "held": self._held.copy(), "tip": self._tip.copy(),
        }  # fmt: skip
        snapshot = Snapshot(rows)
        return snapshot if ids is None else snapshot.take(ids)

    def restore(self, snapshot: Snapshot, ids: npt.ArrayLike | None = None) -> None:
        """Write a snapshot of k simulations into ``ids`` (k,); all by default."""
        index = np.arange(self.n) if ids is None else np.asarray(ids, int)
        self.world.restore(snapshot, index)
        self._held[index], self._tip[index] = snapshot.rows["held"], snapshot.rows["tip"]

    # ---- stepping

    def push(self, ids: Ids, force: Array) -> None:
        """From now on push the tool's base at its centre of mass with ``force`` (k, 3) N."""
        self._push[np.ix_(ids, np.arange(3))] = force

    def step(self, targets: Array, ids: Ids | None = None) -> None:
        """Move the servos' commands to ``targets`` (k, a) over one step, no faster than they can.

        A simulation that diverges is put back to where it was before and marked in ``diverged``;
        its caller must end the episode.

        Args:
          targets: rad, of each simulation that goes on.
          ids: which ones do (k,), ascending; all by default.

        Raises:
          ValueError: a target is not finite.
        """
        going = self._all if ids is None else ids
        self._advance(self._way(targets, going), ids)

    def _advance(self, steps: Array, ids: Ids | None) -> None:
        self.world.advance_part(steps, last=True, ids=ids)
        if self.probed:
            going = slice(None) if ids is None else ids
            force = self.sim.bind("sensordata")[going][:, self._pad]
            self._tip[going] = np.linalg.norm(force, axis=1)

    def _way(self, targets: Array, ids: Ids) -> Array:
        """(k, substeps, a) commands of the hand on the way to ``targets``."""
        if not np.all(np.isfinite(targets)):
            rows = np.flatnonzero(~np.isfinite(targets).all(axis=1))
            raise ValueError(f"targets of simulations {rows.tolist()} are not finite")
        now = self.ctrl[ids]
        reach = self._fastest * self.dt
        goal = now + np.clip(np.clip(targets, self._low, self._high) - now, -reach, reach)
        return now[:, None] + self._part * (goal - now)[:, None]


def _sums(values: Array, ids: Ids, columns: npt.NDArray[np.int_]) -> Array:
    out: Array = values[ids[:, None], columns].sum(axis=1)
    return out


_READINGS: Mapping[str, Callable[[Holding, Ids], npt.NDArray[Any]]] = {
    "q": lambda world, ids: world._qpos[ids[:, None], world.held.q],
    "qd": lambda world, ids: world._qvel[ids[:, None], world.held.dofs],
    "opening": lambda world, ids: _sums(world._qpos, ids, world.held.opening),
    "opening_rate": lambda world, ids: _sums(world._qvel, ids, world.held.opening_dofs),
    "tool_pose": lambda world, ids: world._pose(ids),
    "tool_in_palm": Holding._in_palm,
    "touching": Holding._touching,
    "touch_force": Holding._forces,
    "tip_force": Holding._tip_force,
    "dropped": Holding._dropped,
}
