"""Words, numbers and markup that all parts of the report share."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

_QUANTITIES: Mapping[str, tuple[str, str, float, int]] = {
    "aperture": ("jaw opening", "mm", 1e3, 1),
    "slip": ("slip", "mm", 1e3, 1),
    "width": ("width", "mm", 1e3, 1),
    "moved": ("moved", "mm", 1e3, 1),
    "distance": ("distance", "mm", 1e3, 1),
    "height": ("risen", "mm", 1e3, 1),
    "x": ("x", "m", 1.0, 3),
    "y": ("y", "m", 1.0, 3),
    "z": ("z", "m", 1.0, 3),
    "beyond_x": ("beyond in x", "mm", 1e3, 1),
    "beyond_y": ("beyond in y", "mm", 1e3, 1),
    "beyond_z": ("beyond in z", "mm", 1e3, 1),
    "speed": ("speed", "m/s", 1.0, 3),
    "force": ("force", "N", 1.0, 1),
    "load": ("load", "N", 1.0, 1),
    "angle": ("angle", "rad", 1.0, 3),
    "seconds": ("time", "s", 1.0, 2),
}
"""Numbers that skills report: what they are called, shown unit, factor from SI, decimals."""


def esc(value: object) -> str:
    """Text that is safe in markup and in attributes, whatever the value holds."""
    text = _CONTROL.sub("\ufffd", str(value)).encode("utf-8", "replace").decode("utf-8")
    return html.escape(text, quote=True)


def listing(value: object) -> list[dict[str, Any]]:
    """The objects of a list that may be missing."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def mapping(value: object) -> dict[str, Any]:
    """An object that may be missing."""
    return value if isinstance(value, dict) else {}


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a finite number."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return math.isfinite(value)


def number(value: object, decimals: int) -> str:
    """A number with a true minus sign; a dash where there is none."""
    if not is_number(value):
        return "\u2013"
    text = f"{value:.{decimals}f}"
    if float(text) == 0.0:
        text = text.lstrip("-")
    return text.replace("-", "\u2212")


def seconds(value: object, decimals: int = 1) -> str:
    """A duration or instant, in s."""
    return f"{number(value, decimals)} s" if is_number(value) else "\u2013"


def quantity(key: str, value: object) -> tuple[str, str]:
    """Name and value with its unit of a number that a skill reported."""
    if key in _QUANTITIES:
        name, unit, factor, decimals = _QUANTITIES[key]
        shown = value * factor if is_number(value) else None
        return name, f"{number(shown, decimals)} {unit}"
    text = f"{value:.4g}".replace("-", "\u2212") if is_number(value) else "\u2013"
    return name_words(key), text


def name_words(name: object) -> str:
    """An identifier as words."""
    return str(name).replace("_", " ").strip()


def prose(text: object) -> str:
    """Text with true minus signs, which lines do not break after, and no negative zero."""
    plain = re.sub(r"(?<![\w.])-(0(?:\.0+)?)(?![\d.])", r"\1", str(text))
    return re.sub(r"(?<![\w.)-])-(?=[\dxyz])", "\u2212", plain)


def sentence(text: object) -> str:
    """Prose with its first letter large and a full stop."""
    words = prose(text).strip()
    if not words:
        return ""
    return words[0].upper() + words[1:] + ("" if words[-1] in ".!?" else ".")


def plural(count: int, one: str) -> str:
    """Such as '3 rollouts'."""
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def short(value: object) -> str:
    """A parameter's value in a call."""
    if is_number(value) and not isinstance(value, int):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return "(" + ", ".join(short(v) for v in value) + ")"
    return str(value)


def call(step: Mapping[str, Any]) -> str:
    """A step as written in a plan: ``grasp(object=hammer)``."""
    args = mapping(step.get("args"))
    return f"{step.get('skill', '')}({', '.join(f'{k}={short(v)}' for k, v in args.items())})"


def table(head: Iterable[str], rows: Iterable[Iterable[str]], kind: str, caption: str = "") -> str:
    """A table of ready cells; a cell that starts with a digit or minus is set as a number."""
    top = "".join(f'<th scope="col">{h}</th>' for h in head)
    body = "".join("<tr>" + "".join(_cell(c) for c in row) + "</tr>" for row in rows)
    said = f"<caption>{caption}</caption>" if caption else ""
    return (
        f'<div class="scroll"><table class="{kind}">{said}<thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def facts(pairs: Iterable[tuple[str, str]], kind: str) -> str:
    """A list of names and ready values."""
    items = "".join(f"<div><dt>{k}</dt><dd>{v}</dd></div>" for k, v in pairs if v)
    return f'<dl class="{kind}">{items}</dl>'


def _cell(text: str) -> str:
    numeric = re.match(r"[\d\u2212\u2013]", text) is not None
    return f'<td class="num">{text}</td>' if numeric else f"<td>{text}</td>"
