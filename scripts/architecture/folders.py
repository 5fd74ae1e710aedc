"""The folders of the package, layer by layer, and what each says of itself."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import habilis
from habilis.scripts.architecture.imports import LAYERS


@dataclasses.dataclass(frozen=True)
class Folder:
    """A package of the source.

    Attributes:
      name: of the folder alone, e.g. ``world``.
      about: first sentence of its docstring.
      inner: names of the packages in it.
      modules: names of the modules in it, without ``__init__``.
    """

    name: str
    about: str
    inner: tuple[str, ...]
    modules: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer of the package: the folder at its top, and those directly in it."""

    top: Folder
    folders: tuple[Folder, ...]


def read_layers() -> list[Layer]:
    """The layers from the lowest up, read from the source."""
    root = Path(habilis.__file__).parent
    return [
        Layer(_folder(root / name), tuple(map(_folder, _packages(root / name)))) for name in LAYERS
    ]


def defined(name: str) -> bool:
    """Whether the package defines this, e.g. ``envs.world.world.World.step``, read from the source.

    Args:
      name: dotted, from a layer on: of a module, or of a class, function, method or constant in
        one.
    """
    path, parts = Path(habilis.__file__).parent, name.split(".")
    while parts and (path / parts[0]).is_dir():
        path /= parts.pop(0)
    if parts and (path / f"{parts[0]}.py").is_file():
        path /= f"{parts.pop(0)}.py"
    file = path / "__init__.py" if path.is_dir() else path
    scope: ast.AST = ast.parse(file.read_text(encoding="utf-8"))
    for part in parts:
        found = [node for node in ast.iter_child_nodes(scope) if part in _binds(node)]
        if not found:
            return False
        scope = found[0]
    return True


def _binds(node: ast.AST) -> list[str]:
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return [node.name]
    if isinstance(node, ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.AnnAssign):
        return [ast.unparse(node.target)]
    return [ast.unparse(target) for target in node.targets] if isinstance(node, ast.Assign) else []


def _folder(path: Path) -> Folder:
    source = (path / "__init__.py").read_text(encoding="utf-8")
    text = " ".join((ast.get_docstring(ast.parse(source)) or "").split("\n\n")[0].split())
    modules = sorted(file.stem for file in path.glob("*.py") if file.stem != "__init__")
    inner = tuple(package.name for package in _packages(path))
    return Folder(path.name, text.split(". ")[0].rstrip("."), inner, tuple(modules))


def _packages(path: Path) -> list[Path]:
    return sorted(inner.parent for inner in path.glob("*/__init__.py"))
