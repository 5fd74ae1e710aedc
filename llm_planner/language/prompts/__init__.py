"""The prompts of the stages: text files with a version, filled by name, hashed with the results."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import re
import string
from collections.abc import Iterable
from pathlib import Path

from habilis.assets.names import check_known

_HEAD = re.compile(r"version: (\d+)\n")
_BLANKS = re.compile(r"\n{3,}")


@dataclasses.dataclass(frozen=True)
class Prompt:
    """One text file.

    Attributes:
      name: of the file, without its ending.
      version: as its first line says.
      text: the rest, with ``$name`` where something is filled in.
      digest: first 12 hex digits of the SHA-256 of the whole file.
    """

    name: str
    version: int
    text: str
    digest: str

    @property
    def fields(self) -> frozenset[str]:
        """What has to be filled in."""
        return frozenset(string.Template(self.text).get_identifiers())

    def fill(self, **values: str) -> str:
        """The text with every field filled in; ValueError unless exactly those are given."""
        if set(values) != self.fields:
            raise ValueError(
                f"prompt {self.name!r} takes {sorted(self.fields)}, got {sorted(values)}"
            )
        filled = string.Template(self.text).substitute(values)
        return _BLANKS.sub("\n\n", filled).strip()


@functools.cache
def load_prompt(name: str) -> Prompt:
    """The prompt of that name.

    Raises:
      ValueError: there is none, or its file does not start with ``version: N``; says which exist.
    """
    check_known("prompt", name, names())
    whole = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8")
    head = _HEAD.match(whole)
    if head is None:
        raise ValueError(f"prompt {name!r}: the first line must be 'version: N'")
    digest = hashlib.sha256(whole.encode()).hexdigest()[:12]
    return Prompt(name, int(head[1]), whole[head.end() :], digest)


def names() -> list[str]:
    """Every prompt there is."""
    return sorted(p.stem for p in Path(__file__).parent.glob("*.txt"))


def digest(used: Iterable[str]) -> str:
    """One hash over the prompts of these names: equal if and only if all the texts are."""
    parts = [f"{n}:{load_prompt(n).digest}" for n in sorted(set(used))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
