"""Teleoperation: a person's hand moves the robot, through the same limits as anything else.

What a person wants is a pose of the tool centre point and an opening. Ten times a second it becomes
the action of the task that comes nearest to it; so a demonstration is made of what a policy can do.
"""

from __future__ import annotations

import dataclasses
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.fresh import fresh_file
from habilis.assets.scene.format.file import dump_scene
from habilis.envs.control.command import Command
from habilis.envs.control.rotations import DOWN
from habilis.envs.core import Core
from habilis.llm_planner.studio.session import Session
from habilis.llm_planner.studio.stage import SCENE
from habilis.policies.agents.base import ee_actions
from habilis.policies.agents.demonstration import Demonstration, Origin, Repeat
from habilis.policies.evaluation.provenance import provenance

STRAYS = 1e-9  # m or rad, of a repetition


class Wish:
    """Where a person wants the tool centre point, and how far open; used by several threads.

    It is kept within the workspace and the range of the opening, so that it does not run away from
    what can be reached; the limiter bounds what is sent.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._low, self._high, self._widest = np.zeros(3), np.zeros(3), (0.0, 0.0)
        self._now = Command(np.zeros(3), 0.0)
        self.turns = False

    def begin(self, core: Core) -> None:
        """Want the robot to stay as it is."""
        box, limiter = core.scene.workspace, core.control.controller.limiter
        with self._lock:
            self._low, self._high = np.array(box.lower), np.array(box.upper)
            self._widest = core.world.robot.effector.aperture
            self.turns = core.task.control != "ee"
            rot = limiter.rot[0].copy() if self.turns else DOWN
            opening = float(core.control.controller.aperture[0])
            self._now = Command(self._inside(limiter.pos[0]), opening, rot)

    @property
    def now(self) -> Command:
        """What is wanted."""
        with self._lock:
            return self._now

    def move(self, by: Array) -> None:
        """Further by (3,) m, along the axes of the world."""
        self.put(pos=self.now.pos + by)

    def put(
        self, pos: Array | None = None, rot: Array | None = None, aperture: float | None = None
    ) -> None:
        """There, (3,) m, turned like this, (3, 3), that far open, m; what is left out stays."""
        with self._lock:
            now = self._now
            self._now = dataclasses.replace(
                now,
                pos=now.pos if pos is None else self._inside(pos),
                rot=now.rot if rot is None or not self.turns else rot,
                aperture=now.aperture
                if aperture is None
                else float(np.clip(aperture, *self._widest)),
            )

    def grip(self) -> None:
        """Close what is open, open what is closed."""
        low, high = self._widest
        self.put(aperture=low if self.now.aperture > (low + high) / 2 else high)

    def _inside(self, pos: Array) -> Array:
        out: Array = np.clip(pos, self._low, self._high)
        return out


@dataclasses.dataclass(frozen=True)
class Teleoperate:
    """Follows a wish until it is taken off.

    Attributes:
      wish: of a person.
      record: begin the episode anew, and keep it as a demonstration when it ends or is ended.
    """

    wish: Wish
    record: bool = False

    def __call__(self, session: Session) -> None:
        """See ``Actor``."""
        core = session.stage.core
        session.show(())
        if self.record:
            session.begin_episode()
        self.wish.begin(core)
        kept = _Kept(session) if self.record else None
        try:
            while kept is None or not (core.terminated[0] or core.truncated[0]):
                action = ee_actions(core, [self.wish.now])
                core.step(action)
                if kept is not None:
                    kept.add(action)
        finally:  # also when the person ends it
            if kept is not None and len(kept):
                path = kept.save()
                session.note(f"demonstration of {len(kept)} steps: {path}")


@dataclasses.dataclass(frozen=True)
class Show:
    """Acts a demonstration again, and says how far the world strayed from it.

    Attributes:
      demonstration: of the task that is shown.
    """

    demonstration: Demonstration

    def __call__(self, session: Session) -> None:
        """See ``Actor``."""
        shown, core = self.demonstration, session.stage.core
        origin = shown.origin
        if origin.task != core.task.id or core.action_space.shape != shown.actions.shape[1:]:
            raise ValueError(f"the demonstration is of {origin.task} in {origin.control!r} control")
        session.show(())
        session.begin_episode(origin.seed)
        agent, strayed = Repeat(shown.actions), 0.0
        for k in range(len(shown)):
            core.step(agent.act(None))
            qpos = core.world.sim.bind("qpos")[0]
            strayed = max(strayed, float(np.abs(qpos - shown.qpos[k + 1]).max()))
        same = "it repeats exactly" if strayed < STRAYS else f"it strays by {strayed:.2g} m or rad"
        session.say(f"{len(shown)} steps, {same}; {'success' if core.success[0] else 'no success'}")


class _Kept:
    """The episode so far."""

    def __init__(self, session: Session) -> None:
        self._session, self._core = session, session.stage.core
        self._actions: list[Any] = []
        self._rewards: list[float] = []
        self._seen, self._qpos = [self._look()], [self._where()]

    def __len__(self) -> int:
        return len(self._actions)

    def add(self, action: Any) -> None:
        """A step has been made."""
        self._actions.append(action[0])
        self._rewards.append(float(self._core.reward[0]))
        self._seen.append(self._look())
        self._qpos.append(self._where())

    def save(self) -> Path:
        """Write it below the session's folder."""
        session, core = self._session, self._core
        scene = dump_scene(core.scene) if core.task.id == SCENE else ""
        origin = Origin(
            core.task.id, session.seed, session.variation, scene, core.task.control,
            bool(core.success[0]), str(core.failure[0]), provenance(sys.argv[1:]),
        )  # fmt: skip
        seen = {k: np.stack([one[k] for one in self._seen]) for k in self._seen[0]}
        path = session.out / "demonstrations" / f"{time.strftime('%Y%m%d-%H%M%S')}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path = fresh_file(path)
        Demonstration(
            origin, seen, np.array(self._actions, np.float32), np.array(self._rewards),
            np.array(self._qpos),
        ).save(path)  # fmt: skip
        return path

    def _look(self) -> dict[str, Any]:
        seen = self._core.observe()
        groups = seen if isinstance(seen, dict) else {"state": seen}
        return {name: np.array(values[0]) for name, values in groups.items()}

    def _where(self) -> Array:
        out: Array = self._core.world.sim.bind("qpos")[0].copy()
        return out
