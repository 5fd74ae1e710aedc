"""What is known of a task family, a kind of tool or a generation of scenes stands in its own file:
nowhere else is there a list of them, so that a new one is taken up by everything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from habilis.assets.scenes import shipped
from habilis.assets.tools.registry import TOOLS
from habilis.envs.tasks import tasks
from habilis.envs.tasks.base.family import FAMILIES

ROOT = Path(__file__).parent.parent
FOLDERS = ("assets", "envs", "policies", "llm_planner", "scripts")
OWN = ("envs/tasks/", *(f"assets/tools/{kind}.py" for kind in TOOLS))
NAMES = {
    "tasks": {*tasks(), *FAMILIES, *(str(s) for f in FAMILIES.values() for s in f.scenes.values())},
    "generations": {g for f in FAMILIES.values() for g in f.scenes},
    "tools": set(TOOLS),
    "scenes": set(shipped()),
}
FILES = sorted(
    path.relative_to(ROOT)
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if not str(path.relative_to(ROOT)).startswith(OWN)
)


def listed(source: str) -> Iterator[tuple[int, set[str]]]:
    """Line and texts of each tuple, list, set, keys of a mapping, and ``Literal[...]``."""
    for node in ast.walk(ast.parse(source)):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            parts = [*node.elts]
        elif isinstance(node, ast.Dict):
            parts = [*node.keys]
        elif isinstance(node, ast.Match):
            parts = [c.pattern.value for c in node.cases if isinstance(c.pattern, ast.MatchValue)]
        texts = {p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)}
        if len(texts) > 1:
            yield getattr(node, "lineno", 0), texts


def offences(source: str) -> list[str]:
    """What is listed there that should be known from its own file."""
    return [
        f"line {line}: {kind} {sorted(texts & known)}"
        for line, texts in listed(source)
        for kind, known in NAMES.items()
        if len(texts & known) > 1
    ]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_nobody_else_keeps_a_list_of_tasks_tools_or_generations(path: Path) -> None:
    assert offences((ROOT / path).read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'GENERATIONS = ("2023", "2024")',
        'NAMES = ["ReachMilk", "GraspCan"]',
        'ORACLES = {"habilis/ReachMilk-v0": 1, "habilis/GraspCan-v0": 2}',
        'Kind = Literal["tweezers", "tongs"]',
        'match kind:\n    case "reach_milk_2023": pass\n    case "reach_milk_2024": pass',
    ],
)
def test_lists_are_found_in_whatever_form(source: str) -> None:
    assert offences(source)
