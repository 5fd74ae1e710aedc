"""What habilis play takes, and how its episodes are told."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from habilis.assets.names import visible
from habilis.scripts.shared.confirm import ask
from habilis.scripts.shared.options import changes

if TYPE_CHECKING:
    from habilis.policies.bundles.bundle import Bundle
    from habilis.policies.evaluation.evaluate import EpisodeResult


@dataclasses.dataclass(frozen=True)
class PlayOptions:
    """Run an agent in a task; print how each episode ended; film it, or watch it in a window."""

    task: Annotated[str, tyro.conf.Positional] = ""
    """Id of the task, see habilis list tasks; by default the bundle's, or habilis/ReachMilk-v0."""
    agent: str = "oracle"
    """Who acts: zero, random, oracle, policy, or a scripted agent of the task, such as pi."""
    policy: str = ""
    """For the agent policy: a bundle (habilis list bundles, or a file), or sb3:FILE, a zip file
    saved by Stable-Baselines3. Code in the latter runs when it is opened, so it asks first."""
    scene: str = ""
    """Option of the task: generation of the scene, or a scene file for habilis/Scene-v0."""
    plan: Path | None = None
    """Run this plan (JSON: {"steps": [{"skill": ..., "args": ...}]}) in place of an agent, in a
    task of picking with a held tool; --policy then names what moves its fingers, an aperture
    policy. Plans of a gripper are run by habilis solve --plan."""
    option: tuple[str, ...] = ()
    """Further options of the task as key=value."""
    robot: str = ""
    """Act on a robot that speaks ROS 2: ros:PROFILE[@TRANSPORT], see habilis ros. For tasks of the
    arm with a gripper. Any key stops the robot."""
    dry_run: bool = False
    """With --robot: read the state of the robot, then act in simulation from there and print what
    would be sent."""
    record: Path | None = None
    """With --robot: keep states, requested and sent commands in this MCAP file."""
    tags: Path | None = None
    """With --robot: a file of the tags on things (see docs/ros.md), which the profile's cameras
    look for, instead of poses on /tf."""
    episodes: int = 1
    """How many episodes."""
    seed: int = 0
    """Seed of the first episode; the next ones count up from it."""
    variation: float | None = None
    """How far layouts stray, see habilis solve --help; 1 if left out."""
    film: Path | None = None
    """Write a film of the episodes here, e.g. play.mp4."""
    window: bool = False
    """Watch in a window (needs a display)."""
    json: bool = False
    """Print the episodes as JSON."""


def outcome(episode: EpisodeResult, dt: float) -> str:
    """Say in a line how an episode of steps of ``dt`` seconds ended."""
    why = f"failed: {episode.failure}" if episode.failure else "out of time"
    word = "success" if episode.success else why
    return f"{word} after {episode.steps * dt:.1f} s, return {episode.total:.2f}"


def chosen(options: PlayOptions) -> tuple[str, dict[str, Any], Bundle | None]:
    """Return the task, its options and the bundle that acts.

    They are as typed, and else as the bundle was trained.
    """
    from habilis.policies.agents.base import OWN_FORMAT, SB3
    from habilis.policies.bundles.bundle import Bundle, NotABundle

    bundle = None
    if options.agent == "policy" and options.policy.startswith(SB3):
        _trusted(options.policy)
    elif options.agent == "policy" and options.policy:
        try:
            bundle = Bundle.load(options.policy)
        except NotABundle as error:
            hint = OWN_FORMAT.format(name=options.policy)
            raise NotABundle(f"{error}; {hint}") from error
    task = options.task or (bundle.manifest["task"] if bundle else "habilis/ReachMilk-v0")
    typed = {"scene": options.scene or None, "variation": options.variation}
    given = bundle.manifest["options"] if bundle and bundle.manifest["task"] == task else {}
    given = {**given, **{k: v for k, v in typed.items() if v is not None}}
    return task, {**given, **changes("--option", options.option)}, bundle


def _trusted(policy: str) -> None:
    """Ask before a file is opened that may run code.

    Raises:
      ValueError: nobody agrees.
    """
    doubt = "whoever made this file can run any code on this machine with it"
    print(f"{visible(policy)}: {doubt}", file=sys.stderr)
    if not ask("open it all the same?", sys.stderr):
        raise ValueError(f"{policy} was not opened: nobody said that it is to be trusted")
