"""What imports what, read from the source of the package.

Every import statement counts: those inside functions and those for type checkers only, too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import habilis

LAYERS = ("assets", "envs", "policies", "llm_planner", "scripts")
"""From the lowest up: each may import those before it."""

Graph = Mapping[str, frozenset[str]]
"""Name of a module to the modules of the package that it imports."""


def modules() -> dict[str, Path]:
    """The modules of the package, ``habilis.layer...``, and their files."""
    root = Path(habilis.__file__).parent
    found = {}
    for layer in LAYERS:
        for path in sorted((root / layer).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(["habilis", *(p for p in parts if p != "__init__")])] = path
    return found


def imported(node: ast.AST, package: list[str]) -> list[str]:
    """The dotted names that an import statement may bind, relative ones made absolute.

    Args:
      node: any node; one that is no import statement binds nothing.
      package: the parts of the name of the package that the statement stands in.
    """
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = package[: len(package) - node.level + 1] if node.level else []
    stem = [*base, *([node.module] if node.module else [])]
    return [".".join([*stem, alias.name]) for alias in node.names]


def import_graph(found: Mapping[str, Path] | None = None) -> Graph:
    """Which module imports which others of those found; all of the package if left out."""
    found = modules() if found is None else found
    return {name: frozenset(_targets(name, path, found)) for name, path in found.items()}


def _targets(name: str, path: Path, found: Mapping[str, Path]) -> Iterator[str]:
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for target in imported(node, package):
            # What is imported from a module may be a module in it, or a name that it defines.
            known = target if target in found else target.rpartition(".")[0]
            if known in found and known != name:
                yield known
