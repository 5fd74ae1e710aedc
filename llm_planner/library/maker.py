"""Makes composed skills of plans that worked, by rule or with a language model, and puts them to
the test: practice in a few layouts, by which the candidate is chosen or mended, then admission in
layouts that nothing of it was made on. Large Language Models as Tool Makers (arXiv 2305.17126)
in form: proposal, verification, wrapping.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from habilis.assets import foreign
from habilis.assets.scene.things import Scene
from habilis.llm_planner.language.describe import describe
from habilis.llm_planner.language.faults import StageError
from habilis.llm_planner.language.outputs import Argument, Made, read, schema_of
from habilis.llm_planner.language.plan_schema import read_plan, skill_docs
from habilis.llm_planner.language.quantities import quantity_words
from habilis.llm_planner.language.stages import Brief, ask
from habilis.llm_planner.library.generalise import Demo, MakerError, generalise
from habilis.llm_planner.library.store import Composed, Library, LibraryError, Standing
from habilis.llm_planner.library.trials import (
    Spot,
    TrialOutcome,
    Trials,
    family,
    fresh,
    sensed,
    standing,
)
from habilis.llm_planner.model.client import Client
from habilis.llm_planner.run.plan import load_plan

REPAIRS = 2  # times a model's candidate goes back with what came of it
HOLES = (
    'write "$object" for a whole argument, or within an expression, e.g.'
    ' "$object.grip.x - workspace.max_x + 5*cm"'
)
Say = Callable[[str], None]


def load_demo(folder: Path, scene: Scene | None = None) -> tuple[Demo, Spot]:
    """The plan of a run and the layout in which it worked.

    Args:
      folder: of the run, as ``habilis solve`` leaves it.
      scene: that it was run on, if it is neither a task's nor shipped.

    Raises:
      MakerError: no run, or one without success or without a plan.
      LibraryError: the scene is not known.
    """
    try:
        run = foreign.parse(foreign.read_text(folder / "run.json", foreign.RECORD), "run.json")
        name = str(run["scene"]["name"])
        seed, variation = int(run["seed"]), float(run["variation"])
        success = bool(run["execution"] and run["execution"]["success"])
    except (OSError, ValueError, LookupError, TypeError, OverflowError) as error:
        raise MakerError(f"{folder}: no run of habilis solve: {error}") from error
    if not success:
        raise MakerError(f"{folder}: that run was no success, nothing can be made of it")
    if not (folder / "plan.json").exists():
        raise MakerError(f"{folder}: that run has no plan.json; a program cannot be generalised")
    if scene is not None and scene.name != name:
        raise MakerError(f"{folder}: that run was on {name!r}, the scene given is {scene.name!r}")
    spot = Spot(scene or family(name)[0], seed, variation)
    plan = load_plan(folder / "plan.json")
    plan.check(spot.scene)
    return Demo(plan, sensed(standing(spot)), str(spot)), spot


class Workshop:
    """Where skills are made and tried.

    Args:
      demos: plans that worked, with their layouts; all of one task.
      seed: of the first layout for practice; those for admission come after it.
      say: told a line for each trial.
      practice: layouts besides those of the plans.
    """

    def __init__(
        self,
        demos: Sequence[tuple[Demo, Spot]],
        seed: int = 1000,
        say: Say = lambda _: None,
        practice: int = 2,
    ) -> None:
        if not demos:
            raise MakerError("no plan to make a skill of")
        self.demos, self._say, self._seed = [d for d, _ in demos], say, seed
        self._scenes = _scenes([s for _, s in demos])
        made_on = frozenset(d.where for d in self.demos)
        self._practice = fresh(self._scenes, practice, seed, made_on)
        self._given = [s for _, s in demos]

    def by_rule(self, name: str = "") -> Composed:
        """A skill by rule, see ``generalise``; of its candidates the one that does best.

        Raises:
          MakerError: the plans differ too much, or no candidate works anywhere.
        """
        return self._best((c, None) for c in generalise(self.demos, name))

    def with_model(self, client: Client, name: str = "", max_tokens: int = 4000) -> Composed:
        """A skill that a language model proposes, mended with what came of it.

        Args:
          client: the model.
          name: of the skill; the model's if left out.
          max_tokens: of each answer.

        Raises:
          MakerError: nothing that it answers is a skill that works anywhere; says why.
          ClientError: it gives no answer.
        """
        return self._best(self._asked(client, name, max_tokens))

    def admit(
        self, skill: Composed, library: Library, count: int
    ) -> tuple[Standing, list[TrialOutcome]]:
        """Submit a skill to a library in ``count`` fresh layouts; LibraryError as ``submit``."""
        spots = fresh(self._scenes, count, self._seed, frozenset(skill.made_on))
        self._say(f"admission: {len(spots)} fresh layouts")
        trials = Trials(spots, self._say)
        return library.submit(skill, trials.names, trials), trials.outcomes

    def _best(self, candidates: Iterator[tuple[Composed, _Feedback | None]]) -> Composed:
        """The first candidate that works in all of practice, or else the one that does most."""
        spots = [*self._given, *self._practice]
        names = tuple(dict.fromkeys(map(str, spots)))
        best: tuple[int, Composed] | None = None
        last = "there was no candidate"
        for skill, feedback in candidates:
            self._say(f"practice: {skill}")
            trials = Trials(spots, self._say)
            good = sum(trials(skill, where) for where in names)
            if best is None or good > best[0]:
                best = good, skill
            if good == len(names):
                break
            failed = next(o for o in trials.outcomes if not o.ok)
            last = f"in {failed.where} {failed.use or skill.name}: {failed.reason}"
            if feedback is not None:
                feedback.append(last)
        if best is None or not best[0]:
            raise MakerError(f"no skill came of it: {last}")
        made_on = tuple(dict.fromkeys((*best[1].made_on, *names)))
        return dataclasses.replace(best[1], made_on=made_on)

    def _asked(
        self, client: Client, name: str, most: int
    ) -> Iterator[tuple[Composed, _Feedback | None]]:
        told, usable = "", False
        for _ in range(REPAIRS + 1):
            came: _Feedback = []
            try:
                skill = self._ask(client, told, name, most)
                answer, usable = _shown(skill), True
                yield skill, came
            except StageError as error:
                answer, came = error.answer or "(nothing)", [str(error)]
                self._say(f"of no use: {error}")
            told = (
                f"An earlier answer did not work.\nWhat you answered then:\n{answer}\n\n"
                f"What came of it: {'; '.join(came)}\nAnswer again in full, with the cause mended."
            )
        if not usable:
            raise MakerError(f"no skill came of it: {came[-1]}")

    def _ask(self, client: Client, told: str, name: str, most: int) -> Composed:
        first = self.demos[0]
        scene = describe(first.senses).text
        values = {
            "scene": scene, "skills": skill_docs(), "quantities": quantity_words(), "holes": HOLES,
            "plans": "\n".join(f"in {d.where}:\n{d.plan.dumps()}" for d in self.demos),
            "feedback": told,
        }  # fmt: skip
        origin = f"{client.name} in {first.plan.scene}"

        def parse(data: Mapping[str, Any]) -> Composed:
            found = read(Made, data)
            try:
                skill = Composed(
                    name or found.name, found.doc, found.parameters,
                    tuple({"skill": s.skill, "args": _plain(s.args)} for s in found.steps),
                    origin, tuple(d.where for d in self.demos), _plain(found.example),
                )  # fmt: skip
                step = {"skill": skill.name, "args": dict(skill.example)}
            except LibraryError as error:
                raise StageError(str(error)) from error
            read_plan({"steps": [step]}, first.senses, (skill,))
            return skill

        brief = Brief(first.senses, scene, max_tokens=most)
        return ask(client, brief, "maker", values, schema_of(Made), parse)


_Feedback = list[str]
"""Filled with what came of a candidate before the next one is asked for."""


def retest(
    library: Library, name: str, scenes: Sequence[Scene], count: int, seed: int, say: Say
) -> tuple[Standing, list[TrialOutcome]]:
    """Try an admitted skill in layouts that are new to it and count each as a use.

    Args:
      library: with the skill in it; written after each trial if it has a file.
      name: of the skill.
      scenes: whose layouts; those of the task it was made on if empty.
      count: of trials; they end when the skill is revoked.
      seed: of the first layout.
      say: told a line for each trial.

    Raises:
      LibraryError: no such skill, or it is not in use.
    """
    now = library[name]
    if now.status != "admitted":
        raise LibraryError(f"{name!r} is not in use: {now.status}, {now.note}")
    home = scenes or family(now.skill.made_on[0].split()[0] if now.skill.made_on else "")
    trials = Trials(fresh(home, count, seed, now.seen), say)
    for where in trials.names:
        now = library.report(name, trials(now.skill, where), where)
        if now.status != "admitted":
            break
    return now, trials.outcomes


def _scenes(spots: Sequence[Spot]) -> list[Scene]:
    """Scenes for trials: those of the plans, and the other generations of their tasks."""
    found: dict[str, Scene] = {}
    for spot in spots:
        try:
            more: tuple[Scene, ...] = family(spot.scene.name)
        except LibraryError:
            more = (spot.scene,)
        found |= {s.name: s for s in (spot.scene, *more) if s.name not in found}
    return list(found.values())


def _plain(args: Sequence[Argument]) -> dict[str, Any]:
    """Arguments by name; what reads as a number, a list or a truth value is one."""
    return {a.name: _value(a.value) for a in args}


def _value(text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(found, dict) else found


def _shown(skill: Composed) -> str:
    keys = ("name", "doc", "parameters", "steps", "example")
    return json.dumps({k: getattr(skill, k) for k in keys}, indent=1)
