"""Where the tracked bodies are, read from the joint positions, so never a substep old."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.scene.links import Joint
from habilis.assets.scene.model.bodies import anchor_of, joints_of
from habilis.assets.scene.model.compile import Body
from habilis.assets.scene.model.index import Index
from habilis.envs.sim.arrays import array_namespace, gather

_CYCLE = ((1, 2), (2, 0), (0, 1))  # the two axes after each

# What follows makes all products at once and picks from them: a call of numpy on a few numbers
# costs as much as on a hundred. Negatives stand behind the numbers, so picking also gives signs.
_FIRST = np.array([26, 6, 7, 6, 21, 11, 7, 11, 21])  # of q q^T, row by row: -yy, xy, xz, ...
_SECOND = np.array([31, 19, 2, 3, 31, 17, 18, 1, 26])  # added to them: -zz, -wz, wy, ...
_FACTORS = np.array([[0, 1, 2, 3], [5, 0, 7, 2], [6, 3, 0, 5], [7, 6, 1, 0]])
"""Of the second of two quaternions, what each number of the first one is multiplied with."""
_TWICE = np.array([1, 2, 0, 2, 0, 1])
"""The factors of a cross product."""


def matrices(quat: Array) -> Array:
    """Rotation matrices (..., 3, 3) of unit quaternions (..., 4), wxyz."""
    half = (quat[..., :, None] * quat[..., None, :]).reshape((*quat.shape[:-1], 16))
    products = array_namespace(quat).concat([half, -half], axis=-1)
    out: Array = 2 * (gather(products, _FIRST) + gather(products, _SECOND))
    out[..., ::4] += 1  # the diagonal
    return out.reshape((*out.shape[:-1], 3, 3))


def quaternions(matrix: Array) -> Array:
    """Unit quaternions (..., 4), wxyz, of rotation matrices (..., 3, 3), as ``mju_mat2Quat``."""
    xp = array_namespace(matrix)
    a, b, c = (matrix[..., i, i] for i in range(3))
    first = a + b + c > 0  # the greatest of the four numbers is found first: it divides
    second = ~first & (a > b) & (a > c)
    third = ~first & ~second & (b > c)

    def pick(*of_each: Array) -> Array:
        late = xp.where(third, of_each[2], of_each[3])
        out: Array = xp.where(first, of_each[0], xp.where(second, of_each[1], late))
        return out

    most = 0.5 * xp.sqrt(pick(1 + a + b + c, 1 + a - b - c, 1 - a + b - c, 1 - a - b + c))
    x, y, z = (0.25 * (matrix[..., k, j] - matrix[..., j, k]) / most for j, k in _CYCLE)
    yz, zx, xy = (0.25 * (matrix[..., k, j] + matrix[..., j, k]) / most for j, k in _CYCLE)
    numbers = [pick(most, x, y, z), pick(x, most, xy, zx), pick(y, xy, most, yz),
               pick(z, zx, yz, most)]  # fmt: skip
    w, i, j, k = numbers
    size = xp.sqrt(w * w + i * i + j * j + k * k)
    scale = xp.where(abs(size - 1) > mujoco.mjMINVAL, 1 / size, 1.0)
    quat: Array = xp.stack(numbers, axis=-1)
    return quat * scale[..., None]


def multiply(a: Array, b: Array) -> Array:
    """Product (..., 4) of quaternions (..., 4), wxyz."""
    factors = gather(array_namespace(b).concat([b, -b], axis=-1), _FACTORS)
    terms = a[..., :, None] * factors
    out: Array = terms[..., 0, :] + terms[..., 1, :] + terms[..., 2, :] + terms[..., 3, :]
    return out


def conjugate(quat: Array) -> Array:
    """The inverse turns (..., 4) of unit quaternions (..., 4), wxyz."""
    w, axis = quat[..., :1], quat[..., 1:]
    out: Array = array_namespace(quat).concat([w, -axis], axis=-1)
    return out


def rotate(quat: Array, vectors: Array) -> Array:
    """Vectors (..., 3) turned by unit quaternions (..., 4), wxyz."""
    w, axis = quat[..., :1], quat[..., 1:]
    across = 2 * _cross(axis, vectors)
    out: Array = vectors + w * across + _cross(axis, across)
    return out


def _cross(a: Array, b: Array) -> Array:
    """As ``numpy.cross``, in a third of its time for few vectors."""
    a, b = gather(a, _TWICE), gather(b, _TWICE)
    out: Array = a[..., :3] * b[..., 3:] - a[..., 3:] * b[..., :3]
    return out


def as_slice(index: Ids) -> slice | Ids:
    """Ascending indices as a slice where they follow each other, which numpy takes far faster."""
    if len(index) and (np.diff(index) == 1).all():
        return slice(int(index[0]), int(index[-1]) + 1)
    return index


class BodyPoses:
    """Origins and orientations of the tracked bodies, from joint positions over the tree.

    Args:
      index: of the compiled model.
      tree: the bodies, parents first.
      qpos: (N, nq) live joint positions.
      body_pos: (N, nbody, 3) live, per-simulation body positions.
      body_quat: (N, nbody, 4) the same of orientations; None where they are the model's.

    Attributes:
      poses: (N, B, 7) of all, which holds the two that follow, side by side.
      pos: (N, B, 3) world, m.
      quat: (N, B, 4) wxyz.
      ids: (B,) rows of the bodies in the model; anchors those of what hangs on the parents.
      free: indices of the free bodies.
      pos_columns: (F, 3) columns in qpos of their positions; quat_columns (F, 4) of orientations.
      held: indices of the bodies that are fixed to the world, or on one joint to it.
      openings: name to opening of each body on a joint.
      grains: (G, 3) columns in qpos of the positions of grains, by index of their thing.
    """

    def __init__(
        self, index: Index, tree: tuple[Body, ...], qpos: Array, body_pos: Array,
        body_quat: Array | None = None,
    ) -> None:  # fmt: skip
        n, self._body_quat = len(qpos), body_quat
        self._body_pos, self._qpos, self._tree = body_pos, qpos, tree
        names = [body.name for body in tree]
        self.ids = index.body([b.rows[0] for b in tree])
        self.anchors = index.body([anchor_of(b.rows[0], b.joint) for b in tree])
        self.free = np.array([i for i, b in enumerate(tree) if b.free], int)
        columns = index.qpos([names[i] for i in self.free]).reshape(-1, 7)
        self.pos_columns, self.quat_columns = columns[:, :3], columns[:, 3:]
        self._free_columns, self._free = columns, as_slice(self.free)
        self.grains = {
            i: index.qpos(b.grains).reshape(-1, 7)[:, :3] for i, b in enumerate(tree) if b.grains
        }
        held = [b.parent < 0 and not b.free and not b.grains for b in tree]
        self.held = np.flatnonzero(held)
        self._held, self._held_anchors = as_slice(self.held), self.anchors[self.held]
        self.openings = {
            b.name: OnJoint(b.joint, index.qpos(joints_of(b.name, b.joint)))
            for b in tree
            if b.joint is not None
        }
        self.poses = np.zeros((n, len(tree), 7))
        self.pos, self.quat = self.poses[..., :3], self.poses[..., 3:]
        self._rest = index.model.body_quat[self.anchors]
        self.quat[:] = self._rest
        self._levels = _levels(index, tree, self.openings)

    def refresh(self) -> None:
        """Read the joint positions again."""
        if len(self.free):
            self.poses[:, self._free] = self._qpos.take(self._free_columns, axis=1)
        if len(self.held):
            self.pos[:, self._held] = self._body_pos.take(self._held_anchors, axis=1)
            if self._body_quat is not None:
                self.quat[:, self._held] = self._body_quat.take(self._held_anchors, axis=1)
        for i, columns in self.grains.items():
            self.pos[:, i] = self._qpos[:, columns].mean(axis=1)
        for level in self._levels:
            level.follow(self.pos, self.quat, self._qpos)

    def move_grains(
        self, ids: npt.NDArray[np.int_], body: int, middle: Array, shift: Array, turn: Array
    ) -> None:
        """Turn grains about a point and shift them, in the plane.

        Args:
          ids: (k,) simulations.
          body: index of the grains' thing.
          middle: (2,) what they turn about, m.
          shift: (k, 2) m.
          turn: (k,) rad.
        """
        where = np.ix_(ids, self.grains[body][:, :2].ravel())
        x, y = np.moveaxis(self._qpos[where].reshape(len(ids), -1, 2) - middle, -1, 0)
        cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
        new = np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1) + middle + shift[:, None]
        self._qpos[where] = new.reshape(len(ids), -1)

    def place(self, body: int, pos: Array, quat: Array) -> Array:
        """Move a body, by its index, to poses (N, 3) m and (N, 4) wxyz, as far as it can go there.

        One on a joint goes to the nearest place on it, one that is fixed stays; then ``refresh``.

        Returns:
          (N,) how far off that is, m.
        """
        if body in self.free:
            row = int(np.flatnonzero(self.free == body)[0])
            self._qpos[:, self.pos_columns[row]] = pos
            self._qpos[:, self.quat_columns[row]] = quat
            return np.zeros(len(pos))
        self.refresh()
        if body in self.grains:  # they go together
            self._qpos[:, self.grains[body]] += (pos - self.pos[:, body])[:, None]
            return np.zeros(len(pos))
        opening = self.openings.get(self._tree[body].name)
        if opening is not None:
            opening.put(self._qpos, *self._off_rest(body, pos, quat))
            self.refresh()
        off = pos - self.pos[:, body]
        return np.sqrt(np.vecdot(off, off))

    def _off_rest(self, body: int, pos: Array, quat: Array) -> tuple[Array, Array]:
        """A pose in the frame that the body has with its joint at 0: (N, 3) and (N, 4)."""
        parent, row = self._tree[body].parent, self.anchors[body]
        turn = np.broadcast_to(self._rest[body], quat.shape)
        origin = self._body_pos[:, row]
        if parent >= 0:
            origin = self.pos[:, parent] + rotate(self.quat[:, parent], origin)
            turn = multiply(self.quat[:, parent], turn)
        back = conjugate(turn)
        return rotate(back, pos - origin), multiply(back, quat)


class OnJoint:
    """The value of a joint: m of a slide, rad of a hinge, of a ball how far it has turned, rad.

    Args:
      joint: which.
      columns: in qpos; of a joint with backlash those of the two that add up to it.
    """

    def __init__(self, joint: Joint, columns: npt.NDArray[np.int_]) -> None:
        self.joint, self.columns = joint, columns
        self._axis = np.array(joint.axis)

    def value(self, qpos: Array) -> Array:
        """(N,) at joint positions (N, nq)."""
        q = qpos[:, self.columns]
        if self.joint.kind == "ball":
            size = np.sqrt(np.vecdot(q[:, 1:], q[:, 1:]))
            out: Array = 2 * np.arctan2(size, np.abs(q[:, 0]))
            return out
        return q.sum(axis=1) if q.shape[1] > 1 else q[:, 0]

    def put(self, qpos: Array, shift: Array, quat: Array) -> None:
        """Write the value nearest to a body's shift (N, 3) and turn (N, 4) off its rest pose."""
        if self.joint.kind == "ball":
            qpos[:, self.columns] = quat
            return
        if self.joint.kind == "slide":
            q = shift @ self._axis
        else:
            q = 2 * np.arctan2(quat[:, 1:] @ self._axis, quat[:, 0])
            q = (q + np.pi) % (2 * np.pi) - np.pi
        low, high = self.joint.range
        main = np.clip(q, low, high - self.joint.backlash)
        qpos[:, self.columns[0]] = main
        if self.joint.backlash:
            qpos[:, self.columns[1]] = np.clip(q - main, 0.0, self.joint.backlash)


class _Level:
    """Bodies whose parents have the same depth in the tree, followed at once.

    Args:
      index: of the model.
      rows: indices of the bodies; those on the world only as far as they are on a joint.
      tree: all bodies.
      openings: of those on joints.
    """

    def __init__(
        self,
        index: Index,
        rows: list[int],
        tree: tuple[Body, ...],
        openings: dict[str, OnJoint],
    ) -> None:
        bodies = [tree[i] for i in rows]
        ids = index.body([anchor_of(b.name, b.joint) for b in bodies])
        self.rows = np.array(rows, int)
        parents = np.array([b.parent for b in bodies], int)
        self.parents = parents if (parents >= 0).all() else None
        rest = index.model.body_quat[ids]
        self._pos, self._quat = index.model.body_pos[ids], rest
        joints = {
            kind: [k for k, b in enumerate(bodies) if b.joint is not None and b.joint.kind == kind]
            for kind in ("slide", "hinge", "ball")
        }
        self._slides, self._hinges, self._balls = (np.array(k, int) for k in joints.values())
        self._turning = np.concatenate([self._hinges, self._balls])
        self._columns, self._play = {}, {}
        for kind, places in joints.items():
            columns = [openings[bodies[k].name].columns for k in places]
            first = [c if kind == "ball" else c[0] for c in columns]
            self._columns[kind] = np.array(first, int).reshape(
                len(places), 4 if kind == "ball" else 1
            )
            slack = [k for k, c in enumerate(columns) if kind != "ball" and len(c) > 1]
            self._play[kind] = (slack, np.array([columns[k][1] for k in slack], int))
        self._axes = np.array([b.joint.axis if b.joint else (0, 0, 0) for b in bodies], float)
        anchors = [b.joint.pos if b.joint else (0, 0, 0) for b in bodies]
        self._ways = rotate(rest, self._axes)
        self._anchors = np.array(anchors, float)
        self._pivots = rotate(rest, self._anchors)

    def follow(self, pos: Array, quat: Array, qpos: Array) -> None:
        """Write the poses, from joint positions and from the poses of the parents.

        Args:
          pos: (N, B, 3); of bodies on the world with the origin that they have at 0.
          quat: (N, B, 4).
          qpos: (N, nq).
        """
        n, turning = len(qpos), self._turning
        shift = np.zeros((n, len(self.rows), 3))
        if len(self._slides):
            shift[:, self._slides] = self._q("slide", qpos)[..., None] * self._ways[self._slides]
        turn = self._quat
        if len(turning):
            turned = multiply(self._quat[turning], self._turns(qpos))
            shift[:, turning] = self._pivots[turning] - rotate(turned, self._anchors[turning])
            turn = np.tile(turn, (n, 1, 1))
            turn[:, turning] = turned
        if self.parents is None:
            pos[:, self.rows] += shift
            quat[:, self.rows] = turn
            return
        parent = quat[:, self.parents]
        pos[:, self.rows] = pos[:, self.parents] + rotate(parent, shift + self._pos)
        quat[:, self.rows] = multiply(parent, turn)

    def _q(self, kind: str, qpos: Array) -> Array:
        """(N, k) values of the joints of a kind, backlash included."""
        q: Array = qpos[:, self._columns[kind][:, 0]]
        slack, columns = self._play[kind]
        if slack:
            q[:, slack] += qpos[:, columns]
        return q

    def _turns(self, qpos: Array) -> Array:
        """(N, k, 4) by what the turning ones have turned."""
        half = self._q("hinge", qpos)[..., None] / 2
        hinges = np.concatenate((np.cos(half), np.sin(half) * self._axes[self._hinges]), axis=2)
        if not len(self._balls):
            return hinges
        return np.concatenate((hinges, qpos[:, self._columns["ball"]]), axis=1)


def _levels(index: Index, tree: tuple[Body, ...], openings: dict[str, OnJoint]) -> list[_Level]:
    depth: list[int] = []
    for body in tree:
        depth.append(0 if body.parent < 0 else 1 + depth[body.parent])
    on_world = [i for i, b in enumerate(tree) if depth[i] == 0 and b.joint is not None]
    rows = [
        on_world,
        *([i for i, d in enumerate(depth) if d == k] for k in range(1, max(depth) + 1)),
    ]
    return [_Level(index, level, tree, openings) for level in rows if level]
