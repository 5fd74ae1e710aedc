"""Which things of a scene an instruction is about, as far as bare words tell."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

_SMALL = frozenset("the a an up to of and it with please".split())
_NEGATIONS = frozenset("not don dont never avoid leave".split())
# What comes after one of these says where something is, and not what is to be done with it.
_WHERE = frozenset("near next beside behind by under below beneath between".split())
_CLAUSES = re.compile(r"[.,;:!?\n]|\b(?:but|then)\b")
_PLURAL = re.compile(r"(?:(?<=[sxz])es|(?<=ch)es|(?<=sh)es|(?<![su'])s)$")
_LONG = 4  # letters of a word that may be a plural


def words(text: str) -> list[str]:
    """The words of a text in small letters: without the small ones, numbers apart from letters,
    plurals as one thing of theirs."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("_", " ")
    found = re.findall(r"\d+|[^\W\d]+", plain)
    return [_PLURAL.sub("", w) if len(w) >= _LONG else w for w in found if w not in _SMALL]


def named(given: Iterable[str], names: Iterable[str]) -> list[str]:
    """Those of ``names`` that words speak of, in order.

    Each word counts for the names that it fits best: a blue block is not any other block.

    Args:
      given: as by ``words``.
      names: of things, with underscores between their words.
    """
    left, fits = Counter(given), {name: set(words(name)) for name in names}
    fits = {name: own & left.keys() for name, own in fits.items() if own & left.keys()}
    found = set[str]()
    for size in sorted({len(own) for own in fits.values()}, reverse=True):
        now = {n: own for n, own in fits.items() if len(own) == size and all(left[w] for w in own)}
        found |= now.keys()
        left -= Counter({w for own in now.values() for w in own})
    return [name for name in fits if name in found]


def meant(instruction: str, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Things that something is to be done with, and things that are to be left alone.

    Where a clause says only where something is, the things there are taken for those meant.

    Args:
      instruction: in words.
      names: of all things.
    """
    names, wanted, spared = list(names), list[str](), list[str]()
    for clause in _clauses(instruction):
        where = next((i for i, w in enumerate(clause) if w in _WHERE), len(clause))
        things = named(clause[:where], names) or named(clause, names)
        (spared if _NEGATIONS.intersection(clause) else wanted).extend(things)
    return list(dict.fromkeys(wanted)), list(dict.fromkeys(spared))


def _clauses(text: str) -> Iterator[list[str]]:
    for part in _CLAUSES.split(text.casefold()):
        if found := words(part):
            yield found
