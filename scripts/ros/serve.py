"""habilis ros serve: a simulated robot that looks like a ROS 2 robot."""

from __future__ import annotations

import dataclasses
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import show

if TYPE_CHECKING:
    from habilis.assets.scene.things import Scene
    from habilis.envs.ros.profiles.base_profile import BaseProfile
    from habilis.envs.ros.profiles.profile import Profile
    from habilis.envs.ros.serving.life import ServedSimulation

SCENE = "reach_milk_2023"
WALKED = "climb_sofa_2024"
_TROUBLE = 0.2  # s lost since the last warning


@dataclasses.dataclass(frozen=True)
class RosServeOptions:
    """Serve a simulated robot on a ROS 2 graph, with the names and the types of the real one.

    MoveIt, RViz, a node of yours or habilis itself (--robot ros:fr3) then drive the simulation. It
    offers what the profile names, poses of the things on /tf, /clock, and under /habilis: stop,
    recover, reset, layout, and whether the goal of the scene is reached. Ends with Ctrl-C.
    """

    scene: Annotated[str, tyro.conf.Positional] = ""
    """For an arm or a robot on legs: a scene file, the name of a shipped scene, or the id of a
    task; reach_milk_2023 or climb_sofa_2024 if left out. Hands are served alone."""
    profile: str = "fr3"
    """A shipped profile or a file; see habilis ros profile."""
    transport: str = "ws://127.0.0.1:9090"
    """A rosbridge server, or rclpy to take part in the graph directly (in a shell where a ROS 2 is
    sourced)."""
    seed: int = 0
    """Seed of the layout."""
    variation: float = 0.0
    """How far the layout strays from the scene as given: 0 not at all, 1 is 2 cm, 3 degrees,
    20 % friction and mass."""
    speed: float = 1.0
    """Simulated seconds per second. Off 1 only for nodes that follow /clock."""
    tags: Path | None = None
    """A file of tags (see docs/ros.md): they are seen on the things in the pictures, and /tf does
    not tell where these things are."""
    cameras: tuple[str, ...] = ()
    """Cameras of the scene whose pictures, depth and point clouds are published."""
    camera_rate: float = 2.0
    """Pictures per second of each camera. They are drawn beside the physics and cost a core."""
    size: tuple[int, int] = (320, 240)
    """Width and height of the pictures, pixels."""
    depth: bool = True
    """Publish depth and point clouds too; they are far larger than the pictures."""
    quiet: bool = False
    """Print only what is offered and what goes wrong."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(RosServeOptions, args, prog="habilis ros serve")
    at_least(0, seed=options.seed)
    if not 0 < options.speed <= 100:
        raise ValueError(f"--speed must be above 0 and at most 100, got {options.speed:g}")
    server = _server(options)
    try:
        for name in ("SIGTERM", "SIGHUP"):  # of which Windows lacks the second
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), _interrupt)
        server.start()
        _introduce(server)
        _look_after(server)
    except KeyboardInterrupt:
        print("\nended")
    finally:
        server.close()
    if server.error:
        raise RuntimeError(f"the simulation ended: {server.error}")
    late, lost = server.pace
    print(f"{late} parts of control periods came late, {lost:.2f} s were lost in all")
    return 0


def _server(options: RosServeOptions) -> ServedSimulation:
    from habilis.envs.ros.profiles import load_any_profile
    from habilis.envs.ros.profiles.base_profile import BaseProfile
    from habilis.envs.ros.serving.cameras import PublishedCameras
    from habilis.envs.ros.serving.server import SimServer
    from habilis.envs.ros.tags.file import load_tags

    profile = load_any_profile(options.profile)
    if isinstance(profile, BaseProfile):
        return _base_server(options, profile)
    scene = _scene(options, profile)
    pictures = None
    if options.cameras:
        pictures = PublishedCameras(
            options.cameras, options.camera_rate, *options.size, options.depth
        )
    from habilis.envs.ros.transports.names import make_transport

    return SimServer(
        profile,
        make_transport(options.transport),
        scene,
        seed=options.seed,
        variation=options.variation,
        speed=options.speed,
        tags=None if options.tags is None else load_tags(options.tags),
        pictures=pictures,
        pictures_over=make_transport(options.transport) if pictures else None,
        note=None if options.quiet else _say,
    )


def _base_server(options: RosServeOptions, profile: BaseProfile) -> ServedSimulation:
    from habilis.envs.ros.base.server import BaseServer
    from habilis.envs.ros.transports.names import make_transport
    from habilis.scripts.shared.scenes import choose_scene

    if options.tags is not None or options.cameras:
        raise ValueError(f"profile {profile.name} is of a base: it is served without cameras")
    return BaseServer(
        profile,
        make_transport(options.transport),
        choose_scene(options.scene or WALKED, ""),
        seed=options.seed,
        variation=options.variation,
        speed=options.speed,
        note=None if options.quiet else _say,
    )


def _scene(options: RosServeOptions, profile: Profile) -> Scene | None:
    """Of an arm; None for what is served alone."""
    from habilis.assets.robots.registry import ARMS
    from habilis.scripts.shared.scenes import choose_scene, with_robot

    if profile.robot not in ARMS:
        if options.scene:
            raise ValueError(f"profile {profile.name} is served alone, without a scene")
        return None
    scene = choose_scene(options.scene or SCENE, "")
    return with_robot(scene, f"ros:{options.profile}", lambda line: print(line, file=sys.stderr))


def _introduce(server: ServedSimulation) -> None:
    print(f"{server.name} on {server.transport.name}:")
    print("\n".join(f"  {line}" for line in server.offers))
    print("Ctrl-C ends it.", flush=True)


def _look_after(server: ServedSimulation) -> None:
    """Until it ends by itself, which it should not; warn where it cannot keep up."""
    known = 0.0
    while server.running:
        time.sleep(0.5)
        _, lost = server.pace
        if lost - known > _TROUBLE:
            print(f"slower than asked for: {lost:.1f} s lost so far", flush=True)
            known = lost


def _interrupt(number: int, frame: object) -> None:
    """End in order when a service manager says so, too."""
    raise KeyboardInterrupt


def _say(line: str) -> None:
    show(f"{time.strftime('%H:%M:%S')} {line}")
