"""What a gripper's model does: where its joints come to rest at each command, and how wide it is.

Nothing is stepped: at rest the servos' lengths are those commanded, the couplings of the joints
hold, and springs are as slack as these and the limits allow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.descent import descend
from habilis.assets.robots.opening import Opening
from habilis.assets.robots.outline import outline_of
from habilis.assets.robots.shapes import Quat, Vec3
from habilis.assets.robots.spec import Outline
from habilis.assets.scene.format.yaml_lines import Item

ROWS = 9
"""Commands at which the opening is measured."""
_SERVO, _SPRING = 0.1, 1e-3  # weights beside those of the couplings, per m or rad
_FLAT = 5e-4  # m by which the opening may stand still, at its ends only
_LEAST = 5e-3  # m that a gripper must move
_RIDGE = 1e-2  # keeps weights small: joints that yield tell little of the opening
_BESIDE = (0.03, 0.01, 0.08)  # m aside, along the opening and the fingers, from pads to their point
_GIVEN = 0.1  # share by which a given aperture may differ from the measured one


@dataclasses.dataclass(frozen=True)
class Measured:
    """What was found.

    Attributes:
      opening: the map, from closed to open.
      tcp_pos: in the body that carries it, m; tcp_quat: z outwards, y along the opening.
      outline: the room it takes.
      force: of each pad, N.
    """

    opening: Opening
    tcp_pos: Vec3
    tcp_quat: Quat
    outline: Outline
    force: float


def measure(
    spec: mujoco.MjSpec,
    got: dict[str, Item],
    root: str,
    joints: Sequence[str],
    actuators: Sequence[str],
    pads: Sequence[str],
    commands: Sequence[Sequence[float]],
    tcp: tuple[str, Array],
) -> Measured:
    """Bring a gripper from open to closed, without gravity, and look at it.

    Args:
      spec: of the file.
      got: the description, for errors.
      root: body of the gripper; joints, actuators, pads: its parts, by name.
      commands: that close it and that open it.
      tcp: body of the tool centre point, and its place there, m.

    Raises:
      SceneFileError: it does not move, or its opening does not rise with the command.
    """
    model = spec.compile()
    rig = _Rig(model, joints, actuators, pads)
    share = np.linspace(1.0, 0.0, ROWS)[:, None]
    closed, opened = (np.array(row) for row in commands)
    told = closed + share * (opened - closed)
    widths, rows, lengths, states = rig.sweep(told)
    ends = _rising(widths[::-1], told[::-1], got)
    order = np.arange(ROWS)[::-1][ends]
    widths, table, lengths = _from_touch(widths[order], [rows[order], told[order], lengths[order]])
    joints_at, told = table
    told[0] = closed  # beyond touching: this is what grips
    opening = Opening(
        widths=tuple(widths.round(6).tolist()),
        joints=_table(joints_at),
        commands=_table(told),
        weights=tuple(_weights(joints_at, widths).tolist()),
    )
    _check_given(got, opening)
    place = rig.frame(states[order[-1]], root, *tcp)
    rig.check_between(got["tcp"], place, root, states[order])
    outline = outline_of(model, place.in_root, root, states[order[0]], states[order[-1]])
    force = rig.force(lengths, widths, told[0])
    return Measured(opening, place.pos, place.quat, outline, force)


def _rising(widths: Array, told: Array, got: dict[str, Item]) -> slice:
    """The rows, from closed to open, between which the opening rises."""
    steps = np.diff(widths)
    if widths.max() - widths.min() < _LEAST:
        raise got["open"].error(
            f"the opening does not follow the command: it stays at {widths[0] * 1e3:.1f} mm from"
            f" {told[0].tolist()} to {told[-1].tolist()}"
        )
    rises = np.flatnonzero(steps > _FLAT)
    first, last = (int(rises[0]), int(rises[-1]) + 1) if len(rises) else (0, 0)
    if not len(rises) or (steps[first:last] <= 0).any() or (steps < -_FLAT).any():
        rows = ", ".join(
            f"{w * 1e3:.1f} mm at {row.tolist()}" for w, row in zip(widths, told, strict=True)
        )
        raise got["open"].error(f"the opening is not monotone from closed to open: {rows}")
    return slice(first, last + 1)


def _from_touch(widths: Array, rows: list[Array]) -> tuple[Array, list[Array], Array]:
    """The rows from where the pads touch: openings (k,), joints and commands, actuator lengths."""
    first = int(np.searchsorted(widths, 0.0))
    if first > 0:
        share = -widths[first - 1] / (widths[first] - widths[first - 1])
        rows = [
            np.vstack((row[first - 1] + share * (row[first] - row[first - 1]), row[first:]))
            for row in rows
        ]
        widths = np.concatenate(([0.0], widths[first:]))
    joints, told, lengths = rows
    return widths, [joints, told], lengths


def _check_given(got: dict[str, Item], opening: Opening) -> None:
    if "aperture" not in got:
        return
    low, high = got["aperture"].interval("of the opening in m")
    if abs(high - opening.widths[-1]) > _GIVEN * high:
        raise got["aperture"].error(
            f"got [{low:g}, {high:g}] m, but the model opens {opening.widths[0]:.4f} to"
            f" {opening.widths[-1]:.4f} m"
        )


def _weights(joints: Array, widths: Array) -> Array:
    """Weights by which joints (k, j) tell the opening (k,); equal parts where several could."""
    moves = joints - joints.mean(axis=0)
    square = moves.T @ moves
    square += _RIDGE * np.trace(square) * np.eye(joints.shape[1])
    out: Array = np.linalg.solve(square, moves.T @ (widths - widths.mean()))
    return out.round(9)


def _table(rows: Array) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in rows.round(6).tolist())


@dataclasses.dataclass(frozen=True)
class _Place:
    pos: Vec3
    quat: Quat
    in_root: tuple[Array, Array]


class _Rig:
    """The model of the file, with its gripper's columns."""

    def __init__(
        self,
        model: mujoco.MjModel,
        joints: Sequence[str],
        actuators: Sequence[str],
        pads: Sequence[str],
    ) -> None:
        self._model = model
        self._joints = [int(model.joint(joint).qposadr[0]) for joint in joints]
        self._actuators = [int(model.actuator(name).id) for name in actuators]
        self._pads = [_geoms(model, pad) for pad in pads]

    def sweep(self, told: Array) -> tuple[Array, Array, Array, Array]:
        """Openings (k,), joints (k, j), actuator lengths (k, a) and qpos (k, nq) at commands."""
        data = mujoco.MjData(self._model)
        widths, joints, lengths, states = [], [], [], []
        for row in told:
            self._rest(data, row)
            widths.append(self._gap(data))
            joints.append(data.qpos[self._joints].copy())
            lengths.append(data.actuator_length[self._actuators].copy())
            states.append(data.qpos.copy())
        return np.array(widths), np.array(joints), np.array(lengths), np.array(states)

    def _rest(self, data: mujoco.MjData, told: Array) -> None:
        """Bring the gripper's joints to rest at commands (a,), from where they are."""
        model, columns = self._model, self._joints
        gain, bias = model.actuator_gainprm[self._actuators, 0], model.actuator_biasprm
        bias = bias[self._actuators]
        want = (gain * told + bias[:, 0]) / np.maximum(-bias[:, 1], 1e-9)
        ids = [int(np.flatnonzero(model.jnt_qposadr == column)[0]) for column in columns]
        slack = np.sqrt(model.jnt_stiffness[ids]).ravel()
        free = model.qpos_spring[columns]

        def residual(q: Array) -> Array:
            data.qpos[columns] = q
            mujoco.mj_fwdPosition(model, data)
            held = data.efc_type == mujoco.mjtConstraint.mjCNSTR_EQUALITY
            off = data.actuator_length[self._actuators] - want
            spring = _SPRING * slack * (q - free)
            return np.concatenate((data.efc_pos[held], _SERVO * off, spring))

        low, high = model.jnt_range[ids].T
        open_ended = ~(model.jnt_limited[ids].astype(bool) & (low < high))
        low, high = np.where(open_ended, -np.inf, low), np.where(open_ended, np.inf, high)
        start = data.qpos[columns].copy()
        data.qpos[columns] = descend(residual, start, range(len(ids)), low, high)
        mujoco.mj_fwdPosition(model, data)

    def _gap(self, data: mujoco.MjData) -> float:
        first, second = self._pads
        gaps = [mujoco.mj_geomDistance(self._model, data, a, b, 1.0, None)
                for a in first for b in second]  # fmt: skip
        return float(min(gaps))

    def frame(self, qpos: Array, root: str, body: str, pos: Array) -> _Place:
        """Axes of the tool centre point: y between the pads, z away from the root."""
        data = mujoco.MjData(self._model)
        data.qpos[:] = qpos
        mujoco.mj_kinematics(self._model, data)
        carrier, base = data.body(body), data.body(root)
        rot = carrier.xmat.reshape(3, 3)
        point = carrier.xpos + rot @ pos
        first, second = (np.mean([data.geom_xpos[g] for g in row], axis=0) for row in self._pads)
        y = (second - first) / np.linalg.norm(second - first)
        out = point - base.xpos
        z = out - y * (out @ y)
        z /= max(float(np.linalg.norm(z)), 1e-9)
        axes = np.column_stack((np.cross(y, z), y, z))
        quat = np.empty(4)
        mujoco.mju_mat2Quat(quat, (rot.T @ axes).ravel())
        (a, b, c), (w, i, j, k) = pos.tolist(), quat.round(9).tolist()
        turn = base.xmat.reshape(3, 3).T
        return _Place((a, b, c), (w, i, j, k), (turn @ (point - base.xpos), turn @ axes))

    def check_between(self, item: Item, place: _Place, root: str, states: Array) -> None:
        """Refuse a tool centre point that is not between the pads, nor out of the root.

        Args:
          item: what says where it is.
          place: where it is; root: body of the gripper.
          states: (k, nq) from closed to open: the middle moves where only one finger does.
        """
        origin, axes = place.in_root
        if not axes[:, 2].any():
            raise item.error(
                f"it is at the root {root!r} of the gripper, which tells nothing of where its"
                " fingers point"
            )
        data, middles = mujoco.MjData(self._model), []
        for state in states:
            data.qpos[:] = state
            mujoco.mj_kinematics(self._model, data)
            base = data.body(root)
            middle = np.mean([data.geom_xpos[row].mean(axis=0) for row in self._pads], axis=0)
            middles.append(((middle - base.xpos) @ base.xmat.reshape(3, 3) - origin) @ axes)
        low, high = np.min(middles, axis=0), np.max(middles, axis=0)
        off = np.maximum(0.0, np.maximum(low, -high))
        if (off > _BESIDE).any():
            x, y, z = off * 1e3 + 0.0
            raise item.error(
                f"it is not between the pads: {y:.0f} mm off their middle in the direction in which"
                f" they open, {x:.0f} mm aside and {z:.0f} mm along the fingers; positions are in m"
            )

    def force(self, lengths: Array, widths: Array, closed: Array) -> float:
        """Of each pad, N, by virtual work, told to close by commands (a,).

        Where an actuator has no limit, it is what its spring gives.
        """
        model, ids = self._model, self._actuators
        slope = np.abs(np.gradient(lengths, widths, axis=0))
        gain, (offset, back) = model.actuator_gainprm[ids, 0], model.actuator_biasprm[ids, :2].T
        pull = np.abs(gain * closed + offset + back * lengths)
        limited = model.actuator_forcelimited[ids].astype(bool)
        limits = np.where(limited, model.actuator_forcerange[ids, 1], pull)
        return float(np.median((slope * limits).sum(axis=1)))


def _geoms(model: mujoco.MjModel, pad: str) -> list[int]:
    names = [model.geom(i).name for i in range(model.ngeom)]
    if pad in names:
        return [names.index(pad)]
    solid = (model.geom_contype | model.geom_conaffinity) != 0
    body = int(model.body(pad).id)
    return [int(g) for g in np.flatnonzero(solid & (model.geom_bodyid == body))]
