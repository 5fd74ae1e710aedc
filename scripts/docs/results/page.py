"""Tables in pages: a comment opens each, another closes it, and what is between is rendered."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

from habilis.assets.names import look_up
from habilis.scripts.docs.results.registry import TABLES

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
    found = [load(root / source) for source in table.sources]
    made = [_made(source, one) for source, one in zip(table.sources, found, strict=True)]
    return "\n\n".join([table.make(*found), *dict.fromkeys(made)])


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
    made = f"Made with MuJoCo {mujoco} on {day} by `{found['command']}`"
    return f"*{made}; stored in `{source}`.*"
