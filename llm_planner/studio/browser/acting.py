"""The panel of who acts: planners by a prompt, agents from a list, and the plan as it goes on."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from typing import ClassVar

from habilis.llm_planner.model.make import make_client
from habilis.llm_planner.studio.actors import FollowPlan, Play, Solve, has_oracle, oracle_plan
from habilis.llm_planner.studio.browser import html
from habilis.llm_planner.studio.browser.panels import Panel, newest
from habilis.llm_planner.studio.moment import Instant
from habilis.llm_planner.studio.session import Actor, Session
from habilis.policies.bundles.bundle import Bundle, shipped

SEARCH = "search (offline)"
PATIENCE = 0.2  # s between looks for an answer of a viewer


class ActingPanel(Panel):
    """Prompt, agents, plan and what is said.

    Attributes:
      models: specs of language models that may plan, see ``make_client``; set before it is made.
      answer_tokens: most of one answer of theirs; likewise.
    """

    title = "Act"
    models: ClassVar[tuple[str, ...]] = ()
    answer_tokens: ClassVar[int] = 4000

    def build(self) -> None:
        """See ``Panel``."""
        gui = self.gui
        self._prompt = gui.add_text("Task", self.session.moment.scene.instruction)
        self._planner = gui.add_dropdown("Planner", (SEARCH, *self.models))
        self._ask = gui.add_checkbox("Ask before it moves", False)
        self.on(gui.add_button("Plan and act", color="blue"), self._solve)
        self._consent = _Consent(self)
        self._agent = gui.add_dropdown("Agent", tuple(self._agents()))
        going = gui.add_button_group("Agent acts", ("Start", "Stop"))
        self.on(going, lambda: self._start() if going.value == "Start" else self.session.stop())
        with gui.add_folder("Plan"):
            self._rows = gui.add_html("")
            self._first = gui.add_number("From step", 1, min=1, max=500, step=1)
            steps = gui.add_button_group("Plan again", ("Go back to it", "Run from it"))
            self.on(
                steps, lambda: self._back() if steps.value == steps.options[0] else self._rest()
            )
        with gui.add_folder("What was said"):
            self._said = gui.add_html("")
        self._task = self.session.moment.scene

    def draw(self, moment: Instant) -> None:
        """See ``Panel``."""
        self.put(self._rows, html.plan(self.session.rows))
        self.put(self._said, newest(self.session.lines(self.session.said - 40)))
        if moment.scene is not self._task:
            self._task = moment.scene
            self.set(self._prompt, moment.scene.instruction)
            self._agent.options = tuple(self._agents())

    def _solve(self) -> None:
        planner = self._planner.value
        model = None if planner == SEARCH else functools.partial(make_client, planner)
        ask = self._consent if self._ask.value else None
        solve = Solve(self._prompt.value, model, ask, self.answer_tokens)
        self.session.act(solve, f"{planner} plans and acts")

    def _start(self) -> None:
        agents = self._agents()
        if self._agent.value in agents:
            self.session.act(agents[self._agent.value], self._agent.value)

    def _back(self) -> None:
        rows, k = self.session.rows, int(self._first.value) - 1
        start = rows[k].start if k < len(rows) else None
        if start is not None:
            self.session.seek(start)

    def _rest(self) -> None:
        plan, first = self.session.plan, int(self._first.value) - 1
        if plan is not None and first < len(plan.steps):
            self.session.act(FollowPlan(plan, first), "the plan")

    def _agents(self) -> Mapping[str, Actor]:
        return agents_of(self.session)


class _Consent:
    """Asks the viewers whether a plan is to be carried out; the session waits for the answer."""

    def __init__(self, panel: ActingPanel) -> None:
        self._session = panel.session
        self._answer: bool | None = None
        self._box = panel.gui.add_button_group("Carry it out?", ("Yes", "No"), visible=False)
        panel.on(self._box, self._answered)
        self._done = threading.Event()

    def __call__(self, text: str) -> bool:
        self._answer, self._box.visible = None, True
        self._done.clear()
        self._session.say("carry this plan out? see the buttons above the agents")
        try:
            while not self._done.wait(PATIENCE):
                self._session.make_room()
        finally:
            self._box.visible = False
        return bool(self._answer)

    def _answered(self) -> None:
        self._answer = self._box.value == "Yes"
        self._done.set()


def agents_of(session: Session) -> dict[str, Actor]:
    """Who can act in what a session shows, by name."""
    task = session.stage.task.id
    found: dict[str, Actor] = {}
    if session.plan is not None:
        found["the plan"] = lambda s: FollowPlan(s.plan)(s) if s.plan is not None else None
    if has_oracle(task):
        found["oracle"] = lambda s: FollowPlan(oracle_plan(task, s))(s)
    for name in shipped():
        if Bundle.load(name).manifest["task"] == task:
            found[f"policy {name}"] = Play("policy", name)
    found |= {"random": Play("random"), "zero": Play("zero")}
    return found
