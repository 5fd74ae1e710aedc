"""Hands with different tools, side by side: one ``Holding`` a tool and size, read as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.grasps import GraspKeyframe
from habilis.assets.scene.model.held import HALVES
from habilis.assets.scene.things import Scene
from habilis.envs.aperture.cells import Cell
from habilis.envs.hand.holding import Holding
from habilis.envs.hand.synergy import Synergies
from habilis.envs.sim.groups import Groups
from habilis.envs.sim.make import SimKind
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.seeing.cameras import Image, ScenePictures

READ = (
    "q", "qd", "opening", "opening_rate", "tool_in_palm", "touching", "touch_force", "dropped",
)  # fmt: skip


class Fleet:
    """N hands, each with the tool that it was given last.

    Every tool's world has room for all of them, which costs little; only those that are in it are
    stepped. All cells are of one hand.

    Args:
      cells: tools that there are.
      n: hands.
      nthread: threads, 0 for all cores.
      worlds: where they are, one a cell, if there are any already.
      synergies: of what they hold now, likewise.
      sim: back end of their physics.

    Attributes:
      cell: (N,) which one each hand is in; grasp: (N,) which of its grasps.
      stroke: (N,) of the tool's joint, rad or m; spring: (N,) factor of its stiffness.
      synergies: of the grasps.
      ctrl: (N, a) servos' commands; and q, qd, opening, opening_rate, tool_in_palm, touching,
        touch_force, tip_force, dropped, diverged as of ``Holding``: as of the last step or
        ``refresh``; tip_force is 0 without a probe.
    """

    q: Array
    qd: Array
    opening: Array
    opening_rate: Array
    tool_in_palm: Array
    touching: Mask
    touch_force: Array
    tip_force: Array
    dropped: Mask

    def __init__(
        self,
        cells: Sequence[Cell],
        n: int,
        nthread: int = 0,
        worlds: Sequence[Holding] | None = None,
        synergies: Synergies | None = None,
        sim: SimKind = "cpu",
    ) -> None:
        if len({cell.compiled.in_hand.hand.name for cell in cells}) != 1:
            raise ValueError("all cells must be of one hand")
        self.cells, self.n = tuple(cells), n
        self.worlds = list(
            worlds or (Holding(cell.compiled, n, nthread, sim=sim) for cell in cells)
        )
        self.hand = cells[0].compiled.in_hand.hand
        self.dt = self.worlds[0].dt
        self.cell, self.grasp = np.zeros((2, n), int)
        self.stroke = np.full(n, cells[0].compiled.in_hand.tool.joint.stroke)
        self.spring = np.ones(n)
        self.synergies = synergies or Synergies([cells[0].grasps[0]] * n)
        joints, fingers = len(self.hand.joints), (len(self.hand.fingers), len(HALVES))
        self.q, self.qd = np.zeros((2, n, joints))
        self.ctrl = np.zeros((n, len(self.hand.actuators)))
        self.opening, self.opening_rate = np.zeros((2, n))
        self.tool_in_palm = np.zeros((n, 7))
        self.touching, self.touch_force = np.zeros((n, *fingers), bool), np.zeros((n, *fingers))
        self.tip_force = np.zeros(n)
        self.dropped, self.diverged = np.zeros((2, n), bool)
        self.pictures = FleetPictures(self)
        self._read = (*READ, "tip_force") if self.worlds[0].probed else READ
        self._groups = Groups(self.worlds, self.cell, np.arange(n))

    @property
    def scene(self) -> Scene:
        """What the hands of the first tool are in."""
        return self.worlds[0].scene

    def place(self, ids: Ids, cell: npt.ArrayLike, start: npt.ArrayLike) -> None:
        """Begin hands ``ids`` (k,) at starts of cells, given by their indices (k,) and (k,)."""
        cells, starts = np.asarray(cell, int), np.asarray(start, int)
        self.cell[ids] = cells
        for c in np.unique(cells):
            of = cells == c
            found = self.cells[c]
            self.worlds[c].restore(found.starts.take(starts[of]), ids[of])
            self._take(ids[of], int(c), found.grasp[starts[of]])
            self.spring[ids[of]] = found.spring[starts[of]]
        self.refresh(ids)

    def step(self, targets: Array) -> None:
        """Move the servos' commands to ``targets`` (N, a) over one step; see ``Holding.step``."""
        for part in self._groups.parts():
            part.member.step(targets[part.rows], part.inside)
        self.refresh()

    def gravity(self, ids: Ids, gravity: Array) -> None:
        """Set gravity (k, 3) m/s^2, in the frame of the hand."""
        for part in self._groups.parts(ids):
            part.member.gravity[part.inside] = gravity[part.rows]

    def push(self, ids: Ids, force: Array) -> None:
        """Push the tools with forces (k, 3) N from now on; see ``Holding.push``."""
        for part in self._groups.parts(ids):
            part.member.push(part.inside, force[part.rows])

    def refresh(self, ids: Ids | None = None) -> None:
        """Read the worlds of hands ``ids`` again; of all by default."""
        for part in self._groups.parts(ids):
            world, mine = part.member, part.inside
            for name in self._read:
                getattr(self, name)[mine] = world.read(name, mine)
            self.ctrl[mine], self.diverged[mine] = world.ctrl[mine], world.diverged[mine]

    def grasps(self, ids: Ids) -> list[GraspKeyframe]:
        """Of hands ``ids`` (k,), how each holds its tool."""
        return [self.cells[self.cell[i]].grasps[self.grasp[i]] for i in ids]

    # ---- state

    def save(self) -> Snapshot:
        """Whole state of all hands."""
        rows = {f"fleet/{name}": getattr(self, name).copy() for name in ("cell", "grasp", "spring")}
        return Snapshot(self._groups.save().rows | rows)

    def restore(self, snapshot: Snapshot, ids: Ids) -> None:
        """Write a snapshot of k hands into ``ids`` (k,).

        Raises:
          ValueError: of other tools, or of another number of hands.
        """
        rows = snapshot.rows
        self.cell[ids], self.spring[ids] = rows["fleet/cell"], rows["fleet/spring"]
        self._groups.restore(snapshot, ids)
        for part in self._groups.parts(ids):
            self._take(part.inside, part.index, rows["fleet/grasp"][part.rows].astype(int))
        self.refresh(ids)

    def _take(self, ids: Ids, cell: int, grasps: npt.NDArray[np.int_]) -> None:
        found = self.cells[cell]
        self.grasp[ids] = grasps
        self.stroke[ids] = found.compiled.in_hand.tool.joint.stroke
        self.synergies.put(ids, [found.grasps[g] for g in grasps])


class FleetPictures:
    """Pictures of the hands of a fleet, each in the world of its tool.

    Args:
      fleet: what to look at.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._of: dict[int, ScenePictures] = {}

    def take(self, camera: str, size: tuple[int, int], sim: int) -> Image:
        """See ``habilis.envs.parts.Pictures``."""
        cell = int(self._fleet.cell[sim])
        if cell not in self._of:
            self._of[cell] = ScenePictures(self._fleet.worlds[cell])
        return self._of[cell].take(camera, size, sim)

    def close(self) -> None:
        """Free the OpenGL contexts; closing twice is fine."""
        while self._of:
            self._of.popitem()[1].close()
