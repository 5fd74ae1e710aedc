"""Pages for people name only files and names that are there."""

import re
from pathlib import Path

import pytest

from habilis.scripts.architecture.folders import defined
from habilis.scripts.architecture.imports import LAYERS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TOPS = "|".join((*LAYERS, "benchmarks", "docs", "tests"))
# In backticks, or as the target of a link; <name> and * stand for anything.
FILE = re.compile(rf"[`(](?:\.\./)?((?:{TOPS})/[\w./<>*-]*)[`)#]")
NAME = re.compile(rf"\bhabilis\.((?:{'|'.join(LAYERS)})[\w.]*\w)")
LINK = re.compile(r"\]\(((?!https?:|#|mailto:)[^)#\s]+)")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


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


def test_the_page_of_task_families_is_what_the_command_writes() -> None:
    from habilis.envs.tasks.base.pages import pages as written

    text = (ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")
    assert text == written() + "\n", "habilis list tasks --markdown > docs/tasks.md"
