"""A policy of ``habilis/<Tool>Aperture-v0`` as what moves the fingers while a tool picks."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.grasps import GraspKeyframe
from habilis.assets.hand_scene import compile_hand
from habilis.envs.aperture.cells import Cell
from habilis.envs.aperture.control import SynergyActions
from habilis.envs.aperture.fleet import Fleet
from habilis.envs.aperture.groups import GROUPS
from habilis.envs.aperture.pursuit import Pursuit
from habilis.envs.aperture.state import HandState
from habilis.envs.aperture.task import aperture
from habilis.envs.hand.holding import Holding
from habilis.envs.hand.synergy import Synergies
from habilis.envs.observer import Observer, Row
from habilis.envs.parts import Rows
from habilis.envs.pick.layer_one import Opening
from habilis.envs.task import TaskSpec
from habilis.policies.bundles.bundle import Bundle
from habilis.policies.vector import Vector

SEEN = ("privileged", "touch", "proprioception")
"""Observation groups that a world without an estimate of the opening can show."""


class _Asked(Pursuit):
    """Openings that somebody else asks for."""

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet, force=False)
        self._goal = np.zeros(fleet.n)

    @property
    def goal(self) -> Array:
        """(N,) opening wanted, share of the range."""
        return self._goal

    def ask(self, wanted: Array) -> None:
        """Openings (N,) are wanted, shares of the range; another one has been held for no time."""
        self.held[np.abs(wanted - self._goal) > 0] = 0
        self._goal[:] = wanted
        self.count(np.abs(self.opening - wanted) <= self.tolerance(wanted))

    def rows(self) -> Rows:
        """See ``Pursuit``."""
        return {**super().rows(), "goal": self._goal}


class LearnedFingers:
    """A layer one, see ``habilis.envs.pick.layer_one``: it sees and commands as it was trained to.

    Args:
      world: hands that hold one tool, with their springs as they are.
      synergies: of their grasps; the caller gives new episodes theirs.
      bundle: of a policy of openings.

    Raises:
      ValueError: the bundle does not fit this hand, or sees what there is not; says what differs.
    """

    def __init__(self, world: Holding, synergies: Synergies, bundle: Bundle) -> None:
        options = bundle.manifest["options"]
        group = options.get("obs", "privileged")
        if "Aperture" not in bundle.manifest["task"] or options.get("goal", "opening") != "opening":
            raise ValueError(f"layer one is a policy of openings, got {_named(bundle)}")
        if group not in SEEN:
            raise ValueError(f"layer one may see {', '.join(SEEN)}; {_named(bundle)} sees {group}")
        self.fleet = Fleet([_cell(world)], world.n, worlds=[world], synergies=synergies)
        self.fleet.refresh()
        self.control, self.asked = SynergyActions(self.fleet, force=False), _Asked(self.fleet)
        groups = {name: g for name, g in GROUPS["opening"].items() if name == group}
        self.state = HandState(self.control, self.asked, groups)
        self._observer = Observer(dataclasses.replace(_task(world), shown=group), group, self.state)
        bundle.check(self._as_environment(), same_task=False)
        self._agent = bundle.agent()

    def reset(self, ids: Ids, grasps: Sequence[GraspKeyframe]) -> None:
        """New episodes have begun in ``ids`` (k,), with these grasps."""
        self.fleet.refresh(ids)
        self.state.take_up(ids, grasps)
        self.control.take_up(ids, grasps)
        self.asked.held[ids], self.asked.integral[ids] = 0, 0.0
        self.asked.goal[ids] = self.asked.opening[ids]

    def targets(self, goal: Array) -> Array:
        """Targets (N, a) of the hands' servos for tool joint values (N,); once a step."""
        self.fleet.refresh()
        self.asked.ask(goal / self.fleet.stroke)
        self.state.refresh()
        action = self._agent.act(self._observer.read(self.state))
        self.state.begin()
        self.asked.begin()
        return self.control.command(action)

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """Live arrays (N, ...) that make up its state, by name."""
        parts = (self.control.rows(), self.asked.rows(), self.state.rows())
        return {name: row for rows in parts for name, row in rows.items()}

    def terms(self) -> dict[str, dict[str, int]]:
        """Of the observation group: the width of each term, in order."""
        return {
            name: row.widths()
            for name, row in self._observer.readers.items()
            if isinstance(row, Row)
        }

    def _as_environment(self) -> Vector:
        """As what a bundle compares itself with."""
        shown = types.SimpleNamespace(
            core=self, spec=None, single_observation_space=self._observer.space,
            single_action_space=self.control.action_space,
        )  # fmt: skip
        return cast(Vector, shown)


def _task(world: Holding) -> TaskSpec:
    """That the policy was trained on, with the goals of its observations."""
    return aperture(world.held.tool.kind)


def learned(
    world: Holding, synergies: Synergies, lag: float, seen: Opening, bundle: str
) -> LearnedFingers:
    """What ``layer_one="learned:BUNDLE"`` of a pick environment makes.

    Raises:
      FileNotFoundError: there is none.
      NotABundle: the file is something else.
    """
    return LearnedFingers(world, synergies, Bundle.load_policy(bundle))


def _cell(world: Holding) -> Cell:
    """The hand alone with the tool, as grasps know it; nothing starts in it."""
    tool = world.held.tool
    own = compile_hand(world.held.hand.name, tool)
    none = np.zeros(1, int)
    return Cell(tool.kind, "", own, (), none, np.ones(1), world.save([0]))


def _named(bundle: Bundle) -> str:
    return f"a bundle of {bundle.manifest['task']} with {dict(bundle.manifest['options'])}"
