"""habilis docs films: film each family of tasks, its scripted solution and what fails."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from habilis.assets.names import check_known
from habilis.scripts.shared.options import at_least, read_options

if TYPE_CHECKING:
    from habilis.envs.tasks.base.family import TaskFamily


SHOWN = 0.4
"""Seconds of an episode between two pictures, of which not all come into the film."""
AIMLESS = 5.0
"""Seconds of an episode of random actions that are filmed."""


@dataclasses.dataclass(frozen=True)
class Shot:
    """An episode of a film.

    Attributes:
      label: what stands above it.
      agent: who acts, as of ``make_agent``.
      program: id of the task whose scripted solution is run; that of the family's first if ''.
      seconds: how long it takes at most in the film.
    """

    label: str
    agent: str
    program: str = ""
    seconds: float = 7.0


@dataclasses.dataclass(frozen=True)
class DocsFilmsOptions:
    """Film families of tasks into docs/images/tasks, as pictures in motion (needs OpenGL).

    A film shows the scripted solution of a family's first task and, where a tool is needed, an
    attempt without it: the solution of the twin that needs no tool.
    """

    families: Annotated[tuple[str, ...], tyro.conf.Positional] = ()
    """Pages of families, e.g. reach_milk; all if left out."""
    root: Path = Path()
    """The copy of the repository; it holds docs."""
    seed: int = 0
    """Seed of the layout."""
    fps: int = 6
    """Pictures a second."""
    width: int = 400
    """Width of the pictures, pixels."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(DocsFilmsOptions, args, prog="habilis docs films")
    at_least(1, fps=o.fps, width=o.width)
    at_least(0, seed=o.seed)
    from habilis.envs.media.montage import write
    from habilis.envs.tasks.base.family import FAMILIES
    from habilis.scripts.docs.families import slug

    known = {slug(family): family for family in FAMILIES.values()}
    for name in o.families:
        check_known("family", name, known)
    folder = o.root / "docs" / "images" / "tasks"
    if not (o.root / "docs").is_dir():
        raise ValueError(f"no folder {o.root / 'docs'}; run it in a copy of the repository")
    for name in o.families or sorted(known):
        path = folder / f"{name}.webp"
        write(
            path,
            [picture for part in _parts(known[name]) for picture in _shot(known[name], part, o)],
            o.fps,
        )
        print(f"film {path}: {path.stat().st_size / 1e3:.0f} kB", flush=True)
    return 0


def _parts(family: TaskFamily) -> Iterator[Shot]:
    from habilis.envs.tasks.base.tool_task import ToolTask
    from habilis.scripts.docs.families import watched_agent

    agent = watched_agent(family)
    yield Shot("scripted solution" if agent == "oracle" else f"agent {agent}", agent)
    twins = {task.twin: task.id for task in family.tasks()}
    if isinstance(family, ToolTask) and "not needed" in twins:
        yield Shot("without the tool", "oracle", twins["not needed"], 4.0)


def _shot(family: TaskFamily, part: Shot, o: DocsFilmsOptions) -> list[Any]:
    """The pictures of an episode."""
    from habilis.envs.media.montage import scene
    from habilis.policies.agents.base import make_agent
    from habilis.policies.evaluation.evaluate import evaluate
    from habilis.policies.vector import make_drawable, seconds
    from habilis.scripts.play.simulated import Watched, filming

    task = family.tasks()[0].id
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        env: Any = make_drawable(task, 1)
        if part.agent == "random":  # of whom a little is enough
            env.core.shorten(round(AIMLESS / seconds(env)))
        agent = make_agent(part.agent, env, part.program or task, o.seed)
        with filming(path, env, every=max(1, round(SHOWN / seconds(env)))) as watch:
            (episode,) = evaluate(env, Watched(agent, watch), 1, o.seed)
        env.close()
        ended = "done" if episode.success else episode.failure or "not done"
        return scene(path, f"{part.label}: {ended}", part.seconds, o.fps, o.width)
