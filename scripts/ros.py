"""habilis ros: robots that speak ROS 2, from the first look to the first motion."""

from __future__ import annotations

import importlib

from habilis.assets.names import did_you_mean

KINDS = {
    "profiles": ("ros_profiles", "the robots that are known, and what a profile says"),
    "check": ("ros_check", "what answers, joint by joint: rate, delay, faults; nothing moves"),
    "jog": ("ros_move", "move one joint a little and back: the first motion"),
    "home": ("ros_move", "move to the profile's rest pose, slowly"),
    "stop-test": ("ros_move", "move one joint slowly, stop in the middle, measure the stop"),
    "serve": ("ros_serve", "a simulated robot that looks like a ROS 2 robot"),
    "replay": ("ros_replay", "rehearse a recorded run in simulation"),
    "bench": (
        "ros_bench",
        "rates, round trips, stops, and plans through the bridge, with intervals",
    ),
}
"""Kind to the module of ``habilis.scripts`` and what it does."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    if not args or args[0] in ("-h", "--help"):
        width = max(map(len, KINDS))
        lines = [f"  {name:<{width}}  {what}" for name, (_, what) in KINDS.items()]
        more = "Plans and policies run on a robot with habilis solve|play --robot ros:PROFILE."
        print("\n".join(["usage: habilis ros KIND ...", "", *lines, "", more]))
        return 0 if args else 2
    kind, rest = args[0], args[1:]
    if kind not in KINDS:
        raise ValueError(did_you_mean("kind of ros command", kind, KINDS))
    module = importlib.import_module(f"habilis.scripts.{KINDS[kind][0]}")
    code: int = module.command([kind, *rest] if KINDS[kind][0] == "ros_move" else rest)
    return code
