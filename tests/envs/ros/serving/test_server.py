"""A served robot keeps to what ros2_control's controllers do; on a bus, tick by tick."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.rig import follow_goal

from habilis.assets.arrays import Array
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scenes import scene_path
from habilis.envs.control.arm import TICK
from habilis.envs.ros.messages import motion as m
from habilis.envs.ros.messages.transforms import read_transforms
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.serving.life import LAYOUT, RECOVER, RESET, STOP
from habilis.envs.ros.serving.server import SimServer
from habilis.envs.ros.transports.base import GoalEnd, GoalStatus
from habilis.envs.ros.transports.local import Bus, LocalGoal, LocalTransport
from habilis.envs.world.varying.layout import Variation, sample

PROFILE = load_profile("fr3")
FOLLOW, TOPIC = PROFILE.commands.action, PROFILE.commands.topic
assert PROFILE.gripper is not None
GRIPPER = PROFILE.gripper.action


class Rig:
    """A served arm and a client on the same bus, moved on by hand."""

    def __init__(self, scene: str = "reach_milk_2023", **options: Any) -> None:
        bus = Bus()
        self.client, self._transport = LocalTransport(bus, "client"), LocalTransport(bus, "server")
        self.notes: list[str] = []
        self.server = SimServer(
            PROFILE, self._transport, load_scene(scene_path(scene)), note=self.notes.append,
            **options,
        )  # fmt: skip
        self.heard: dict[str, list[Any]] = {}
        self.client.connect()
        self.server.offer()
        self.client.advertise(TOPIC, m.JOINT_TRAJECTORY)
        self.client.advertise(LAYOUT, m.INT64)

    def listen(self, topic: str, type: str) -> list[Any]:
        heard = self.heard.setdefault(topic, [])
        self.client.subscribe(topic, type, heard.append)
        return heard

    def settle(self) -> None:
        """Until what was sent so far has been received."""
        for transport in (self._transport, self.client, self._transport, self.client):
            done = threading.Event()
            transport.post_here(done.set)
            assert done.wait(5)

    def run(self, seconds: float) -> None:
        self.settle()
        for _ in range(round(seconds / TICK)):
            self.server.tick()
        self.settle()

    @property
    def q(self) -> Array:
        return self.server.plant.q

    def trajectory(self, times: Any, q: Any, **more: Any) -> dict[str, Any]:
        return m.joint_trajectory(PROFILE.joints, times, q, **more)

    def send(self, trajectory: dict[str, Any], **more: Any) -> LocalGoal:
        goal = self.client.send_goal(FOLLOW, m.FOLLOW, follow_goal(trajectory, **more))
        self.settle()
        return goal

    def trigger(self, service: str) -> None:
        said = self.client.call(service, m.TRIGGER, {})
        assert said["success"], said["message"]

    def end(self, goal: LocalGoal) -> GoalEnd:
        self.settle()
        end = goal.wait(0)
        assert end is not None, "the goal is not over"
        return end


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.server.close()
    made.client.close()


# ---- states


def test_states_come_at_their_rate_with_all_joints_and_time(rig: Rig) -> None:
    states, clock = rig.listen("/joint_states", m.JOINT_STATE), rig.listen("/clock", m.CLOCK)
    rig.run(0.2)
    assert len(states) == len(clock) == 20
    read = [m.read_joint_state(s) for s in states]
    assert read[0].joints == (*PROFILE.joints, "fr3_finger_joint1", "fr3_finger_joint2")
    steps = np.diff([s.time for s in read])
    assert (steps > 0.007).all() and steps.mean() == pytest.approx(0.01, rel=0.05)
    assert m.seconds(clock[-1]["clock"], "clock") == read[-1].time
    assert read[-1].time == pytest.approx(rig.server.now, abs=1e-6)
    np.testing.assert_allclose(read[-1].q[:7], rig.q, atol=1e-12)
    assert read[-1].q[7:].sum() == pytest.approx(0.08, abs=1e-3)


def test_the_controller_tells_what_it_asks_and_the_joints_come_along(rig: Rig) -> None:
    told = rig.listen(PROFILE.commands.reports, m.CONTROLLER_STATE)
    goal = rig.q + 0.4 * (np.arange(7) == 1)
    rig.client.publish(PROFILE.commands.topic, rig.trajectory([1.0], goal, qd=np.zeros(7)))
    rig.run(0.5)
    assert len(told) == 25
    read = [m.read_controller_state(t) for t in told]
    np.testing.assert_allclose(read[-1].q, rig.server.controller.reference[0], atol=1e-12)
    assert abs(read[-1].q[1] - rig.q[1]) < 0.005, "its speed is damped by its error alone"
    rig.run(1.0)
    np.testing.assert_allclose(m.read_controller_state(told[-1]).q, goal, atol=1e-9)


def test_poses_of_things_are_given_from_the_base_of_the_robot(rig: Rig) -> None:
    heard = rig.listen("/tf", m.TF)
    rig.run(0.1)
    told = [read_transforms(message) for message in heard]
    told = [rows for rows in told if rows[0].frame.startswith("object_")]
    assert len(told) == 5  # 50 Hz
    found = {t.frame: t for t in told[-1]}
    world = rig.server.world
    assert set(found) == {f"object_{body}" for body in world.bodies}
    for name in world.bodies:
        pose, i = found[f"object_{name}"], world.index(name)
        assert pose.parent == "fr3_link0"
        np.testing.assert_allclose(pose.pos + world.scene.base, world.pos[0, i], atol=1e-6)
        np.testing.assert_allclose(pose.quat, world.quat[0, i], atol=1e-6)


# ---- trajectories


def test_a_goal_is_followed_told_of_and_reached(rig: Rig) -> None:
    start, way = rig.q, np.array([0.3, -0.2, 0.1, 0.2, -0.3, 0.2, 0.4])
    told: list[Any] = []
    shuffled = [3, 0, 6, 1, 5, 2, 4]
    names = [PROFILE.joints[i] for i in shuffled]
    trajectory = m.joint_trajectory(
        names, [1.0, 2.0], [(start + way / 2)[shuffled], (start + way)[shuffled]],
        [way[shuffled] / 2, np.zeros(7)],
    )  # fmt: skip
    goal = rig.client.send_goal(FOLLOW, m.FOLLOW, follow_goal(trajectory), told.append)
    rig.run(1.0)
    assert goal.status == GoalStatus.EXECUTING
    np.testing.assert_allclose(rig.q, start + way / 2, atol=0.05)  # the servos lag by 0.1 s
    rig.run(1.5)
    end = rig.end(goal)
    assert end.status == GoalStatus.SUCCEEDED and end.result["error_code"] == 0
    np.testing.assert_allclose(rig.q, start + way, atol=0.01)
    assert len(told) >= 20 * 2.0
    assert tuple(told[0]["joint_names"]) == PROFILE.joints
    assert np.abs(told[25]["error"]["positions"]).max() < 0.1
    elapsed = [m.read_point(f["desired"], 7, "desired").time for f in told]
    assert np.diff(elapsed).max() < 0.05


def test_a_trajectory_of_the_topic_is_followed_and_replaced(rig: Rig) -> None:
    start = rig.q
    rig.client.publish(TOPIC, rig.trajectory([1.0], [start + 0.3]))
    rig.run(0.5)
    rig.client.publish(TOPIC, rig.trajectory([0.5], [start]))
    rig.run(1.0)
    np.testing.assert_allclose(rig.q, start, atol=0.01)
    assert rig.server.refused == 0


def test_a_trajectory_waits_for_its_time_and_enters_a_running_one_in_the_middle(rig: Rig) -> None:
    start = rig.q
    goal = rig.trajectory([0.2, 1.2], [start, start + 0.2], time=rig.server.now + 1.0)
    rig.client.publish(TOPIC, goal)
    rig.run(1.2)
    np.testing.assert_allclose(rig.q, start, atol=0.005)
    rig.run(1.5)
    np.testing.assert_allclose(rig.q, start + 0.2, atol=0.01)
    began = rig.server.now - 0.5
    rig.client.publish(TOPIC, rig.trajectory([0.01, 1.01], [start + 0.2, start], time=began))
    rig.run(0.02)
    desired, _ = rig.server.controller._spline.sample(rig.server.elapsed)  # type: ignore[union-attr]
    np.testing.assert_allclose(desired, start + 0.2 * 0.49, atol=0.01)


def test_a_stream_at_50_hz_is_followed_smoothly(rig: Rig) -> None:
    start, states = rig.q, rig.listen("/joint_states", m.JOINT_STATE)
    for i in range(100):
        target = start + 0.2 * (1 - np.cos(np.pi * min(i / 80, 1))) / 2
        rig.client.publish(TOPIC, rig.trajectory([0.04], [target]))
        rig.run(TICK)
    speed = np.array([m.read_joint_state(s).qd for s in states])[:, :7]
    assert np.abs(np.diff(speed, axis=0)).max() < 0.06  # rad/s from one state to the next
    np.testing.assert_allclose(rig.q, start + 0.2, atol=0.01)


ROW = np.zeros(7).tolist()


@pytest.mark.parametrize(
    ("names", "times", "more", "said"),
    [
        (PROFILE.joints[:6], [1.0], {}, "fr3_joint7 are missing"),
        ((*PROFILE.joints[:6], "joint7"), [1.0], {}, "joint7 are not of this controller"),
        ((*PROFILE.joints[:6], "fr3_joint1"), [1.0], {}, "fr3_joint1 are named twice"),
        ((), [1.0], {}, "joint names are empty"),
        (PROFILE.joints, [], {}, "has no points"),
        (PROFILE.joints, [1.0, 1.0], {}, "times must increase: point 1 is at 1 s"),
        (PROFILE.joints, [-1.0], {}, "point 0 is at -1 s"),
        (PROFILE.joints, [1.0], {"qd": [[0, 0, 0.1, 0, 0, 0, 0]]}, "fr3_joint3.*not zero: 0.1"),
        (PROFILE.joints, [1.0], {"time": 5.0}, "it ends .* s ago"),
        (PROFILE.joints, [1.0], {"qd": [[np.nan] * 7]}, "velocities of point 0 must be finite"),
    ],
)
def test_what_a_controller_would_refuse_is_refused(
    rig: Rig, names: Any, times: Any, more: dict[str, Any], said: str
) -> None:
    rows = np.tile(rig.q[: len(names)], (len(times), 1))
    bad = m.joint_trajectory(names, times, rows, **more)
    end = rig.end(rig.send(bad))
    assert end.status == GoalStatus.REJECTED
    rig.client.publish(TOPIC, bad)
    rig.settle()
    assert rig.server.refused == 1
    assert len(rig.notes) == 2
    for line in (end.error, *rig.notes):
        assert re.search(said, line), line
    rig.run(0.1)
    np.testing.assert_allclose(rig.server.plant.qd, 0, atol=1e-3)


def test_a_point_of_wrong_length_or_without_numbers_is_refused(rig: Rig) -> None:
    bad = rig.trajectory([1.0], [rig.q])
    bad["points"][0]["positions"] = ROW[:6]
    assert "expected 7 numbers, got 6" in rig.end(rig.send(bad)).error
    bad["points"][0]["positions"] = [None, *ROW[:6]]
    assert "must be finite" in rig.end(rig.send(bad)).error
    bad["points"][0] |= {"positions": ROW, "effort": ROW}
    assert "efforts" in rig.end(rig.send(bad)).error
    assert rig.end(rig.send({})).status == GoalStatus.REJECTED


def test_cancelling_holds_the_position(rig: Rig) -> None:
    start = rig.q
    goal = rig.send(rig.trajectory([2.0], [start + 0.5]))
    rig.run(1.0)
    goal.cancel()
    rig.run(TICK)
    assert rig.end(goal).status == GoalStatus.CANCELED
    here = rig.q
    rig.run(1.0)
    np.testing.assert_allclose(rig.q, here, atol=0.02)
    assert 0.1 < (rig.q - start).min() and (rig.q - start).max() < 0.4


def test_another_goal_or_the_topic_preempts(rig: Rig) -> None:
    start = rig.q
    first = rig.send(rig.trajectory([2.0], [start + 0.5]))
    rig.run(0.2)
    second = rig.send(rig.trajectory([0.5], [start]))
    rig.run(0.1)
    end = rig.end(first)
    assert end.status == GoalStatus.ABORTED and "preempted" in end.result["error_string"]
    rig.client.publish(TOPIC, rig.trajectory([0.5], [start + 0.1]))
    rig.run(1.0)
    assert rig.end(second).status == GoalStatus.ABORTED
    np.testing.assert_allclose(rig.q, start + 0.1, atol=0.01)


def test_a_goal_off_its_path_is_aborted(rig: Rig) -> None:
    goal = rig.send(rig.trajectory([0.3], [rig.q + 0.5]), path={"fr3_joint1": 0.05})
    rig.run(0.5)
    code, words = rig.end(goal).result.values()
    assert goal.status == GoalStatus.ABORTED and code == m.PATH_TOLERANCE_VIOLATED
    assert "fr3_joint1 is 0.05" in words and "0.050 allowed" in words


def test_a_goal_that_cannot_be_reached_is_aborted_after_its_time(rig: Rig) -> None:
    target = rig.q
    target[1] = 1.9  # beyond the end of the joint
    goal = rig.send(rig.trajectory([2.0], [target]), path={"fr3_joint2": -1}, goal_time=0.5)
    rig.run(2.4)
    assert goal.wait(0) is None
    rig.run(0.3)
    code, words = rig.end(goal).result.values()
    assert goal.status == GoalStatus.ABORTED and code == m.GOAL_TOLERANCE_VIOLATED
    assert "fr3_joint2" in words


def test_stop_holds_ends_goals_and_refuses_until_recovered(rig: Rig) -> None:
    start = rig.q
    goal = rig.send(rig.trajectory([2.0], [start + 0.5]))
    rig.run(1.0)
    rig.trigger(STOP)
    rig.run(0.1)
    assert rig.end(goal).result["error_string"] == "stopped"
    here = rig.q
    assert RECOVER in rig.end(rig.send(rig.trajectory([1.0], [start]))).error
    rig.client.publish(TOPIC, rig.trajectory([0.5], [start]))
    rig.run(1.0)
    np.testing.assert_allclose(rig.q, here, atol=0.02)
    rig.trigger(RECOVER)
    assert rig.send(rig.trajectory([1.0], [start])).status == GoalStatus.EXECUTING


# ---- gripper


def grip(rig: Rig, aperture: float, seconds: float) -> tuple[GoalEnd, m.GripperState]:
    goal = rig.client.send_goal(GRIPPER, m.GRIPPER, m.gripper_goal(aperture / 2, 40))
    rig.run(seconds)
    end = rig.end(goal)
    return end, m.read_gripper_state(end.result)


def test_the_gripper_moves_and_says_so(rig: Rig) -> None:
    end, state = grip(rig, 0.03, 1.0)
    assert end.status == GoalStatus.SUCCEEDED and state.reached and not state.stalled
    assert state.position == pytest.approx(0.015, abs=0.001)
    assert rig.server.world.aperture[0] == pytest.approx(0.03, abs=0.003)
    bad = rig.client.send_goal(GRIPPER, m.GRIPPER, m.gripper_goal(float("nan"), 40))
    assert "finite" in rig.end(bad).error


def test_the_gripper_grasps_what_is_between_its_fingers(rig: Rig) -> None:
    world = rig.server.world
    hammer = world.scene.entity("hammer")
    above = np.array([*hammer.pos[:2], 0.15])
    kinematics = rig.server.plant._robot.controller.kinematics  # type: ignore[attr-defined]
    q = rig.q[None]
    for height, seconds in ((0.15, 2.0), (0.025, 2.0)):
        above[2] = height
        q = kinematics.solve(q, above[None])
        goal = rig.send(rig.trajectory([seconds], [q[0]]))
        rig.run(seconds + 1.0)
        assert rig.end(goal).status == GoalStatus.SUCCEEDED
    end, state = grip(rig, 0.0, 1.0)
    assert end.status == GoalStatus.SUCCEEDED and state.stalled and not state.reached
    assert 0.005 < state.position < 0.02 and state.effort > 5
    above[2] = 0.15
    rig.send(rig.trajectory([2.0], [kinematics.solve(q, above[None])[0]]))
    rig.run(2.5)
    assert world.pos[0, world.index("hammer"), 2] > 0.1


# ---- the simulation


def test_layouts_are_those_of_their_seed_and_come_back(rig: Rig) -> None:
    made = Rig(variation=1.0)
    episodes = made.listen("/habilis/episode", m.INT64)
    goal = made.send(made.trajectory([2.0], [made.q + 0.3]))
    made.client.publish(LAYOUT, {"data": 7})
    made.run(0.1)
    assert episodes[-1]["data"] == 7 and made.end(goal).status == GoalStatus.ABORTED
    world = made.server.world
    drawn = sample(world.scene, Variation.scaled(1.0), np.random.default_rng(7), 1)
    first = world.start_pos[0].copy()
    given = np.array([e.pos[:2] for e in world.scene.entities])
    np.testing.assert_allclose(first[:, :2], given + drawn.shift[0], atol=1e-9)
    made.send(made.trajectory([1.0], [made.q + 0.3]))
    made.run(1.0)
    made.trigger(STOP)
    made.trigger(RESET)
    made.run(0.1)
    np.testing.assert_array_equal(world.start_pos[0], first)
    assert not made.server.stopped and [e["data"] for e in episodes] == [0, 7, 7]
    made.server.close()


def test_success_is_the_simulations_own(rig: Rig) -> None:
    success, reason = (
        rig.listen("/habilis/success", m.BOOL), rig.listen("/habilis/reason", m.STRING)
    )  # fmt: skip
    rig.run(0.1)
    assert success[-1] == {"data": False} and reason[-1] == {"data": ""}
    world = rig.server.world
    milk = world.index("milk")
    world.sim.bind("qpos")[0, world._poses.pos_columns[milk]] = [0.5, 0.0, -0.2]
    rig.run(0.1)
    assert success[-1] == {"data": False} and "milk fell off" in reason[-1]["data"]


def test_it_runs_in_real_time_on_its_own_thread() -> None:
    made = Rig()
    states = made.listen("/joint_states", m.JOINT_STATE)
    enough = threading.Event()

    def heard(message: Any) -> None:
        if len(states) >= 30:
            enough.set()

    made.client.subscribe("/clock", m.CLOCK, heard)
    made.server.start()
    assert enough.wait(20)
    made.server.close()
    assert not made.server.running and not made.server.error
    with pytest.raises(RuntimeError, match="already"):
        made.server.start()


def test_a_simulation_that_falls_behind_goes_on_where_it_was(rig: Rig) -> None:
    goal = rig.send(rig.trajectory([2.0], [rig.q + 0.5]))
    rig.run(1.0)
    before, now = rig.server.controller.targets([rig.server.elapsed])[0][0], rig.server.now
    lost = iter([0.7, 0.0])
    rig.server.tick(lambda until: next(lost))
    assert rig.server.now == pytest.approx(now + 0.7 + TICK)
    after = rig.server.controller.targets([rig.server.elapsed])[0][0]
    assert np.abs(after - before).max() < 0.01
    rig.run(1.2)
    assert rig.end(goal).status == GoalStatus.SUCCEEDED


def test_after_a_loss_latecomers_hear_what_stands(rig: Rig) -> None:
    rig.run(0.1)
    rig.client._bus.kept.clear()  # as a bridge that was started again
    rig._transport.lose()
    rig.run(0.1)
    rig._transport.lose(back=True)
    rig.run(0.1)
    heard = rig.listen("/habilis/episode", m.INT64)
    rig.settle()
    assert heard == [{"data": 0}]


def test_closing_ends_goals(rig: Rig) -> None:
    goal = rig.send(rig.trajectory([2.0], [rig.q + 0.5]))
    rig.run(0.1)
    rig.server.close()
    end = goal.wait(1)
    assert end is not None and "has ended" in end.result["error_string"]


def test_a_layout_that_cannot_be_is_refused(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def crowded(seed: int) -> None:
        raise RuntimeError("no layout without overlap")

    monkeypatch.setattr(rig.server.plant, "reset", crowded)
    rig.client.publish(LAYOUT, {"data": 5})
    rig.client.publish(LAYOUT, {"data": -5})
    rig.run(0.1)
    assert rig.server.refused == 2 and rig.server.seed == 0
    assert "no layout without overlap" in rig.notes[0] and "got -5" in rig.notes[1]


def test_what_does_not_fit_together_is_said() -> None:
    transport = LocalTransport(Bus())
    with pytest.raises(ValueError, match="an arm is served in a scene"):
        SimServer(PROFILE, transport)
