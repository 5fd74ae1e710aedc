"""What N simulations of one scene are like: names, poses, joints, contacts; nothing is changed."""

from __future__ import annotations

import functools

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.names import did_you_mean
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.scene.model.pairs import contact_sensor_name
from habilis.assets.scene.solids.parts import rotation
from habilis.assets.tools.build import MOVING
from habilis.envs.sim.make import SimKind, make_sim
from habilis.envs.world.gripping import Between
from habilis.envs.world.grips import Grips
from habilis.envs.world.judging.ledger import Ledger
from habilis.envs.world.judging.touches import GrainTouches
from habilis.envs.world.judging.travel import Travel
from habilis.envs.world.poses import BodyPoses, matrices, quaternions
from habilis.envs.world.robot_columns import RobotColumns
from habilis.envs.world.rules import Breaking, Magnets
from habilis.envs.world.severing import Severing
from habilis.envs.world.varying.varied import Varied


class WorldReading:
    """What N simulations of a compiled scene are like, as ``World`` says.

    Args:
      compiled: the scene.
      n: number of simulations.
      nthread: threads, 0 for all cores.
      sim: back end of the physics.

    Attributes:
      n, time (N,) s, q (N, n) rad, qd (N, n) rad/s, aperture (N,) m: the robot.
      columns: where it is in the arrays of the model.
      pos (N, B, 3) m, quat (N, B, 4) wxyz, bodies: tracked bodies, world frame; both are in poses
        (N, B, 7).
      start_pos (N, B, 3), start_quat (N, B, 4): poses at reset.
      written (N, B): distance by which a body was moved by writes to the state since reset, m.
      lifted (N,): distance by which the base of a robot that walks was moved so, m.
      ledger: contacts.
      broken (N, L): loose parts that came off.
      grips: by which hands hold articulated tools.
      travel: how far bodies go.
    """

    def __init__(
        self, compiled: Compiled, n: int = 1, nthread: int = 0, *, sim: SimKind = "cpu"
    ) -> None:
        self.compiled, self.scene, self.robot = compiled, compiled.scene, compiled.robot
        self.model, self.n = compiled.model, n
        self.sim = make_sim(sim, self.model, n, nthread)
        self._varied = Varied(compiled, self.sim)
        self.time = self.sim.bind("time")
        self._qpos, self._qvel = self.sim.bind("qpos"), self.sim.bind("qvel")
        self._settled = self._qpos.copy()
        self.columns = RobotColumns(self.model, self.robot)
        self.q, self.qd = self._qpos[:, self.columns.arm], self._qvel[:, self.columns.arm_dofs]
        self._fingers = self._qpos[:, self.columns.grip]
        self._index_bodies()
        held = compiled.held is not None
        self.ledger = Ledger((*compiled.pairs, *compiled.touches), n, recent=held)
        self._touches = GrainTouches(compiled, self._poses, self._qpos)
        self._index_contacts()
        eq_active = self.sim.bind("eq_active")
        self.breaking = Breaking(compiled, self.ledger, eq_active)
        self.grips = Grips(self.scene, self.robot, n, lambda tool: self.opening(f"{tool}/{MOVING}"))
        self.severing = Severing(compiled, self.ledger, self.pose, eq_active)
        self.magnets: Magnets | None = None
        if compiled.magnets:
            data = self._varied.fields["eq_data"]
            self.magnets = Magnets(compiled, self.ledger, self.pos, self.quat, eq_active, data)

    # ---- names

    @property
    def bodies(self) -> tuple[str, ...]:
        """Names of the tracked bodies, in the order of ``pos``."""
        return self.compiled.bodies

    def index(self, body: str) -> int:
        """Index of a tracked body in ``pos``; KeyError names the known ones."""
        if body not in self._of_body:
            raise KeyError(did_you_mean("object", body, self.bodies))
        return self._of_body[body]

    def _index_bodies(self) -> None:
        self._of_body = {name: i for i, name in enumerate(self.bodies)}
        tree = self.compiled.tree
        fields = self._varied.fields
        varied = fields["body_pos"], fields.get("body_quat")
        poses = BodyPoses(self.compiled.index, tree, self._qpos, *varied)
        self._poses, self.poses = poses, poses.poses
        self.pos, self.quat = poses.pos, poses.quat
        self._entity_of = np.array([body.thing for body in tree], int)
        tilts = [rotation(self.scene.entities[i].tilt) for i in self._entity_of[poses.free]]
        self._tilt = quaternions(np.array(tilts).reshape(-1, 3, 3))
        self.start_pos, self.written = np.zeros_like(self.pos), np.zeros(self.pos.shape[:2])
        self.start_quat = self.quat.copy()
        self.lifted = np.zeros(self.n)

    def _index_contacts(self) -> None:
        sensors = [contact_sensor_name(a, b) for a, b in self.compiled.pairs]
        columns = self.compiled.index.sensor(sensors)
        assert (np.diff(columns) == 1).all(), "contact sensors in a row"
        self._contacts = slice(int(columns[0]), int(columns[-1]) + 1)
        sides = [
            [self._of_body.get(name.removesuffix("/"), -1) for name in pair]
            for pair in self.ledger.pairs
        ]
        self._sides = np.array(sides, int)
        self._holding: dict[str, Ids] = {}  # by body, columns of the fingers in the ledger
        self._path = np.zeros((self.n, len(self.bodies) + 1))  # the last: what is no tracked body
        poses = self._poses
        self.travel = Travel(self.scene, poses.openings, self.bodies, poses.poses, self._qpos)
        self._stood = self.travel.here()  # where bodies were when they last moved, mirrored

    # ---- state

    @property
    def diverged(self) -> Mask:
        """(N,) the last advance failed; the simulation stands where it stood before it."""
        return self.sim.diverged

    @property
    def aperture(self) -> Array:
        """(N,) measured opening of the end effector, m."""
        return self.robot.effector.opening.measure(self._fingers)

    @property
    def opening_speed(self) -> Array:
        """(N,) speed at which the end effector opens, m/s."""
        speeds = self._qvel[:, self.columns.grip_dofs]
        return self.robot.effector.opening.speed(self._fingers, speeds)

    @property
    def trunk(self) -> tuple[Array, Array]:
        """(N, 3) live, m, and (N, 3, 3): where the base of a robot that walks is."""
        pose = self._qpos[:, self.columns.base]
        return pose[:, :3], matrices(pose[:, 3:])

    @property
    def trunk_velocity(self) -> Array:
        """(N, 6) live: of that base, m/s in the world, and rad/s about its own axes."""
        return self._qvel[:, self.columns.base_dofs]

    @property
    def broken(self) -> Mask:
        """(N, L) which loose parts came off."""
        return self.breaking.broken

    @property
    def joined(self) -> Mask:
        """(N, P) which pairs of magnetic things hold together, as in ``Compiled.magnets``."""
        return np.zeros((self.n, 0), bool) if self.magnets is None else self.magnets.joined

    @property
    def jointed(self) -> tuple[str, ...]:
        """Names of the tracked bodies that are on a joint, in their order."""
        return tuple(self._poses.openings)

    def opening(self, body: str) -> Array:
        """(N,) value of the joint of a thing or ``thing/link``, m or rad."""
        openings = self._poses.openings
        if body not in openings:
            raise KeyError(did_you_mean("jointed object", body, openings))
        return openings[body].value(self._qpos)

    def held(self, body: str) -> Mask:
        """(N,) whether all fingers of the end effector touch a body that is between them."""
        if body not in self._holding:
            fingers = self.robot.effector.fingers
            self._holding[body] = np.array([self.ledger.column(f, body) for f in fingers], int)
        now = self.ledger.now.take(self._holding[body], axis=1)
        if not np.count_nonzero(now):
            return np.zeros(self.n, bool)
        out: Mask = np.logical_and.reduce(now, axis=1)
        if np.count_nonzero(out):
            ids, i = np.flatnonzero(out), self.index(body)
            pose = self.pos[ids, i], matrices(self.quat[ids, i])
            parts = self.scene.body(body).parts
            out[ids] = self._between.takes(self.q[ids], self.aperture[ids], parts, *pose)
        return out

    @functools.cached_property
    def _between(self) -> Between:
        return Between(self.scene, self.n)

    def grains(self, name: str) -> Array:
        """(N, G, 3) where the grains of a thing are, m; KeyError names the things of grains."""
        known = {self.bodies[i]: columns for i, columns in self._poses.grains.items()}
        if name not in known:
            raise KeyError(did_you_mean("thing of grains", name, known))
        return self._qpos[:, known[name]]

    def sensed(self, pair: int) -> Array:
        """(N,) how many contacts a pair of the ledger has, by its column, as of ``sim.forward``."""
        return self.sim.bind("sensordata")[:, self._contacts][:, 4 * pair]

    def pose(self, body: str) -> tuple[Array, Array]:
        """(N, 3) m, (N, 3, 3) of the tracked body of that name."""
        i = self.index(body)
        return self.pos[:, i], self.rotation(i)

    def rotation(self, body: int) -> Array:
        """(N, 3, 3) rotation of the tracked body of that index."""
        return matrices(self.quat[:, body])
