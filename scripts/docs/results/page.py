"""Tables in pages: a comment opens each, another closes it, and what is between is rendered."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

from habilis.assets.names import look_up
from habilis.envs.tasks.base.family import SUFFIXES
from habilis.scripts.docs.results.registry import TABLES

TASK = re.compile(r"habilis/(\w+)-v(\d+)")
PLACE = re.compile(r"<!-- table: ([\w-]+) -->\n.*?<!-- end of table -->", re.DOTALL)


def filled(text: str, root: Path) -> str:
    """The page with each of its tables rendered anew.

    A table stands between ``<!-- table: NAME -->`` and ``<!-- end of table -->``.

    Args:
      text: the page.
      root: folder that the sources of the tables are relative to.

    Raises:
      ValueError: there is no table of a name, or a marker is never closed.
    """
    opened = text.count("<!-- table: ")
    if opened != len(PLACE.findall(text)):
        raise ValueError(f"of {opened} tables some are not closed by <!-- end of table -->")
    return PLACE.sub(lambda place: _place(place[1], root), text)


def rendered(name: str, root: Path) -> str:
    """A table by its name, with a line below it that says how it was made."""
    table = look_up("table", name, TABLES)
    sources = table.files(root)
    if not sources:
        return f"*Nothing is stored in `{'`, `'.join(table.sources)}` yet.*"
    found = [load(root / source) for source in sources]
    made = [_made(source, one) for source, one in zip(sources, found, strict=True)]
    return "\n\n".join([table.make(*found), *dict.fromkeys(made)])


def braced(command: str) -> str:
    """A command with ids of tasks as a shell's braces write them, where whole families follow each
    other: ``habilis/{ReachMilk,PressButton}{,NotNeeded,Broken}-v0``.
    """

    words, out = command.split(" "), list[str]()
    while words:
        version, names = "", list[str]()
        while (found := _family(words)) and found[1] == (version or found[1]):
            names, version, words = [*names, found[0]], found[1], words[len(SUFFIXES) :]
        if names:
            inside = f"{{{','.join(names)}}}" if len(names) > 1 else names[0]
            out.append(f"habilis/{inside}{{{','.join(SUFFIXES.values())}}}-v{version}")
        else:
            out.append(words.pop(0))
    return " ".join(out)


def _family(words: list[str]) -> tuple[str, str] | None:
    """Name and version of the family that these words begin with all twins of."""
    found = TASK.fullmatch(words[0]) if words else None
    if found is None:
        return None
    name, version = found.groups()
    ids = [f"habilis/{name}{suffix}-v{version}" for suffix in SUFFIXES.values()]
    return (name, version) if words[: len(ids)] == ids else None


def load(path: Path) -> Any:
    """A stored result: an object (``.json``, or in a bundle), or a list of them (``.jsonl``)."""
    if path.suffix == ".zip":
        return json.loads(zipfile.ZipFile(path).read("manifest.json")) | {"name": path.stem}
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    return json.loads(text)


def _place(name: str, root: Path) -> str:
    return f"<!-- table: {name} -->\n\n{rendered(name, root)}\n\n<!-- end of table -->"


def _made(source: str, found: Any) -> str:
    if source.endswith(".zip"):
        return "*The score and the command are kept in each bundle.*"
    if not isinstance(found, dict):
        return f"*Counted from `{source}`.*"
    day, mujoco = found["time"][:10], found["versions"]["mujoco"]
    made = f"Made with MuJoCo {mujoco} on {day} by `{braced(found['command'])}`"
    return f"*{made}; stored in `{source}`.*"
