"""habilis play: run an agent in a task: zero, random, oracle or a trained policy.

``simulated`` plays in simulation, ``robot`` on a robot behind the bridge, ``plan`` runs a plan of
skills in place of an agent; they share ``options``.
"""

from __future__ import annotations

import shlex

from habilis.scripts.play.options import PlayOptions
from habilis.scripts.shared.live_robot import Wanted
from habilis.scripts.shared.options import at_least, read_options


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(PlayOptions, args, prog="habilis play")
    at_least(1, episodes=options.episodes)
    at_least(0, seed=options.seed)
    typed = shlex.join(["habilis", "play", *args])
    wanted = Wanted(options.robot, options.dry_run, options.record, typed, options.tags)
    wanted.check()
    if options.robot:
        from habilis.scripts.play.robot import act

        return act(options, wanted)
    if options.plan is not None:
        from habilis.scripts.play.plan import follow

        return follow(options, options.plan)
    from habilis.scripts.play.simulated import play

    return play(options)
