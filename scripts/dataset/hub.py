"""habilis dataset hub: write the files that make a task an environment of LeRobot's EnvHub."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import tyro

from habilis.scripts.shared.options import at_least, changes, read_options


@dataclasses.dataclass(frozen=True)
class DatasetHubOptions:
    """Write the files that make a task an environment of LeRobot's EnvHub.

    Uploaded to a repository of the Hub, they let anybody with habilis and LeRobot make the task by
    the repository's name. habilis itself needs no LeRobot for it.
    """

    task: Annotated[str, tyro.conf.Positional]
    """Id of a task."""
    out: Annotated[Path, tyro.conf.Positional]
    """Folder to be written."""
    obs: tuple[str, ...] = ()
    """Observation groups, e.g. state rgb; what the task shows if left out."""
    option: tuple[str, ...] = ()
    """Options of the task as key=value."""
    episode_length: int = 0
    """Steps after which an episode ends, if it does not end earlier; 0 for those of the task."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(DatasetHubOptions, args, prog="habilis dataset hub")
    at_least(0, episode_length=o.episode_length)
    from habilis.policies.envhub import folder
    from habilis.policies.vector import known_task

    known_task(o.task)
    options: dict[str, Any] = changes("--option", o.option)
    if o.obs:
        options["obs"] = o.obs[0] if len(o.obs) == 1 else list(o.obs)
    if o.episode_length:
        options["episode_length"] = o.episode_length
    for path in folder.write(o.out, o.task, options):
        print(path)
    return 0
