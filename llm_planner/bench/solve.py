"""One episode of the creative suite: the scene is served, planned on, acted in and judged."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence

from habilis.assets.names import visible
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scene.model.pairs import ROBOT
from habilis.assets.scene.things import Scene
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.robot.simulated import simulated
from habilis.envs.tasks import find_twin
from habilis.envs.world.judging.ledger import Interval
from habilis.envs.world.judging.monitor import Monitor, tool_parts
from habilis.envs.world.world import World
from habilis.llm_planner.bench.creative import Case, Error, Outcome, Setup, is_right
from habilis.llm_planner.language.describe import Style
from habilis.llm_planner.language.faults import Fault, Kind
from habilis.llm_planner.language.repair import classify
from habilis.llm_planner.language.wording import word
from habilis.llm_planner.model.budget import BudgetedClient
from habilis.llm_planner.model.client import Client, ClientError
from habilis.llm_planner.pipeline.episode import Episode
from habilis.llm_planner.pipeline.loop import solve_with_model
from habilis.llm_planner.run.plan import Plan, Step
from habilis.llm_planner.search.planner import search
from habilis.policies.layouts.layouts import serve
from habilis.policies.skills.attempt import StepTrace
from habilis.policies.skills.executor import run
from habilis.policies.skills.senses import Senses

MOST = 300  # characters that are kept of a reason


@dataclasses.dataclass(frozen=True)
class Arranged:
    """A scene, ready to plan on; ``names`` are those in the task by those in the scene."""

    scene: Scene
    style: Style
    names: Mapping[str, str]


def solve_case(case: Case, setup: Setup, client: Client | None = None) -> Outcome:
    """Let the planner solve one layout, and judge what it did; what breaks in it is its outcome.

    Args:
      case: which layout.
      setup: who plans.
      client: the model, if it is one.

    Raises:
      ClientError: the model gives no answer, or the budget is spent.
      ImportError: a package is missing.
    """
    try:
        return _solve(case, setup, client)
    except (ClientError, ImportError):
        raise
    except Exception as error:
        return crashed(case, f"{type(error).__name__}: {error}")


def crashed(case: Case, why: str) -> Outcome:
    """The outcome of an episode that broke down."""
    return Outcome(case, False, False, "crash", reason=visible(why, MOST))


def _solve(case: Case, setup: Setup, client: Client | None) -> Outcome:
    arranged = arrange(case, setup)
    compiled = compile_scene(arranged.scene)
    robot = simulated(World(compiled, nthread=1))
    robot.reset(published(arranged.scene, 1))
    if client is not None:
        return _ask(case, setup, client, compiled, robot, arranged)
    if setup.planner == "search":
        state, belief = robot.world.save(), setup.believed(case.seed)
        if belief is not None:
            state = belief.of(state, simulated(World(compiled, nthread=1)))
        found = search(compiled, state, setup.budget, composed=setup.composed)
        done = _act(case, robot, found.plan, found.reason, arranged)
        if found.spent:  # it may have been about to find a plan: that is no refusal
            done = dataclasses.replace(done, refused=False, error="budget")
        seconds = round(found.seconds, 3)
        return dataclasses.replace(done, rollouts=found.rollouts, planner_seconds=seconds)
    plan = _scripted(case, setup, arranged.scene)
    return _act(case, robot, plan, "it knows that the tool is broken", arranged)


def arrange(case: Case, setup: Setup) -> Arranged:
    """The layout in its wording; the oracles get it unworded, since they go by names."""
    if setup.recipe is None:
        scene = find_twin(case.task)[0].scene(case.twin, case.generation)
    else:
        scene = serve(case.task, case.generation, case.seed, setup.recipe).scene
    if setup.wording is None or setup.planner in ("oracle", "oracle-needed"):
        return Arranged(scene, Style(), {e.name: e.name for e in scene.entities})
    worded = word(scene, setup.wording, case.seed)
    return Arranged(worded.scene, worded.style, {new: old for old, new in worded.names.items()})


def error_type(
    case: Case, success: bool, refused: bool, touched: bool | None, kind: Kind | None
) -> Error:
    """What was wrong with an episode.

    Leaving a tool alone that is needed, or touching one that is not or cannot serve, is a tool-use
    error whatever went wrong thereafter; else it is the kind of the last fault.

    Args:
      case: which.
      success: of the episode.
      refused: by the planner.
      touched: whether the robot touched the tool; None if it never moved.
      kind: of the last fault; None if there was none.
    """
    if is_right(case, success, refused):
        return "none"
    if refused:
        return "refused wrongly"
    if touched is not None and touched != (case.twin == "needed"):
        return "tool-use"
    return kind or "tool-use"


def _scripted(case: Case, setup: Setup, scene: Scene) -> Plan | None:
    """The plan of an oracle; None where it knows that there is none."""
    if setup.planner == "oracle" and case.twin == "broken":
        return None
    known = find_twin(case.task)[0].oracle(
        scene, "needed" if setup.planner != "oracle" else case.twin
    )
    steps = tuple(Step(s.skill, s.args) for s in known)
    return Plan(scene.name, scene.instruction, steps, setup.planner)


def _act(
    case: Case, robot: SimRobot, plan: Plan | None, refusal: str, arranged: Arranged
) -> Outcome:
    """Carry a plan out; without one it is a refusal."""
    if plan is None:
        error = error_type(case, False, True, None, None)
        return Outcome(case, False, True, error, reason=_short(refusal, arranged))
    before = Senses(robot.scene, robot.bodies)
    before.update(robot.observe())
    done = run(robot, plan, Monitor(robot.world), contacts=True)
    fault = classify(done, before, ("plan",), "copy")
    touched, kind = _touched(robot, done.contacts), fault.kind if fault is not None else None
    return Outcome(
        case, done.ok, False,
        error_type(case, done.ok, False, touched, kind),
        _tools(done.steps, arranged), touched,
        execution_seconds=round(done.wall_seconds, 3), reason=_short(done.reason, arranged),
    )  # fmt: skip


def _ask(
    case: Case, setup: Setup, client: Client, compiled: Compiled, robot: SimRobot, given: Arranged
) -> Outcome:
    """Let a model think and act; what it spends is kept apart for this episode."""
    account = BudgetedClient(client)
    settings = dataclasses.replace(
        setup.settings, style=given.style, belief=setup.believed(case.seed)
    )
    try:
        episode = solve_with_model(compiled, robot, account, settings)
    except ClientError as error:
        if error.kind not in ("refusal", "length"):
            raise
        done = Outcome(case, False, False, "form", reason=_short(str(error), given))
    else:
        done = _judge(case, robot, episode, given)
    used = account.total
    return dataclasses.replace(
        done, calls=used.calls, input_tokens=used.input_tokens, output_tokens=used.output_tokens,
        cost=None if used.unpriced else round(used.cost, 6), model_seconds=round(used.seconds, 3),
    )  # fmt: skip


def _judge(case: Case, robot: SimRobot, episode: Episode, given: Arranged) -> Outcome:
    done = episode.execution
    fault = _last_fault(episode)
    touched = _touched(robot, done.contacts) if done is not None else None
    kind = fault.kind if fault is not None else None
    acted = done.wall_seconds if done is not None else 0.0
    return Outcome(
        case, episode.success, episode.refused,
        error_type(case, episode.success, episode.refused, touched, kind),
        _tools(done.steps if done is not None else (), given), bool(touched),
        sum(t.rehearsal is not None for x in episode.thoughts for t in x.tries), episode.repairs,
        planner_seconds=round(episode.seconds - acted, 3), execution_seconds=round(acted, 3),
        reason=_short(episode.reason, given),
    )  # fmt: skip


def _last_fault(episode: Episode) -> Fault | None:
    """Of the last execution, or, where nothing was found to carry out after it, of the thought."""
    if len(episode.executions) == len(episode.thoughts):
        return episode.executions[-1].fault
    faults = [t.fault for t in episode.thoughts[-1].tries if t.fault is not None]
    return faults[-1] if faults else None


def _touched(robot: SimRobot, contacts: Sequence[Interval]) -> bool:
    """Whether the robot touched the tool that the task is about."""
    parts = tool_parts(robot.world) if robot.scene.tool is not None else []
    return any({c.first, c.second} & {ROBOT} and {c.first, c.second} & {*parts} for c in contacts)


def _tools(steps: Sequence[StepTrace], given: Arranged) -> tuple[str, ...]:
    used = (s.args["tool"] for s in steps if s.args.get("tool") is not None)
    return tuple(dict.fromkeys(given.names.get(t, t) for t in used))


def _short(reason: str, given: Arranged) -> str:
    """In one line, with the names of the task, and cut if it is long."""
    words = "|".join(re.escape(n) for n in sorted(given.names, key=len, reverse=True))
    line = visible(" ".join(reason.split()))
    text = re.sub(rf"\b({words})\b", lambda m: given.names[m[0]], line)
    return text if len(text) <= MOST else text[: MOST - 4] + " ..."
