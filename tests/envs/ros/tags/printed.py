"""Pictures of printed tags without a renderer: a tag is warped to where it stands, and blurred."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.rotations import matrix
from habilis.envs.ros.tags.detect import black_share, tag_picture

FAMILY = "apriltag_36h11"
K = np.array([[600.0, 0, 319.5], [0, 600.0, 239.5], [0, 0, 1]])
SIZE = (640, 480)
FINER = 3  # times as many pixels, of which each is the mean
SQUARE = np.array([[-1.0, 1, 0], [1, 1, 0], [1, -1, 0], [-1, -1, 0]]) / 2


def inverse(pose: Array) -> Array:
    """(4, 4) of the way back."""
    out: Array = np.linalg.inv(pose).astype(float)
    return out


def transform(turn: Any, pos: Any) -> Array:
    """(4, 4) of a rotation vector (3,), rad, and a position (3,), m."""
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = matrix(np.array([turn], float))[0], pos
    return out


def facing(turn: Any, pos: Any) -> Array:
    """T_camera_tag of a tag that faces the camera, turned by a rotation vector (3,), rad."""
    out = transform((0, 0, 0), pos)
    out[:3, :3] = np.diag([1.0, -1.0, -1.0]) @ matrix(np.array([turn], float))[0]
    return out


def projected(pose: Array, size: float) -> Array:
    """(4, 2) pixels of the corners of a tag at T_camera_tag."""
    at = (SQUARE * size @ pose[:3, :3].T + pose[:3, 3]) @ K.T
    out: Array = at[:, :2] / at[:, 2:]
    return out


def picture(tags: dict[int, tuple[Array, float]], noise: float = 3.0, seed: int = 0) -> Any:
    """(480, 640) grey: tags by number, each with T_camera_tag and its size, m."""
    wide, high = FINER * SIZE[0], FINER * SIZE[1]
    drawn = np.full((high, wide), 150, np.uint8)
    for number, (pose, size) in tags.items():
        paper = tag_picture(FAMILY, number, 20)
        ends = projected(pose, size / black_share(FAMILY))
        ends = (ends + 0.5) * FINER - 0.5
        side = len(paper)
        edge = np.array([[0, 0], [side, 0], [side, side], [0, side]]) - 0.5
        warp = cv2.getPerspectiveTransform(edge.astype(np.float32), ends.astype(np.float32))
        cv2.warpPerspective(
            paper, warp, (wide, high), drawn, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT
        )
    small = cv2.resize(drawn, SIZE, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small.astype(float), (0, 0), 0.7)
    noisy = blurred + np.random.default_rng(seed).normal(0.0, noise, blurred.shape)
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8)
