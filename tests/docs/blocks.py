"""Blocks of code in pages.

A comment before a block may say more of it: ``<!-- file: NAME -->`` that it is a file which other
blocks read, ``<!-- slow -->`` that it takes long, and ``<!-- example: WHY -->`` why it cannot run.
"""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*?) -->\n+)?^```(?P<kind>\w*)\n(?P<text>.*?)^```", re.M | re.S
)
_INLINE = re.compile(r"`(habilis [^`\n]+)`")
_BETWEEN = {"&&", "||", "|", ";", "&", "do", "done"}


@dataclasses.dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
      kind: its language.
      mark: what the comment before it says.
      line: of its first line in the page.
    """

    kind: str
    mark: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(b["kind"], b["mark"] or "", b["text"], text[: b.start("text")].count("\n") + 1)
        for b in _BLOCK.finditer(text)
    ]


def typed(page: Path, program: str) -> Iterator[list[str]]:
    """The arguments of each call of a program in the shell blocks of a page."""
    for block in blocks(page):
        lines = block.text.replace("\\\n", " ").splitlines()
        if block.kind == "console":
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        if block.kind in ("", "bash", "console"):
            for line in lines:
                yield from _calls(line, program)


def mentioned(page: Path) -> list[list[str]]:
    """The words of each ``habilis`` command that stands within the text of a page."""
    return [shlex.split(text)[1:] for text in _INLINE.findall(page.read_text(encoding="utf-8"))]


def _calls(line: str, program: str) -> Iterator[list[str]]:
    if program not in line:
        return
    words, call = shlex.split(line.replace(";", " ; "), comments=True), list[str]()
    for word in [*words, ";"]:
        if word not in _BETWEEN:
            call.append(word)
            continue
        if call and call[0].rpartition("/")[2] == program:
            yield call[1:]
        call = []
