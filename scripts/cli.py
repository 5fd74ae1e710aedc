"""The ``habilis`` command. Each command is a file, imported only when it is asked for."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

COMMANDS = {
    "list": "what there is: tasks, scenes, skills, robots, goal words, bundles, configurations",
    "solve": "plan a creative tool task, check the plan in a copy of the world, run and film it",
    "library": "make skills of plans that worked, test them, and list or remove them",
    "play": "run an agent in a task: zero, random, oracle or a trained policy",
    "train": "train a policy, or go on with a run that was stopped",
    "eval": "success of a trained policy with intervals, and a film of six episodes",
    "ros": "robots that speak ROS 2: check, first motions, serve a simulated one, replay, bench",
    "mcp": "offer a simulated robot to any MCP client: skills as tools, pictures, score",
    "bench": "measure: throughput, oracle and planner success with intervals",
    "layouts": "new layouts of a creative task, with distractors, each proven solvable",
    "grasps": "how hands hold tools: search for keyframes, show and check them",
    "encoder": "from point clouds to a tool's opening and the one an object needs: train, eval",
    "doctor": "versions, rendering, extras; what is missing and the line that fixes it",
}
USAGE = 2
"""Exit code for bad input."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 for a failed task, 2 for bad input."""
    args = list(sys.argv[1:] if argv is None else argv)
    if not args or args[0] in ("-h", "--help", "help"):
        print(_help())
        return 0 if args else USAGE
    if args[0] == "--version":
        from habilis import __version__

        print(__version__)
        return 0
    name, rest = args[0], args[1:]
    if name not in COMMANDS:
        from habilis.assets.names import did_you_mean

        return _complain(did_you_mean("command", name, COMMANDS))
    return _run(name, rest)


def entry() -> None:
    """What the console script calls."""
    sys.exit(main())


def _run(name: str, args: list[str]) -> int:
    module = importlib.import_module(f"habilis.scripts.{name}")
    try:
        code: int = module.command(args)
        return code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, TypeError, KeyError, OSError, ImportError, RuntimeError) as error:
        if os.environ.get("HABILIS_DEBUG"):
            raise
        text = error.args[0] if isinstance(error, KeyError) and error.args else error
        return _complain(str(text))


def _complain(text: str) -> int:
    print(f"habilis: {text}", file=sys.stderr)
    return USAGE


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {what}" for name, what in COMMANDS.items()]
    return "\n".join(
        [
            "usage: habilis COMMAND ...",
            "",
            "Robots that learn to use tools in simulation, and a planner that composes the skills.",
            "",
            *lines,
            "",
            "habilis COMMAND --help says more. HABILIS_DEBUG=1 shows where an error comes from.",
        ]
    )


if __name__ == "__main__":
    entry()
