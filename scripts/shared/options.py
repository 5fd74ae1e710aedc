"""Reading the options of a command, and checks of what was typed."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import os
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import tyro

T = TypeVar("T")
DRAWN = ("film", "picture")
"""Options that name a file to be drawn."""
WRITTEN = ("film", "onnx", "out", "picture")
"""Options that name a file or folder to be written."""


def read_options(options: type[T], args: Sequence[str], prog: str) -> T:
    """Read the options of a command; ``--help`` prints them, with their docstrings, and exits.

    tyro keeps the line breaks of a field's docstring, as indented lines look like a list to it.
    Here each docstring is one paragraph, which it breaks to the width of the terminal.

    Args:
      options: a dataclass; each field has a docstring below it.
      args: what was typed after the name of the command.
      prog: the name of the command.

    Raises:
      RenderingUnavailable: a film or a picture is asked for, and nothing can render here.
      OSError: what is to be written cannot be where an option puts it.
    """
    hints = get_type_hints(options, include_extras=True)
    told = [
        (name, Annotated[hints[name], tyro.conf.arg(help=text)], _same(options, name))
        for name, text in _docstrings(options).items()
    ]
    made = dataclasses.make_dataclass(options.__name__, told, bases=(options,), frozen=True)
    made.__doc__ = options.__doc__
    read: Any = tyro.cli(made, args=args, prog=prog)
    if any(isinstance(getattr(read, name, None), Path) for name in DRAWN):
        from habilis.envs.media import gl

        gl.check()  # before any work is done for what could not be drawn
    for field in dataclasses.fields(made):
        path = getattr(read, field.name)
        if field.name in WRITTEN and isinstance(path, Path) and path != field.default:
            _check_place(path)
    return options(**{f.name: getattr(read, f.name) for f in dataclasses.fields(made)})


def _check_place(path: Path) -> None:
    """OSError if a file or folder that is not there yet cannot be made, before any work is done."""
    there = next((p for p in (path, *path.parents) if p.exists()), Path())
    if there != path and not there.is_dir():
        raise NotADirectoryError(f"{path} cannot be written: {there} is no folder")
    if not (there == path and there.is_dir()) and not os.access(there, os.W_OK):
        raise PermissionError(f"{path} cannot be written: {there} may not be changed")


def _same(options: type[Any], name: str) -> Any:
    """A field as it is in a dataclass, for a dataclass derived from it."""
    field = next(f for f in dataclasses.fields(options) if f.name == name)
    return dataclasses.field(
        default=field.default, default_factory=field.default_factory, kw_only=field.kw_only
    )


def _docstrings(options: type[Any]) -> dict[str, str]:
    """The docstrings of the fields of a dataclass and of its bases, each as one line."""
    found = {}
    for base in reversed([c for c in options.__mro__ if dataclasses.is_dataclass(c)]):
        tree = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        assert isinstance(tree, ast.ClassDef)
        for field, below in zip(tree.body, tree.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                    found[field.target.id] = " ".join(str(below.value.value).split())
    return found


def at_least(low: int, **options: int) -> None:
    """Check that options are not too small.

    Raises:
      ValueError: one is below ``low``; the message names it as it is typed.
    """
    for name, value in options.items():
        if value < low:
            raise ValueError(f"--{name} must be at least {low}, got {value}")


def changes(what: str, given: Sequence[str]) -> dict[str, Any]:
    """Read options that are typed as ``key=value``.

    Args:
      what: what error messages call the option, e.g. ``--option``.
      given: as typed; values are read as YAML.

    Raises:
      ValueError: one of them has no ``=``.
    """
    from habilis.assets.yaml_values import yaml_values

    out = {}
    for change in given:
        key, equals, text = change.partition("=")
        if not equals:
            raise ValueError(f"{what} is written key=value, got {change!r}")
        out[key] = yaml_values(text, f"{what} {change}")
    return out
