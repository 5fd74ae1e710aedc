"""Everyday things that have nothing to do with a task; ``distractors.yaml`` is their catalogue.

Each has its origin on the table below its middle, named parts, a mass, a friction and a point to
grip it at, like the tools of the shipped scenes. None is magnetic, on a joint or fixed.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from habilis.assets.names import did_you_mean
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.scaling import scaled
from habilis.assets.scene.things import Thing

JITTER = 0.15
"""Largest relative change of a distractor's size and, apart from that, of its mass."""

HOOKS = ("spatula", "ladle", "paint_scraper")
"""Those with an end wider than their shank, behind which something could be caught."""


@functools.cache
def catalogue() -> Mapping[str, Thing]:
    """Every distractor by name, at the origin, unturned."""
    scene = load_scene(Path(__file__).with_name("distractors.yaml"))
    return {e.name: e for e in scene.entities}


def distractor(name: str, rng: np.random.Generator) -> Thing:
    """One of the catalogue with size and mass of its own; KeyError names those there are."""
    known = catalogue()
    if name not in known:
        raise KeyError(did_you_mean("distractor", name, known))
    whole = scaled(known[name], np.full(3, 1 + JITTER * rng.uniform(-1, 1)))
    mass = whole.mass * (1 + JITTER * rng.uniform(-1, 1))
    friction = whole.friction * (1 + JITTER * rng.uniform(-1, 1))
    return dataclasses.replace(whole, mass=round(mass, 4), friction=round(friction, 3))


def span(entity: Thing) -> float:
    """Diagonal of the entity's outline in the plane, m: no two of its points are farther apart."""
    return float(np.hypot(*entity.size()[:2]))
