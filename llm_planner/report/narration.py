"""What a person reads on the terminal while a run goes on: answers in short, skills as they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from habilis.assets.names import visible
from habilis.llm_planner.language.outputs import Analysis, Sketch, Targets
from habilis.llm_planner.language.stages import Composition
from habilis.llm_planner.model.client import Reply
from habilis.llm_planner.run.lines import program_lines
from habilis.llm_planner.run.plan import Plan
from habilis.policies.skills.attempt import StepTrace
from habilis.policies.skills.executor import Runner

Say = Callable[[str], None]
WIDE = 150  # letters of a model's words in one line


def spent(reply: Reply) -> str:
    """Say what an answer took, such as ``1204 tokens in, 310 out, $0.0031, 2.1 s``."""
    words = []
    if reply.input_tokens or reply.output_tokens:  # nobody counts those of files
        about = "about " if reply.estimated else ""
        words.append(f"{about}{reply.input_tokens} tokens in, {reply.output_tokens} out")
    if reply.cost:
        words.append(f"${reply.cost:.4f}")
    words.append(f"{reply.seconds:.1f} s")
    if reply.attempts > 1:
        words.append(f"{reply.attempts} attempts")
    return ", ".join(words) + (" (from a recording)" if reply.cached else "")


def stage_lines(output: object) -> Iterator[str]:
    """Yield the output of a stage in a few lines of text."""
    if isinstance(output, Analysis):
        for f in output.features:
            yield f"  {f.verdict}: {brief(f.name)} = {brief(f.value, 60)} ({brief(f.constraint)})"
        part = f", its {output.tool_part}" if output.tool and output.tool_part else ""
        tool = f"use the {output.tool}{part}" if output.tool else "use no tool"
        yield f"  {tool}: {brief(output.why)}"
    elif isinstance(output, Sketch):
        for i, s in enumerate(output.steps, 1):
            words = " ".join(w for w in (s.skill, s.object, s.tool and f"with {s.tool}") if w)
            yield f"  {i}. {words}: {brief(s.purpose)}"
    elif isinstance(output, Targets):
        for t in output.targets:
            yield f"  step {t.step}: {t.name} = {t.working or t.expression}"
    elif isinstance(output, Composition):
        if output.thoughts:
            yield f"  {brief(output.thoughts, 2 * WIDE)}"
        yield from action_lines(output.plan)
    else:
        yield from action_lines(getattr(output, "program", ""))


def action_lines(action: Plan | str | None) -> Iterator[str]:
    """Yield a plan or a program as lines of text, numbered as they are carried out."""
    if isinstance(action, Plan):
        yield from (visible(f"  {i}. {s}") for i, s in enumerate(action.steps, 1))
    else:
        lines = program_lines(action or "")
        yield from (visible(f"  {i:3d} | {line}") for i, line in enumerate(lines, 1))


def brief(text: str, most: int = WIDE) -> str:
    """Put a text on one line, cut at a word if it is longer than ``most`` characters."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0] + " ..."


class Narrator:
    """Says how each skill of a robot ended; hand it the runner after every period.

    Args:
      say: told the lines.

    Attributes:
      count: skills that have ended.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._runner: Runner | None = None
        self._told = self.count = 0

    def __call__(self, runner: Runner) -> None:
        """Say what is new."""
        if runner is not self._runner:
            self.finish()
            self._runner, self._told = runner, 0
        self.finish()

    def finish(self) -> None:
        """Print the skills that ended since the last call."""
        for done in self._runner.steps[self._told :] if self._runner else ():
            self._say(step_line(done))
            self._told, self.count = self._told + 1, self.count + 1


def step_line(done: StepTrace) -> str:
    """Format a skill that ended: the time, its outcome and the reason."""
    return f"  {done.end:5.1f} s  {done.skill}: {done.result.outcome}, {done.result.told}"
