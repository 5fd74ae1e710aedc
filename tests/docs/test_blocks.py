"""What pages show runs: blocks of Python as they stand, commands as far as their options go."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import tyro
from tests.docs.blocks import PAGES, ROOT, Block, blocks, mentioned, typed

from habilis.scripts import cli

RUNNING = [page for page in PAGES if any(b.kind == "python" for b in blocks(page))]
SLOW = [page for page in RUNNING if any(b.mark == "slow" for b in blocks(page))]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


class Parsed(BaseException):
    """The options of a command were read; it is not to go on."""


def run(page: Path, folder: Path, slow: bool) -> None:
    """Run the blocks of Python of a page, one after the other, beside the files that it shows."""
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks(page):
        if block.mark.startswith("file: "):
            file = folder / block.mark.removeprefix("file: ")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.kind == "python":
            code = compile(_placed(block), str(page), "exec")
            if not block.mark.startswith("example: ") and (slow or block.mark != "slow"):
                exec(code, names)


def _placed(block: Block) -> str:
    return "\n" * (block.line - 1) + block.text  # so that a traceback names the line of the page


@pytest.mark.parametrize("page", RUNNING, ids=name)
def test_blocks_of_python_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run(page, tmp_path, slow=False)


@pytest.mark.slow
@pytest.mark.parametrize("page", SLOW, ids=name)
def test_slow_blocks_of_python_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(page, tmp_path, slow=True)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_of_a_page_take_the_options_that_it_shows(
    page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = tyro.cli

    def parse(*args: Any, **options: Any) -> None:
        real(*args, **options)
        raise Parsed

    monkeypatch.setattr(tyro, "cli", parse)
    for args in typed(page, "habilis"):
        try:
            assert cli.main(args) == 0, f"habilis {args}: {capsys.readouterr().err}"
        except Parsed:
            continue
        except SystemExit as stop:
            assert not stop.code, f"habilis {args}: {capsys.readouterr().err}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_within_a_text_have_the_options_that_it_names(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in mentioned(page):
        command = [w for w in words if re.fullmatch(r"[a-z][a-z-]*", w)]
        options = [w.partition("=")[0] for w in words if re.match(r"--[a-z]", w)]
        said = _help(command, capsys)
        assert [o for o in options if not re.search(rf"{o}\b", said)] == [], f"habilis {words}"


def _help(command: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The help of a command, or of a command of a group where the second word is one."""
    with pytest.MonkeyPatch.context() as wide:
        wide.setenv("COLUMNS", "400")
        for words in (command[:2], command[:1]):
            try:
                code = cli.main([*words, "--help"])
            except SystemExit as stop:
                code = int(stop.code or 0)
            said = capsys.readouterr().out
            if code == 0:
                return said
    raise AssertionError(f"no command {command}")


def test_targets_of_make_that_pages_name_are_there() -> None:
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = {w for p in PAGES for call in typed(p, "make") for w in call if "=" not in w}
    assert named and named <= made
