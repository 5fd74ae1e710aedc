"""What a URDF says that the physics engine does not read: packages of meshes, speeds of joints."""

from __future__ import annotations

import html
import math
import re
from pathlib import Path
from xml.etree import ElementTree

from habilis.assets.foreign import MOST_TEXT, read_bytes

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


def speeds(path: Path) -> dict[str, float]:
    """Limits of speed of the joints of a URDF, rad/s or m/s, where it gives any; none of an MJCF.

    Raises:
      ForeignFileError: it is no ordinary file.
      ValueError: it is no XML, or a speed is no number.
    """
    if path.suffix != ".urdf":
        return {}
    try:
        joints = ElementTree.fromstring(read_bytes(path, MOST_TEXT)).findall("joint")
    except ElementTree.ParseError as e:
        raise ValueError(f"{path.name} is no XML: {e}") from e
    limits = {joint.get("name", ""): joint.find("limit") for joint in joints}
    told = {
        name: float(limit.get("velocity", 0)) for name, limit in limits.items() if limit is not None
    }
    return {name: speed for name, speed in told.items() if 0 < speed < math.inf}
