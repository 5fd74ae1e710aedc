"""A model file and what is said about it: names are looked up, and errors name file and key."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterable
from pathlib import Path

import mujoco
import numpy as np

from habilis.assets.foreign import MOST_TEXT, read_text
from habilis.assets.names import did_you_mean
from habilis.assets.robots.loaded.references import check_references
from habilis.assets.robots.loaded.urdf import speeds, with_packages
from habilis.assets.robots.shapes import Quat, Vec3
from habilis.assets.scene.format.yaml_lines import Item
from habilis.assets.scene.format.yaml_read import compose, read
from habilis.assets.scene.model.preset import apply_preset

SUFFIXES = (".xml", ".mjcf", ".urdf")
OBJECT_BIT = 1
"""Of ``contype`` and ``conaffinity`` of the things of a scene."""
_ALL_GROUPS = (0, 5)


@dataclasses.dataclass(frozen=True)
class Source:
    """A model file with its description.

    Attributes:
      path: of the model.
      note: the description, a mapping.
    """

    path: Path
    note: Item

    def model(self) -> mujoco.MjSpec:
        """A fresh model, without keyframes, with the manipulation preset.

        Raises:
          SceneFileError: MuJoCo cannot read it, or one of the files that it names is none that
            may be opened.
        """
        try:
            check_references(self.path)
            spec = _open(self.path)
        except (ValueError, OSError) as e:
            raise self.note.error(f"{self.path.name} cannot be read: {e}") from e
        for key in list(spec.keys):
            spec.delete(key)
        spec.compiler.fusestatic = False  # a URDF's fixed links stay bodies with names
        _name_all(spec)
        _keep_masses(spec)
        _forget_options(spec)
        units, automatic = spec.compiler.degree, spec.compiler.autolimits
        apply_preset(spec)
        spec.compiler.degree, spec.compiler.autolimits = units, automatic
        for body in spec.bodies[1:]:
            body.gravcomp = 1.0
        _touch_things(spec)
        return spec

    def speeds(self, joints: Iterable[mujoco.MjsJoint], default: float) -> tuple[float, ...]:
        """Limits of speed of joints that the file gives, rad/s; ``default`` where it gives none.

        Raises:
          SceneFileError: the file cannot be read.
        """
        try:
            told = speeds(self.path)
        except ValueError as e:
            raise self.note.error(str(e)) from e
        return tuple(told.get(joint.name, default) for joint in joints)


def _open(path: Path) -> mujoco.MjSpec:
    if path.suffix != ".urdf" or "://" not in (text := read_text(path, MOST_TEXT)):
        return mujoco.MjSpec.from_file(str(path))
    spec = mujoco.MjSpec.from_string(with_packages(text, path))
    spec.modelfiledir = str(path.parent)
    return spec


def _name_all(spec: mujoco.MjSpec) -> None:
    """Give names to what has none, for which the rest of a robot is found by its name."""
    joints = [joint for joint in spec.joints if joint.type != mujoco.mjtJoint.mjJNT_FREE]
    for kind, elements in (
        ("body", spec.bodies[1:]), ("joint", joints), ("actuator", spec.actuators),
    ):  # fmt: skip
        taken = {element.name for element in elements}
        for i, element in enumerate(elements):
            if not element.name:
                name = f"unnamed_{kind}_{i}"
                element.name = name if name not in taken else f"{name}_of_{len(elements)}"


def _keep_masses(spec: mujoco.MjSpec) -> None:
    """Write masses into the bodies where they follow from all of the file, which is lost later."""
    compiler = spec.compiler
    if compiler.settotalmass <= 0 and tuple(compiler.inertiagrouprange) == _ALL_GROUPS:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the physics engine will give it up one day
        model = spec.compile()
    for body in spec.bodies[1:]:
        known = model.body(body.name)
        body.explicitinertial = True
        body.mass, body.inertia = float(known.mass[0]), known.inertia
        body.ipos, body.iquat = known.ipos, known.iquat
        body.fullinertia = np.full(6, np.nan)
        body.ialt.type = mujoco.mjtOrientation.mjORIENTATION_QUAT
    compiler.settotalmass, compiler.inertiagrouprange = -1.0, _ALL_GROUPS
    compiler.inertiafromgeom = int(mujoco.mjtInertiaFromGeom.mjINERTIAFROMGEOM_AUTO)


def _forget_options(spec: mujoco.MjSpec) -> None:
    """What a file says of gravity, air and the solver is not of the robot."""
    fresh = mujoco.MjSpec().option
    for name in dir(fresh):
        if not name.startswith("_"):
            setattr(spec.option, name, getattr(fresh, name))


def _touch_things(spec: mujoco.MjSpec) -> None:
    """Let every solid shape touch the things of a scene, and not what it did not touch before."""
    solid = [geom for geom in spec.geoms if geom.contype or geom.conaffinity]
    apart = [geom for geom in solid if not (geom.contype | geom.conaffinity) & OBJECT_BIT]
    others = {geom.parent.name for geom in solid if geom.conaffinity & OBJECT_BIT}
    for geom in apart:
        geom.contype |= OBJECT_BIT
    pairs = {frozenset((one.parent.name, other)) for one in apart for other in others}
    known = {frozenset((pair.bodyname1, pair.bodyname2)) for pair in spec.excludes}
    for first, second in sorted(tuple(sorted(p)) for p in pairs - known if len(p) == 2):
        spec.add_exclude(bodyname1=first, bodyname2=second)


def open_source(path: Path) -> Source:
    """The model of a file, described by the YAML file of the same name beside it.

    Raises:
      ValueError: the file or its description is missing, or is no YAML mapping.
    """
    if path.suffix not in SUFFIXES:
        raise ValueError(f"robot file {str(path)!r}: expected one of {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise ValueError(f"robot file {str(path)!r}: no such file")
    sidecar = path.with_suffix(".yaml")
    text = read(sidecar, f"it describes {path.name}: which joints are the arm, see docs/robots.md")
    return Source(path, compose(text, str(sidecar)))


def find(item: Item, kind: str, known: Iterable[str]) -> str:
    """A name in the model; SceneFileError lists those there are."""
    return item.choice(f"{kind} of the model", known)


def names_of(elements: Iterable[mujoco.MjsElement]) -> list[str]:
    """Names of those that have one."""
    return [element.name for element in elements if element.name]


def pose_of(model: mujoco.MjSpec, element: mujoco.MjsSite | mujoco.MjsBody) -> tuple[Vec3, Quat]:
    """Where a site or a body is in the body that carries it, m, and how it is turned, wxyz.

    What a file says by Euler angles, axes or frames around an element is not in the numbers of a
    model that is not compiled.
    """
    compiled = model.compile()
    kind = compiled.site if isinstance(element, mujoco.MjsSite) else compiled.body
    found = kind(element.name)
    (x, y, z), (w, i, j, k) = found.pos.tolist(), found.quat.tolist()
    return (x, y, z), (w, i, j, k)


def place_at(body: mujoco.MjsBody, pos: Vec3, quat: Quat) -> None:
    """Say where a body of a model is, m and wxyz, whatever its file says of that."""
    body.pos, body.quat = pos, quat
    body.alt.type = mujoco.mjtOrientation.mjORIENTATION_QUAT


def unknown(item: Item, kind: str, name: str, known: Iterable[str]) -> ValueError:
    """The error for a name that the model lacks."""
    return item.error(did_you_mean(f"{kind} of the model", name, known))


def subtree(body: mujoco.MjsBody) -> list[mujoco.MjsBody]:
    """A body and all below it, parents first."""
    out = [body]
    for child in body.bodies:
        out += subtree(child)
    return out


def ancestors(body: mujoco.MjsBody) -> list[mujoco.MjsBody]:
    """A body and those above it, up to the one that stands in the world."""
    out = [body]
    while out[-1].parent.name != "world":
        out.append(out[-1].parent)
    return out
