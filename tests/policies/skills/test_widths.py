"""How wide things are across a direction: exactly, whatever their shape and however turned."""

import numpy as np
import pytest

from habilis.assets.arrays import Array
from habilis.assets.scene.solids.parts import Part, box_corners, rotation
from habilis.policies.skills.geometry.solids import Solid

WEDGE = ((0.0, 0.0, 0.0), (0.03, 0.0, 0.0), (0.0, 0.02, 0.0), (0.0, 0.0, 0.05), (0.03, 0.0, 0.05))
PARTS = {
    "ball": Part("p", "sphere", (0.014,)),
    "cylinder": Part("p", "cylinder", (0.02, 0.05)),
    "capsule": Part("p", "capsule", (0.02, 0.05)),
    "box": Part("p", "box", (0.01, 0.03, 0.06)),
    "mesh": Part("p", "hull", (), vertices=WEDGE),
}


def surface(part: Part) -> Array:
    """(N, 3) points whose hull is the part, m."""
    if part.shape == "hull":
        return np.array(part.vertices)
    if part.shape == "box":
        return box_corners(-np.array(part.size) / 2, np.array(part.size) / 2)
    ring = np.linspace(0, 2 * np.pi, 721)
    if part.shape == "cylinder":
        flat = np.stack([np.cos(ring), np.sin(ring), 0 * ring], axis=1) * part.size[0] / 2
        end = np.array([0.0, 0.0, part.size[1] / 2])
        return np.concatenate([flat - end, flat + end])
    high, ring = (x.ravel() for x in np.meshgrid(np.linspace(-np.pi / 2, np.pi / 2, 361), ring))
    ball = np.stack([np.cos(high) * np.cos(ring), np.cos(high) * np.sin(ring), np.sin(high)], 1)
    ball *= part.size[0] / 2
    if part.shape == "sphere":
        return ball
    end = np.array([0.0, 0.0, part.size[1] / 2])
    return np.concatenate([ball - end, ball + end])


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize(
    "euler", [(0, 0, 0), (0, 0, np.pi / 4), (0.4, -0.9, 1.3), (2.0, 0.3, -2.5)]
)
def test_the_box_around_a_part_is_the_smallest(name: str, euler: tuple[float, ...]) -> None:
    part = PARTS[name]
    turn = rotation((float(euler[0]), float(euler[1]), float(euler[2])))
    points = surface(part) @ turn.T + (0.1, 0.2, 0.3)
    box = Solid(np.array([0.1, 0.2, 0.3]), turn, part.extent).box()
    np.testing.assert_allclose(box.low, points.min(axis=0), atol=1e-6)
    np.testing.assert_allclose(box.high, points.max(axis=0), atol=1e-6)


def test_a_ball_is_as_wide_as_its_diameter_from_every_side() -> None:
    for yaw in np.linspace(0, np.pi, 7):
        seen = Solid(np.zeros(3), np.eye(3), PARTS["ball"].extent)
        box = seen.seen_from(np.zeros(3), rotation((0.3, 0.2, float(yaw)))).box()
        np.testing.assert_allclose(box.size, 0.014)


def test_a_mesh_beside_its_own_origin_has_its_box_around_itself() -> None:
    low, high = PARTS["mesh"].bounds()
    np.testing.assert_allclose((low, high), ((0, 0, 0), (0.03, 0.02, 0.05)))
    np.testing.assert_allclose(PARTS["mesh"].half_extents(), (0.015, 0.01, 0.025))
