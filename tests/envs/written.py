"""Worlds of scenes that a test writes out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal_text import parse_goal
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scenes import scene_path, shipped
from habilis.envs.robot.robot import published
from habilis.envs.world.world import World


def arm_scenes() -> list[str]:
    """Names of the shipped scenes with an arm."""
    return [name for name in shipped() if load_scene(scene_path(name)).hand != "legs"]


def written_world(text: str, folder: Path, goal: str = "", n: int = 2) -> World:
    """N simulations of a scene file with that text, as given; with another goal, if one is."""
    path = folder / "scene.yaml"
    path.write_text(text, encoding="utf-8")
    scene = load_scene(path)
    if goal:
        scene = dataclasses.replace(scene, goal=parse_goal(goal))
    world = World(compile_scene(scene), n)
    world.reset(np.arange(n), published(scene, n), world.q[0].copy())
    return world
