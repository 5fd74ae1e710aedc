"""Rewards of tasks in stages: bring a target into reach by a tool, then take it.

A stage that lies behind counts as done, so that leaving it costs nothing; one that lies ahead
counts for nothing yet. Terms are (N,) in [0, 1].
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.terms import rewards
from habilis.envs.terms.term import Term

if TYPE_CHECKING:
    from habilis.envs.world.state import State


SCALE = 0.1  # m, at which nearness has fallen to a quarter


def until(done: Term, term: Term) -> Term:
    """The term, and 1 once another is 1."""
    return dataclasses.replace(term, fn=_until, params={"done": done, "term": term})


def after(done: Term, term: Term) -> Term:
    """The term, and 0 before another is 1."""
    return dataclasses.replace(term, fn=_after, params={"done": done, "term": term})


def get_tool(tool: str, done: Term, weights: tuple[float, float]) -> Mapping[str, Term]:
    """Go to a tool and take it, until something is done.

    Args:
      tool: name of the thing.
      done: reward that is 1 where the tool is no longer needed.
      weights: of ``reach_tool`` and ``hold_tool``.
    """
    reach = Term(rewards.reach, {"point": f"{tool}/grip"}, weights[0])
    hold = Term(rewards.hold, {"body": tool}, weights[1])
    return {"reach_tool": until(done, reach), "hold_tool": until(done, hold)}


def use_tool(
    tool: str,
    point: str,
    other: str,
    last: Mapping[str, Term],
    offset: tuple[float, float] = (0.0, 0.0),
) -> dict[str, Term]:
    """Take a tool, bring a point of it to a place, do with it what is last, until the goal holds.

    Args:
      tool: name of the thing; point: of it.
      other: point that the place is ``offset`` (m) from, in the plane.
      last: what is done there.
    """
    done = complete(Term(rewards.goal_share))
    aim = {"point": f"{tool}/{point}", "other": other, "offset": offset}
    return {
        **get_tool(tool, done, (0.04, 0.05)),
        "aim": until(done, Term(meet, aim, 0.06)),
        **last,
    }


def get_target(target: str, weights: tuple[float, float, float]) -> Mapping[str, Term]:
    """Go to a target, take it and lift it by 5 cm, once its grip is in the workspace.

    Args:
      target: name of the thing.
      weights: of ``reach_target``, ``hold_target`` and ``lift``.
    """
    terms = {
        "reach_target": Term(rewards.reach, {"point": f"{target}/grip"}, weights[0]),
        "hold_target": Term(rewards.hold, {"body": target}, weights[1]),
        "lift": Term(rewards.lift, {"body": target}, weights[2]),
    }
    return {name: after(within(f"{target}/grip"), term) for name, term in terms.items()}


def complete(term: Term) -> Term:
    """1 where a term is 1, else 0."""
    return Term(_complete, {"term": term})


def within(point: str) -> Term:
    """1 where a named point lies in the workspace, else 0."""
    return Term(_within, {"point": point})


def bring(state: State, point: str) -> Array:
    """Nearness of a named point to the workspace; 1 inside."""
    near = rewards.near
    return state.once(("bring", point), lambda: near(rewards.outside(state, point), SCALE))


def meet(state: State, point: str, other: str, offset: tuple[float, float]) -> Array:
    """Nearness of a named point, in the plane, to a place ``offset`` (m) from another."""
    return rewards.near(apart(state, point, other, offset), SCALE)


def apart(state: State, point: str, other: str, offset: tuple[float, float]) -> Array:
    """(N, 2) from a named point to a place ``offset`` (m) from another, in the plane, m."""
    key = ("apart", point, other, offset)
    return state.once(key, lambda: (state.gap(other) - state.gap(point))[:, :2] + offset)


def outside(target: str) -> Term:
    """By how much a target's grip lies outside the workspace."""
    return Term(rewards.outside, {"point": f"{target}/grip"})


def off(state: State, thing: str, strip: str, part: str, margin: float) -> Array:
    """(N, 1) how far a thing must still go in y to lie ``margin`` inside a strip's near edge, m."""
    width = state.scene.entity(strip).part(part).size[1]
    edge = state.point(f"{strip}/origin")[:, 1] - width / 2
    return np.maximum(edge + margin - state.point(f"{thing}/origin")[:, 1], 0.0)[:, None]


def onto(state: State, thing: str, strip: str, part: str, margin: float) -> Array:
    """(N,) nearness of a thing to where it lies ``margin`` (m) inside a strip's near edge."""
    gap = functools.partial(off, state, thing, strip, part, margin)
    return state.once(f"{thing} onto {strip}", lambda: rewards.near(gap(), SCALE))


def travelled(state: State, body: str, value: float) -> Array:
    """(N, 1) travel of a body's joint as a share of ``value``, m or rad."""
    return state.world.opening(body)[:, None] / value


def travel(state: State, body: str, value: float) -> Array:
    """Travel of a body's joint as a share of ``value``, m or rad, at most 1."""
    return np.clip(travelled(state, body, value)[:, 0], 0.0, 1.0)


def _complete(state: State, term: Term) -> Array:
    return (term(state) >= 1.0).astype(float)


def _within(state: State, point: str) -> Array:
    return state.once(("within", point), lambda: (bring(state, point) >= 1.0).astype(float))


def _until(state: State, done: Term, term: Term) -> Array:
    return np.maximum(term(state), done(state))


def _after(state: State, done: Term, term: Term) -> Array:
    out: Array = term(state) * done(state)
    return out
