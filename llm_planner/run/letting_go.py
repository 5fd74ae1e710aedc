"""Emptying the hand before something is planned anew."""

from __future__ import annotations

from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.world import World
from habilis.llm_planner.run.plan import Plan, Step
from habilis.llm_planner.search.scratch import Scratch


def letting_go(world: World, state: Snapshot, scratch: Scratch) -> Plan | None:
    """What empties the hand, as it was tried in a copy of the world; None if it holds nothing.

    What is held is put straight down; where that does not work, the hand just opens.

    Args:
      world: as it stands, n = 1.
      state: the same, of its monitor.
      scratch: copies of it.
    """
    scene = world.scene
    held = [e.name for e in scene.entities if e.movable and _between_fingers(world, e.name)]
    if not held:
        return None
    rows = [(Step("place", {"object": held[0]}),), (Step("open_gripper", {}),)]
    plans = [Plan(scene.name, f"let go of {held[0]}", row, "recovery") for row in rows]
    for plan in plans[:-1]:
        steps = scratch.rehearse(state, plan).steps
        if len(steps) == len(plan.steps) and all(s.result.outcome == "success" for s in steps):
            return plan
    return plans[-1]


def _between_fingers(world: World, name: str) -> bool:
    ledger, fingers = world.ledger, world.robot.effector.fingers
    columns = [ledger.column(f, name) for f in fingers if ledger.has(f, name)]
    return bool(columns) and bool(ledger.now[0, columns].all())
