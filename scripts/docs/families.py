"""Pages of families of tasks, as Markdown, from what the families themselves say."""

from __future__ import annotations

import inspect
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from habilis.assets.scene.things import Scene
from habilis.envs.tasks import load_task
from habilis.envs.tasks.base.family import FAMILIES, TaskFamily
from habilis.envs.tasks.base.hand_task import HandTask
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms.term import Term
from habilis.policies.evaluation.statistics import rate
from habilis.scripts.docs.results.cells import code, table

COLUMNS = ["family", "mechanism", "what is to be done", "level", "ids"]
INDEX = """# Task families

Each family is one file in `envs/tasks`, in a folder named after the mechanism by which its tool
works, and its page is made from that file's docstring by `habilis docs tasks`. What all tasks of
an arm with a gripper have in common stands
[at the end of this page](#what-the-tasks-of-an-arm-share).
A [level](../benchmark.md#levels) is what a task takes at least.
"""


def pages(oracles: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The page of each family by the name of its file, and the one that lists them, ``index``.

    Args:
      oracles: rows of ``habilis bench oracle``, with the robots of the scenes themselves.
    """
    rows = list(oracles)
    made = {slug(family): _page(family, rows) for family in _families()}
    return {"index": _index(), **made}


def slug(family: TaskFamily) -> str:
    """The name of a family's page, which is that of its file."""
    return type(family).__module__.rpartition(".")[2]


def title(family: TaskFamily) -> tuple[str, str]:
    """Name and purpose of a family, from the first line of its file."""
    name, _, purpose = _story(family)[0].partition(": ")
    return name, purpose


def _families() -> list[TaskFamily]:
    """Those of habilis, not of other packages."""
    found = [family for _, family in sorted(FAMILIES.items())]
    return [family for family in found if type(family).__module__.startswith("habilis.")]


def _index() -> str:
    rows = [
        [
            f"[{title(f)[0]}]({slug(f)}.md)", f.mechanism, title(f)[1],
            str(f.level) if isinstance(f, ToolTask) else "", str(len(f.tasks())),
        ]
        for f in _families()
    ]  # fmt: skip
    arms, legs = (
        _nested(pkgutil.resolve_name(f"habilis.envs.tasks.base.{module}").__doc__ or "")
        for module in ("generic", "walking")
    )
    return "\n".join(
        [
            INDEX,
            table(["family", "mechanism", "what is to be done", "level", "ids"], rows),
            "",
            "## What the tasks of an arm share",
            "",
            arms,
            "## What the tasks of a robot on legs share",
            "",
            legs,
        ]
    )


def _page(family: TaskFamily, oracles: list[Mapping[str, Any]]) -> str:
    name, purpose = title(family)
    first = family.tasks()[0].id
    parts = [
        f"# {name}", f"**{purpose[0].upper()}{purpose[1:]}.**",
        f"![{purpose}](../images/tasks/{slug(family)}.webp)", _story(family)[1], *_maker(family),
        table(["id", "what is to be done"], [[code(t.id), t.about] for t in family.tasks()]),
        f"```bash\nhabilis play {first} --agent {watched_agent(family)} --film play.mp4\n```",
    ]  # fmt: skip
    if family.scenes:
        given = ", ".join(code(generation) for generation in family.scenes)
        parts.append(f"Generations of the scene, chosen by the option `scene`: {given}.")
    if isinstance(family, ToolTask):
        parts += _of_a_tool_task(family)
    parts += _oracle(family, oracles)
    return "\n\n".join(part for part in parts if part) + "\n"


def watched_agent(family: TaskFamily) -> str:
    """Who is worth watching: the scripted solution, else another scripted agent, else chance."""
    scripted = load_task(family.tasks()[0].id).agents
    if isinstance(family, ToolTask) or "oracle" in scripted:
        return "oracle"
    return next(iter(scripted), "random")


def _story(family: TaskFamily) -> tuple[str, str]:
    """First line and rest of the docstring of a family's file."""
    said = inspect.cleandoc(sys.modules[type(family).__module__].__doc__ or "")
    first, _, rest = said.partition("\n")
    return first.rstrip("."), _markup(rest.strip("\n"))


def _maker(family: TaskFamily) -> list[str]:
    """Of a family of tasks of a hand or of legs alone, what the module says that makes them."""
    if not isinstance(family, HandTask):
        return []
    module = pkgutil.resolve_name(family.maker.partition(":")[0])
    return [_markup(inspect.cleandoc(module.__doc__ or "").partition("\n")[2].strip())]


def _of_a_tool_task(family: ToolTask) -> list[str]:
    scene = family.scene()
    notes = {n for g in family.scenes for n in family.scene(generation=g).notes}
    weighed = [[code(n), f"{t.weight:g}", _meaning(t)] for n, t in family.dense(scene).items()]
    shown = [[code(name), _meaning(term)] for name, term in family.observed(scene).items()]
    return [
        "## Success",
        f"`{scene.goal}`, held for {scene.hold:g} s, and {_means(scene)}.",
        *sorted(note for note in notes if note.startswith(("Source: ", "Layouts: "))),
        "## Reward on the way",
        "What leads to the goal is rewarded in each step; success earns more than all of it.",
        table(["term", "weight", "meaning"], weighed),
        *(["## What is observed beside the shared terms"] if shown else []),
        table(["term", "numbers"], shown) if shown else "",
    ]


def _means(scene: Scene) -> str:
    """What has to be true of the tool."""
    if scene.tool is None:
        return "by whatever means"
    needed = f"`{scene.tool.name}` must have moved what the goal is about"
    if scene.hand == "legs":
        needed = f"the robot must have handled `{scene.tool.name}`"
    return f"{needed}; where it is not needed, it must not be touched"


def _oracle(family: TaskFamily, oracles: list[Mapping[str, Any]]) -> list[str]:
    own = {task.id for task in family.tasks()}
    rows = [
        [code(row["task"]), row["scene"], rate(row["success"], row["episodes"])]
        for row in oracles
        if row["task"] in own
    ]
    if not rows:
        return []
    about = (
        "Success of the scripted solution on random layouts, measured by `habilis bench oracle`"
        " (see [results](../results.md#scripted-solutions))."
    )
    return ["## Scripted solution", about, table(["id", "scene", "success"], rows)]


def _meaning(term: Term) -> str:
    """First sentence of its function, and of whom; of a stage, of what it is a stage of."""
    inner = term.params.get("term")
    if isinstance(inner, Term):
        return _meaning(inner)
    said = (term.fn.__doc__ or "").strip().split("\n")[0].rstrip(".")
    of = ", ".join(str(v) for v in term.params.values() if isinstance(v, str))
    return _markup(f"{said} ({of})" if of else said)


def _nested(doc: str) -> str:
    """The rest of a docstring, its headings one level lower."""
    body = inspect.cleandoc(doc).partition("\n")[2].strip()
    return _markup(body.replace("\n## ", "\n### ")) + "\n"


def _markup(text: str) -> str:
    """A docstring's text as Markdown."""
    return text.replace("``", "`")
