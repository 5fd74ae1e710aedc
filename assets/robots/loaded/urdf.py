"""What a URDF says that the physics engine does not read: packages of meshes, speeds of joints."""

from __future__ import annotations

import html
import math
import re
from pathlib import Path
from xml.etree import ElementTree

from habilis.assets.foreign import MOST_TEXT, read_text

LONGEST = 20_000_000  # letters of a description
_PLACE = re.compile(r"""(["'])(package|model|file)://([^"']*)\1""")


def with_packages(text: str, path: Path) -> str:
    """A model's text with what it names by ``package://NAME/PATH`` or ``file://`` where that is.

    A package is looked for among the folders above the file, and in each of them. What is not
    there stays as it is: what is only seen need not be.

    Args:
      text: of the model.
      path: of its file.
    """

    def found(match: re.Match[str]) -> str:
        quote, scheme, name = match.groups()
        name = html.unescape(name)
        place = _in_packages(name, path) if scheme != "file" else Path(name)
        if place is None or not place.exists():
            return match[0]
        return f"{quote}{html.escape(str(place))}{quote}"

    return _PLACE.sub(found, text)


def _in_packages(name: str, path: Path) -> Path | None:
    package, _, rest = name.partition("/")
    above = path.absolute().parents
    places = [p / rest for p in above if p.name == package] + [p / name for p in above]
    return next((place for place in places if "\0" not in name and place.is_file()), None)


def parsed(text: str) -> ElementTree.Element:
    """The ``<robot>`` of a URDF that may come from anybody.

    Raises:
      ValueError: it is too long, has entities of its own, which may grow without bound, or is no
        XML of a robot.
    """
    if len(text) > LONGEST or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("the description is too large, or has entities of its own")
    try:
        top = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"the description is no XML: {error}") from error
    if top.tag != "robot":
        raise ValueError(f"the description is a <{top.tag}>, expected a <robot>")
    return top


def speeds(path: Path) -> dict[str, float]:
    """Limits of speed of the joints of a URDF, rad/s or m/s, where it gives any; none of an MJCF.

    Raises:
      ForeignFileError: it is no ordinary file.
      ValueError: see ``parsed``, or a speed is no number.
    """
    if path.suffix != ".urdf":
        return {}
    joints = parsed(read_text(path, MOST_TEXT)).findall("joint")
    limits = {joint.get("name", ""): joint.find("limit") for joint in joints}
    told = {
        name: float(limit.get("velocity", 0)) for name, limit in limits.items() if limit is not None
    }
    return {name: speed for name, speed in told.items() if 0 < speed < math.inf}
