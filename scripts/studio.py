"""habilis studio: show a scene live in the browser, to watch, plan, teleoperate and edit."""

from __future__ import annotations

import dataclasses
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from habilis.scripts.shared.options import at_least, changes, read_options

if TYPE_CHECKING:
    from habilis.assets.scene.things import Scene
    from habilis.envs.task import TaskSpec
    from habilis.llm_planner.studio.browser.panels import Panel
    from habilis.llm_planner.studio.recorded import Recorded

TOKEN = "HABILIS_STUDIO_TOKEN"
TASK = "habilis/ReachMilk-v0"


@dataclasses.dataclass(frozen=True)
class StudioOptions:
    """Show a scene in the browser while it is simulated: plan in it, play policies, teleoperate.

    The page is for this machine alone unless a token is set; from another machine, an SSH tunnel
    leads to it: ssh -L 8080:localhost:8080 THIS_MACHINE. Several browsers may look at once. Needs
    pip install "habilis[studio]".
    """

    scene: Annotated[str, tyro.conf.Positional] = ""
    """A scene file (see docs/scenes.md), the name of a shipped scene, or the id of a task of an
    arm; by default that of --show, or habilis/ReachMilk-v0."""
    seed: int | None = None
    """Seed of the layout; by default that of --show, or 0."""
    variation: float | None = None
    """How far the layout strays from the scene as given, see habilis solve --help; by default
    that of --show, or 0."""
    robot: str = ""
    """Another robot than the scene's, e.g. ur5e, see habilis robots list."""
    option: tuple[str, ...] = ()
    """Further options of the task as key=value, e.g. control=ee6, which lets a hand turn."""
    show: Path | None = None
    """What was recorded: the folder of a run of habilis solve, whose plan is followed again, or of
    a dataset, such as a demonstration that was recorded here, whose first episode is."""
    model: tuple[str, ...] = ()
    """Language models that may plan, as for habilis solve --model."""
    answer_tokens: int = 4000
    """Most tokens of one answer of theirs, see habilis solve --help."""
    out: Path = Path("out")
    """Folder for records of runs, demonstrations and scenes."""
    host: str = "127.0.0.1"
    """Address to listen at; any but loopback wants a token."""
    port: int = 8080
    """Port, or the next one that is free."""
    token: str = ""
    """What viewers must know; it is part of the address that is printed. new makes one up. Read
    from HABILIS_STUDIO_TOKEN if left out."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(StudioOptions, args, prog="habilis studio")
    at_least(0, seed=options.seed or 0, port=options.port)
    at_least(1, **{"answer-tokens": options.answer_tokens})
    from habilis.llm_planner.studio.browser.acting import ActingPanel
    from habilis.llm_planner.studio.browser.page import Page, make_token
    from habilis.llm_planner.studio.session import Session

    token, shown = options.token or os.environ.get(TOKEN, ""), None
    scene: str | Scene = options.scene or TASK
    if options.show is not None:
        from habilis.llm_planner.studio.recorded import read_recorded

        shown = read_recorded(options.show)
        options, scene = _like(options, shown), options.scene or shown.scene
    seed, variation = options.seed or 0, options.variation or 0.0
    session = Session(_task(scene, options, variation), seed, variation, options.out)
    ActingPanel.models, ActingPanel.answer_tokens = options.model, options.answer_tokens
    page = None
    try:
        page = Page(
            session, panels(), options.host, options.port, make_token() if token == "new" else token
        )
        if shown is not None:
            session.act(shown.actor, f"as recorded in {options.show}")
        print(f"{session.stage.task.id}: {page.address}  (Ctrl+C ends)", flush=True)
        threading.Event().wait()
    finally:
        if page is not None:
            page.close()
        session.close()
    return 0


def panels() -> tuple[type[Panel], ...]:
    """The panels of the page, in their order."""
    from habilis.llm_planner.studio.browser.acting import ActingPanel
    from habilis.llm_planner.studio.browser.editing import EditPanel
    from habilis.llm_planner.studio.browser.panels import LedgerPanel, TimePanel, ViewPanel
    from habilis.llm_planner.studio.browser.teleop import TeleopPanel

    return TimePanel, ActingPanel, LedgerPanel, TeleopPanel, EditPanel, ViewPanel


def _task(scene: str | Scene, options: StudioOptions, variation: float) -> TaskSpec:
    from habilis.envs.tasks import find_task, load_task
    from habilis.envs.tasks.base.generic import with_robot
    from habilis.llm_planner.studio.stage import scene_task
    from habilis.scripts.shared.scenes import choose_scene

    given = {**changes("--option", options.option), "variation": variation}
    if options.robot:
        given["robot"] = options.robot
    if isinstance(scene, str) and scene.startswith("habilis/"):
        # Without an arm it knows none of these options, and is refused by name as it is.
        return load_task(scene, **given) if find_task(scene).family.arm else load_task(scene)
    found = choose_scene(scene, "") if isinstance(scene, str) else scene
    if robot := given.pop("robot", ""):
        found = with_robot(lambda: found, robot)
    return scene_task(found, **given)


def _like(options: StudioOptions, shown: Recorded) -> StudioOptions:
    """The options, with layout and control of a recording where nothing else was said."""
    return dataclasses.replace(
        options,
        seed=shown.seed if options.seed is None else options.seed,
        variation=shown.variation if options.variation is None else options.variation,
        option=options.option or tuple(f"{k}={v}" for k, v in shown.options.items()),
    )
