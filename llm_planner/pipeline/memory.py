"""Experience: what went wrong and what worked before, found again by what a task is about."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from habilis.assets import foreign
from habilis.assets.names import visible
from habilis.assets.plain import build
from habilis.assets.scene.things import Scene

SHOWN = 4  # lessons put into a prompt
LEAST = 0.2  # likeness below which an experience is not shown
_SMALL = {"the", "a", "an", "up", "to", "of", "and", "it", "with", "on", "in", "is", "me"}


class MemoryFileError(ValueError):
    """A file of experience that cannot be read."""


@dataclasses.dataclass(frozen=True)
class Lesson:
    """One failure, or one plan that worked.

    Attributes:
      scene: name of the scene.
      instruction: what was asked for.
      objects: what there was.
      ok: whether it worked.
      kind: of the fault, '' if it worked.
      skills: names of the skills tried, in order.
      reason: what happened, with the numbers.
      remedy: what worked afterwards, '' if nothing did.
    """

    scene: str
    instruction: str
    objects: tuple[str, ...]
    ok: bool
    kind: str
    skills: tuple[str, ...]
    reason: str
    remedy: str = ""

    def __str__(self) -> str:
        what = f"{self.instruction} [{' > '.join(self.skills) or 'nothing moved'}]"
        if self.ok:
            return f"worked: {what}"
        then = f"; mended by: {self.remedy}" if self.remedy else ""
        return f"failed: {what}: {self.reason}{then}"


class LessonMemory:
    """Lessons in the order they were learned, without repeats.

    Args:
      lessons: to start with.
      path: file of JSON lines to which every new one is appended; none is kept if left out.
    """

    def __init__(self, lessons: Iterable[Lesson] = (), path: Path | None = None) -> None:
        self.lessons: list[Lesson] = list(dict.fromkeys(lessons))
        self._path = path

    def add(self, lesson: Lesson) -> bool:
        """Keep a lesson; False if it is known already."""
        if lesson in self.lessons:
            return False
        self.lessons.append(lesson)
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(dataclasses.asdict(lesson)) + "\n")
        return True

    def recall(self, scene: Scene, count: int = SHOWN) -> list[Lesson]:
        """The lessons most like a scene's task, best first; later ones win ties."""
        want = _words(scene.instruction, [e.name for e in scene.entities])
        scored = [
            (_likeness(want, _words(x.instruction, x.objects)), k, x)
            for k, x in enumerate(self.lessons)
        ]
        scored.sort(key=lambda s: (-s[0], -s[1]))
        return [x for score, _, x in scored[:count] if score >= LEAST]

    def remembered(self) -> list[tuple[str, ...]]:
        """The sequences of skills that worked."""
        return [x.skills for x in self.lessons if x.ok]


def load_memory(path: Path) -> LessonMemory:
    """Read a file of JSON lines; an absent one is an empty memory that will be written there."""
    if not path.exists():
        return LessonMemory(path=path)
    found = []
    for number, line in enumerate(foreign.read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            found.append(build(Lesson, foreign.parse(line), "the line"))
        except ValueError as error:
            raise MemoryFileError(f"{path}:{number}: no lesson: {error}") from error
    return LessonMemory(found, path)


def lessons_text(lessons: Sequence[Lesson]) -> str:
    """For a prompt; '' if there are none."""
    if not lessons:
        return ""
    rows = "\n".join(f"- {visible(x, 400)}" for x in lessons)
    return f"\nFrom earlier tries at tasks like this one, in other layouts:\n{rows}\n"


def common(a: Sequence[str], b: Sequence[str]) -> float:
    """Length of the longest common subsequence over the greater length, 0-1."""
    if not a or not b:
        return 0.0
    row = [0] * (len(b) + 1)
    for x in a:
        last = row
        row = [0]
        for j, y in enumerate(b):
            row.append(last[j] + 1 if x == y else max(last[j + 1], row[j]))
    return row[-1] / max(len(a), len(b))


def _words(text: str, objects: Iterable[str]) -> Counter[str]:
    joined = " ".join([text, *objects]).lower()
    cleaned = "".join(c if c.isalnum() else " " for c in joined)
    return Counter(set(cleaned.split()) - _SMALL)


def _likeness(a: Counter[str], b: Counter[str]) -> float:
    """Shared words over all words, 0-1."""
    union = (a | b).total()
    return (a & b).total() / union if union else 0.0
