"""Where the tracked bodies are, read from the joint positions, so never a substep old."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def matrices(quat: Array) -> Array:
    """Rotation matrices (..., 3, 3) of unit quaternions (..., 4), wxyz."""
    w, x, y, z = np.moveaxis(quat, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def quaternions(matrix: Array) -> Array:
    """Unit quaternions (k, 4), wxyz, of rotation matrices (k, 3, 3)."""
    out = np.empty((len(matrix), 4))
    for quat, rows in zip(out, matrix, strict=True):
        mujoco.mju_mat2Quat(quat, rows.ravel())
    return out


def multiply(a: Array, b: Array) -> Array:
    """Product (..., 4) of quaternions (..., 4), wxyz."""
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def conjugate(quat: Array) -> Array:
    """The inverse turns (..., 4) of unit quaternions (..., 4), wxyz."""
    return quat * (1.0, -1.0, -1.0, -1.0)


class BodyPoses:
    """Origins and orientations of bodies that are free, on one joint, or fixed to the world.

    Args:
      model: the compiled model.
      bodies: names, each a child of the world; a joint bears the name of its body.
      body_pos: (N, nbody, 3) live, per-simulation body positions.
      qpos: (N, nq) live joint positions.

    Attributes:
      pos: (N, B, 3) world, m.
      quat: (N, B, 4) wxyz.
      free: indices of the free bodies.
    """

    def __init__(
        self, model: mujoco.MjModel, bodies: tuple[str, ...], body_pos: Array, qpos: Array
    ) -> None:
        n = len(qpos)
        self._body_pos, self._qpos, self._bodies = body_pos, qpos, bodies
        self.ids = np.array([int(model.body(b).id) for b in bodies], int)
        dofs = model.body_dofnum[self.ids]
        self.free = np.flatnonzero(dofs == 6)
        self._other = np.flatnonzero(dofs != 6)
        first = np.array([int(model.joint(bodies[i]).qposadr[0]) for i in self.free], int)
        self.pos_columns = first[:, None] + np.arange(3)
        self.quat_columns = first[:, None] + np.arange(3, 7)
        self._jointed = {bodies[i]: _OnJoint(model, bodies[i]) for i in np.flatnonzero(dofs == 1)}
        self._rest = model.body_quat[self.ids]
        self.pos, self.quat = np.zeros((n, len(bodies), 3)), np.zeros((n, len(bodies), 4))
        self.quat[:] = self._rest

    def refresh(self) -> None:
        """Read the joint positions again."""
        self.pos[:, self.free] = self._qpos[:, self.pos_columns]
        self.quat[:, self.free] = self._qpos[:, self.quat_columns]
        if not len(self._other):
            return
        self.pos[:, self._other] = self._body_pos[:, self.ids[self._other]]
        for i in self._other:
            if self._bodies[i] in self._jointed:
                joint = self._jointed[self._bodies[i]]
                shift, self.quat[:, i] = joint.move(self._qpos[:, joint.address], self._rest[i])
                self.pos[:, i] += shift

    def place(self, body: int, pos: Array, quat: Array) -> Array:
        """Move a body, by its index, to poses (N, 3) m and (N, 4) wxyz, as far as it can go there.

        One on a joint goes to the nearest place on it, one that is fixed stays; then ``refresh``.

        Returns:
          (N,) how far off that is, m.
        """
        name = self._bodies[body]
        if body in self.free:
            row = int(np.flatnonzero(self.free == body)[0])
            self._qpos[:, self.pos_columns[row]] = pos
            self._qpos[:, self.quat_columns[row]] = quat
            return np.zeros(len(pos))
        origin, rest = self._body_pos[:, self.ids[body]], self._rest[body]
        shift: Array = np.zeros_like(pos)
        if name in self._jointed:
            joint = self._jointed[name]
            q = joint.fit(pos - origin, quat, rest)
            self._qpos[:, joint.address] = q
            shift, _ = joint.move(q, rest)
        off = pos - origin - shift
        return np.sqrt(np.vecdot(off, off))

    def joint_address(self, body: str) -> int | None:
        """Column in qpos of a jointed body's joint, or None."""
        return self._jointed[body].address if body in self._jointed else None

    @property
    def jointed(self) -> list[str]:
        """Names of the bodies on one joint."""
        return list(self._jointed)


class _OnJoint:
    """A slide or hinge between the world and one body."""

    def __init__(self, model: mujoco.MjModel, body: str) -> None:
        joint = model.joint(body)
        self.address = int(joint.qposadr[0])
        self._slides = int(joint.type[0]) == int(mujoco.mjtJoint.mjJNT_SLIDE)
        self._axis, self._anchor = joint.axis.copy(), joint.pos.copy()
        self._range = (
            model.jnt_range[joint.id] if model.jnt_limited[joint.id] else (-np.inf, np.inf)
        )

    def move(self, q: Array, rest: Array) -> tuple[Array, Array]:
        """Shift of the origin (N, 3) and orientation (N, 4) at joint positions q (N,)."""
        frame = matrices(rest)
        if self._slides:
            return q[:, None] * (frame @ self._axis), np.broadcast_to(rest, (len(q), 4))
        half = q[:, None] / 2
        turn = np.concatenate((np.cos(half), np.sin(half) * self._axis), axis=1)
        quat = multiply(np.broadcast_to(rest, turn.shape), turn)
        return frame @ self._anchor - matrices(quat) @ self._anchor, quat

    def fit(self, shift: Array, quat: Array, rest: Array) -> Array:
        """Joint positions (N,) nearest to a shift (N, 3) and an orientation (N, 4) of the body."""
        if self._slides:
            q = shift @ (matrices(rest) @ self._axis)
        else:
            turn = multiply(conjugate(np.broadcast_to(rest, quat.shape)), quat)
            q = 2 * np.arctan2(turn[:, 1:] @ self._axis, turn[:, 0])
            q = (q + np.pi) % (2 * np.pi) - np.pi
        out: Array = np.clip(q, *self._range)
        return out
