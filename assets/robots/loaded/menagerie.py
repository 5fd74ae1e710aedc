"""Arms, grippers and robots on legs of the MuJoCo Menagerie.

What their files do not say is described beside this one, or guessed.

A hand of the Menagerie is in ``habilis.assets.robots.hands.registry``.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mujoco

from habilis.assets.names import did_you_mean
from habilis.assets.robots.hands.menagerie import ROOT_VARIABLE, URL
from habilis.assets.robots.loaded.read import Loaded, load_source
from habilis.assets.robots.loaded.source import Source, ancestors
from habilis.assets.scene.format.yaml_lines import Item, write
from habilis.assets.scene.format.yaml_read import compose, read

MENAGERIE = "menagerie:"
"""How the name of a robot begins that is read from the Menagerie."""
TABLE = Path(__file__).with_name("menagerie.yaml")
_HINGE = mujoco.mjtJoint.mjJNT_HINGE
_MOUNTS = ("attachment_site", "attachment", "flange", "tool0", "ee_site", "pinch")
"""Names that sites of flanges have."""


@functools.cache
def load_menagerie_robot(name: str) -> Loaded:
    """What a folder of the Menagerie holds.

    Args:
      name: ``menagerie:FOLDER``.

    Raises:
      FileNotFoundError: there is no copy of the Menagerie.
      ValueError: it has no such folder, or what is in it is nothing that can be told
        from its file alone; the message says what is unclear.
    """
    folder = _folder(name)
    entries = compose(read(TABLE), str(TABLE)).entries("a mapping of folders")
    if folder.name in entries:
        note = entries[folder.name]
        got = dict(note.entries("a description"))
        path = folder / got.pop("file").text()
        return load_source(Source(path, _without(note, "file")))
    path = _only_model(name, folder)
    text = write({"source": f"MuJoCo Menagerie, {folder.name}.", **guess(name, path)})
    return load_source(Source(path, compose(text, f"{name} (guessed from {path.name})")))


def _folder(name: str) -> Path:
    root = os.environ.get(ROOT_VARIABLE)
    if not root:
        raise FileNotFoundError(
            f"robot {name!r} is read from a copy of the MuJoCo Menagerie: clone {URL} and set"
            f" {ROOT_VARIABLE} to its folder"
        )
    known = sorted(p.name for p in Path(root).iterdir() if any(p.glob("*.xml")))
    if (wanted := name.removeprefix(MENAGERIE)) not in known:
        raise ValueError(did_you_mean("robot", name, [MENAGERIE + folder for folder in known]))
    return Path(root) / wanted


def _without(note: Item, key: str) -> Item:
    """The same mapping without a key."""
    pairs = [(k, v) for k, v in note.node.value if k.value != key]
    node = type(note.node)(note.node.tag, pairs, note.node.start_mark, note.node.end_mark)
    return Item(node, "", note.source, note.line)


def _only_model(name: str, folder: Path) -> Path:
    models = [p for p in folder.glob("*.xml") if not p.name.startswith(("scene", "keyframes"))]
    plain = [p for p in models if "mjx" not in p.name]
    if len(plain) != 1:
        there = ", ".join(sorted(p.name for p in models)) or "none"
        raise ValueError(
            f"robot {name!r}: which model of {folder.name} is meant ({there})? Name it by file:PATH"
            " with a description beside it, see docs/robots.md"
        )
    return plain[0]


def guess(name: str, path: Path) -> Mapping[str, Any]:
    """A description of an arm without a gripper, or of a robot on legs, from its file alone.

    Raises:
      ValueError: the file leaves open which joints are the arm, or how the robot stands; it says
        why.
    """
    spec = mujoco.MjSpec.from_file(str(path))
    if any(joint.type == mujoco.mjtJoint.mjJNT_FREE for joint in spec.joints):
        return {"legs": _guess_legs(name, spec)}
    return {"arm": _guess_arm(name, spec)}


def _guess_legs(name: str, spec: mujoco.MjSpec) -> Mapping[str, Any]:
    model, home = spec.compile(), [key for key in spec.keys if key.name == "home"]
    if not home:
        raise _unclear(name, "it has a free joint and no key frame 'home' that says how it stands")
    hinges = [model.joint(i) for i in range(model.njnt) if model.jnt_type[i] == _HINGE]
    angles = [float(home[0].qpos[hinge.qposadr[0]]) for hinge in hinges]
    return {"joints": [hinge.name for hinge in hinges], "home": angles}


def _guess_arm(name: str, spec: mujoco.MjSpec) -> Mapping[str, Any]:
    driven = {a.target for a in spec.actuators}
    hinges = [j for j in spec.joints if j.type == mujoco.mjtJoint.mjJNT_HINGE]
    others = [j.name for j in spec.joints if j not in hinges or j.name not in driven]
    if others:
        raise _unclear(name, f"{', '.join(others)} are no driven hinges: a gripper?")
    for first, second in zip(hinges, hinges[1:], strict=False):
        if first.parent.name not in [body.name for body in ancestors(second.parent)]:
            raise _unclear(
                name, f"{second.name!r} does not hang on {first.name!r}: two arms, or a hand?"
            )
    mounts = [site.name for site in spec.sites if site.name in _MOUNTS]
    if len(hinges) < 5 or len(mounts) != 1:
        raise _unclear(
            name, f"it has {len(hinges)} joints in a row and {len(mounts)} sites that could be the"
            f" flange ({', '.join(site.name for site in spec.sites) or 'no site'})"
        )  # fmt: skip
    home = [key.qpos for key in spec.keys if key.name == "home"]
    out: dict[str, Any] = {"joints": [j.name for j in hinges], "flange": mounts[0]}
    if home and len(home[0]) == len(hinges):
        out["home"] = [float(x) for x in home[0]]
    return out


def _unclear(name: str, why: str) -> ValueError:
    return ValueError(
        f"robot {name!r} cannot be told from its file: {why}. Describe it in a few lines and name"
        " it file:PATH, see docs/robots.md"
    )
