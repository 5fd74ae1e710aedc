"""habilis robots show: what is known of a robot: joints, limits, opening, outline."""

from __future__ import annotations

import dataclasses
import math
from typing import Annotated

import tyro

from habilis.assets.robots.registry import robot_spec
from habilis.assets.robots.spec import EndEffector, Limb
from habilis.scripts.shared.options import read_options
from habilis.scripts.shared.results import show


@dataclasses.dataclass(frozen=True)
class RobotsShowOptions:
    """Show the constants of a robot."""

    name: Annotated[str, tyro.conf.Positional]
    """An arm, a hand, arm+effector, menagerie:FOLDER or file:MODEL."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(RobotsShowOptions, args, prog="habilis robots show")
    robot = robot_spec(options.name)
    show(f"{robot.name}: base {robot.base.body} ({robot.base.mobility})")
    for limb in robot.limbs:
        _show_limb(limb, "arm" if robot.legs is None else "leg")
    for effector in robot.effectors:
        if effector.kind != "none":
            _show_effector(effector)
    show(f"source: {robot.source}")
    return 0


def _show_limb(limb: Limb, kind: str) -> None:
    rated = f", rated to carry {limb.payload:g} kg with its end effector"
    show(f"{kind} {limb.name}, flange {limb.flange}{rated if math.isfinite(limb.payload) else ''}")
    width = max(map(len, limb.joints))
    for i, joint in enumerate(limb.joints):
        show(
            f"  {joint:<{width}}  {limb.lower[i]:7.3f} to {limb.upper[i]:6.3f} rad, home"
            f" {limb.home[i]:6.3f}, {limb.velocity[i]:g} rad/s, {limb.acceleration[i]:g} rad/s2,"
            f" {limb.torque[i]:g} Nm"
        )


def _show_effector(effector: EndEffector) -> None:
    low, high = effector.aperture
    show(
        f"{effector.kind} {effector.name}: opens {low * 1e3:.1f} to {high * 1e3:.1f} mm, presses"
        f" with {effector.force:.0f} N, fingers reach {effector.outline.pad_reach * 1e3:.0f} mm"
        f" beyond the tool centre point {effector.tcp}"
    )
    show(f"  joints {', '.join(effector.joints)}; actuators {', '.join(effector.actuators)}")
