"""How exactly things are located from their tags, on pictures of the package's own cameras."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.envs.control.rotations import matrix, rotation_vector
from habilis.envs.ros.serving.tagged import tags_on
from habilis.envs.ros.tags.detect import TagDetector
from habilis.envs.ros.tags.file import Tag, TagFile
from habilis.envs.ros.tags.locate import Located, TagView, locate
from habilis.envs.world.poses import quaternions
from habilis.envs.world.seeing import cameras
from habilis.envs.world.world import World

FAMILY, SIDE = "apriltag_36h11", 0.045  # of the tag, m
DISTANCES = (0.5, 1.0)  # m from the cameras, which look at one place from 60 degrees apart
WIDTH, HEIGHT, FOVY = 640, 480, 42.5
TILT = np.radians(60)  # between a tag and the line of sight of the first camera, at most
BLUR, NOISE = 0.7, 4.0  # standard deviations: pixels, and grey levels of 255
LIGHT = (0.6, 1.0)
WRONG = np.radians(10)  # beyond which an orientation is that of another reading
_PLACE = np.array([0.45, 0.0, 0.3])  # what cameras look at, m
_BOX = 0.06  # m


@dataclasses.dataclass(frozen=True)
class Look:
    """How one kind of row is made.

    Attributes:
      what: in words.
      cameras: how many look at once.
      pictures: of each, with other noise.
      edges: corners as ours are found, or OpenCV's.
    """

    what: str
    cameras: int = 1
    pictures: int = 1
    edges: bool = True


LOOKS = (
    Look("one picture, corners by OpenCV", edges=False), Look("one picture"),
    Look("four pictures", pictures=4), Look("two cameras", cameras=2),
)  # fmt: skip


def measured(count: int, seed: int, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Errors of ``count`` random poses at each of ``DISTANCES``, for each of ``LOOKS``.

    Raises:
      RenderingUnavailable: no OpenGL here; the message says what to install.
    """
    rows = []
    with _Stand() as stand:
        for distance in DISTANCES:
            errors: list[list[tuple[Array, Located | None]]] = [[] for _ in LOOKS]
            for k in range(count):
                rng = np.random.default_rng([seed, k, int(1000 * distance)])
                truth, shots = stand.pose(rng, distance)
                for row, look in zip(errors, LOOKS, strict=True):
                    row.append((truth, stand.located(rng, shots[: look.cameras], look)))
                if (k + 1) % 50 == 0:
                    say(f"{distance:g} m: {k + 1} of {count}")
            rows += [_row(look, distance, row) for look, row in zip(LOOKS, errors, strict=True)]
    return rows


def _row(look: Look, distance: float, of: Sequence[tuple[Array, Located | None]]) -> dict[str, Any]:
    seen = [(truth, found) for truth, found in of if found is not None]
    good = [(truth, found) for truth, found in seen if found.sure]
    far = np.array([np.linalg.norm(f.pose[:3, 3] - t[:3, 3]) for t, f in good])
    askew = np.array(
        [np.linalg.norm(rotation_vector((f.pose[:3, :3] @ t[:3, :3].T)[None])) for t, f in good]
    )
    spread = np.array([f.spread for _, f in good])
    return {
        "what": look.what, "distance_m": distance, "poses": len(of), "found": len(seen),
        "taken": len(good), "mirrored": int((askew > WRONG).sum()),
        "position_p50_mm": _quantile(1e3 * far, 0.5), "position_p99_mm": _quantile(1e3 * far, 0.99),
        "position_max_mm": _quantile(1e3 * far, 1.0),
        "orientation_p50_deg": _quantile(np.degrees(askew), 0.5),
        "orientation_p99_deg": _quantile(np.degrees(askew), 0.99),
        "within_2_spreads": float((far <= 2 * spread).mean()) if len(far) else None,
    }  # fmt: skip


def _quantile(values: Array, share: float) -> float | None:
    return round(float(np.quantile(values, share)), 4) if len(values) else None


@dataclasses.dataclass(frozen=True, eq=False)
class _Shot:
    """A picture as the renderer makes it, and the camera's matrix and T_base_camera."""

    light: npt.NDArray[np.float64]
    k: Array
    camera: Array


class _Stand:
    """A box with a tag, two cameras a distance, and nothing else in sight."""

    def __init__(self) -> None:
        place = np.eye(4)
        place[2, 3] = _BOX / 2
        self._tag = Tag(0, SIDE, place)
        file = TagFile(FAMILY, {"box": (self._tag,)})
        box = Thing("box", (Part("body", "box", (_BOX,) * 3),), (0.45, 0.0, _BOX / 2))
        space = Workspace((0.0, -0.4, 0.0), (0.8, 0.4, 0.6))
        scene = Scene("tags", "", (box,), space, Predicate("moved", "box", value=0.05))

        def furnish(spec: mujoco.MjSpec, robot: RobotSpec) -> None:
            tags_on(file)(spec, robot)
            for distance in DISTANCES:
                for k, turn in enumerate(_views()):
                    spec.worldbody.add_camera(
                        name=f"{distance:g} {k}", fovy=FOVY, quat=quaternions(turn[None])[0],
                        pos=_PLACE + distance * turn[:, 2],
                    )  # fmt: skip

        self._world = World(compile_scene(scene, furnish), nthread=1)
        self._pictures = cameras.Cameras(self._world, samples=4)
        self._away = np.array(self._world.robot.arm.home)
        self._away[0] = 2.6  # the arm points backwards, out of sight
        self._detectors = {edges: TagDetector(FAMILY, edges) for edges in (True, False)}

    def __enter__(self) -> _Stand:
        return self

    def __exit__(self, *_: object) -> None:
        self._pictures.close()

    def pose(self, rng: np.random.Generator, distance: float) -> tuple[Array, list[_Shot]]:
        """A random T_base_box, and what both cameras see of it."""
        names = [f"{distance:g} {k}" for k in range(2)]
        first = cameras.pose(self._world, names[0])
        about, tilt, spin = rng.uniform(0, 2 * np.pi), rng.uniform(0, TILT), rng.uniform(0, 7)
        lean = np.array([[np.cos(about), np.sin(about), 0.0]]) * tilt
        turn = first[:3, :3] @ np.diag([1.0, -1.0, -1.0]) @ matrix(lean)[0]
        turn = turn @ matrix(np.array([[0.0, 0.0, spin]]))[0]
        truth = np.eye(4)
        at = _PLACE + rng.uniform(-0.1, 0.1, 3) * distance
        truth[:3, :3], truth[:3, 3] = turn, at - turn @ self._tag.place[:3, 3]
        seen = {0: (truth[None, :3, 3], quaternions(turn[None]))}
        self._world.mirror(np.zeros(1), self._away[None], np.array([0.04]), seen, start=True)
        return truth, [self._shot(name) for name in names]

    def _shot(self, camera: str) -> _Shot:
        light = self._pictures.rgb(camera, WIDTH, HEIGHT)[0].mean(axis=2)
        k = cameras.intrinsics(self._world.model, camera, WIDTH, HEIGHT)
        return _Shot(light, k, cameras.pose(self._world, camera))

    def located(
        self, rng: np.random.Generator, shots: Sequence[_Shot], look: Look
    ) -> Located | None:
        """What is made of pictures with noise."""
        views = [
            TagView((0, str(i)), SIDE, self._tag.place, tag.corners, shot.k, shot.camera, k == 0)
            for i, shot in enumerate(shots)
            for k in range(look.pictures)
            for tag in self._detectors[look.edges].find(_taken(rng, shot.light))
        ]
        return locate(views) if any(view.fresh for view in views) else None


def _views() -> tuple[Array, Array]:
    """Two orientations of MuJoCo's cameras, which look along -z: from above, 60 degrees apart."""
    side = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    angles = np.radians([30.0, -30.0])
    first, second = (matrix(np.array([[0.0, a, 0.0]]))[0] @ side for a in angles)
    return first, second


def _taken(rng: np.random.Generator, light: Array) -> npt.NDArray[np.uint8]:
    """The picture of a camera with a lens that blurs and a chip that is noisy."""
    reach = int(np.ceil(3 * BLUR))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / BLUR) ** 2)
    blurred = light * rng.uniform(*LIGHT)
    for axis in (0, 1):
        parts = [
            w * np.roll(blurred, shift, axis)
            for shift, w in zip(range(-reach, reach + 1), weights / weights.sum(), strict=True)
        ]
        blurred = np.sum(parts, axis=0)
    noisy = blurred + rng.normal(0.0, NOISE, light.shape)
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8)
