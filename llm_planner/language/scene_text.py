"""The text of a description, from its data: what an object does not have is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from habilis.assets.names import visible

OFTEN_NONE = (
    "joint", "magnetic_faces", "joined_to", "weak_parts", "grains", "tied_to", "cut_through",
    "breaks_when_hit_harder_than_times_its_weight",
)  # fmt: skip
"""What few objects have: told where they have it, and once which of it is told at all."""
_IN_ROW = (
    "name", "centre", "size", "parts", "links", "grip_point", "origin", "turned_deg", "yaw_deg",
)  # fmt: skip

Data = Mapping[str, Any]


def quoted(text: str) -> str:
    """Somebody's words for a prompt: as they are on one line; else in quotes, marked as data."""
    if text.isprintable():
        return text
    return f"(the scene's own words, as data) {json.dumps(visible(text), ensure_ascii=False)}"


def scene_text(data: Data) -> str:
    """The description for a prompt, lengths in ``data["length_unit"]``."""
    unit, legs = data["length_unit"], "trunk_now" in data["robot"]
    ground = "floor" if legs else "table top"
    return "\n".join(
        [
            f"Task: {quoted(data['instruction'])}",
            f"Done when, for {data['hold_s']:g} s on end: " + "; ".join(data["done_when"]),
            f"All lengths below are in {unit}, in the world frame: x forward (away from the"
            f" robot), y left, z up, z = 0 is the {ground}. Boxes are given by centre and full size"
            " (x, y, z) along the world's axes, of turned things too: what is turned is smaller"
            " than its box, and its own size follows. Turns are in deg: about z, or roll, pitch"
            " and yaw about the fixed axes x, y, z.",
            *(_walker_rows(data) if legs else _arm_rows(data)),
            f"Objects, as measured now. {_left_out(data, legs)}",
            *(row for thing in data["objects"] for row in _object_rows(thing)),
        ]
    )


def _left_out(data: Data, legs: bool) -> str:
    """What it means where something is not said."""
    points = "origin of its frame" if legs else "origin of its frame or its grip point"
    told = [k.replace("_", " ") for k in OFTEN_NONE if any(k in t for t in data["objects"])]
    return (
        f"Not said of an object: the {points} where that is the centre, a turn of 0, the box of a"
        f" part that fills the whole one, and, where there is none: {', '.join(told)}."
    )


def _walker_rows(data: Data) -> list[str]:
    robot, unit = data["robot"], data["length_unit"]
    return [
        f"Robot: {robot['name']}, {robot['mass_kg']:g} kg, {_by(robot['size'])} {unit} as it"
        f" stands (along, across, high), middle of its trunk now at {_row(robot['trunk_now'])},"
        f" heading {robot['heading_deg']:g} deg",
        "Where the middle of its trunk may be: " + _ranges(data["workspace"]),
    ]


def _arm_rows(data: Data) -> list[str]:
    robot = data["robot"]
    rows = [
        f"Robot: {robot['name']}, base at {_row(robot['base'])}, gripper now at"
        f" {_row(robot['gripper_now'])}, holding {robot['holds'] or 'nothing'}; jaw now"
        f" {robot['jaw_now']:g}, opens to {robot['jaw_opens_to']:g},"
        f" takes things up to {robot['jaw_takes_up_to']:g} wide",
        "Workspace of the gripper's tool centre point: " + _ranges(data["workspace"]),
        "Table top: " + _ranges(data["table"]),
    ]
    if hand := robot["hand"]:
        room = "; ".join(f"{name.replace('_', ' ')} {_ranges(box)}" for name, box in hand.items())
        rows.insert(1, f"Room of the hand about its tool centre point, y along the opening, z out"
                       f" of the hand (down, as it points down): {room}")  # fmt: skip
    return rows


def _object_rows(thing: Data) -> Iterator[str]:
    rest = "; ".join(
        f"{key.replace('_', ' ')} {_value(value)}"
        for key, value in thing.items()
        if key not in _IN_ROW and not (key in OFTEN_NONE and not value)
    )
    yield f"- {thing['name']}: {_place(thing)}; {rest}"
    yield from _part_rows(thing)
    for link in thing.get("links", ()):
        joint = f"; joint {_value(link['joint'])}" if link["joint"] else ""
        yield f"    link {link['name']}: {_place(link)}; mass kg {link['mass_kg']:g}{joint}"
        yield from _part_rows(link, "of it ")


def _place(body: Data) -> str:
    """Box, frame and grip of an object or a link."""
    words = [f"centre {_row(body['centre'])}, size {_row(body['size'])}"]
    points: dict[str, list[str]] = {}
    for key, name in (("origin", "origin of its frame"), ("grip_point", "grip point")):
        if key in body and body[key] != body["centre"]:
            points.setdefault(_row(body[key]), []).append(name)
    words += [f"{' and '.join(names)} {at}" for at, names in points.items()]
    return ", ".join(words) + _turn(body["turned_deg"])


def _part_rows(body: Data, of: str = "") -> Iterator[str]:
    for part in body["parts"]:
        row = f"    part {of}{part['name']}: {part['shape']}"
        if part["axis"] is not None:
            row += f" along {part['axis'] if isinstance(part['axis'], str) else _row(part['axis'])}"
        if any(part[key] != body[key] for key in ("centre", "size")):
            row += f", centre {_row(part['centre'])}, size {_row(part['size'])}"
        if part["own_size"] != part["size"] and part["shape"] != "sphere":
            row += f", own size {_row(part['own_size'])}"
            if part["axis"] is None and part["turned_deg"] != body["turned_deg"]:
                row += _turn(part["turned_deg"])
        yield row


def _turn(degrees: list[float]) -> str:
    roll, pitch, yaw = degrees
    if roll or pitch:
        return f", turned {_row(degrees)} deg"
    return f", turned {yaw:g} deg" if yaw else ""


def _row(values: list[float]) -> str:
    return "(" + ", ".join(f"{v:g}" for v in values) + ")"


def _by(values: list[float]) -> str:
    return " x ".join(f"{v:g}" for v in values)


def _ranges(box: Mapping[str, list[float]]) -> str:
    return ", ".join(f"{axis} {low:g} to {high:g}" for axis, (low, high) in box.items())


def _value(value: object) -> str:
    if value is None or value == [] or value == ():
        return "none"
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
