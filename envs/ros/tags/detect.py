"""Tags in pictures, by OpenCV: where their corners are, and how each may stand."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.pictures import CameraInfo
from habilis.envs.ros.tags.edges import refined

MARGIN = 1
"""Cells of white around a printed tag, without which it is not found."""
_PINHOLE = ("plumb_bob", "rational_polynomial", "")
_FISHEYE = "equidistant"


@dataclasses.dataclass(frozen=True, eq=False)
class FoundTag:
    """A tag in a picture.

    Attributes:
      id: within the family.
      corners: (4, 2) column and row, pixels, clockwise from the top left of the tag.
    """

    id: int
    corners: Array


class TagDetector:
    """Finds the tags of one family.

    Args:
      family: see ``habilis.envs.ros.tags.file.FAMILIES``.
      edges: find corners from edges; else they are OpenCV's, for comparison.
    """

    def __init__(self, family: str, edges: bool = True) -> None:
        import cv2

        dictionary, options = _dictionary(family), cv2.aruco.DetectorParameters()
        if not edges:
            options.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
        self._detector: Any = cv2.aruco.ArucoDetector(dictionary, options)
        self._edges = edges
        self._cells = int(dictionary.markerSize) + 2

    def find(self, pixels: npt.NDArray[Any]) -> list[FoundTag]:
        """Tags in a picture, (H, W, 3) red green blue or (H, W) grey; each number once.

        One whose number is seen twice is not told, as nobody knows which is which, nor one whose
        sides are not seen well.
        """
        import cv2

        grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        corners, ids, _ = self._detector.detectMarkers(grey.astype(np.uint8))
        numbers = [] if ids is None else [int(i) for i in ids.ravel()]
        out = []
        for number, rough in zip(numbers, corners, strict=True):
            fine: Array | None = np.asarray(rough, float).reshape(4, 2)
            if self._edges and fine is not None:
                fine = refined(grey, fine, self._cells)
            if fine is not None and numbers.count(number) == 1:
                out.append(FoundTag(number, fine))
        return out


def straightened(corners: Array, info: CameraInfo) -> Array:
    """Corners (4, 2) as a camera without distortion and with the same matrix would see them.

    Raises:
      MessageError: the distortion is of a model that is not known.
    """
    import cv2

    if not info.d.any():
        return corners
    points = np.ascontiguousarray(corners.reshape(-1, 1, 2))
    if info.model in _PINHOLE:
        out = cv2.undistortPoints(points, info.k, info.d, P=info.k)
    elif info.model == _FISHEYE:
        out = cv2.fisheye.undistortPoints(points, info.k, info.d[:4], P=info.k)
    else:
        known = ", ".join((*_PINHOLE[:2], _FISHEYE))
        raise MessageError(f"CameraInfo.distortion_model: expected {known}, got {info.model!r}")
    return np.asarray(out, float).reshape(-1, 2)


def readings(corners: Array, size: float, k: Array) -> list[Array]:
    """The poses T_camera_tag (4, 4) that a square may have whose corners are seen there.

    A square that is seen from one place may stand in two ways, mirrored about the line of sight:
    both come, the better one first (Collins and Bartoli, *Infinitesimal Plane-based Pose
    Estimation*, 2014).

    Args:
      corners: (4, 2) pixels, without distortion.
      size: of the square, m.
      k: camera matrix (3, 3), pixels.
    """
    import cv2

    half = size / 2
    square = np.array([[-half, half, 0], [half, half, 0], [half, -half, 0], [-half, -half, 0]])
    count, turns, places, _ = cv2.solvePnPGeneric(
        square, np.ascontiguousarray(corners), k, np.zeros(4), flags=cv2.SOLVEPNP_IPPE_SQUARE
    )
    out = []
    for turn, place in zip(turns[:count], places[:count], strict=True):
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = cv2.Rodrigues(turn)[0], place.ravel()
        if np.isfinite(pose).all() and pose[2, 3] > 0:
            out.append(pose)
    return out


def tag_picture(family: str, number: int, cell: int = 40) -> npt.NDArray[np.uint8]:
    """A tag to be printed or drawn, black on white, (n, n), with ``MARGIN`` cells of white around.

    Args:
      family: of tags.
      number: within it.
      cell: side of one cell, pixels.

    Raises:
      ValueError: the family has no such number.
    """
    import cv2

    dictionary = _dictionary(family)
    if not 0 <= number < len(dictionary.bytesList):
        last = len(dictionary.bytesList) - 1
        raise ValueError(f"{family} has tags 0 to {last}, got {number}")
    cells = dictionary.markerSize + 2
    drawn = cv2.aruco.generateImageMarker(dictionary, number, cells * cell)
    return np.pad(np.asarray(drawn, np.uint8), MARGIN * cell, constant_values=255)


def black_share(family: str) -> float:
    """Side of the black square of a tag as a share of its picture's side."""
    cells = int(_dictionary(family).markerSize) + 2
    return cells / (cells + 2 * MARGIN)


def _dictionary(family: str) -> Any:
    import cv2

    return cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, f"DICT_{family.upper()}"))
