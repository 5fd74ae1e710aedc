"""The ``habilis`` command. Each command is a file, imported only when it is asked for."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from habilis.assets.names import did_you_mean, told
from habilis.envs.media import broken_gl
from habilis.scripts.shared.commands import commands, run_command

PACKAGE = "habilis.scripts"

MOST = 20_000
"""Letters of a message that are printed."""

MESSAGES = (ValueError, TypeError, KeyError, OSError, ImportError, RuntimeError)
"""Errors that say what is wrong to whoever typed a command."""

USAGE = 2
"""Exit code for bad input."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 for a failed task, 2 for bad input."""
    args = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a terminal cannot show ends no run
            stream.reconfigure(errors="backslashreplace")
    if not args or args[0] in ("-h", "--help", "help"):
        print(_help())
        return 0 if args else USAGE
    if args[0] == "--version":
        from habilis import __version__

        print(__version__)
        return 0
    name, rest = args[0], args[1:]
    if name not in (known := commands(PACKAGE)):
        return _complain(did_you_mean("command", name, known))
    return _run(name, rest)


def entry() -> None:
    """Run the command that the shell was given, and exit with its code."""
    sys.exit(main())


def _run(name: str, args: list[str]) -> int:
    try:
        if name != "doctor" and broken_gl.is_wrong():
            from habilis.envs.media import gl

            return _complain(gl.wrong_name())
        return run_command(PACKAGE, name, args)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        # Gymnasium's own errors, e.g. of a package that an environment lacks, are of no such kind.
        told = isinstance(error, MESSAGES) or type(error).__module__ == "gymnasium.error"
        if os.environ.get("HABILIS_DEBUG") or not told:
            raise
        text = error.args[0] if isinstance(error, KeyError) and error.args else error
        if isinstance(error, OSError) and error.filename is not None and error.strerror:
            text = f"{error.filename}: {error.strerror}"
        return _complain(str(text))


def _complain(text: str) -> int:
    """Print why; what a file or a model wrote may be quoted in it."""
    more = " ..." if len(text) > MOST else ""
    print("habilis: " + told(text[:MOST]) + more, file=sys.stderr)
    return USAGE


def _help() -> str:
    known = commands(PACKAGE)
    width = max(map(len, known))
    lines = [f"  {name:<{width}}  {what}" for name, what in known.items()]
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
