"""The one page that shows a person what a run did: ``report.html``, nothing outside it needed."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import math
import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from habilis.assets import foreign
from habilis.envs.control.arm import TICK
from habilis.envs.media.film import EVERY_TICKS, FPS
from habilis.llm_planner.report import details, media
from habilis.llm_planner.report.model import conversation
from habilis.llm_planner.report.plan import plan_list
from habilis.llm_planner.report.program import program
from habilis.llm_planner.report.text import (
    esc,
    facts,
    is_number,
    listing,
    mapping,
    name_words,
    plural,
    seconds,
    sentence,
)
from habilis.llm_planner.report.timeline import timeline

_TEMPLATE = Path(__file__).with_name("report.html")
POSTER_WIDTH = 640
"""Of the picture a film shows before it is played, pixels."""

_MARKS = {"good": "\u2713", "bad": "\u2715", "refused": "\u2013"}


class ReportError(ValueError):
    """Raised when no report can be made of a folder or record; the message says why."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """How a run ended.

    Attributes:
      kind: ``good``, ``bad`` or ``refused``.
      word: the headline.
      why: sentences below it.
    """

    kind: str
    word: str
    why: str


def write_report(folder: Path) -> Path:
    """Write ``report.html`` from ``run.json`` and the files it names.

    Args:
      folder: of one run.

    Returns:
      The page: one file that loads nothing else. Running it again gives the same bytes.

    Raises:
      ReportError: ``run.json`` is missing or is no record of a run.
    """
    folder = Path(folder)
    path = folder / "report.html"
    path.write_text(page(read_run(folder), folder), encoding="utf-8")
    return path


def read_run(folder: Path) -> dict[str, Any]:
    """Read the record of a run from its folder.

    Raises:
      ReportError: there is no record, or it cannot be read; the message says why.
    """
    path = folder / "run.json"
    try:
        data = foreign.parse(foreign.read_text(path, foreign.RECORD), str(path))
    except OSError as error:
        raise ReportError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ReportError(str(error)) from error
    if not isinstance(data, dict) or not isinstance(data.get("scene"), dict):
        raise ReportError(f"{path}: not the record of a run: it has no 'scene'")
    return data


def verdict(run: Mapping[str, Any]) -> Verdict:
    """Return how the run ended: headline and reason."""
    execution, check = run.get("execution"), mapping(run.get("verification"))
    if isinstance(execution, dict):
        if execution.get("success"):
            return Verdict("good", "Succeeded", "")
        if run.get("error"):
            return Verdict("bad", "Failed", sentence(run["error"]))
        return Verdict(
            "bad", "Failed", sentence(execution.get("reason") or "no reason was recorded")
        )
    error = sentence(run.get("error") or "")
    if error and not check.get("ok"):
        return Verdict("bad", "Failed", f"The robot did not move. {error}")
    planner = mapping(run.get("planner"))
    known = sentence(planner.get("reason") or "no plan was found")
    if planner.get("spent") and not check.get("ok"):  # nothing is known of what was not tried
        return Verdict("bad", "Gave up", f"The robot did not move. {known}")
    if run.get("plan") is None and not check.get("ok"):
        return Verdict("refused", "Refused", f"The robot did not move. {known}")
    if check and not check.get("ok"):
        reason = sentence(check.get("reason") or "no reason was recorded")
        return Verdict(
            "refused", "Refused", f"The plan did not hold, so the robot did not move. {reason}"
        )
    why = error or "There is a plan, but the robot did not run it."
    return Verdict("refused", "Not executed", why)


def page(run: Mapping[str, Any], folder: Path) -> str:
    """Return the whole page as HTML."""
    ending, data = verdict(run), mapping(run.get("scene"))
    instruction = str(data.get("instruction") or name_words(data.get("name", "")))
    files, wrote = mapping(run.get("files")), program(run)
    film = media.inside(folder, files.get("film"))
    film = film if isinstance(run.get("execution"), dict) else None  # nothing moved: one picture
    stills = _stills(run, film)
    tried = "" if run.get("model") else details.tried(run)  # the conversation tells it
    template = _TEMPLATE.read_text(encoding="utf-8")
    return string.Template(template).substitute(
        policy=_policy(template),
        title=esc(f"{ending.word}: {instruction}"),
        kind=ending.kind,
        mark=_MARKS[ending.kind],
        word=esc(ending.word),
        kicker=esc(" \u00b7 ".join(str(w) for w in _kicker(run, data) if w)),
        instruction=esc(instruction),
        why=f'<p class="why">{esc(ending.why)}</p>' if ending.why else "",
        facts=facts(_facts(run), "facts"),
        media=_media(run, folder, film, stills),
        program=_section("program", "The program", wrote),
        plan=_section("plan", "What it did" if wrote else "The plan", plan_list(run, stills)),
        contacts=_section("contacts", "Who touched whom", timeline(run)),
        tried=_section("tried", "What the planner tried", tried),
        model=_section("model", "What the model was asked and said", conversation(run, folder)),
        scene=_section("scene", "The scene", details.scene(run)),
        provenance=_section("provenance", "This run", details.provenance(run)),
    )


def _kicker(run: Mapping[str, Any], data: Mapping[str, Any]) -> list[object]:
    started = str(run.get("started", "")).replace("T", " ").removesuffix("Z")
    return ["habilis", data.get("name"), f"{started[:16]} UTC" if started else ""]


def _facts(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    planner, check = mapping(run.get("planner")), mapping(run.get("verification"))
    execution, plan = mapping(run.get("execution")), mapping(run.get("plan"))
    planned = listing(plan.get("steps"))
    ran = [s for s in listing(execution.get("steps")) if s.get("outcome") == "success"]
    wanted = len(planned) or len(listing(execution.get("steps")))  # a program has no plan
    found = [("Skills", f"{len(ran)} of {wanted}" if execution else "none run")]
    if execution:
        found.append(("Simulated", seconds(execution.get("simulated_seconds"))))
    if planner:
        count = planner.get("rollouts")
        rolled = plural(count, "rollout") + ", " if isinstance(count, int) else ""
        found.append(("Planning", esc(rolled + seconds(planner.get("seconds")))))
    elif plan:
        found.append(("Plan from", esc(plan.get("origin", "a file"))))
    if check:
        said = "passed" if check.get("ok") else "failed"
        found.append(("Check in a copy", f"{said}, {seconds(check.get('seconds'))}"))
    steps = planned or listing(execution.get("steps"))
    used = dict.fromkeys(a["tool"] for s in steps if (a := mapping(s.get("args"))).get("tool"))
    if steps:
        found.append(("Tool", esc(", ".join(name_words(t) for t in used) or "none")))
    return found


def _stills(run: Mapping[str, Any], film: Path | None) -> list[str | None]:
    """A picture at the end of each executed skill."""
    if film is None:
        return []
    ends = [s.get("end") for s in listing(mapping(run.get("execution")).get("steps"))]
    start, speed = _clock(run)
    times = [(e - start) / speed if is_number(e) else 0.0 for e in ends]
    return media.stills(film, times)


def _clock(run: Mapping[str, Any]) -> tuple[float, float]:
    """Simulated time of the film's first picture, s, and simulated seconds a second of film.

    ``files`` may say them, as ``film_start`` and ``film_speed``; films start at 0 and run at the
    recorder's usual speed otherwise.
    """
    files = mapping(run.get("files"))
    start, speed = files.get("film_start"), files.get("film_speed")
    usual = FPS * EVERY_TICKS * TICK
    return start if is_number(start) else 0.0, speed if is_number(speed) and speed > 0 else usual


def _media(
    run: Mapping[str, Any], folder: Path, film: Path | None, stills: list[str | None]
) -> str:
    files = mapping(run.get("files"))
    picture = media.inside(folder, files.get("picture"))
    shown = media.picture_uri(picture) if picture else None
    rehearsal = _rehearsal(run, media.inside(folder, files.get("rehearsal")))
    figures = [_film(run, film, stills), rehearsal]
    figures.append(_picture(shown, not any(figures)))
    figures = [f for f in figures if f]
    note = f'<p class="note">{esc(sentence(run["note"]))}</p>' if run.get("note") else ""
    kind = {2: "media both", 3: "media three"}.get(len(figures), "media")
    return f'<section id="film" class="{kind}">{"".join(figures)}</section>{note}'


def _rehearsal(run: Mapping[str, Any], film: Path | None) -> str:
    """The film of the last try in a copy of the world."""
    uri = media.film_uri(film)[0] if film is not None else None
    if film is None or uri is None:
        return ""
    ok = mapping(run.get("verification")).get("ok")
    start = mapping(run.get("files")).get("rehearsal_start")
    start, speed = start if is_number(start) else 0.0, FPS * EVERY_TICKS * TICK
    said = "which worked" if ok else "which failed"
    (last,) = media.stills(film, [math.inf], POSTER_WIDTH, bar=True)
    poster = f' poster="{last}"' if last else ""
    return (
        f'<figure class="film rehearsal"><video controls muted playsinline preload="auto"{poster} '
        f'src="{uri}" data-start="{start:.3f}" data-speed="{speed:.3f}" '
        'aria-label="Film of the rehearsal"></video>'
        f"<figcaption>The rehearsal in a copy of the world, {said}</figcaption></figure>"
    )


def _picture(uri: str | None, alone: bool) -> str:
    if uri is None:
        return "" if not alone else '<p class="note">No picture was made of this run.</p>'
    return (
        f'<figure class="picture"><img src="{uri}" alt="The scene before the run, from the front">'
        "<figcaption>The scene before anything moved</figcaption></figure>"
    )


def _film(run: Mapping[str, Any], film: Path | None, stills: list[str | None]) -> str:
    if film is None:
        return ""
    uri, why_not = media.film_uri(film)
    name = esc(film.name)
    if uri is not None:
        (last,) = media.stills(film, [math.inf], POSTER_WIDTH, bar=True)
        start, speed = _clock(run)
        pace = "in real time" if abs(speed - 1) < 0.01 else f"at {speed:.3g} times its real speed"
        poster = f' poster="{last}"' if last else ""
        return (
            f'<figure class="film"><video controls muted playsinline preload="auto"{poster} '
            f'src="{uri}" data-start="{start:.3f}" data-speed="{speed:.3f}" '
            'aria-label="Film of the run"></video>'
            f"<figcaption>The run {pace}; still: how it ended</figcaption></figure>"
        )
    strip = "".join(
        f'<li><img src="{s}" alt="After skill {i}">{i}</li>' for i, s in enumerate(stills, 1) if s
    )
    return (
        f'<figure class="film"><ul class="strip">{strip}</ul><figcaption>The scene after each '
        f"skill. The film is not in this page: {esc(why_not)}. It is in "
        f'<a href="{name}">{name}</a>, beside this page.</figcaption></figure>'
    )


def _section(name: str, title: str, body: str) -> str:
    if not body:
        return ""
    head = f'<h2 id="{name}-title">{title}</h2>'
    return f'<section id="{name}" aria-labelledby="{name}-title">{head}{body}</section>'


def _policy(template: str) -> str:
    """What the browser lets the page do: nothing from outside, and no script but the page's own."""
    scripts = re.findall(r"<script>(.*?)</script>", template, flags=re.DOTALL)
    sums = (base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts)
    allowed = " ".join(f"'sha256-{s}'" for s in sums)
    return (
        "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; "
        f"script-src {allowed}; base-uri 'none'; form-action 'none'"
    )
