"""Which tags are on which things, and where cameras are: two small YAML formats."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.format.read_body import ANGLES, TURN
from habilis.assets.scene.format.yaml_lines import VEC, Item, either, write
from habilis.assets.scene.format.yaml_read import compose, read
from habilis.assets.scene.solids.parts import rotation
from habilis.envs.world.poses import matrices, quaternions

FAMILIES = (
    "apriltag_16h5", "apriltag_25h9", "apriltag_36h10", "apriltag_36h11", "aruco_original",
    *(f"{bits}x{bits}_{count}" for bits in (4, 5, 6, 7) for count in (50, 100, 250, 1000)),
)  # fmt: skip
"""Families of tags, by OpenCV's names for them."""
PARENTS = ("base", "tcp")
"""What a camera may be fixed to: the base of the robot, or its tool centre point."""
_THINGS = {"family": "of the tags, e.g. apriltag_36h11", "things": "name of a thing to its tags"}
_TAG = {"id": "number of the tag", "size": "side of its black square, m"}
_CAMERA = {
    "camera": "name in the profile", "parent": "base or tcp", "pos": VEC,
    "quat": "4 numbers [w, x, y, z]",
}  # fmt: skip
_MEASURED = ("spread", "residual", "pairs")


@dataclasses.dataclass(frozen=True, eq=False)
class Tag:
    """A tag on a thing.

    Attributes:
      id: number within its family.
      size: side of its black square, m.
      place: T_thing_tag (4, 4), m: x to the right of the tag, y up, z out of the paper.
    """

    id: int
    size: float
    place: Array

    def corners(self) -> Array:
        """(4, 3) corners in the frame of the thing, m, clockwise from the top left."""
        half = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]]) * self.size / 2
        out: Array = half @ self.place[:3, :2].T + self.place[:3, 3]
        return out


@dataclasses.dataclass(frozen=True, eq=False)
class CameraPlace:
    """Where a camera is.

    Attributes:
      camera: its name in the profile.
      parent: one of ``PARENTS``.
      place: T_parent_camera (4, 4), m: z forward, x right, y down in the picture.
      spread: standard deviation of its position, m; 0 if not known.
      residual: root mean square of what was left of the calibration, pixels.
      pairs: of joint states and views that it was made of.
    """

    camera: str
    parent: str
    place: Array
    spread: float = 0.0
    residual: float = 0.0
    pairs: int = 0

    def save(self, path: Path) -> None:
        """Write it as YAML."""
        quat = quaternions(self.place[None, :3, :3])[0]
        rows = {
            "camera": self.camera, "parent": self.parent,
            "pos": np.round(self.place[:3, 3], 6).tolist(), "quat": np.round(quat, 8).tolist(),
            "spread": round(self.spread, 6), "residual": round(self.residual, 4),
            "pairs": self.pairs,
        }  # fmt: skip
        path.write_text(write(rows), encoding="utf-8")


@dataclasses.dataclass(frozen=True, eq=False)
class TagFile:
    """What is known of tags before anything is seen.

    Attributes:
      family: one of ``FAMILIES``.
      tags: of each thing, by its name.
      cameras: by name, those whose place was calibrated; of others ``/tf`` has to tell.
      unseen: s for which a thing whose tags are hidden, by the arm for instance, is taken to be
        where it was seen last; after that a robot that needs it stops.
    """

    family: str
    tags: Mapping[str, tuple[Tag, ...]]
    cameras: Mapping[str, CameraPlace] = dataclasses.field(default_factory=dict)
    unseen: float = 5.0


def load_tags(path: Path) -> TagFile:
    """Read a file of tags; paths of cameras in it are relative to it.

    Raises:
      SceneFileError: it cannot be used; names line, key and what is allowed.
    """
    return parse_tags(read(path), str(path), path.parent)


def parse_tags(text: str, source: str, folder: Path = Path()) -> TagFile:
    """Read tags from YAML text.

    Args:
      text: the YAML.
      source: name of the file, for errors.
      folder: that paths of cameras are relative to.

    Raises:
      SceneFileError: names line, key and what is allowed.
    """
    top = compose(text, source).record(_THINGS, ("cameras", "unseen"), "a mapping")
    tags = {
        name: tuple(_tag(i) for i in item.items("a list of tags"))
        for name, item in top["things"].entries("a mapping of thing to tags").items()
    }
    _check_once(top["things"], tags)
    files = top["cameras"].entries("a mapping of camera to file") if "cameras" in top else {}
    cameras = {name: load_camera(folder / item.text()) for name, item in files.items()}
    extra = {"unseen": top["unseen"].number(0.0, at_most=60.0)} if "unseen" in top else {}
    return TagFile(top["family"].choice("family", FAMILIES), tags, cameras, **extra)


def load_camera(path: Path) -> CameraPlace:
    """Read where a camera is, as ``habilis ros calibrate`` writes it.

    Raises:
      SceneFileError: it cannot be used; names line, key and what is allowed.
    """
    got = compose(read(path), str(path)).record(_CAMERA, _MEASURED, "a camera")
    quat = np.array(got["quat"].numbers(4, _CAMERA["quat"]))
    if not abs(np.linalg.norm(quat) - 1) < 0.01:
        raise got["quat"].error(f"expected length 1, got {np.linalg.norm(quat):g}")
    place = _transform(matrices(quat / np.linalg.norm(quat)), np.array(got["pos"].vec()))
    spread, residual = (
        got[key].number(at_least=0.0) if key in got else 0.0 for key in ("spread", "residual")
    )
    pairs = int(got["pairs"].number(at_least=0)) if "pairs" in got else 0
    parent = got["parent"].choice("parent", PARENTS)
    return CameraPlace(got["camera"].text(), parent, place, spread, residual, pairs)


def _tag(item: Item) -> Tag:
    got = item.record(_TAG, ("pos", *TURN), "a tag")
    number = got["id"].number(at_least=0)
    if number != int(number):
        raise got["id"].error(f"expected a whole number, got {number:g}")
    turn = either(got, *TURN)
    angles = [turn.radians(a) for a in turn.vec(ANGLES)] if turn else [0.0, 0.0, 0.0]
    pos = got["pos"].vec() if "pos" in got else (0.0, 0.0, 0.0)
    place = _transform(rotation((angles[0], angles[1], angles[2])), np.array(pos))
    return Tag(int(number), got["size"].number(above=0.0, at_most=1.0), place)


def _check_once(item: Item, tags: Mapping[str, tuple[Tag, ...]]) -> None:
    seen: dict[int, str] = {}
    for name, row in tags.items():
        for tag in row:
            if tag.id in seen:
                raise item.error(f"tag {tag.id} is on {seen[tag.id]} and on {name}")
            seen[tag.id] = name


def _transform(turn: Array, pos: Array) -> Array:
    out: Array = np.eye(4)
    out[:3, :3], out[:3, 3] = turn, pos
    return out
