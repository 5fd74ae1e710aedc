"""Who acts in which task: the options that commands share, and what they mean."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from habilis.assets.names import visible
from habilis.scripts.shared.confirm import ask
from habilis.scripts.shared.options import changes

if TYPE_CHECKING:
    from habilis.policies.bundles.bundle import Bundle


@dataclasses.dataclass(frozen=True)
class ActorOptions:
    """The task, and who acts in it."""

    task: Annotated[str, tyro.conf.Positional] = ""
    """Id of the task, see habilis list tasks; by default the bundle's, or habilis/ReachMilk-v0."""
    agent: str = "oracle"
    """Who acts: zero, random, oracle, policy, or a scripted agent of the task, such as pi."""
    policy: str = ""
    """For the agent policy: a bundle (habilis list bundles, or a file), or sb3:FILE, a zip file
    saved by Stable-Baselines3. Code in the latter runs when it is opened, so it asks first."""
    scene: str = ""
    """Option of the task: generation of the scene, or a scene file for habilis/Scene-v0."""
    option: tuple[str, ...] = ()
    """Further options of the task as key=value."""
    variation: float | None = None
    """How far layouts stray, see habilis solve --help; 1 if left out."""


def chosen(options: ActorOptions) -> tuple[str, dict[str, Any], Bundle | None]:
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
            bundle = Bundle.load_policy(options.policy)
        except NotABundle as error:
            hint = OWN_FORMAT.format(name=options.policy)
            raise NotABundle(f"{error}; {hint}") from error
    task = options.task or (bundle.manifest["task"] if bundle else "habilis/ReachMilk-v0")
    if bundle:
        bundle.check_task(task)
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
