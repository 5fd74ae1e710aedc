"""The left Sharpa hand of DexToolBench, read from a copy of the benchmark's data, never stored.

Bodies, meshes, inertias and gains are those of its maker's MJCF; ranges of the joints, torques and
speeds those of the benchmark's URDF, which holds the fingers closer together than the hand could
spread them. Contacts, solver and time step become those of the manipulation preset.
"""

from __future__ import annotations

import math
import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import mujoco

from habilis.assets.robots.contact import (
    FINGER_BITS,
    THUMB_BITS,
    make_tip,
    soften,
    stiffen_limit,
)
from habilis.assets.robots.hands.hand import HandSpec, Tip
from habilis.assets.scene.model.preset import apply_preset

ROOT_VARIABLE = "DEXTOOLBENCH_ROOT"
"""Environment variable with the folder of a copy of the benchmark's data."""
URL = "https://github.com/tylerlum/simtoolreal"
NAME = "sharpa"
ARM_URDF = "kuka_sharpa_description/iiwa14_left_sharpa_adjusted_restricted.urdf"
_MJCF, _MESHES = (
    "left_sharpa_ha4/left_sharpa_ha4_v2_1.xml",
    "kuka_sharpa_description/left_sharpa_meshes",
)
_PALM = "left_hand_C_MC"
_FINGERS = ("thumb", "index", "middle", "ring", "pinky")
_CORNERS = 32  # of a collision hull: contacts cost by the corner, and grasps hold as well
_TO_MODEL = (0.0, 1.0, 0.0, 1.0)  # fingers from +z to +x, palm from +x to +z
_HOME = {"left_thumb_CMC_FE": 1.0, "left_thumb_MCP_FE": 0.2, "left_thumb_IP": 0.3} | {
    f"left_{finger}_{joint}": bend
    for finger in _FINGERS[1:]
    for joint, bend in (("MCP_FE", 0.5), ("PIP", 0.5), ("DIP", 0.2))
}  # rad
_OUT = 0.05  # m from the flange to the palm's origin
_TURN = math.pi + 0.261799 - 1.5708  # rad about the flange's z, half a turn from the URDF's


def data_root(what: str) -> Path:
    """Folder of the copy of the benchmark's data.

    Args:
      what: is read from it, for the error.

    Raises:
      FileNotFoundError: ``DEXTOOLBENCH_ROOT`` is not set, or is no such folder.
    """
    root = os.environ.get(ROOT_VARIABLE, "")
    if not root or not (Path(root) / "assets" / "urdf").is_dir():
        raise FileNotFoundError(
            f"{what} is read from a copy of DexToolBench's data: get it from {URL} and set"
            f" {ROOT_VARIABLE} to the folder that has assets/urdf in it; it is {root!r}"
        )
    return Path(root)


def load_sharpa() -> tuple[HandSpec, mujoco.MjSpec]:
    """Constants and model of the hand, alone.

    Raises:
      FileNotFoundError: there is no copy of the benchmark's data.
    """
    urdf = data_root(f"hand {NAME!r}") / "assets" / "urdf"
    text = (urdf / _MJCF).read_text(encoding="utf-8")
    spec = mujoco.MjSpec.from_string(
        text.replace('meshdir="meshes/"', f'meshdir="{urdf / _MESHES}"')
    )
    apply_preset(spec)
    spec.body(_PALM).quat = _TO_MODEL
    published = _published(urdf / ARM_URDF)
    for joint in spec.joints:
        joint.range = published[joint.name][:2]
        stiffen_limit(joint)
    for servo in spec.actuators:
        torque = published[servo.target][2]
        servo.forcerange = (-torque, torque)
    for mesh in spec.meshes:
        mesh.maxhullvert = _CORNERS
    tips = {
        finger: Tip(f"left_{finger}_DP", *_pad(finger)) for finger in _FINGERS
    }  # fmt: skip
    _apply_contacts(spec, {tip.body for tip in tips.values()})
    return _constants(spec, published, tips), spec


def _pad(finger: str) -> tuple[tuple[float, float, float], tuple[float, float, float], float]:
    """Centre, m, normal, and radius, m, of a pad in the frame of the finger's last body."""
    x, radius = (0.018, 0.0054) if finger == "thumb" else (0.0195, 0.0048)
    return (x, 0.0, 0.0), (0.0, 1.0, 0.0), radius


def _published(path: Path) -> dict[str, tuple[float, float, float, float]]:
    """Lower and upper limit, rad, torque, Nm, and speed, rad/s, of the URDF's joints, by name."""
    out = {}
    for joint in ET.parse(path).getroot().iter("joint"):
        limit = joint.find("limit")
        if limit is not None:
            name = re.sub(r"^left_\d_", "left_", joint.attrib["name"])
            low, high, effort, speed = (
                float(limit.attrib[key]) for key in ("lower", "upper", "effort", "velocity")
            )
            out[name] = (low, high, effort, speed)
    return out


def _apply_contacts(spec: mujoco.MjSpec, tips: set[str]) -> None:
    for geom in spec.geoms:
        if not (geom.contype or geom.conaffinity):
            geom.group = 2
            continue
        body = geom.parent.name
        geom.contype, geom.conaffinity = THUMB_BITS if "thumb" in body else FINGER_BITS
        (make_tip if body in tips else soften)(geom)


def _constants(
    spec: mujoco.MjSpec, published: dict[str, tuple[float, float, float, float]],
    tips: dict[str, Tip],
) -> HandSpec:  # fmt: skip
    joints = tuple(joint.name for joint in spec.joints)
    low, high, _, speed = zip(*(published[joint] for joint in joints), strict=True)
    return HandSpec(
        name=NAME, base=_PALM, palm=_PALM, joints=joints,
        actuators=tuple(servo.name for servo in spec.actuators),
        drives=tuple((servo.target,) for servo in spec.actuators),
        lower=low, upper=high, velocity=speed,
        torque=tuple(float(servo.forcerange[1]) for servo in spec.actuators),
        fingers={f: tuple(j for j in joints if f"_{f}_" in j) for f in _FINGERS},
        tips=tips, home=tuple(_HOME.get(joint, 0.0) for joint in joints),
        palm_normal=(1.0, 0.0, 0.0), wrist=(0.0, 0.0, 0.0), mount=_OUT, turn=_TURN,
        source="DexToolBench (MIT): left Sharpa HA4 as in its maker's MJCF and in the benchmark's"
        " URDF, whose limits it has.",
    )  # fmt: skip
