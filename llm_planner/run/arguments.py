"""Arguments from model-written code: plain data, names that exist, lengths in metres."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from habilis.assets.scene.things import Scene
from habilis.policies.skills import SKILLS, make_skill

FAR = 1.5  # m beyond the edge of the ground, from which a length is taken for another unit
FAST = 2.0  # m/s, the limiter allows 0.5
_LONGEST_TEXT, _LONGEST_LIST, _DEEPEST = 200, 16, 3


class ArgumentError(ValueError):
    """A call that does not fit the function or the scene; says what would."""


def plain(what: str, value: Any, depth: int = 0) -> Any:
    """A copy of a program's value if it is plain data of reasonable size, else ArgumentError."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > 2**53:
            raise ArgumentError(f"{what} is an integer too large to be meant")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ArgumentError(f"{what} must be finite, got {value}")
        return value
    if isinstance(value, str):
        if len(value) > _LONGEST_TEXT:
            raise ArgumentError(f"{what} is a text of {len(value)} characters")
        return value
    if type(value) in (list, tuple) and depth < _DEEPEST:
        if len(value) > _LONGEST_LIST:
            raise ArgumentError(f"{what} has {len(value)} members")
        return type(value)(plain(what, v, depth + 1) for v in value)
    raise ArgumentError(
        f"{what} must be a number, a text or a tuple of numbers, got {type(value).__name__}"
    )


def check_arguments(name: str, args: Mapping[str, Any], scene: Scene) -> None:
    """Refuse what cannot be meant: wrong types, unknown names, lengths in another unit.

    Args:
      name: a function of the API.
      args: by name, plain.
      scene: what exists.

    Raises:
      ArgumentError: names the argument, what was received and what would fit.
    """
    try:
        if name in SKILLS:
            make_skill(name, args)
        elif wrong := next((k for k, v in args.items() if not isinstance(v, str)), None):
            raise ValueError(f"parameter {wrong!r} must be a name, got {args[wrong]!r}")
        for key in ("object", "tool", "on"):
            if args.get(key) is not None:
                scene.entity(args[key])
        owner = args.get("tool" if name in SKILLS else "object")
        for key, whose in (("part", owner), ("object_part", args.get("object"))):
            if args.get(key) is not None and whose is not None:
                check_part(scene, whose, args[key], key == "part")
    except (ValueError, KeyError) as error:
        raise ArgumentError(f"{name}: {error.args[0]}") from error
    for key, value in args.items():
        _check_unit(name, key, value, scene)


def check_part(scene: Scene, owner: str, part: str, hung: bool) -> None:
    """Check a part of a thing, by its own name or as ``owner/part``.

    Args:
      scene: what exists.
      owner: name of the thing.
      part: name of the part.
      hung: whether ``thing/part`` of what hangs on the owner by magnets will do.

    Raises:
      KeyError: there is no such part.
    """
    name, slash, inner = str(part).partition("/")
    other = slash and (hung or name == owner)
    scene.entity(name if other else owner).part(inner if other else part)


def _check_unit(name: str, key: str, value: Any, scene: Scene) -> None:
    numbers = [v for v in (value if isinstance(value, (list, tuple)) else [value])
               if isinstance(v, (int, float)) and not isinstance(v, bool)]  # fmt: skip
    if not numbers or key.endswith("time") or key == "side":
        return
    largest = max(abs(v) for v in numbers)
    far = FAST if key == "speed" else max(abs(v) for c in scene.ground for v in c) + FAR
    if largest <= far:
        return
    word, factor = ("millimetres", 1000) if largest > 100 * min(far, 1) else ("centimetres", 100)
    meant = [round(v / factor, 6) for v in numbers]
    text = meant[0] if len(meant) == 1 else tuple(meant)
    unit = "m/s" if key == "speed" else "metres"
    likely = max(map(abs, meant)) <= far
    guess = f": it looks like {word}; the unit is {unit}, e.g. {text}" if likely else f"; in {unit}"
    where = "where the robot may go" if scene.hand == "legs" else "the table"
    raise ArgumentError(f"{name}: {key} = {value!r} is metres outside {where}{guess}")
