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
from habilis.assets.scene.format.file import dump_scene
from habilis.envs.control.command import Command
from habilis.envs.control.rotations import DOWN
from habilis.envs.core import Core
from habilis.llm_planner.studio.session import Session
from habilis.llm_planner.studio.stage import SCENE
from habilis.policies.agents.acts import ArmActs
from habilis.policies.data.about import About, Dataset
from habilis.policies.data.episodes import Trajectory, each, join
from habilis.policies.data.minari_files import write
from habilis.policies.data.record import described
from habilis.policies.evaluation.evaluate import EpisodeResult
from habilis.policies.evaluation.provenance import provenance


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
                action = ArmActs(core).actions([self.wish.now])
                core.step(action)
                if kept is not None:
                    kept.add(action)
        finally:  # also when the person ends it
            if kept is not None and len(kept):
                path = kept.save()
                session.note(f"demonstration of {len(kept)} steps: {path}")


@dataclasses.dataclass(frozen=True)
class Show:
    """Acts a recorded episode again, and says how far what is seen strays from what was seen.

    Attributes:
      task: id of the task that it is of.
      episode: to act.
    """

    task: str
    episode: Trajectory

    def __call__(self, session: Session) -> None:
        """See ``Actor``."""
        shown, core = self.episode, session.stage.core
        if self.task != core.task.id or core.action_space.shape != shown.actions.shape[1:]:
            raise ValueError(f"the episode is of {self.task} with other actions")
        session.show(())
        session.begin_episode(shown.result.seed)
        strayed = 0.0
        for k, action in enumerate(shown.actions):
            core.step(action[None])
            strayed = max(strayed, _unlike(_seen(core), shown.observations, k + 1))
        same = "it repeats exactly" if strayed == 0 else f"what is seen strays by {strayed:.2g}"
        session.say(f"{len(shown)} steps, {same}; {'success' if core.success[0] else 'no success'}")


class _Kept:
    """The episode so far."""

    def __init__(self, session: Session) -> None:
        self._session, self._core = session, session.stage.core
        self._actions, self._rewards = list[Any](), list[float]()
        self._seen = [_seen(self._core)]

    def __len__(self) -> int:
        return len(self._actions)

    def add(self, action: Any) -> None:
        """A step has been made."""
        self._actions.append(action[0])
        self._rewards.append(float(self._core.reward[0]))
        self._seen.append(_seen(self._core))

    def save(self) -> Path:
        """Write it below the session's folder, as a dataset of one episode."""
        session, core = self._session, self._core
        root, name = session.out / "demonstrations", core.task.id.split("/")[1].rsplit("-v", 1)[0]
        now = f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() // 1_000_000 % 1000:03d}"
        folder = root / name / f"{now}-v0"
        options: dict[str, Any] = {"variation": session.variation, "control": core.task.control}
        if core.task.id == SCENE:
            scene = root / name / f"{folder.name}.yaml"
            scene.parent.mkdir(parents=True, exist_ok=True)
            scene.write_text(dump_scene(core.scene), encoding="utf-8")
            options["scene"] = str(scene)
        about = About(
            core.task.id, options, "teleoperation", seconds=core.dt,
            made=provenance(sys.argv[1:]), **described(core),
        )  # fmt: skip
        spaces = core.observation_space, core.action_space
        write(root, f"{name}/{folder.name}", Dataset(about, *spaces, 1, [self._episode()]))
        return folder

    def _episode(self) -> Trajectory:
        core, actions = self._core, np.array(self._actions, np.float32)
        rewards = np.array(self._rewards)
        told = EpisodeResult(
            self._session.seed, bool(core.success[0]), str(core.failure[0]), len(rewards),
            float(rewards.sum()),
        )  # fmt: skip
        return Trajectory(
            join(self._seen), actions, actions, rewards, bool(core.terminated[0]), told
        )


def _seen(core: Core) -> Any:
    return each(core.observe(), lambda values: np.array(values[:1]))


def _unlike(now: Any, kept: Any, k: int) -> float:
    """Greatest difference of an observation from the k-th of an episode."""
    if isinstance(now, dict):
        return max(_unlike(now[name], kept[name], k) for name in now)
    return float(np.abs(np.asarray(now[0], float) - np.asarray(kept[k], float)).max())
