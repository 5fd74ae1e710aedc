"""Terms of things that join to a chain, such as magnetic cubes, and of what the chain presses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.terms import rewards
from habilis.envs.terms.stages import SCALE
from habilis.envs.terms.term import Term

if TYPE_CHECKING:
    from habilis.envs.world.state import State

Names = tuple[str, ...]

SNAPPED = 0.001  # m between the faces of links that count as together


def chain_up(
    links: Names, button: str, weights: tuple[float, float, float, float]
) -> Mapping[str, Term]:
    """Go to a link, take it, join the others, and reach for a button with the chain.

    Args:
      links: names of the things that join.
      button: name of the thing that is pressed.
      weights: of ``reach_tool``, ``hold_tool``, ``join`` and ``extend``.
    """
    return {
        "reach_tool": Term(reach_nearest, {"links": links}, weights[0]),
        "hold_tool": Term(hold_any, {"links": links}, weights[1]),
        "join": Term(join, {"links": links}, weights[2]),
        "extend": Term(extend, {"links": links, "button": button}, weights[3]),
    }


def reach_nearest(state: State, links: Names) -> Array:
    """(N,) nearness of the tool centre point to the nearest link."""
    best: Array = np.max([rewards.reach(state, f"{n}/grip", SCALE) for n in links], axis=0)
    return best


def hold_any(state: State, links: Names) -> Array:
    """(N,) 1 while both fingers touch the same link."""
    best: Array = np.max([rewards.hold(state, n) for n in links], axis=0)
    return best


def join(state: State, links: Names) -> Array:
    """(N,) nearness of the links to each other, over the smallest gaps that make one chain."""
    gaps = np.sort(_gaps(state, links), axis=1)[:, : len(links) - 1]
    near: Array = 1.0 - np.tanh(np.maximum(gaps - SNAPPED, 0.0) / SCALE)
    return near.mean(axis=1)


def extend(state: State, links: Names, button: str) -> Array:
    """(N,) nearness of the foremost link to a button's face, times the share of links joined."""
    together = np.sort(_gaps(state, links), axis=1)[:, : len(links) - 1] < SNAPPED
    return rewards.near(front(state, links, button), SCALE) * together.mean(axis=1)


def reach_face(state: State, button: str) -> Array:
    """(N,) nearness of the tool centre point to the middle of a button's face."""
    half = state.scene.entity(button).size()[0] / 2
    return rewards.near(state.gap(f"{button}/origin") - (half, 0.0, 0.0), SCALE)


def joined(state: State, links: Names) -> Array:
    """(N, pairs) 1 where two links hold together, else 0."""
    return (_gaps(state, links) < SNAPPED).astype(float)


def front(state: State, links: Names, button: str) -> Array:
    """(N, 3) from the front of the foremost link to the middle of a button's face, m."""
    return state.once("front", lambda: _front(state, links, button))


def _front(state: State, links: Names, button: str) -> Array:
    middle = np.stack([state.point(f"{name}/origin") for name in links], axis=1)
    foremost = middle[:, :, 0].argmax(axis=1)
    tip = middle[np.arange(state.n), foremost]
    reach = state.scene.entity(button).size()[0] / 2 + state.scene.entity(links[0]).size()[0] / 2
    return state.point(f"{button}/origin") - tip - (reach, 0.0, 0.0)


def _gaps(state: State, links: Names) -> Array:
    """(N, pairs) distances between the links' middles, less an edge, m."""
    return state.once("gaps", lambda: _distances(state, links))


def _distances(state: State, links: Names) -> Array:
    middle = np.stack([state.point(f"{name}/origin") for name in links], axis=1)
    first, second = np.triu_indices(len(links), 1)
    edge = state.scene.entity(links[0]).size()[0]
    out: Array = np.linalg.norm(middle[:, first] - middle[:, second], axis=2) - edge
    return out
