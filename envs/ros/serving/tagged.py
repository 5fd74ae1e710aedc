"""Tags on the things of a served scene, so that its cameras see what real ones would."""

from __future__ import annotations

import mujoco
import numpy as np

from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.model.compile import Furnish
from habilis.envs.ros.tags.detect import black_share, tag_picture
from habilis.envs.ros.tags.file import Tag, TagFile
from habilis.envs.world.poses import quaternions

PAPER = 1e-4  # m, thickness of what a tag is printed on, so that the thing below does not show
CELL = 16
"""Pixels of a tag's texture for one of its cells."""
_TEXTURE = int(mujoco.mjtTextureRole.mjTEXROLE_RGB)


def tags_on(file: TagFile) -> Furnish:
    """What puts printed tags on the things of a scene; they weigh nothing and touch nothing.

    It raises a KeyError where the scene has no such thing.
    """

    def furnish(spec: mujoco.MjSpec, robot: RobotSpec) -> None:
        for name, tags in file.tags.items():
            body = spec.body(name)
            if body is None:
                raise KeyError(f"there are tags on {name!r}, and the scene has no such thing")
            for tag in tags:
                put_tag(spec, body, file.family, tag)

    return furnish


def put_tag(spec: mujoco.MjSpec, body: mujoco.MjsBody, family: str, tag: Tag) -> None:
    """Put one printed tag on a body."""
    name = f"tag {family} {tag.id}"
    grey = np.ascontiguousarray(tag_picture(family, tag.id, CELL))
    side = len(grey)
    texture = spec.add_texture(
        name=name, type=mujoco.mjtTexture.mjTEXTURE_2D, width=side, height=side, nchannel=3
    )
    texture.data = np.repeat(grey[..., None], 3, axis=2).tobytes()
    material = spec.add_material(name=name, specular=0.0, shininess=0.0, reflectance=0.0)
    material.textures[_TEXTURE] = name
    half = tag.size / black_share(family) / 2
    body.add_geom(
        name=name, type=mujoco.mjtGeom.mjGEOM_BOX, size=[half, half, PAPER / 2], material=name,
        pos=tag.place[:3, 3] + tag.place[:3, 2] * PAPER / 2,
        quat=quaternions(tag.place[None, :3, :3])[0], contype=0, conaffinity=0, mass=0.0, group=1,
    )  # fmt: skip
