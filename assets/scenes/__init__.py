"""The scenes that come with the package, one YAML file each, and the colours they name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from habilis.assets.names import did_you_mean

COLORS: Mapping[str, tuple[float, float, float, float]] = {
    "white": (0.95, 0.95, 0.93, 1.0),
    "grey": (0.6, 0.6, 0.6, 1.0),
    "black": (0.12, 0.12, 0.13, 1.0),
    "steel": (0.46, 0.49, 0.53, 1.0),
    "wood": (0.72, 0.52, 0.32, 1.0),
    "dark_wood": (0.42, 0.28, 0.17, 1.0),
    "cardboard": (0.76, 0.62, 0.44, 1.0),
    "brass": (0.78, 0.62, 0.25, 1.0),
    "red": (0.8, 0.18, 0.16, 1.0),
    "orange": (0.93, 0.53, 0.14, 1.0),
    "yellow": (0.95, 0.78, 0.2, 1.0),
    "green": (0.25, 0.58, 0.28, 1.0),
    "teal": (0.14, 0.55, 0.56, 1.0),
    "blue": (0.17, 0.4, 0.72, 1.0),
    "purple": (0.48, 0.31, 0.62, 1.0),
    "pink": (0.93, 0.6, 0.66, 1.0),
}
"""Named colours of scene files, red green blue alpha, 0-1."""

_FOLDER = Path(__file__).parent


def shipped() -> list[str]:
    """Names of the scenes that come with the package, sorted."""
    return sorted(p.stem for p in _FOLDER.glob("*.yaml"))


def training() -> list[str]:
    """Names, as ``training/push``, of the scenes made to be learnt on; planners do not see them."""
    return sorted(f"training/{p.stem}" for p in (_FOLDER / "training").glob("*.yaml"))


def is_shipped(path: str | Path) -> bool:
    """Whether a file is one of those that come with the package, which are known to be good."""
    return _FOLDER in Path(path).parents


def scene_path(name: str) -> Path:
    """File of a scene that comes with the package, those to be learnt on and variants included.

    Raises:
      SceneFileError: no such scene; names those there are.
    """
    known = [*shipped(), *sorted(f"{p.parent.name}/{p.stem}" for p in _FOLDER.glob("*/*.yaml"))]
    if name not in known:
        from habilis.assets.scene.format.yaml_lines import SceneFileError  # YAML takes long to load

        raise SceneFileError(did_you_mean("scene", name, known))
    return _FOLDER / f"{name}.yaml"
