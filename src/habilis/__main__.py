"""``python -m habilis`` is the ``habilis`` command, for whoever has no folder of scripts in PATH."""

from habilis.scripts.cli import entry

entry()
