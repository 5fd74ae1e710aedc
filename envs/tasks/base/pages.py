"""Pages of families for people, as Markdown, from what the families themselves say."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from habilis.envs.tasks.base.family import FAMILIES, TaskFamily
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms.term import Term

HEAD = """# Task families

Written by `habilis list tasks --markdown`, of the files in `envs/tasks`. What all tasks of an arm
have in common, actions and observations among it, stands in `envs/tasks/base/generic.py`.
"""


def pages() -> str:
    """Every family, in the order of their names."""
    return "\n".join([HEAD, *(_page(FAMILIES[name]) for name in sorted(FAMILIES))])


def _page(family: TaskFamily) -> str:
    title, _, story = (sys.modules[type(family).__module__].__doc__ or "").strip().partition("\n")
    tasks = [f"| `{task.id}` | {task.about} |" for task in family.tasks()]
    parts = [f"## {title.rstrip('.')}", story.strip(), *_table("id", "what", tasks)]
    if family.scenes:
        parts.append(f"Generations, as `scene=`: {', '.join(f'`{g}`' for g in family.scenes)}.\n")
    if isinstance(family, ToolTask):
        scene = family.scene()
        notes = {n for g in family.scenes for n in family.scene(generation=g).notes}
        parts += sorted(f"{note}\n" for note in notes if note.startswith(("Source: ", "Layouts: ")))
        terms = family.dense(scene)
        weighed = [f"| `{name}` | {t.weight:g} | {_meaning(t)} |" for name, t in terms.items()]
        parts += _table("reward | weight", "meaning", weighed)
        parts += _table("observation", "numbers", _meanings(family.observed(scene)))
    return "\n".join(parts)


def _table(first: str, second: str, rows: Iterable[str]) -> list[str]:
    head = f"| {first} | {second} |"
    lines = [head, "|" + "---|" * (head.count("|") - 1), *rows]
    return ["\n".join(["", *lines, ""])] if len(lines) > 2 else []


def _meanings(terms: Mapping[str, Term]) -> list[str]:
    return [f"| `{name}` | {_meaning(term)} |" for name, term in terms.items()]


def _meaning(term: Term) -> str:
    """First sentence of its function, and of whom; of a stage, of what it is a stage of."""
    inner = term.params.get("term")
    if isinstance(inner, Term):
        return _meaning(inner)
    said = (term.fn.__doc__ or "").strip().split("\n")[0].rstrip(".")
    of = ", ".join(str(v) for v in term.params.values() if isinstance(v, str))
    return f"{said} ({of})" if of else said
