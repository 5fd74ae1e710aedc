"""Commands are files: one is known by being in a folder of scripts, and described by its docstring.

The docstring of a command begins ``habilis NAME: what it does`` (in a folder of its own,
``habilis FOLDER NAME: what it does``), and it has a function ``command(args) -> int``. Files whose
docstring begins otherwise are parts of commands.
"""

from __future__ import annotations

import importlib
import re
from importlib.resources import files

from habilis.assets.names import check_known

_ABOUT = re.compile(r'"""habilis (?:[\w-]+ )?([\w-]+): (.+?)\.?(?:\n\n|""")', re.DOTALL)


def commands(package: str) -> dict[str, str]:
    """What each command in a package of scripts does, by name; none of them is imported."""
    found = {}
    for entry in sorted(files(package).iterdir(), key=lambda entry: entry.name):
        source = entry / "__init__.py" if entry.is_dir() else entry
        if source.name.endswith(".py") and source.is_file() and entry.name != "__init__.py":
            about = _ABOUT.match(source.read_text(encoding="utf-8"))
            if about:
                found[about[1]] = " ".join(about[2].split())
    return found


def run_command(package: str, name: str, args: list[str]) -> int:
    """Import a command of a package of scripts and run it; returns its exit code."""
    module = importlib.import_module(f"{package}.{name.replace('-', '_')}")
    code: int = module.command(args)
    return code


def run_one_of(package: str, args: list[str], more: str = "") -> int:
    """Run the command that the first argument names, or print which there are.

    Args:
      package: the folder of the commands, e.g. ``habilis.scripts.bench``.
      args: the command's name, and its own arguments.
      more: a line printed below the list of commands.

    Returns:
      The command's exit code; 2 if none was named.

    Raises:
      ValueError: there is no such command.
    """
    known, group = commands(package), package.rpartition(".")[2]
    if not args or args[0] in ("-h", "--help"):
        width = max(map(len, known))
        lines = [f"  {name:<{width}}  {what}" for name, what in known.items()]
        tail = ["", more] if more else []
        print("\n".join([f"usage: habilis {group} KIND ...", "", *lines, *tail]))
        return 0 if args else 2
    check_known(f"{group} command", args[0], known)
    return run_command(package, args[0], args[1:])
