"""Words, numbers and markup that all parts of the report share."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from habilis.assets.names import visible

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
    """Escape a value as text that is safe in markup and attributes, with nothing hidden in it."""
    text = "\n".join(visible(line) for line in str(value).split("\n"))
    return html.escape(text, quote=True)


def listing(value: object) -> list[dict[str, Any]]:
    """Return the dicts of a list, and nothing if the value is not a list."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def mapping(value: object) -> dict[str, Any]:
    """Return the value if it is a dict, and an empty dict if not."""
    return value if isinstance(value, dict) else {}


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a finite number."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return math.isfinite(value)


def number(value: object, decimals: int) -> str:
    """Format a number with a true minus sign, or a dash if it is not one."""
    if not is_number(value):
        return "\u2013"
    text = f"{value:.{decimals}f}"
    if float(text) == 0.0:
        text = text.lstrip("-")
    return text.replace("-", "\u2212")


def seconds(value: object, decimals: int = 1) -> str:
    """Format a duration or an instant, in s."""
    return f"{number(value, decimals)} s" if is_number(value) else "\u2013"


def quantity(key: str, value: object) -> tuple[str, str]:
    """Return the name, and the value with its unit, of a number that a skill reported."""
    if key in _QUANTITIES:
        name, unit, factor, decimals = _QUANTITIES[key]
        shown = value * factor if is_number(value) else None
        return name, f"{number(shown, decimals)} {unit}"
    text = f"{value:.4g}".replace("-", "\u2212") if is_number(value) else "\u2013"
    return name_words(key), text


def name_words(name: object) -> str:
    """Turn an identifier into words."""
    return str(name).replace("_", " ").strip()


def prose(text: object) -> str:
    """Set minus signs true and unbreakable in a text, and drop the sign of zeros."""
    plain = re.sub(r"(?<![\w.])-(0(?:\.0+)?)(?![\d.])", r"\1", str(text))
    return re.sub(r"(?<![\w.)-])-(?=[\dxyz])", "\u2212", plain)


def sentence(text: object) -> str:
    """Turn a text into a sentence: a capital letter at its start and a full stop at its end."""
    words = prose(text).strip()
    if not words:
        return ""
    return words[0].upper() + words[1:] + ("" if words[-1] in ".!?" else ".")


def plural(count: int, one: str) -> str:
    """Format a count with its noun, such as "3 rollouts"."""
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def short(value: object) -> str:
    """Format the value of a parameter as in a call."""
    if is_number(value) and not isinstance(value, int):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return "(" + ", ".join(short(v) for v in value) + ")"
    return str(value)


def call(step: Mapping[str, Any]) -> str:
    """Format a step as a call: ``grasp(object=hammer)``."""
    args = mapping(step.get("args"))
    return f"{step.get('skill', '')}({', '.join(f'{k}={short(v)}' for k, v in args.items())})"


def table(head: Iterable[str], rows: Iterable[Iterable[str]], kind: str) -> str:
    """Return markup for a table of finished cells.

    A cell that begins with a digit or a minus sign is set as a number. Cells carry the head of
    their column, for narrow pages on which they stand below each other.
    """
    heads = list(head)
    top = "".join(f'<th scope="col">{h}</th>' for h in heads)
    labels = [re.sub("<[^>]*>", "", h) for h in heads]
    body = "".join("<tr>" + "".join(map(_cell, row, labels)) + "</tr>" for row in rows)
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def facts(pairs: Iterable[tuple[str, str]], kind: str) -> str:
    """Return markup for a list of names with finished values."""
    items = "".join(f"<div><dt>{k}</dt><dd>{v}</dd></div>" for k, v in pairs if v)
    return f'<dl class="{kind}">{items}</dl>'


def _cell(text: str, label: str) -> str:
    numeric = re.match(r"[\d\u2212\u2013]", text) is not None
    kind = ' class="num"' if numeric else ""
    return f'<td{kind} data-label="{label}">{text}</td>'
