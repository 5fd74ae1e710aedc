"""A model file and what is said about it: names are looked up, and errors name file and key."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import mujoco

from habilis.assets.names import did_you_mean
from habilis.assets.robots.loaded.references import check_references
from habilis.assets.robots.shapes import Quat, Vec3
from habilis.assets.scene.format.yaml_lines import Item
from habilis.assets.scene.format.yaml_read import compose, read
from habilis.assets.scene.model.preset import apply_preset

SUFFIXES = (".xml", ".mjcf", ".urdf")


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
            spec = mujoco.MjSpec.from_file(str(self.path))
        except (ValueError, OSError) as e:
            raise self.note.error(f"{self.path.name} cannot be read: {e}") from e
        for key in list(spec.keys):
            spec.delete(key)
        spec.compiler.fusestatic = False  # a URDF's fixed links stay bodies with names
        units, automatic = spec.compiler.degree, spec.compiler.autolimits
        apply_preset(spec)
        spec.compiler.degree, spec.compiler.autolimits = units, automatic
        for body in spec.bodies[1:]:
            body.gravcomp = 1.0
        return spec


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
