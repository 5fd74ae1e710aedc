"""Random variations of a scene that need no recompiling: poses, friction, mass."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.scene.solids.parts import rotation
from habilis.assets.scene.things import Scene

_FACTORS = ("friction", "mass", "springs", "drag", "gains")


MOST = 4.0  # times the standard variation, where masses and frictions fall to a fifth


@dataclasses.dataclass(frozen=True)
class Variation:
    """How far layouts stray from the published one. All zero gives exactly that one.

    Attributes:
      shift: largest shift of each entity in x and y, m.
      turn: largest turn of each movable entity about z, rad.
      friction: largest relative change of each friction coefficient.
      mass: largest relative change of each mass (and inertia).
    """

    shift: float = 0.0
    turn: float = 0.0
    friction: float = 0.0
    mass: float = 0.0

    @classmethod
    def scaled(cls, amount: float) -> Variation:
        """The standard variation times ``amount``: 1 is 2 cm, 3 degrees, 20 % and 20 %."""
        if not 0 <= amount <= MOST:
            raise ValueError(f"layout variation must be from 0 to {MOST:g}, got {amount:g}")
        return cls(0.02 * amount, np.deg2rad(3) * amount, 0.2 * amount, 0.2 * amount)


@dataclasses.dataclass(frozen=True)
class Layout:
    """What differs between k layouts of a scene with E entities; factors are of the model's values.

    Attributes:
      shift: (k, E, 2) of position, m.
      turn: (k, E) about z, rad.
      friction: (k, E) factor of the sliding friction of its surface.
      mass: (k, E) factor of mass and inertia.
      springs: (k, E) factor of the stiffness of its joints' springs; 0 for none.
      drag: (k, E) factor of the dry friction of its joints.
      gains: (k,) factor of gain and damping of the end effector's servos.
      gravity: (k, 3) m/s^2, world; None for the model's own.
    """

    shift: Array
    turn: Array
    friction: Array
    mass: Array
    springs: Array
    drag: Array
    gains: Array
    gravity: Array | None = None

    def __post_init__(self) -> None:
        k, count = self.turn.shape
        shapes = {"shift": (k, count, 2), "gains": (k,), "gravity": (k, 3)}
        for field in dataclasses.fields(self):
            values, want = getattr(self, field.name), shapes.get(field.name, (k, count))
            if values is None:
                continue
            if np.shape(values) != want:
                raise ValueError(f"{field.name} has shape {np.shape(values)}, want {want}")
            if not np.isfinite(values).all():
                raise ValueError(f"{field.name} is not finite")
            if field.name in _FACTORS and (values < 0).any():
                raise ValueError(f"{field.name} is below 0")

    @classmethod
    def nominal(cls, scene: Scene, k: int) -> Layout:
        """The scene as it is, k times."""
        one = np.ones((k, len(scene.entities)))
        return cls(np.zeros((*one.shape, 2)), 0 * one, one, one, one, one, np.ones(k))

    @classmethod
    def stack(cls, layouts: Sequence[Layout]) -> Layout:
        """One after the other."""
        if len(layouts) == 1:
            return layouts[0]
        rows = {
            f.name: np.concatenate([getattr(x, f.name) for x in layouts])
            for f in dataclasses.fields(cls)
            if getattr(layouts[0], f.name) is not None
        }
        return cls(**rows)

    def of_thing(self, scene: Scene, name: str, **factors: Array) -> Layout:
        """With other factors (k,) of one thing, by the names of the attributes."""
        at, changed = [e.name for e in scene.entities].index(name), {}
        for key, values in factors.items():
            changed[key] = getattr(self, key).copy()
            if np.shape(values) != (len(changed[key]),):
                want = (len(changed[key]),)
                raise ValueError(f"{key} has shape {np.shape(values)}, want {want}")
            changed[key][:, at] = values
        return dataclasses.replace(self, **changed)


def sample(scene: Scene, variation: Variation, rng: np.random.Generator, k: int) -> Layout:
    """Draw k layouts in which no two entities overlap.

    Entities whose boxes overlap already in the scene as given (an object on a tray) move as one.

    Raises:
      RuntimeError: if no free layout is found in 200 tries; says which entities collide.
    """
    count = len(scene.entities)
    group = _groups(scene)
    shift, turn = np.zeros((k, count, 2)), np.zeros((k, count))
    shares = np.array([e.strays for e in scene.entities])
    for g in set(group.tolist()):
        shares[group == g] = shares[group == g].min(axis=0)
    for row in range(k):
        shift[row], turn[row] = _sample_poses(scene, variation, rng, group, shares)
    friction = 1 + variation.friction * rng.uniform(-1, 1, (k, count))
    mass = 1 + variation.mass * rng.uniform(-1, 1, (k, count))
    drawn = {"friction": np.maximum(friction, 0.05), "mass": np.maximum(mass, 0.05)}
    return dataclasses.replace(Layout.nominal(scene, k), shift=shift, turn=turn, **drawn)


def _sample_poses(
    scene: Scene,
    variation: Variation,
    rng: np.random.Generator,
    group: npt.NDArray[np.int_],
    shares: Array,
) -> tuple[Array, Array]:
    free = np.array([e.movable for e in scene.entities])
    alone = np.bincount(group, minlength=len(group))[group] == 1
    clash: tuple[str, str] | None = None
    for _ in range(200):
        shift = variation.shift * rng.uniform(-1, 1, (len(group), 2))[group] * shares
        turn = variation.turn * rng.uniform(-1, 1, len(group)) * (free & alone)
        clash = first_overlap(scene, shift, turn, group)
        if clash is None or not (shift.any() or turn.any()):  # the scene as it is given
            return shift, turn
    raise RuntimeError(
        f"scene {scene.name!r}: no layout without overlap in 200 tries with {variation};"
        f" last: {clash}. Try a smaller variation or move these apart."
    )


def first_overlap(
    scene: Scene, shift: Array, turn: Array, group: npt.NDArray[np.int_], gap: float = 0.004
) -> tuple[str, str] | None:
    """Names of two entities whose boxes come nearer than ``gap`` (m), but for those in one group.

    Args:
      scene: which entities.
      shift: (E, 2) offsets, m.
      turn: (E,) offsets, rad.
      group: (E,) entities of the same group may overlap.
      gap: m.
    """
    near = _overlaps(*world_boxes(scene, shift, turn), gap)
    first = np.argwhere(near & (group[:, None] != group))
    if not len(first):
        return None
    i, j = first[0]
    return scene.entities[i].name, scene.entities[j].name


def world_boxes(
    scene: Scene, shift: npt.ArrayLike = 0.0, turn: npt.ArrayLike = 0.0
) -> tuple[Array, Array]:
    """Corners (E, 3), (E, 3) of the world-aligned boxes around entities, m.

    Args:
      scene: which entities.
      shift: (E, 2) by which they are moved, m.
      turn: (E,) by which they are turned, rad.
    """
    things = [  # grains are one with what they are in
        scene.entity(e.grains.within) if e.grains is not None and e.grains.within else e
        for e in scene.entities
    ]
    low, high = np.array([e.bounds() for e in things]).swapaxes(0, 1)
    yaw = np.array([e.yaw for e in things]) + turn
    spin = np.zeros((len(things), 3, 3))
    spin[:, 0, 0] = spin[:, 1, 1] = np.cos(yaw)
    spin[:, 1, 0], spin[:, 2, 2] = np.sin(yaw), 1.0
    spin[:, 0, 1] = -spin[:, 1, 0]
    spin = spin @ np.array([rotation(e.tilt) for e in things])
    centre = (spin @ ((low + high) / 2)[..., None])[..., 0] + np.array([e.pos for e in things])
    centre[:, :2] += shift
    half = (np.abs(spin) @ ((high - low) / 2)[..., None])[..., 0]
    return centre - half, centre + half


def _overlaps(low: Array, high: Array, gap: float) -> npt.NDArray[np.bool_]:
    """(E, E) whether boxes come nearer than ``gap`` to each other; the first one by its row."""
    below = np.logical_and.reduce(low[:, None] < high + gap, axis=2)
    return np.triu(below & below.T, 1)


def _groups(scene: Scene) -> npt.NDArray[np.int_]:
    count = len(scene.entities)
    group = np.arange(count)
    for i, j in np.argwhere(_overlaps(*world_boxes(scene), 0.002)):
        group[group == group[j]] = group[i]
    return group
