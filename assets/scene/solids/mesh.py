"""Meshes from files as convex parts: cut up once, kept by content, plain data afterwards."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from habilis.assets import foreign
from habilis.assets.arrays import Array
from habilis.assets.scene.solids.hull import Hull, corners
from habilis.assets.scene.solids.parts import (
    Part,
    Vec3,
)

CORNERS = 24  # of a convex part at most: contacts cost by the corner
FILE = 64 * foreign.MEGABYTE  # bytes of a mesh file
FORMATS = (".obj", ".stl", ".ply", ".glb")  # others may be archives, which unpack to anything
LARGEST = 100.0  # m, of a mesh
MANY = 20_000  # faces of a mesh, beyond which to cut it up takes long
THINNEST = 1e-6  # m, of a mesh that has an inside
MOST = 32  # convex parts of a mesh
CONCAVITY = 0.05  # of the mesh's size, that a convex part may bridge
TOLERANCE = 0.25  # of volume and inertia, by which the parts may miss the mesh's
_PLACES = 6  # decimals of a corner in m
_VERSION = 1  # of what is kept


class MeshError(ValueError):
    """A mesh that cannot be used, and why."""


def mesh_parts(
    name: str, path: Path, scale: float = 1.0, closed: bool = False, most: int = MOST
) -> tuple[Part, ...]:
    """Convex parts of a mesh, ``name_0`` and so on, in the mesh's own frame.

    A mesh that is not watertight has no inside to cut up: its convex hull stands for it, and a
    warning says so; unless it is to be ``closed``. Another warns of parts whose volume or inertia
    is off by more than ``TOLERANCE``: of thin walls, whose density should then be told by the mass.

    Args:
      name: of the parts.
      path: an OBJ, STL, PLY or GLB file.
      scale: metres for a unit of the file.
      closed: close a mesh that is not watertight first, by a grid: for scans, whose holes are
        smaller than they are thick.
      most: parts that there may be.

    Raises:
      MeshError: no such file, no mesh in it, or an extra package is missing.
    """
    if path.suffix.lower() not in FORMATS:
        raise MeshError(f"mesh {path} is of no format that is read: {', '.join(FORMATS)}")
    try:
        content = foreign.read_bytes(path, FILE)
    except OSError as e:
        raise MeshError(f"mesh {path} cannot be read: {e.strerror}") from e
    except foreign.ForeignFileError as e:
        raise MeshError(f"mesh {e}") from e
    key = [_VERSION, CORNERS, most, CONCAVITY, float(scale), path.suffix]
    key += ["closed"] if closed else []
    digest = hashlib.sha256(content + json.dumps(key).encode()).hexdigest()[:24]
    kept = _folder() / f"{digest}.json"
    if kept.exists():
        found = json.loads(kept.read_text(encoding="utf-8"))
    else:
        found = dataclasses.asdict(_cut(path, content, scale, closed, most))
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(found), encoding="utf-8")
        part.replace(kept)
    if found["warning"]:
        warnings.warn(f"mesh {path}: {found['warning']}", stacklevel=2)
    return tuple(_part(f"{name}_{i}", hull) for i, hull in enumerate(found["hulls"]))


@dataclasses.dataclass(frozen=True)
class _Cut:
    """Corners (m) of each convex part, and what is wrong with them, '' if nothing is."""

    hulls: list[list[Vec3]]
    warning: str


def _part(name: str, hull: Sequence[Sequence[float]]) -> Part:
    """A part whose vertices lie around its origin."""
    points = np.array(hull)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    x, y, z = (round(float(v), _PLACES) for v in middle)
    vertices = tuple(_vec(p - (x, y, z)) for p in points)
    return Part(name, "hull", (), (x, y, z), vertices=vertices)


def _cut(path: Path, content: bytes, scale: float, closed: bool, most: int) -> _Cut:
    """Cut up what was read of a file; of other files that it names none is opened."""
    try:
        import coacd
        import trimesh
    except ImportError as e:
        raise MeshError(
            f"mesh {path} needs the package {e.name}: pip install 'habilis[vision]'"
        ) from e
    try:
        with np.errstate(all="ignore"):  # of what is no number; it is looked at below
            kind = path.suffix[1:].lower()
            mesh = trimesh.load_mesh(io.BytesIO(content), file_type=kind, process=False)
    except Exception as e:  # each of its readers raises what it likes
        raise MeshError(f"mesh {path} cannot be read: {e}") from e
    if not len(getattr(mesh, "faces", ())):
        raise MeshError(f"mesh {path} has no faces")
    if not np.isfinite(mesh.vertices).all():
        raise MeshError(f"mesh {path} has corners that are no numbers")
    mesh.process()
    mesh.apply_transform(np.diag([scale, scale, scale, 1.0]))
    points = np.asarray(mesh.vertices, float)
    if wrong := _no_solid(points):
        raise MeshError(f"mesh {path} {wrong}")
    if not (mesh.is_watertight or closed):
        return _Cut(
            [_rounded(corners(points, CORNERS))],
            "is not watertight, so nobody knows what is inside; its convex hull stands for it",
        )
    if mesh.volume < 0:
        mesh.invert()  # its faces look inwards, as those of a mirrored one do
    if len(mesh.faces) > MANY:
        warnings.warn(
            f"mesh {path} has {len(mesh.faces)} faces: to cut it up takes minutes, once; one with"
            f" less than {MANY} is as good here",
            stacklevel=3,
        )
    coacd.set_log_level("error")
    pieces = coacd.run_coacd(
        coacd.Mesh(points, np.asarray(mesh.faces)), threshold=CONCAVITY, max_convex_hull=most,
        resolution=1500, mcts_nodes=15, mcts_iterations=60, seed=0,
    )  # fmt: skip
    hulls = [_rounded(corners(np.asarray(p), CORNERS)) for p, _ in pieces]
    if not mesh.is_watertight:
        return _Cut(hulls, "")
    inertia = np.asarray(mesh.moment_inertia) / mesh.volume
    return _Cut(hulls, _off(hulls, float(mesh.volume), inertia))


def _no_solid(points: Array) -> str:
    """What keeps points (n, 3), m, from enclosing anything; '' if nothing does."""
    size = float(np.ptp(points, axis=0).max(initial=0.0))
    if size > LARGEST:
        return f"is {size:.3g} m large, {LARGEST:g} m may be: a 'scale' says how long its unit is"
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    thick = float(spread[-1]) / np.sqrt(len(points)) if len(points) > 3 else 0.0
    if thick < THINNEST:
        return f"is flat: its {len(points)} corners lie within {thick:.1e} m of a plane"
    return ""


def _off(hulls: list[list[Vec3]], volume: float, inertia: Array) -> str:
    """By how much the parts together miss the volume, m^3, and inertia per mass, m^2, of a mesh."""
    solids = [Hull.of(tuple(hull)) for hull in hulls]
    total = sum(s.volume for s in solids)
    centre = sum(s.volume * s.centre for s in solids) / total
    around = np.zeros((3, 3))
    for solid in solids:
        off = solid.centre - centre
        own = solid.inertia + solid.volume * (off @ off * np.eye(3) - np.outer(off, off))
        around += own / total
    wrong = {"volume": total / volume - 1, "inertia": np.trace(around) / np.trace(inertia) - 1}
    said = [f"{what} {100 * by:+.0f} %" for what, by in wrong.items() if abs(by) > TOLERANCE]
    return f"its {len(hulls)} convex parts miss it: {', '.join(said)}" if said else ""


def _rounded(points: npt.NDArray[np.float64]) -> list[Vec3]:
    return [_vec(p) for p in points]


def _vec(point: Array) -> Vec3:
    x, y, z = (round(float(v), _PLACES) + 0.0 for v in point)
    return x, y, z


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "habilis" / "meshes"
