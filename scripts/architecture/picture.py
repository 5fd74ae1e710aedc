"""The layers of the package as a picture: folders in bands, and two ways through them beside."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from html import escape

from habilis.scripts.architecture.folders import Folder, Layer
from habilis.scripts.architecture.paths import Stop

WIDTH, MARGIN, GUTTER = 1430, 16, 150  # px; the gutter holds the name of a layer
COLUMNS, BOX, ROW, GAP = 3, 226, 62, 8  # of folders: how many a row, width, height, between them
WAY, STOP, STEP = (
    244,
    40,
    56,
)  # of the ways: width of a column, height of a stop, next stop
HEAD, PAD = 58, 14  # px above the bands, and within one
FILLS = {
    "assets": "#f3efe6", "envs": "#e6f0ee", "policies": "#e9edf7", "llm_planner": "#f5e9f0",
    "scripts": "#f0f0f0",
}  # fmt: skip
INK, PALE, DOWN, UP = "#222222", "#666666", "#b3541e", "#1f6f6b"
STYLE = f"""
text {{ font-family: Helvetica, Arial, 'DejaVu Sans', sans-serif; fill: {INK}; }}
.title {{ font-size: 19px; font-weight: bold; }}
.layer {{ font-size: 17px; font-weight: bold; }}
.name {{ font-size: 12.5px; font-weight: bold; }}
.small {{ font-size: 10.5px; fill: {PALE}; }}
"""


def draw(layers: Sequence[Layer], down: Sequence[Stop], up: Sequence[Stop]) -> str:
    """The picture as the text of an SVG file.

    Args:
      layers: from the lowest up; drawn with the highest on top.
      down: stops of the way of a command, from the top.
      up: stops of the way of an observation, from the bottom.
    """
    tops, y = {}, HEAD
    heights = {layer.top.name: _height(layer, down, up) for layer in layers}
    for layer in reversed(layers):
        tops[layer.top.name] = y
        y += heights[layer.top.name] + GAP
    body = [
        _text(MARGIN, 28, "habilis: each layer may import those below it", "title"),
        _text(_way_x(0), 20, "a command goes down", "name", DOWN),
        _text(_way_x(1), 20, "what is sensed comes up", "name", UP),
        _text(_way_x(0), 36, "from a plan to the actuators", "small"),
        _text(_way_x(1), 36, "from a scene, through the physics, to words", "small"),
    ]
    for layer in layers:
        body += _band(layer, tops[layer.top.name], heights[layer.top.name])
    body += _way(down, 0, tops, heights, DOWN)
    body += _way(list(reversed(up)), 1, tops, heights, UP)
    size = f'viewBox="0 0 {WIDTH} {y + PAD}" width="{WIDTH}" height="{y + PAD}"'
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{STYLE}</style>"]
    ground = f'<rect width="{WIDTH}" height="{y + PAD}" fill="white"/>'
    return "\n".join([*head, _markers(), ground, *body, "</svg>", ""])


def _height(layer: Layer, *ways: Sequence[Stop]) -> int:
    """Of a band: its folders, or the stops beside them, whichever need more room."""
    rows = -(-len(_boxes(layer)) // COLUMNS)
    stops = max(sum(stop.layer == layer.top.name for stop in way) for way in ways)
    return 2 * PAD + max(rows * (ROW + GAP) - GAP, stops * STEP - (STEP - STOP))


def _boxes(layer: Layer) -> list[tuple[str, str]]:
    """Name and text of each box of a band; the layer's own modules come last."""
    found = [(folder.name, _about(folder)) for folder in layer.folders]
    if layer.top.modules:
        found.append(("files beside them", ", ".join(layer.top.modules)))
    return found


def _about(folder: Folder) -> str:
    about = re.sub(r"^habilis [\w-]+: ", "", folder.about)
    return about + (f" ({', '.join(folder.inner)})" if folder.inner else "")


def _band(layer: Layer, top: int, height: int) -> list[str]:
    name = layer.top.name
    width = GUTTER + COLUMNS * (BOX + GAP) + PAD
    out = [_rect(MARGIN, top, WIDTH - 2 * MARGIN, height, FILLS[name], 10)]
    out.append(_text(MARGIN + PAD, top + 30, name, "layer"))
    out += _lines(MARGIN + PAD, top + 48, layer.top.about, 24, 8)
    for k, (title, text) in enumerate(_boxes(layer)):
        row, column = divmod(k, COLUMNS)
        x = MARGIN + GUTTER + PAD + column * (BOX + GAP)
        y = top + PAD + row * (ROW + GAP)
        out.append(_rect(x, y, BOX, ROW, "white", 6))
        out.append(_text(x + 8, y + 17, title, "name"))
        out += _lines(x + 8, y + 31, text, 39, 3)
    assert width < _way_x(0)
    return out


def _way(
    stops: Sequence[Stop], column: int, tops: dict[str, int], heights: dict[str, int], colour: str
) -> list[str]:
    """A column of stops, each in the band of its layer, with arrows between them.

    They stand from the top to the bottom; in the second column the arrows point up.
    """
    places: list[int] = []
    out = []
    for k, stop in enumerate(stops):
        here = [s for s in stops if s.layer == stop.layer]
        room = heights[stop.layer] - 2 * PAD - STOP
        step = room / (len(here) - 1) if len(here) > 1 else 0.0
        at = here.index(stop) * min(step, STEP * 1.4) if len(here) > 1 else room / 2
        places.append(round(tops[stop.layer] + PAD + at))
        x = _way_x(column)
        out.append(_rect(x, places[k], WAY - 20, STOP, "white", 6, colour))
        out.append(_text(x + 8, places[k] + 16, stop.label, "name"))
        out.append(_text(x + WAY - 28, places[k] + 16, stop.folder, "small", anchor="end"))
        out.append(_text(x + 8, places[k] + 31, stop.what, "small"))
    x = _way_x(column) + (WAY - 20) // 2
    for above, below in zip(places, places[1:], strict=False):
        ends = (above + STOP, below) if column == 0 else (below, above + STOP)
        out.append(
            f'<line x1="{x}" y1="{ends[0]}" x2="{x}" y2="{ends[1]}" stroke="{colour}"'
            f' stroke-width="1.6" marker-end="url(#{colour[1:]})"/>'
        )
    return out


def _way_x(column: int) -> int:
    return WIDTH - MARGIN - PAD - (2 - column) * WAY + 20


def _markers() -> str:
    heads = [
        f'<marker id="{colour[1:]}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        f' markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="{colour}"/></marker>'
        for colour in (DOWN, UP)
    ]
    return f"<defs>{''.join(heads)}</defs>"


def _rect(x: int, y: int, width: int, height: int, fill: str, round_: int, line: str = "") -> str:
    stroke = f' stroke="{line}" stroke-width="1.4"' if line else ""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{round_}"'
        f' fill="{fill}"{stroke}/>'
    )


def _lines(x: int, y: int, text: str, width: int, most: int) -> list[str]:
    """Small text in lines of `width` characters; what does not fit into `most` of them is cut."""
    lines = textwrap.wrap(text.replace("`", ""), width, max_lines=most, placeholder=" ...")
    return [_text(x, y + 12 * k, line, "small") for k, line in enumerate(lines)]


def _text(x: int, y: int, text: str, kind: str, colour: str = "", anchor: str = "start") -> str:
    style = f' style="fill: {colour}"' if colour else ""
    place = f'x="{x}" y="{y}" text-anchor="{anchor}"'
    return f'<text {place} class="{kind}"{style}>{escape(text)}</text>'
