"""N simulations of one scene."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.scene.model.preset import TIMESTEP
from habilis.envs.control.arm import TICK
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.poses import multiply
from habilis.envs.world.reading import WorldReading
from habilis.envs.world.varying.layout import Layout

SUBSTEPS = round(TICK / TIMESTEP)
APART = 0.01  # m from what it belongs to at which a part that is seen has come off
STIR = 0.003  # m that something at rest may seem to move to whoever sees it


class World(WorldReading):
    """N simulations of a compiled scene, with contacts booked and divergence caught.

    Positions and velocities are those of the present; contact fields describe the last
    advance. Views are live: copy what you keep. Arguments and attributes: see ``WorldReading``.
    """

    # ---- writing

    @property
    def gravity(self) -> Array:
        """(N, 3) live, m/s^2: of each simulation; write it to change it."""
        return self.sim.expand("opt.gravity")

    def clear(self, ids: Ids) -> None:
        """Put simulations ``ids`` (k,) where the model has everything, at rest, at time 0.

        What was varied stays. Write the state, then call ``settle``.
        """
        self.sim.reset(ids)
        self.ledger.reset(ids)
        self.breaking.over[ids] = 0
        self.settle(ids)

    def settle(self, ids: Ids) -> None:
        """What was written into the state of simulations ``ids`` (k,) is where they start from."""
        self._poses.refresh()
        self._start(ids)
        self._settled[ids] = self._qpos[ids]

    def reset(self, ids: Ids, layout: Layout, q: Array) -> None:
        """Put simulations ``ids`` (k,) at layouts (k rows): arms at joints q (n,), rad, open."""
        self.vary(ids, layout)
        self.sim.reset(ids)
        self.q[ids] = q
        effector = self.robot.effector
        self._fingers[ids] = effector.opening.posture(effector.widest)
        self.sim.bind("ctrl")[ids] = self.columns.targets(
            self.robot.command(np.asarray(q, float), effector.widest)
        )
        self._place(ids, layout)
        self.sim.forward(ids, upto="position")
        self.ledger.reset(ids)
        self.breaking.over[ids] = 0
        self.grips.reset(ids)
        self._poses.refresh()
        self._start(ids)
        self._settled[ids] = self._qpos[ids]

    def _start(self, ids: Ids | slice) -> None:
        """What is asked of bodies in simulations ``ids`` is counted from here."""
        self.start_pos[ids], self.start_quat[ids] = self.pos[ids], self.quat[ids]
        self.written[ids], self.lifted[ids] = 0.0, 0.0

    def vary(self, ids: Ids, layout: Layout) -> None:
        """Give simulations ``ids`` (k,) the properties of layouts (k rows); their state stays."""
        self._varied.write(ids, layout)

    def move_fixed(self, ids: Ids, thing: str, shift: Array, turn: Array) -> None:
        """Put a fixed thing, in simulations ``ids`` (k,), off where the scene has it.

        Args:
          ids: which.
          thing: its name.
          shift: (k, 2) m.
          turn: (k,) about z, rad; only where the robot holds a tool.
        """
        self._varied.move(ids, self.compiled.tree[self.index(thing)].thing, shift, turn)
        self._poses.refresh()

    def _place(self, ids: Ids, layout: Layout) -> None:
        of, sims = self._entity_of[self._poses.free], ids[:, None, None]
        self._qpos[sims, self._poses.pos_columns[:, :2]] += layout.shift[:, of]
        yaw = np.array([self.scene.entities[i].yaw for i in of]) + layout.turn[:, of]
        quat = np.stack([np.cos(yaw / 2), 0 * yaw, 0 * yaw, np.sin(yaw / 2)], axis=-1)
        self._qpos[sims, self._poses.quat_columns] = multiply(quat, self._tilt)
        for i in self._poses.grains:
            k = self._entity_of[i]
            middle = np.array(self.scene.entities[k].pos[:2])
            self._poses.move_grains(ids, i, middle, layout.shift[:, k], layout.turn[:, k])
        self._poses.refresh()
        for part in self.compiled.loose:  # those of links turn about the root
            self._put(ids, self.index(part.body), self.index(part.owner))

    def _put(self, ids: Ids, body: int, onto: int) -> None:
        """Put a free body where another is."""
        row = int(np.flatnonzero(self._poses.free == body)[0])
        self._qpos[np.ix_(ids, self._poses.pos_columns[row])] = self.pos[ids, onto]
        self._qpos[np.ix_(ids, self._poses.quat_columns[row])] = self.quat[ids, onto]

    def save(self, ids: npt.ArrayLike | None = None) -> Snapshot:
        """Whole state of simulations ``ids`` (all by default)."""
        rows: dict[str, npt.NDArray[np.generic]] = {
            **self.sim.save().rows, "over": self.breaking.over.copy(),
            "start_pos": self.start_pos.copy(), "start_quat": self.start_quat.copy(),
            "written": self.written.copy(), "pos": self.pos.copy(), "lifted": self.lifted.copy(),
        }  # fmt: skip
        rows |= {f"ledger/{k}": v for k, v in self.ledger.save().items()}
        rows |= {f"grips/{k}": v.copy() for k, v in self.grips.rows().items()}
        snapshot = Snapshot(rows)
        return snapshot if ids is None else snapshot.take(ids)

    def restore(self, snapshot: Snapshot, ids: npt.ArrayLike | None = None) -> None:
        """Write a snapshot of k simulations into ``ids`` (k,); all by default."""
        index = np.arange(self.n) if ids is None else np.asarray(ids, int)
        self.sim.restore(snapshot, index)
        rows = snapshot.rows
        self.breaking.over[index], self.start_pos[index] = rows["over"], rows["start_pos"]
        self.start_quat[index], self.written[index] = rows["start_quat"], rows["written"]
        self.lifted[index] = rows["lifted"]
        ledger = {k[7:]: v for k, v in rows.items() if k.startswith("ledger/")}
        self.ledger.restore(ledger, index)
        for name, values in self.grips.rows().items():
            values[index] = rows[f"grips/{name}"]
        self.grips.refresh()
        self._poses.refresh()
        self._settled[index] = self._qpos[index]

    # ---- what a real robot reports

    def mirror(
        self, time: Array, q: Array, aperture: Array, seen: Mapping[int, tuple[Array, Array]],
        start: bool = False, qd: Array | None = None,
    ) -> dict[str, Array]:  # fmt: skip
        """Stand as a real robot and the things around it do; nothing is stepped.

        What touches is booked in the ledger, by geometry: without forces, as nobody measured any.
        Nothing counts as written: it is the world that moved. What is smaller than ``STIR`` is no
        motion. Loose parts go with what they belong to unless they are seen ``APART`` from it.

        Args:
          time: (N,) s.
          q: (N, n) rad.
          aperture: (N,) m.
          seen: by index of a tracked body, position (N, 3) m and orientation (N, 4) wxyz; what is
            not seen stays.
          start: begin here, as after a reset.
          qd: (N, n) rad/s; 0 if left out.

        Returns:
          By name, what has a joint or is fixed and is seen off the place it can be at: by (N,) m.
        """
        dt = 0.0 if start else float((time - self.time).max())
        self.time[:], self.q[:], self.qd[:] = time, q, 0.0 if qd is None else qd
        self._fingers[:] = self.robot.effector.opening.posture(aperture)
        off = {self.bodies[i]: self._poses.place(i, *pose) for i, pose in seen.items()}
        self._carry_parts(seen)
        sensed = self.sim.bind("sensordata")  # filled by what is computed after it is asked for
        self.sim.forward()
        self._poses.refresh()
        self.severing.note()
        if start:
            self.ledger.reset(np.arange(self.n))
            self._start(slice(None))
            self._stood = self.travel.here()
        self._book(sensed, dt)
        np.copyto(self._settled, self._qpos)
        return {name: far for name, far in off.items() if far.any()}

    def _carry_parts(self, seen: Mapping[int, tuple[Array, Array]]) -> None:
        """Loose parts that are not seen go along; those that are seen may have come off."""
        apart = np.zeros((self.n, len(self.compiled.loose)), bool)
        for k, part in enumerate(self.compiled.loose):
            owner, own = self.index(part.owner), self.index(part.body)
            if owner in seen and own in seen:
                way = seen[own][0] - seen[owner][0]
                apart[:, k] = np.sqrt(np.vecdot(way, way)) > APART
            elif owner in seen and not self.broken[:, k].any():
                self._poses.place(own, *seen[owner])
        if apart.any():
            self.breaking.note(apart)

    def _book(self, sensed: Array, dt: float) -> None:
        found, _ = self._touching(sensed[:, None])  # nobody measured a force
        path = self.travel.since(self._stood)
        far = path > STIR
        self._path[:, :-1] = np.where(far, path, 0.0)
        self._stood = np.where(far[..., None], self.travel.here(), self._stood)
        shift = self._path.take(self._sides, axis=1)
        self.ledger.record(found, np.zeros(found.shape), self.time, dt, shift)
        if self.magnets is not None:
            self.magnets.apply()

    # ---- stepping

    def bound_force(self, force: Array | None) -> None:
        """Let end effectors press with no more than (N,) N from now on.

        Args:
          force: inf, or None for all, gives an end effector its own.

        Raises:
          ValueError: not above zero, or the end effector's actuators have no bound at all.
        """
        bound = force is not None and np.isfinite(force).any()
        if not bound and not self.sim.varies("actuator_forcerange"):
            return
        if force is not None and not (force > 0).all():
            raise ValueError(f"force must be above zero, got {force.tolist()} N")
        effector = self.robot.effector
        servos = [int(self.model.actuator(name).id) for name in effector.actuators]
        if not self.model.actuator_forcelimited[servos].all():
            raise ValueError(f"the force of end effector {effector.name!r} cannot be bounded")
        share = np.ones(self.n) if force is None else np.minimum(1.0, force / effector.force)
        ranges = self.sim.expand("actuator_forcerange")
        ranges[:, servos] = self.model.actuator_forcerange[servos] * share[:, None, None]

    def advance(self, ctrl: Array) -> None:
        """Step T ticks of ``SUBSTEPS`` substeps with targets (N, T, n + a) of arm and effector.

        A simulation that diverges is put back to where it was before and marked in
        ``diverged``; its caller must end the episode.
        """
        steps = np.repeat(self.columns.targets(ctrl), SUBSTEPS, axis=1)
        self._note_writes()
        with self.sim.guard():
            if self.compiled.loose or self.compiled.bonds or self.magnets is not None:
                for t in range(0, steps.shape[1], SUBSTEPS):
                    self._run(steps[:, t : t + SUBSTEPS])
                    self._apply_rules()
            else:
                self._run(steps)
        self._settle()

    def advance_part(self, steps: Array, last: bool, ids: Ids | None = None) -> None:
        """Step part of a tick, with targets (k, S, n + a) of its S substeps.

        Args:
          steps: a target each ``TIMESTEP``.
          last: whether the tick is over with it; the rules apply then.
          ids: which simulations (k,) are stepped, ascending; all by default.
        """
        if ids is not None and len(ids) == self.n:
            ids = None  # all of them, which takes no copies
        self._note_writes()
        with self.sim.guard(ids):
            self._run(self.columns.targets(steps), ids)
            if last:
                self._apply_rules()
        self._settle()

    def _settle(self) -> None:
        """Remember where all is; what is elsewhere at the next advance was written."""
        if np.count_nonzero(self.diverged):
            self._poses.refresh()
        np.copyto(self._settled, self._qpos)

    def _run(self, steps: Array, ids: Ids | None = None) -> None:
        old = self.travel.here()
        told = self.sim.rollout(steps.shape[1], steps, record=("sensordata",), ids=ids)
        self._poses.refresh()
        found, force = self._touching(told["sensordata"], ids)
        self._path[:, :-1] = self.travel.since(old)
        shift = self._path.take(self._sides, axis=1)
        if ids is None:
            self.ledger.record(found, force, self.time, TIMESTEP, shift)
        else:
            self.ledger.record_some(ids, found, force, self.time[ids], TIMESTEP, shift[ids])

    def _touching(self, sensed: Array, ids: Ids | None = None) -> tuple[Mask, Array]:
        """Whether pairs touch and how hard, N: (k, S, P) of sensor data (k, S, numbers)."""
        contacts = sensed[..., self._contacts].reshape(-1, 4)  # how many, force
        count, shape = contacts[:, 0], (*sensed.shape[:2], -1)
        (hits,) = count.nonzero()  # few, and all others are without force
        force, push = np.zeros(count.shape), contacts.take(hits, axis=0)[:, 1:]
        force[hits] = np.sqrt(np.vecdot(push, push))
        found, force = (count > 0).reshape(shape), force.reshape(shape)
        if self.magnets is not None:
            self.magnets.count_joined(found, slice(None) if ids is None else ids)
        if not self.compiled.touches:
            return found, force
        of = slice(None) if ids is None else ids
        near = np.repeat(self._touches.found()[of, None], sensed.shape[1], axis=1)
        return np.concatenate([found, near], axis=2), np.pad(
            force, (*[(0, 0)] * 2, (0, near.shape[2]))
        )

    def _note_writes(self) -> None:
        """Book how far bodies were moved by writes to the state since the last advance."""
        if not np.count_nonzero(self._qpos != self._settled):
            return
        old = self.pos.copy()
        self._poses.refresh()
        self.written += np.abs(self.pos - old).max(axis=2)
        by = self._qpos[:, self.columns.base] - self._settled[:, self.columns.base]
        self.lifted += np.abs(by[:, :3]).max(axis=1, initial=0.0)

    def _apply_rules(self) -> None:
        if self.compiled.loose:
            self.breaking.apply()
        if self.compiled.bonds:
            self.severing.apply()
        if self.magnets is not None:
            self.magnets.apply()
