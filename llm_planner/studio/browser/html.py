"""Small pieces of HTML for the panels of a page. What a scene or a model says is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from habilis.assets.names import visible
from habilis.assets.scene.goal import VOCABULARY
from habilis.llm_planner.studio.account import EpisodeAccount
from habilis.llm_planner.studio.moment import Instant
from habilis.llm_planner.studio.session import PlanRow

_MARKS = {
    "waiting": ("&#9675;", "#888"), "running": ("&#9654;", "#1971c2"),
    "success": ("&#10003;", "#2b8a3e"), "failure": ("&#10007;", "#c92a2a"),
}  # fmt: skip
_BOX = "padding:0 0.8em;font-size:0.82em;line-height:1.45;overflow-wrap:anywhere"
_SMALL = "color:#777;font-size:0.92em"
_LIT = "background:rgba(25,113,194,0.12);border-radius:4px"


def status(moment: Instant) -> str:
    """Time, who acts, how the goal stands."""
    told = moment.account
    colour = {"open": "#777", "reached": "#2b8a3e", "lost": "#c92a2a"}[told.verdict]
    goal = {"open": "goal open", "reached": "goal reached", "lost": "task lost"}[told.verdict]
    going = "playing" if moment.playing else "paused"
    who = _text(moment.acting) or "the robot stands still"
    return _box(
        f"<b>{moment.time:.2f} s</b>, {going}; {who}<br>"
        f"<span style='color:{colour};font-weight:600'>{goal}</span>"
        f" <span style='{_SMALL}'>{_text(told.reason)}</span>"
    )


def plan(rows: Sequence[PlanRow]) -> str:
    """The steps of a plan, the running one lit."""
    if not rows:
        return _box(f"<span style='{_SMALL}'>There is no plan yet.</span>")
    out = []
    for k, row in enumerate(rows, 1):
        mark, colour = _MARKS[row.state]
        lit = _LIT if row.state == "running" else ""
        result = f"<br><span style='{_SMALL}'>{_text(row.result)}</span>" if row.result else ""
        out.append(
            f"<div style='padding:0.15em 0.3em;{lit}'><span style='color:{colour}'>{mark}</span>"
            f" {k}. {_text(row.text)}{result}</div>"
        )
    return _box("".join(out))


def lines(said: Iterable[str]) -> str:
    """What was said, the newest at the end."""
    return _box(
        "<div style='white-space:pre-wrap;font-family:monospace;font-size:0.9em'>"
        + "<br>".join(_text(line) for line in said)
        + "</div>"
    )


def ledger(told: EpisodeAccount) -> str:
    """The goal with the truth of each part, who touched whom, and what broke."""
    goal = "".join(
        f"<div style='padding-left:{part.depth}em'><span style='color:{_truth(part.holds)}'>"
        f"{'&#10003;' if part.holds else '&#10007;'}</span> {_text(part.text)}</div>"
        for part in told.goal
    )
    rows = "".join(
        f"<div style='{_LIT if touch.now else ''}'>{_text(touch.first)} &ndash;"
        f" {_text(touch.second)}: <span style='{_SMALL}'>{_text(str(touch))}</span></div>"
        for touch in told.touches
    )
    broken = "".join(f"<div>{_text(part)} came off</div>" for part in told.broken)
    parts = [("Goal", goal), ("Contacts, those of now shaded", rows), ("Broken", broken)]
    return _box("".join(f"<b>{head}</b>{body}<br>" for head, body in parts if body))


def checked(amiss: Sequence[str], remarks: Sequence[str]) -> str:
    """What is amiss with a scene, or that nothing is, and what else there is to know."""
    bad = "".join(f"<div style='color:#c92a2a'>{_text(line)}</div>" for line in amiss)
    good = "<div style='color:#2b8a3e'>Nothing is amiss.</div>"
    more = "".join(f"<div style='{_SMALL}'>{_text(line)}</div>" for line in remarks)
    return _box((bad or good) + more)


def words() -> str:
    """The words of goals, each with what it means."""
    parts = []
    for name, word in VOCABULARY.items():
        args = "A" + (", B" if word.other else "") + (f", {word.unit}" if word.unit else "")
        parts.append(
            f"<div><b>{name}({args})</b> <span style='{_SMALL}'>{word.meaning}</span></div>"
        )
    return _box("".join(parts))


def note(text: str) -> str:
    """A remark."""
    return _box(f"<span style='{_SMALL}'>{_text(text)}</span>")


def _truth(holds: bool) -> str:
    return "#2b8a3e" if holds else "#c92a2a"


def _text(text: str) -> str:
    return escape(visible(text, 1000))


def _box(inner: str) -> str:
    return f"<div style='{_BOX}'>{inner}</div>"
