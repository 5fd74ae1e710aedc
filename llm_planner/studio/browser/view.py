"""The 3-D view of a page: the bodies of a model as nodes of viser, moved as the world moves.

What a body is made of is sent once, below a frame that carries it; afterwards only frames that
moved are sent. Grains, which are many and alike, are one batch.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.things import Scene
from habilis.envs.world.poses import quaternions
from habilis.llm_planner.studio.moment import Instant

if TYPE_CHECKING:
    import viser

SHOWN = range(3)
"""Groups of geoms that are drawn; the others are shapes for contacts alone."""
MANY = 8  # bodies of one sphere each from which on they are drawn as one batch
STIRS = 1e-5  # m, or of a quaternion, that a frame must move to be sent
NEWTON = 0.004  # m of an arrow for each N
LONGEST = 0.2  # m of an arrow
_BOX = [
    (0, 1),
    (1, 3),
    (3, 2),
    (2, 0),
    (4, 5),
    (5, 7),
    (7, 6),
    (6, 4),
    (0, 4),
    (1, 5),
    (2, 6),
    (3, 7),
]
_TYPES = mujoco.mjtGeom


class SceneView:
    """Draws moments into the scene of a server, for all of its viewers.

    Args:
      server: of viser.

    Attributes:
      contacts, frames, workspace: whether these are drawn.
    """

    def __init__(self, server: viser.ViserServer) -> None:
        self._server, self._scene = server, server.scene
        self._model: mujoco.MjModel | None = None
        self._frames: dict[int, Any] = {}
        self._batches: list[tuple[Any, Array]] = []
        self._labels: list[tuple[Any, int]] = []
        self._pos, self._quat = np.zeros((0, 3)), np.zeros((0, 4))
        self.contacts, self.frames, self.workspace = True, False, True
        self.shadows = True

    @property
    def shadows(self) -> bool:
        """Whether things throw shadows, which costs most where there is no graphics card."""
        return self._shadows

    @shadows.setter
    def shadows(self, on: bool) -> None:
        self._shadows = on
        self._scene.configure_default_lights(cast_shadow=on)

    def draw(self, moment: Instant) -> None:
        """Show a moment."""
        with self._server.atomic():
            if moment.model is not self._model:
                self._build(moment)
            self._move(moment)
            self._overlays(moment)
        self._server.flush()

    # ---- what there is

    def _build(self, moment: Instant) -> None:
        for node in self._all():
            node.remove()
        self._frames, self._batches, self._labels = {}, [], []
        model = self._model = moment.model
        grouped = _batches(model)
        batched = {body for bodies in grouped for body in bodies}
        for body in range(model.nbody):
            geoms = [g for g in _geoms(model, body) if int(model.geom_group[g]) in SHOWN]
            if geoms and body not in batched:
                self._frames[body] = self._scene.add_frame(f"/world/{body}", show_axes=False)
                for geom in geoms:
                    self._add_geom(f"/world/{body}/{geom}", model, geom)
        for k, bodies in enumerate(grouped):
            self._batches.append((self._add_batch(f"/grains/{k}", model, bodies), bodies))
        self._pos, self._quat = np.full((model.nbody, 3), np.inf), np.zeros((model.nbody, 4))
        self._add_overlays(moment.scene, model)

    def _all(self) -> list[Any]:
        if self._model is None:
            return []
        overlays = [self._tcp, self._axes, self._points, self._arrows, self._outline]
        labels = [label for label, _ in self._labels]
        return [*self._frames.values(), *(node for node, _ in self._batches), *labels, *overlays]

    def _add_geom(self, name: str, model: mujoco.MjModel, geom: int) -> None:
        kind, size = int(model.geom_type[geom]), model.geom_size[geom]
        rgba = _rgba(model, geom)
        seen = None if rgba[3] > 0.99 else float(rgba[3])
        look: dict[str, Any] = {"color": _colour(rgba), "opacity": seen}
        at: dict[str, Any] = {"position": model.geom_pos[geom], "wxyz": model.geom_quat[geom]}
        if kind == _TYPES.mjGEOM_BOX:
            self._scene.add_box(name, dimensions=tuple(2 * size), **look, **at)
        elif kind == _TYPES.mjGEOM_CYLINDER:
            self._scene.add_cylinder(name, radius=size[0], height=2 * size[1], **look, **at)
        elif kind == _TYPES.mjGEOM_MESH:
            points, faces = _mesh(model, geom)
            self._scene.add_mesh_simple(name, points, faces, flat_shading=True, **look, **at)
        elif kind == _TYPES.mjGEOM_CAPSULE:
            points, faces = _ball(size[0], size[1])
            self._scene.add_mesh_simple(name, points, faces, **look, **at)
        elif kind in (_TYPES.mjGEOM_SPHERE, _TYPES.mjGEOM_ELLIPSOID):
            points, faces = _ball(1.0)
            radii = np.full(3, size[0]) if kind == _TYPES.mjGEOM_SPHERE else size
            self._scene.add_mesh_simple(name, points * radii, faces, **look, **at)

    def _add_batch(self, name: str, model: mujoco.MjModel, bodies: Array) -> Any:
        geom = _geoms(model, int(bodies[0]))[0]
        points, faces = _ball(float(model.geom_size[geom, 0]), rings=6)
        return self._scene.add_batched_meshes_simple(
            name, points, faces, batched_wxyzs=np.tile([1.0, 0, 0, 0], (len(bodies), 1)),
            batched_positions=np.zeros((len(bodies), 3)), lod="off", cast_shadow=False,
            batched_colors=_colour(_rgba(model, geom)),
        )  # fmt: skip

    def _add_overlays(self, scene: Scene, model: mujoco.MjModel) -> None:
        low, high = scene.workspace.lower, scene.workspace.upper
        corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
        corners = np.array(low) + corners * (np.array(high) - np.array(low))
        add = self._scene
        self._outline = add.add_line_segments(
            "/workspace",
            corners[np.array(_BOX)],
            (90, 140, 190),
            thickness=1.5,
            thickness_units="screen",
        )
        nothing, none = np.zeros((1, 3)), np.zeros((1, 2, 3))
        self._points = add.add_point_cloud(
            "/contacts/points", nothing, (240, 150, 30), point_size=0.006, point_shape="circle"
        )
        self._arrows = add.add_arrows(
            "/contacts/forces", none, (210, 40, 40), shaft_radius=0.002, head_radius=0.005,
            head_length=0.012,
        )  # fmt: skip
        self._tcp = add.add_frame("/tcp", axes_length=0.06, axes_radius=0.002)
        named = [(e.name, int(model.body(e.name).id)) for e in scene.entities if e.grains is None]
        self._bodies = np.array([body for _, body in named], int)
        count = max(1, len(named))
        self._axes = add.add_batched_axes(
            "/frames", np.tile([1.0, 0, 0, 0], (count, 1)), np.zeros((count, 3)),
            axes_length=0.05, axes_radius=0.0015,
        )  # fmt: skip
        self._labels = [(add.add_label(f"/labels/{name}", name), body) for name, body in named]

    # ---- where it is

    def _move(self, moment: Instant) -> None:
        moved = np.abs(moment.pos - self._pos).max(axis=1) > STIRS
        turned = np.abs(moment.quat - self._quat).max(axis=1) > STIRS
        for body, frame in self._frames.items():
            if moved[body]:
                frame.position = moment.pos[body]
            if turned[body]:
                frame.wxyz = moment.quat[body]
        for batch, bodies in self._batches:
            if moved[bodies].any():
                batch.batched_positions = moment.pos[bodies].astype(np.float32)
        self._pos[moved], self._quat[turned] = moment.pos[moved], moment.quat[turned]

    def _overlays(self, moment: Instant) -> None:
        some = self.contacts and len(moment.contacts) > 0
        self._points.visible = self._arrows.visible = some
        if some:
            size = np.linalg.norm(moment.forces, axis=1, keepdims=True)
            way = moment.forces * np.minimum(NEWTON, LONGEST / np.maximum(size, 1e-9))
            self._points.points = moment.contacts.astype(np.float32)
            both = np.stack([moment.contacts, moment.contacts + way], axis=1)
            self._arrows.points = both.astype(np.float32)
        self._outline.visible = self.workspace
        self._tcp.visible = self._axes.visible = self.frames
        for label, body in self._labels:
            label.visible = self.frames
            if self.frames:
                label.position = moment.pos[body] + np.array([0.0, 0.0, 0.05])
        if self.frames:
            self._tcp.position, self._tcp.wxyz = moment.tcp, quaternions(moment.rot)
            if len(self._bodies):
                self._axes.batched_positions = moment.pos[self._bodies].astype(np.float32)
                self._axes.batched_wxyzs = moment.quat[self._bodies].astype(np.float32)


def _geoms(model: mujoco.MjModel, body: int) -> range:
    first = int(model.body_geomadr[body])
    return range(first, first + int(model.body_geomnum[body])) if first >= 0 else range(0)


def _batches(model: mujoco.MjModel) -> list[Array]:
    """Bodies that are one sphere each and look alike, where they are many."""
    alike: dict[tuple[float, ...], list[int]] = defaultdict(list)
    for body in range(1, model.nbody):
        geoms = _geoms(model, body)
        if len(geoms) == 1 and int(model.geom_type[geoms[0]]) == _TYPES.mjGEOM_SPHERE:
            if int(model.geom_group[geoms[0]]) in SHOWN:
                alike[(float(model.geom_size[geoms[0], 0]), *_rgba(model, geoms[0]))].append(body)
    return [np.array(bodies) for bodies in alike.values() if len(bodies) >= MANY]


def _rgba(model: mujoco.MjModel, geom: int) -> Array:
    """(4,) of a geom, 0-1: its own, or that of its material."""
    material = int(model.geom_matid[geom])
    own = model.geom_rgba[geom]
    plain = np.allclose(own, (0.5, 0.5, 0.5, 1.0))
    out: Array = model.mat_rgba[material] if material >= 0 and plain else own
    return out.astype(float)


def _colour(rgba: Array) -> tuple[int, int, int]:
    red, green, blue = (int(255 * c) for c in rgba[:3])
    return red, green, blue


def _mesh(model: mujoco.MjModel, geom: int) -> tuple[Array, Array]:
    """Vertices (V, 3) m and faces (F, 3) of the mesh of a geom."""
    mesh = int(model.geom_dataid[geom])
    v, f = int(model.mesh_vertadr[mesh]), int(model.mesh_faceadr[mesh])
    points = model.mesh_vert[v : v + int(model.mesh_vertnum[mesh])]
    return points, model.mesh_face[f : f + int(model.mesh_facenum[mesh])]


def _ball(radius: float, half: float = 0.0, rings: int = 12) -> tuple[Array, Array]:
    """Vertices (V, 3) and faces (F, 3) of a sphere; of a capsule whose axis is 2 ``half`` long."""
    turns = 2 * rings
    polar, around = np.meshgrid(
        np.linspace(0, np.pi, rings + 1), np.arange(turns) * (2 * np.pi / turns), indexing="ij"
    )
    z = radius * np.cos(polar) + half * np.sign(rings / 2 - np.arange(rings + 1))[:, None]
    flat = radius * np.sin(polar)
    points = np.stack([flat * np.cos(around), flat * np.sin(around), z], axis=-1).reshape(-1, 3)
    row, k = np.meshgrid(np.arange(rings), np.arange(turns), indexing="ij")
    a, b = row * turns + k, row * turns + (k + 1) % turns
    c, d = a + turns, b + turns
    faces = np.concatenate([np.stack([a, c, b], -1), np.stack([b, c, d], -1)]).reshape(-1, 3)
    return points, faces
