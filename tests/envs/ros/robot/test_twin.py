"""A world that stands as a real one does: joints, things, contacts, what counts as moved."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.envs.ros.rig import profile

from habilis.assets.arrays import Array
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.links import Break, Joint
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.model.pairs import ROBOT
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.assets.scenes import scene_path
from habilis.envs.control.kinematics import ArmKinematics
from habilis.envs.ros.messages.frames import FrameTree
from habilis.envs.ros.messages.transforms import transforms
from habilis.envs.ros.robot.twin import UNSEEN, Twin
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.poses import quaternions
from habilis.envs.world.world import World

HERE = np.array([1.0, 0.0, 0.0, 0.0])
BOX = (Part("body", "box", (0.04, 0.04, 0.04)),)
SCENE = Scene(
    "twin", "push the box",
    (
        Thing("box", BOX, (0.3, 0.0, 0.02)),
        Thing("stick", (Part("rod", "box", (0.1, 0.02, 0.02)), Part("tip", "box", (0.02,) * 3,
               (0.06, 0, 0))), (0.2, 0.2, 0.01), tool=True, breaks=Break(("tip",), 5.0)),
        Thing("drawer", BOX, (0.4, -0.2, 0.02), joint=Joint("slide", (1, 0, 0), (0.0, 0.1))),
        Thing("lever", BOX, (0.4, 0.2, 0.02), joint=Joint("hinge", (0, 0, 1), (-1.0, 1.0))),
        Thing("wall", BOX, (0.5, 0.0, 0.02), fixed=True),
    ),
    Workspace((0.0, -0.3, 0.0), (0.5, 0.3, 0.4)), Predicate("moved", "box", value=0.05),
)  # fmt: skip
Q = np.array([0.0, 0.1, 0.0, -2.2, 0.0, 2.3, 0.785])


class Seen:
    """A twin, and the poses of things in the world that are published to it."""

    def __init__(self, scene: Scene = SCENE) -> None:
        self.scene = scene
        self.twin = Twin(scene, profile(), ArmKinematics(scene.robot, scene.base, 1))
        self.world = self.twin.world
        self.now = 10.0
        self.pose = {e.name: (np.array(e.pos), HERE.copy()) for e in scene.entities if not e.fixed}

    def look(self, *hidden: str, aperture: float = 0.08, q: Array = Q) -> Seen:
        """20 ms later, all but the hidden were seen."""
        self.now += 0.02
        for name, (pos, quat) in self.pose.items():
            if name not in hidden:
                inside = pos - np.array(self.scene.base)
                self.twin.frames.take(
                    transforms("fr3_link0", [f"object/{name}"], inside[None], quat[None], self.now),
                    self.now,
                )
        self.twin.update(self.now, self.now, q, aperture)
        return self

    def at(self, name: str) -> Array:
        out: Array = self.world.pos[0, self.world.index(name)]
        return out


def turn(yaw: float) -> Array:
    return np.array([np.cos(yaw / 2), 0, 0, np.sin(yaw / 2)])


def test_joints_fingers_and_things_stand_where_they_are_seen() -> None:
    seen = Seen().look(aperture=0.03)
    np.testing.assert_allclose(seen.world.q[0], Q)
    assert seen.world.aperture[0] == pytest.approx(0.03) and seen.world.time[0] == seen.now
    seen.pose["box"] = (np.array([0.25, 0.1, 0.02]), turn(0.5))
    seen.look()
    np.testing.assert_allclose(seen.at("box"), [0.25, 0.1, 0.02])
    np.testing.assert_allclose(seen.world.quat[0, seen.world.index("box")], turn(0.5))


def test_what_has_a_joint_goes_to_the_nearest_place_on_it() -> None:
    seen = Seen()
    seen.pose["drawer"] = (np.array([0.46, -0.2, 0.02]), HERE)
    seen.pose["lever"] = (np.array([0.4, 0.2, 0.02]), turn(-0.7))
    seen.look()
    assert seen.world.opening("drawer")[0] == pytest.approx(0.06)
    assert seen.world.opening("lever")[0] == pytest.approx(-0.7)
    assert seen.twin.misfits == {}
    seen.pose["drawer"] = (np.array([0.6, -0.2, 0.02]), HERE)
    seen.look()
    assert seen.world.opening("drawer")[0] == pytest.approx(0.1), "the end of its range"
    assert seen.twin.misfits == {"drawer": pytest.approx(0.1)}


def test_nothing_counts_as_written_and_moves_are_those_since_the_first_look() -> None:
    seen = Seen()
    seen.pose["box"] = (np.array([0.2, 0.0, 0.02]), HERE)
    seen.look()
    monitor = Monitor(seen.world)
    monitor.update(0.02)
    assert monitor.held[0] == 0
    seen.pose["box"] = (np.array([0.26, 0.0, 0.02]), HERE)
    for _ in range(40):
        seen.look()
        monitor.update(0.02)
    assert monitor.success[0] and not seen.world.written.any()


def test_the_ledger_notes_what_touches_by_geometry_and_no_forces() -> None:
    seen = Seen().look()
    pair = seen.world.ledger.column("stick", "box")
    assert not seen.world.ledger.now[0, pair]
    seen.pose["stick"] = (np.array([0.3, 0.0315, 0.01]), HERE)  # 1.5 mm beside the box
    seen.look()
    assert seen.world.ledger.now[0, pair] and seen.world.ledger.force[0, pair] == 0
    seen.pose["stick"] = (np.array([0.3, 0.036, 0.01]), HERE)
    seen.look()
    assert not seen.world.ledger.now[0, pair]
    assert seen.world.ledger.duration[0, pair] == pytest.approx(0.02)


def test_what_a_tool_moved_while_it_touched_is_booked_and_what_trembles_is_not() -> None:
    seen = Seen()
    rng = np.random.default_rng(0)
    for _ in range(200):
        seen.pose["stick"] = (np.array([0.3, 0.031, 0.01]), HERE)
        seen.pose["box"] = (np.array([0.3, 0.0, 0.02]) + rng.normal(0, 0.0005, 3), HERE)
        seen.look()
    assert seen.world.ledger.moved_by("stick", "box")[0] < 0.01
    for k in range(30):
        seen.pose["stick"] = (np.array([0.3, 0.031 - 0.002 * k, 0.01]), HERE)
        seen.pose["box"] = (np.array([0.3, -0.002 * k, 0.02]), HERE)
        seen.look()
    assert seen.world.ledger.moved_by("stick", "box")[0] == pytest.approx(0.058, abs=0.006)


def test_loose_parts_go_along_unless_they_are_seen_apart() -> None:
    seen = Seen().look()
    seen.pose["stick"] = (np.array([0.1, 0.1, 0.01]), turn(1.0))
    seen.look()
    part = seen.world.compiled.loose[0].body
    np.testing.assert_allclose(seen.at(part), [0.1, 0.1, 0.01])
    assert not seen.world.broken.any()
    seen.pose[part] = (np.array([0.1, 0.08, 0.01]), HERE)
    seen.look()
    assert seen.world.broken.all()


def test_things_that_are_not_seen_are_named() -> None:
    seen = Seen()
    assert set(seen.twin.unseen(0.0)) == {"box", "stick", "drawer", "lever"}
    seen.look("lever")
    assert seen.twin.unseen(seen.now) == ["lever"]
    seen.look("lever", "box")
    seen.now += UNSEEN
    seen.look("lever", "box")
    assert seen.twin.unseen(seen.now) == ["box", "lever"]


def test_a_thing_between_the_fingers_goes_with_them_while_it_is_hidden() -> None:
    seen = Seen()
    kinematics = ArmKinematics(SCENE.robot, SCENE.base, 1)
    tcp, hand = kinematics.tcp(Q[None])
    seen.pose["box"] = (tcp[0], quaternions(hand)[0])
    seen.look(aperture=0.0395)
    ledger = seen.world.ledger
    assert all(ledger.now[0, ledger.column(f, "box")] for f in seen.world.robot.effector.fingers)
    assert ledger.now[0, ledger.column(ROBOT, "box")]
    seen.now += 2 * UNSEEN
    there = kinematics.step(Q[None], tcp + (0.0, 0.05, 0.05))[0]
    moved, _ = kinematics.tcp(there[None])
    seen.look("box", aperture=0.0395, q=there)
    assert seen.twin.unseen(seen.now) == []
    np.testing.assert_allclose(seen.at("box") - tcp[0], (moved - tcp)[0], atol=0.002)
    seen.look("box", aperture=0.08, q=there)
    assert seen.twin.unseen(seen.now) == ["box"], "they opened"


def test_copies_of_the_twin_are_as_exact_as_any() -> None:
    seen = Seen().look()
    state = seen.world.save()
    copy = World(compile_scene(SCENE), 1, nthread=1)
    copy.restore(state)
    ctrl = np.tile([*Q, 0.04], (1, 5, 1))
    copy.advance(ctrl)
    assert not copy.diverged.any() and not copy.written.any()
    np.testing.assert_allclose(copy.pos[0, :2], seen.world.pos[0, :2], atol=2e-3)
    assert (seen.world.compiled.model.geom_margin == compile_scene(SCENE).model.geom_margin).all()


def test_magnets_hold_once_their_faces_are_seen_together() -> None:
    seen = Seen(load_scene(scene_path("press_button_2023"))).look()
    assert seen.world.joined.size and not seen.world.joined.any()
    first, second = (seen.scene.entity(getattr(seen.world.compiled.magnets[0], k))
                     for k in ("first", "second"))  # fmt: skip
    axis = "xyz".index(first.magnetic[0][1])
    way = np.eye(3)[axis] * (1 if first.magnetic[0][0] == "+" else -1)
    middle = way * (first.size()[axis] + second.size()[axis]) / 2
    place = np.array([0.2, 0.0, 0.1])
    seen.pose[first.name] = (place - first.centre(), HERE)
    seen.pose[second.name] = (place + middle - second.centre(), HERE)
    seen.look()
    assert seen.world.joined.any()


# ---- frames


def test_a_pose_is_found_over_any_frames_between() -> None:
    frames = FrameTree()
    camera = np.array([[0.5, 0.0, 1.0]])
    frames.take(
        transforms("world", ["base"], np.array([[1.0, 0, 0]]), turn(np.pi / 2)[None], 0), 1.0
    )
    frames.take(transforms("world", ["camera"], camera, HERE[None], 0), 1.0, static=True)
    frames.take(transforms("/camera", ["/thing"], np.array([[0.5, 0.2, -1]]), HERE[None], 0), 1.0)
    found = frames.pose("thing", "base")
    assert found is not None
    np.testing.assert_allclose(found[0], [0.2, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(found[1], turn(-np.pi / 2), atol=1e-12)
    assert frames.age("thing", 3.0) == 2.0 and frames.age("camera", 1e6) == 0.0
    assert frames.pose("nowhere", "base") is None and frames.names() == ["base", "camera", "thing"]


def test_a_pose_that_is_only_repeated_gets_old() -> None:
    frames = FrameTree()
    for now in (1.0, 2.0, 3.0):
        frames.take(transforms("base", ["thing"], np.zeros((1, 3)), HERE[None], 17.0), now)
    assert frames.age("thing", 3.0) == 2.0
    frames.take(transforms("base", ["thing"], np.zeros((1, 3)), HERE[None], 18.0), 3.5)
    assert frames.age("thing", 3.5) == 0.0


def test_poses_that_cannot_be_are_named_and_not_taken() -> None:
    frames = FrameTree()
    bad = transforms("base", ["thing"], np.array([[np.nan, 0, 0]]), HERE[None], 0)
    frames.take(bad, 1.0)
    assert frames.pose("thing", "base") is None and "thing is not a number" in frames.trouble
    frames.take(transforms("base", ["thing"], np.zeros((1, 3)), 2 * HERE[None], 0), 1.0)
    assert frames.pose("thing", "base") is None and "expected length 1" in frames.trouble
    frames.take({"transforms": 3}, 1.0)
    assert "expected a list" in frames.trouble
    frames.take(transforms("thing", ["thing"], np.zeros((1, 3)), HERE[None], 0), 1.0)
    assert frames.pose("thing", "base") is None, "a ring does not hang"


def test_a_scene_in_another_place_is_seen_in_its_own_world() -> None:
    moved = dataclasses.replace(SCENE, base=(-0.4, 0.1, 0.0))
    seen = Seen(moved).look()
    np.testing.assert_allclose(seen.at("box"), [0.3, 0.0, 0.02])
