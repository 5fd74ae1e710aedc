"""A world that stands as a real robot and its things do, for whatever reads worlds.

Terms, goals, the monitor, films and the planner's copies work on it. It is never stepped. What it
cannot know it does not pretend to: contacts are of geometry, within ``TOUCH``, and have no forces;
a tool that bends, a part that nobody tracks, who it was that moved a thing stay unknown. Things on
one joint go to the nearest place on it; magnets hold once their faces are seen together.

A thing between the fingers is hidden from most cameras: while it is not seen, it moves with them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.envs.control.kinematics import ArmKinematics
from habilis.envs.ros.messages.frames import FrameTree, Pose
from habilis.envs.ros.messages.motion import TF
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import Transport
from habilis.envs.world.poses import conjugate, matrices, multiply, quaternions
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World

TOUCH = 0.002  # m between two surfaces, as they are seen, that count as touching
UNSEEN = 1.0  # s after which a thing that must be seen is missed
HIDDEN = 0.2  # s after which a thing between the fingers goes with them
MISFIT = 0.02  # m that a thing on a joint, or a fixed one, may be off its place


class SceneTwin:
    """The world of one scene, in which things stand as ROS reports them.

    Args:
      scene: what there is.
      prefix: of the frames of ``/tf`` that carry poses of things.
      frame: in which these are told.
      origin: (3,) of that frame in the world, m.

    Attributes:
      world: never stepped.
      frames: what ``/tf`` told.
      misfits: by thing on a joint or fixed one, how far off its place it was seen, m.
    """

    def __init__(
        self, scene: Scene, prefix: str, frame: str, origin: Array, frames: FrameTree | None = None
    ) -> None:
        self._prefix, self._frame, self._origin = prefix, frame, origin
        self.frames = frames or FrameTree()
        self.world = _lenient_world(scene)
        self._tracked = {e.name: self.world.index(e.name) for e in scene.entities if not e.fixed}
        self._parts = {p.body: self.world.index(p.body) for p in self.world.compiled.loose}
        self._begun = False
        self.misfits: dict[str, float] = {}

    def frame(self, body: str) -> str:
        """The frame that carries the pose of a body."""
        return self._prefix + body

    def spread(self, body: str) -> float:
        """The standard deviation of where a body was seen last, m; 0 where nobody told it."""
        return self.frames.spread(self.frame(body))

    def unseen(self, now: float, limit: float = UNSEEN) -> list[str]:
        """Return the things that are not held and were not seen within the last ``limit`` s."""
        return [
            name for name, i in self._tracked.items()
            if not self._carried(i)
            and (self.frames.age(self.frame(name), now) > limit or self._pose(name) is None)
        ]  # fmt: skip

    def _carried(self, i: int) -> bool:
        """Whether it is known where a body is while nobody sees it."""
        return False

    def _pose(self, body: str) -> Pose | None:
        """World pose of a body as last heard."""
        pose = self.frames.pose(self.frame(body), self._frame)
        return None if pose is None else (self._origin + pose[0], pose[1])


class Twin(SceneTwin):
    """That of an arm, in whose hand things are that nobody sees.

    Args:
      scene: what there is.
      profile: frames, and where its base is.
      kinematics: of one arm in the scene.
    """

    def __init__(self, scene: Scene, profile: Profile, kinematics: ArmKinematics) -> None:
        super().__init__(scene, profile.objects, profile.base_frame, np.array(scene.base))
        self._kinematics = kinematics
        self._grip: dict[int, Pose] = {}  # of what is held, in the hand

    def listen(self, transport: Transport, clock: Callable[[], float]) -> None:
        """Take poses from ``/tf`` and ``/tf_static`` as they arrive."""
        transport.subscribe("/tf", TF, lambda m: self.frames.take(m, clock()))
        transport.subscribe("/tf_static", TF, lambda m: self.frames.take(m, clock(), static=True))

    def _carried(self, i: int) -> bool:
        return i in self._grip and self._begun

    def update(
        self, time: float, now: float, q: Array, aperture: float, qd: Array | None = None
    ) -> None:
        """Stand as at ``time``, s, ``now`` on the clock, with joints (7,) rad and opening m.

        ``qd`` are the joints' speeds (7,), rad/s; 0 if left out.
        """
        tcp, turn = self._kinematics.tcp(q[None])
        hand = (tcp[0], quaternions(turn)[0])
        seen = {}
        for name, i in {**self._tracked, **self._parts}.items():
            pose = self._pose(name)
            if i in self._grip and self.frames.age(self.frame(name), now) > HIDDEN:
                pose = _compose(hand, self._grip[i])
            if pose is not None:
                seen[i] = (pose[0][None], pose[1][None])
        off = self.world.mirror(
            np.array([time]), q[None], np.array([aperture]), seen, start=not self._begun,
            qd=None if qd is None else qd[None],
        )  # fmt: skip
        self._begun = True
        self.misfits = {k: float(v[0]) for k, v in off.items() if v[0] > MISFIT}
        self._note_grip(hand)

    def _note_grip(self, hand: Pose) -> None:
        """Remember where in the hand things are that both fingers touch."""
        world, ledger = self.world, self.world.ledger
        for name, i in self._tracked.items():
            columns = [
                ledger.column(f, name) for f in world.robot.effector.fingers if ledger.has(f, name)
            ]
            if columns and ledger.now[0, columns].all():
                back = conjugate(hand[1])
                pos = matrices(back) @ (world.pos[0, i] - hand[0])
                self._grip[i] = (pos, multiply(back, world.quat[0, i]))
            else:
                self._grip.pop(i, None)


def _compose(outer: Pose, inner: Pose) -> Pose:
    return outer[0] + matrices(outer[1]) @ inner[0], multiply(outer[1], inner[1])


def _lenient_world(scene: Scene) -> World:
    """One world in which surfaces that are nearly together touch; copies of it are exact."""
    compiled = compile_scene(scene)
    margin = compiled.model.geom_margin.copy()
    compiled.model.geom_margin[:] = margin + TOUCH
    world = World(compiled, 1, nthread=1)
    compiled.model.geom_margin[:] = margin
    layout = sample(scene, Variation(), np.random.default_rng(0), 1)
    world.reset(np.zeros(1, int), layout, world.robot.home)
    return world
