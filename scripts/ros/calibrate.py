"""habilis ros calibrate: where a camera is, from views of a tag that the hand moves, or passes."""

from __future__ import annotations

import dataclasses
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import show

if TYPE_CHECKING:
    from habilis.envs.ros.tags.hand_eye import HandEye, Pair


@dataclasses.dataclass(frozen=True)
class RosCalibrateOptions:
    """Find out where a camera of a robot is, and write it to a file for --tags.

    A camera that stands still looks at a tag that is fixed to the hand, wherever on it; with
    --in-hand the camera is on the hand and looks at a tag that lies still. This command moves
    nothing: move the robot by hand, with its pendant, or with habilis ros jog in another terminal.
    Whenever it rests at a new place, a view is taken. Turn the hand about different axes, by 20
    degrees and more.

    Exit code: 0 done, 1 the views do not tell where the camera is, 2 bad input or no connection,
    130 interrupted; what was seen is kept in a file and can be continued or read by --views-from.
    """

    robot: Annotated[str, tyro.conf.Positional] = ""
    """PROFILE[@TRANSPORT]; the profile has to name the robot and the camera. Not needed with
    --views-from."""
    camera: str = ""
    """Name of the camera in the profile; its only one if left out."""
    family: str = "apriltag_36h11"
    """Of the tag; see docs/ros.md."""
    tag: int = 0
    """Number of the tag."""
    size: float = 0.06
    """Side of its black square, m."""
    in_hand: bool = False
    """The camera is in the hand."""
    views: int = 15
    """How many to take."""
    timeout: float = 600.0
    """End after so many seconds with what there is then."""
    views_from: Path | None = None
    """Read the views from this file, which an earlier run left, instead of looking."""
    out: Path = Path("camera.yaml")
    """Where the camera's place is written; the views are kept beside it, as NAME.views.json."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(RosCalibrateOptions, args, prog="habilis ros calibrate")
    from habilis.envs.ros.tags.file import FAMILIES
    from habilis.envs.ros.tags.hand_eye import CalibrationError, calibrate
    from habilis.envs.ros.tags.pairs import load_pairs, save_pairs

    at_least(8, views=o.views)
    if not 0 < o.size <= 1 or o.family not in FAMILIES:
        raise ValueError(f"--size is in m, --family one of {', '.join(FAMILIES)}")
    camera, size, in_hand = o.camera, o.size, o.in_hand
    if o.views_from is not None:
        camera, size, in_hand, pairs = load_pairs(o.views_from)
    else:
        camera, pairs = _collected(o)
        save_pairs(o.out.with_suffix(".views.json"), camera, size, in_hand, pairs)
    try:
        found = calibrate(pairs, size, in_hand)
    except CalibrationError as error:
        show(f"NOT CALIBRATED: {error}")
        return 1
    _write(o.out, camera, in_hand, found)
    return 0


def _collected(o: RosCalibrateOptions) -> tuple[str, list[Pair]]:
    """The camera's name and the views, as far as there was time."""
    from habilis.envs.ros.profiles.spec import parse
    from habilis.envs.ros.tags.pairs import PairCollector

    if not o.robot:
        raise ValueError("which robot? PROFILE[@TRANSPORT], or --views-from FILE")
    spec = parse(o.robot)
    camera = o.camera or (spec.profile.cameras[0][0] if len(spec.profile.cameras) == 1 else "")
    transport = spec.connect()
    try:
        looks = PairCollector(spec.profile, transport, camera, o.family, o.tag, time.monotonic)
        print(f"move the robot; {o.views} views are taken where it rests. Ctrl-C ends it.")
        until, said = time.monotonic() + o.timeout, ""
        try:
            while len(looks.pairs) < o.views and time.monotonic() < until:
                if looks.look() is not None:
                    print(f"  view {len(looks.pairs)} of {o.views}", flush=True)
                elif looks.trouble not in ("", said):
                    said = looks.trouble
                    show(f"  {said}")
                time.sleep(0.05)
        except KeyboardInterrupt:
            print()
        return camera, looks.pairs
    finally:
        transport.close()


def _write(out: Path, camera: str, in_hand: bool, found: HandEye) -> None:
    from habilis.envs.ros.tags.file import CameraPlace

    used = [r for r in found.residuals if not math.isnan(r)]
    parent = "tcp" if in_hand else "base"
    place = CameraPlace(camera, parent, found.camera, found.spread, found.residual, len(used))
    place.save(out)
    x, y, z = found.camera[:3, 3]
    print(f"camera {camera!r} in the frame of the {parent}: {x:.4f}, {y:.4f}, {z:.4f} m")
    print(f"known within {1e3 * found.spread:.2f} mm, {math.degrees(found.askew):.3f} degrees")
    rows = ", ".join("left out" if math.isnan(r) else f"{r:.2f}" for r in found.residuals)
    print(f"residuals {found.residual:.3f} pixels; by view: {rows}")
    print(f"written to {out}")
