"""What habilis play takes, and how its episodes are told."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from habilis.scripts.shared.actor import ActorOptions

if TYPE_CHECKING:
    from habilis.policies.evaluation.evaluate import EpisodeResult


@dataclasses.dataclass(frozen=True)
class PlayOptions(ActorOptions):
    """Run an agent in a task; print how each episode ended; film it, or watch it in a window."""

    plan: Path | None = None
    """Run this plan (JSON: {"steps": [{"skill": ..., "args": ...}]}) in place of an agent, in a
    task of picking with a held tool; --policy then names what moves its fingers, an aperture
    policy. Plans of a gripper are run by habilis solve --plan."""
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
