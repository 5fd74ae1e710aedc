"""Pages for people name only files and names that are there."""

import re
from pathlib import Path

import pytest

from habilis.scripts.architecture.folders import defined
from habilis.scripts.architecture.imports import LAYERS
from habilis.scripts.shared.commands import commands

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TOPS = "|".join((*LAYERS, "benchmarks", "docs", "tests"))
# In backticks, or as the target of a link; <name> and * stand for anything.
FILE = re.compile(rf"[`(](?:\.\./)*((?:{TOPS})/[\w./<>*-]*)[`)#]")
NAME = re.compile(rf"\bhabilis\.((?:{'|'.join(LAYERS)})[\w.]*\w)")
LINK = re.compile(r"\]\(((?!https?:|#|mailto:)[^)#\s]+)")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@pages
def test_files_that_a_page_names_exist(page: Path) -> None:
    named = {re.sub(r"<[^>]*>", "*", name).rstrip("/") for name in FILE.findall(page.read_text())}
    assert [name for name in sorted(named) if not list(ROOT.glob(name))] == []


@pages
def test_modules_and_names_that_a_page_imports_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(NAME.findall(text))
    for module, names in re.findall(r"from habilis\.([\w.]+) import ([\w, ]+)", text):
        named |= {f"{module}.{name.strip()}" for name in names.split(",")}
    assert [name for name in sorted(named) if not defined(name)] == []


@pages
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_readme_is_short_and_shows_something_that_moves() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.split()) <= 700
    pictures = [README.parent / path for path in re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)]
    moving = [path for path in pictures if path.suffix in (".gif", ".webp")]
    assert moving and all(path.stat().st_size < 3e6 for path in moving)


def test_the_page_of_commands_leaves_none_out() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert [name for name in commands("habilis.scripts") if f"`habilis {name}" not in text] == []
    assert [n for n in commands("habilis.scripts.bench") if f"`habilis bench {n}" not in text] == []
