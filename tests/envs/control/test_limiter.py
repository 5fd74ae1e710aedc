"""No stream of commands, however wild, gets past the limiter."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habilis.assets.arrays import Array
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.things import Scene, Workspace
from habilis.assets.scenes import scene_path
from habilis.envs.control.arm import TICK, ArmController
from habilis.envs.control.command import CommandBatch
from habilis.envs.control.limiter import (
    FIRST_DISTANCE,
    MAX_AGE,
    TCP_SPEED,
    TURNING,
    Limiter,
    StoppedError,
)
from habilis.envs.control.rotations import DOWN, matrix, pointing_down, turn_between
from habilis.envs.robot.robot import SimRobot, published, start_joints
from habilis.envs.world.world import World

EXACT = 1e-9
PERIODS = (1, 5)  # ticks: 0.02 s as skills command, 0.1 s as policies do


@dataclasses.dataclass(frozen=True, repr=False)
class Rig:
    """One arm without a world, and the limits it must keep."""

    scene: Scene
    control: ArmController
    home: Array

    @property
    def box(self) -> tuple[Array, Array]:
        space = self.scene.workspace
        return np.array(space.lower), np.array(space.upper)

    def armed(self) -> ArmController:
        """The controller as new, at its start."""
        self.control.limiter.stop()
        self.control.arm(np.zeros(1, int), self.home[None], np.full(1, 0.04))
        return self.control


@pytest.fixture(scope="module")
def rig() -> Rig:
    scene = load_scene(scene_path("reach_milk_2023"))
    control = ArmController(scene.robot, scene.base, scene.workspace, 1)
    return Rig(scene, control, start_joints(control, scene))


# ---- streams of commands: (tool centre point, ticks) in order

metres = st.floats(-3, 3, allow_nan=False)
anywhere = st.tuples(metres, metres, metres)
period = st.sampled_from(PERIODS)


def to_and_fro(a: tuple[float, ...], b: tuple[float, ...], times: int) -> list[tuple[float, ...]]:
    return [a, b] * times


def stay(a: tuple[float, ...], times: int) -> list[tuple[float, ...]]:
    return [a] * times


stretch = st.one_of(
    st.lists(anywhere, min_size=1, max_size=12),
    st.builds(to_and_fro, anywhere, anywhere, st.integers(2, 10)),
    st.builds(stay, anywhere, st.integers(5, 25)),
)
streams = st.lists(st.tuples(stretch, period), min_size=1, max_size=4).map(
    lambda parts: [(np.array([goal]), ticks) for goals, ticks in parts for goal in goals]
)
joints = st.lists(st.floats(-7, 7, allow_nan=False), min_size=7, max_size=7)
joint_streams = st.lists(st.tuples(joints, st.integers(1, 12), period), min_size=1, max_size=5).map(
    lambda parts: [(np.array([q]), ticks) for q, times, ticks in parts for _ in range(times)]
)
fuzz = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check_joints(rig: Rig, before: Array, speed: Array, after: Array, dt: float) -> Array:
    """Assert range, speed and acceleration limits of one period; returns the new speed."""
    robot = rig.control.robot.arm
    assert (after >= np.array(robot.lower) - EXACT).all()
    assert (after <= np.array(robot.upper) + EXACT).all()
    now = (after - before) / dt
    assert (np.abs(now) <= np.array(robot.velocity) * (1 + 1e-6)).all()
    assert (np.abs(now - speed) <= np.array(robot.acceleration) * dt * (1 + 1e-6)).all()
    return now


@fuzz
@given(stream=streams)
def test_positions_keep_every_limit(rig: Rig, stream: list[tuple[Array, int]]) -> None:
    control = rig.armed()
    low, high = rig.box
    q, pos, speed = control.limiter.q.copy(), control.limiter.pos.copy(), np.zeros((1, 7))
    for i, (want, ticks) in enumerate(stream):
        dt = ticks * TICK
        sent = control.to_pose(want, DOWN, np.full(1, 0.04), ticks)
        assert (sent.tcp >= low - EXACT).all() and (sent.tcp <= high + EXACT).all()
        way = float(np.linalg.norm(sent.tcp - pos))
        braking = bool(sent.clamps.joints[0])  # joints that brake have their own limits
        assert way <= TCP_SPEED * dt * (1.25 if braking else 1.0) + EXACT
        assert i > 0 or way <= FIRST_DISTANCE + EXACT
        speed = check_joints(rig, q, speed, sent.ctrl[:, -1, :7], dt)
        q, pos = sent.ctrl[:, -1, :7].copy(), sent.tcp.copy()


@fuzz
@given(stream=joint_streams)
def test_joints_keep_every_limit(rig: Rig, stream: list[tuple[Array, int]]) -> None:
    control = rig.armed()
    low, high = rig.box
    q, speed = control.limiter.q.copy(), np.zeros((1, 7))
    for want, ticks in stream:
        sent = control.to_joints(want, np.full(1, 0.04), ticks)
        assert (sent.tcp >= low - EXACT).all() and (sent.tcp <= high + EXACT).all()
        speed = check_joints(rig, q, speed, sent.ctrl[:, -1, :7], ticks * TICK)
        q = sent.ctrl[:, -1, :7].copy()


@fuzz
@given(stream=streams)
def test_what_is_reported_as_clamped_was(rig: Rig, stream: list[tuple[Array, int]]) -> None:
    """Outside distance is that of the command; nothing is cut back without being reported."""
    control = rig.armed()
    for want, ticks in stream:
        sent = control.to_pose(want, DOWN, np.full(1, 0.04), ticks)
        beyond = float(np.linalg.norm(rig.scene.workspace.outside(want[0])))
        assert sent.clamps.workspace[0] == pytest.approx(beyond, abs=EXACT)
        clamps = sent.clamps
        if not clamps.workspace[0] and not clamps.speed[0] and not clamps.joints[0]:
            np.testing.assert_allclose(sent.tcp, want, atol=EXACT)


@fuzz
@given(want=joints, ticks=period)
def test_a_joint_command_held_long_enough_is_reached(rig: Rig, want: Any, ticks: int) -> None:
    """The limiter alone: it arrives, and does not overshoot the ends of the ranges."""
    limiter = Limiter(rig.control.robot, rig.scene.workspace, 1)
    limiter.arm(np.zeros(1, int), rig.home[None], np.zeros((1, 3)), DOWN[None])
    goal = np.clip([want], rig.control.robot.arm.lower, rig.control.robot.arm.upper)
    dt = ticks * TICK
    for _ in range(round(8 / dt)):
        sent, _ = limiter.joints.limit(goal, dt)
        limiter.accept(sent, limiter.pos, limiter.rot, dt)
    np.testing.assert_allclose(limiter.q, goal, atol=1e-3)


def test_interpolated_targets_end_where_the_limiter_said(rig: Rig) -> None:
    control = rig.armed()
    start = control.limiter.q.copy()
    sent = control.to_pose(control.limiter.pos + 0.02, DOWN, np.zeros(1), 5)
    np.testing.assert_allclose(sent.ctrl[:, -1, :7], control.limiter.q, atol=EXACT)
    steps = np.diff(np.concatenate((start[:, None], sent.ctrl[:, :, :7]), axis=1), axis=1)
    np.testing.assert_allclose(steps, steps[:, :1].repeat(5, axis=1), atol=EXACT)
    jaw = np.linspace(0.04, 0.04 - 5 * TICK * 0.2, 6)[1:]  # as fast as it may close
    np.testing.assert_allclose(sent.ctrl[0, :, 7], jaw / 2)


# ---- refused commands


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("ticks", PERIODS)
def test_what_is_not_a_number_is_refused_and_changes_nothing(
    rig: Rig, bad: float, ticks: int
) -> None:
    control = rig.armed()
    before = control.limiter.q.copy(), control.limiter.pos.copy()
    where = np.array([[0.2, bad, 0.2]])
    with pytest.raises(ValueError, match="must be finite"):
        control.to_pose(where, DOWN, np.full(1, 0.04), ticks)
    with pytest.raises(ValueError, match="must be finite"):
        control.to_joints(np.where(np.arange(7) == 3, bad, rig.home)[None], np.zeros(1), ticks)
    with pytest.raises(ValueError, match="aperture must be finite"):
        control.to_pose(control.limiter.pos, DOWN, np.full(1, bad), ticks)
    np.testing.assert_array_equal(control.limiter.q, before[0])
    np.testing.assert_array_equal(control.limiter.pos, before[1])
    control.to_pose(control.limiter.pos, DOWN, np.full(1, 0.04), ticks)


def test_an_old_command_latches_the_stop(rig: Rig) -> None:
    limiter = rig.armed().limiter
    limiter.limit_position(limiter.pos, TICK, age=MAX_AGE)
    assert not limiter.stopped.any()
    with pytest.raises(StoppedError, match="re-arm"):
        limiter.limit_position(limiter.pos, TICK, age=MAX_AGE + 0.001)
    with pytest.raises(StoppedError):
        limiter.limit_position(limiter.pos, TICK, age=0.0)


def test_the_stop_latches_until_re_armed(rig: Rig) -> None:
    control = rig.armed()
    control.limiter.stop()
    assert control.limiter.stopped.all()
    before = control.limiter.q.copy()
    for _ in range(3):
        with pytest.raises(StoppedError):
            control.to_pose(control.limiter.pos + 0.01, DOWN, np.full(1, 0.04), 1)
        with pytest.raises(StoppedError):
            control.to_joints(control.limiter.q, np.full(1, 0.04), 1)
    np.testing.assert_array_equal(control.limiter.q, before)
    control.arm(np.zeros(1, int), before, np.full(1, 0.04))
    control.to_pose(control.limiter.pos + 0.01, DOWN, np.full(1, 0.04), 1)


def test_a_stopped_robot_does_not_move(rig: Rig) -> None:
    from habilis.assets.scene.model.compile import compile_scene

    robot = SimRobot(World(compile_scene(rig.scene), 2))
    robot.reset(published(rig.scene, 2))
    robot.command(CommandBatch(robot.controller.limiter.pos - (0, 0, 0.01), np.full(2, 0.04)))
    robot.stop()
    before = robot.world.sim.states()
    with pytest.raises(StoppedError):
        robot.command(CommandBatch(robot.controller.limiter.pos - (0, 0, 0.05), np.full(2, 0.04)))
    np.testing.assert_array_equal(robot.world.sim.states(), before)
    robot.arm()
    robot.command(CommandBatch(robot.controller.limiter.pos, np.full(2, 0.04)))
    assert (robot.world.time > before[:, 0]).all()


def test_one_stopped_arm_is_enough_to_refuse_and_is_named_by_the_mask(rig: Rig) -> None:
    limiter = Limiter(rig.control.robot, rig.scene.workspace, 3)
    limiter.arm(np.arange(3), rig.home[None].repeat(3, 0), np.zeros((3, 3)), DOWN)
    limiter.stop(np.array([1]))
    np.testing.assert_array_equal(limiter.stopped, [False, True, False])
    with pytest.raises(StoppedError):
        limiter.joints.limit(limiter.q, TICK)


def test_the_first_target_after_arming_is_near_the_measured_pose(rig: Rig) -> None:
    """Also when the period is so long that the speed limit alone would allow more."""
    control = rig.armed()
    start = control.limiter.pos.copy()
    near, _, cut = control.limiter.limit_position(start + (0, 0, -0.2), 1.0)
    assert cut.all() and np.linalg.norm(near - start) == pytest.approx(FIRST_DISTANCE)


# ---- the box, for the arm itself

BRAKED = 0.02  # m outside the box, at most, of an arm that is braked at its side


@fuzz
@given(stream=streams)
def test_the_commanded_joints_stay_in_the_box(rig: Rig, stream: list[tuple[Array, int]]) -> None:
    """Not the position target alone: the tool centre point of the joints that are sent."""
    control = rig.armed()
    for want, ticks in stream:
        sent = control.to_pose(want, DOWN, np.full(1, 0.04), ticks)
        tcp, _ = control.kinematics.tcp(sent.ctrl[:, -1, :7])
        assert np.abs(rig.scene.workspace.outside(tcp[0])).max() < BRAKED


@fuzz
@given(stream=joint_streams)
def test_joint_commands_do_not_leave_the_box(rig: Rig, stream: list[tuple[Array, int]]) -> None:
    control = rig.armed()
    for want, ticks in stream:
        sent = control.to_joints(want, np.full(1, 0.04), ticks)
        tcp, _ = control.kinematics.tcp(sent.ctrl[:, -1, :7])
        assert np.abs(rig.scene.workspace.outside(tcp[0])).max() < BRAKED


def test_the_way_to_a_stop_is_looked_at_only_where_it_can_lead_out_of_the_box(rig: Rig) -> None:
    """It is most of the work of a command, and what is left out changes nothing."""
    scene, n, looked = rig.scene, 30, list[list[int]]()
    some, all_of_them = (ArmController(scene.robot, scene.base, scene.workspace, n) for _ in "12")
    all_of_them.kinematics.levers = np.full(7, np.inf)  # as if every joint could lead anywhere
    for arms in (some, all_of_them):
        arms.arm(np.arange(n), np.tile(rig.home, (n, 1)), np.full(n, 0.04))
        tcp, rows = arms._ahead.tcp, list[int]()
        arms._ahead.tcp = lambda q, tcp=tcp, rows=rows: rows.append(len(q)) or tcp(q)  # type: ignore
        looked.append(rows)
    rng = np.random.default_rng(0)
    for _ in range(40):
        want = some.limiter.pos + rng.uniform(-0.05, 0.05, (n, 3))
        sent = [arms.to_pose(want, DOWN, np.full(n, 0.04), 5) for arms in (some, all_of_them)]
        np.testing.assert_array_equal(sent[0].ctrl, sent[1].ctrl)
        np.testing.assert_array_equal(sent[0].clamps.joints, sent[1].clamps.joints)
    assert 0 < 2 * sum(looked[0]) < sum(looked[1])


# ---- the orientation

angle = st.floats(-7, 7, allow_nan=False)
pose_streams = st.lists(
    st.tuples(anywhere, st.tuples(angle, angle, angle), st.integers(1, 8), period),
    min_size=1, max_size=6,
).map(
    lambda parts: [
        (np.array([pos]), matrix(np.array([turn])), ticks)
        for pos, turn, times, ticks in parts for _ in range(times)
    ]
)  # fmt: skip


@fuzz
@given(stream=pose_streams)
def test_orientations_keep_the_limits_of_turning(rig: Rig, stream: list[Any]) -> None:
    control = rig.armed()
    low, high = rig.box
    rot, w, braked = control.limiter.rot.copy(), np.zeros(3), False
    q, speed = control.limiter.q.copy(), np.zeros((1, 7))
    for i, (pos, want, ticks) in enumerate(stream):
        dt = ticks * TICK
        sent = control.to_pose(pos, want, np.full(1, 0.04), ticks)
        assert (sent.tcp >= low - EXACT).all() and (sent.tcp <= high + EXACT).all()
        speed = check_joints(rig, q, speed, sent.ctrl[:, -1, :7], dt)
        by = turn_between(rot, sent.rot)[0]
        clamps = sent.clamps
        if not clamps.joints[0]:
            assert np.linalg.norm(by) <= TURNING.speed * dt + 1e-9
            assert i > 0 or np.linalg.norm(by) <= TURNING.first + 1e-9
            assert braked or np.linalg.norm(by / dt - w) <= TURNING.acceleration * dt + 1e-6
            if not clamps.turning[0]:
                np.testing.assert_allclose(sent.rot, want, atol=EXACT)
        q, rot, w = sent.ctrl[:, -1, :7].copy(), sent.rot.copy(), by / dt
        braked = bool(clamps.joints[0])


@pytest.mark.parametrize("degrees", [1, 30, 90, 130])
def test_a_turn_is_made_and_not_overshot(rig: Rig, degrees: float) -> None:
    control = rig.armed()
    goal = pointing_down(np.radians(degrees))[None]
    angles = [float(np.linalg.norm(turn_between(control.limiter.rot, goal)))]
    for _ in range(200):
        sent = control.to_pose(control.limiter.pos, goal, np.full(1, 0.04), 1)
        angles.append(float(np.linalg.norm(turn_between(sent.rot, goal))))
    assert max(np.diff(angles)) < 1e-9 and angles[-1] < 1e-9
    _, rot = control.kinematics.tcp(control.limiter.q)
    assert np.linalg.norm(turn_between(rot, goal)) < 1e-3


def test_what_is_no_rotation_is_refused(rig: Rig) -> None:
    control = rig.armed()
    before = control.limiter.q.copy()
    for bad in (np.full((3, 3), np.nan), 2 * np.eye(3), -np.eye(3)):
        with pytest.raises(ValueError, match="command must be"):
            control.to_pose(control.limiter.pos, bad, np.full(1, 0.04), 1)
    np.testing.assert_array_equal(control.limiter.q, before)


def test_an_arm_that_cannot_reach_says_so_and_does_not_drift(rig: Rig) -> None:
    """A workspace box larger than the arm: it stays at the end of its reach, and comes back."""
    far = dataclasses.replace(rig.scene, workspace=Workspace((-2, -2, -1), (3, 2, 2)))
    control = ArmController(far.robot, far.base, far.workspace, 1)
    control.arm(np.zeros(1, int), rig.home[None], np.full(1, 0.04))
    goal = np.array([[2.0, 0.0, 0.3]])
    for _ in range(300):
        sent = control.to_pose(goal, DOWN, np.full(1, 0.04), 1)
    assert 1.0 < sent.clamps.short[0] < 1.6
    stays = control.limiter.q.copy()
    for _ in range(100):
        control.to_pose(goal, DOWN, np.full(1, 0.04), 1)
    np.testing.assert_allclose(control.limiter.q, stays, atol=0.02)
    for _ in range(200):
        sent = control.to_pose(np.array([[0.3, 0.0, 0.3]]), DOWN, np.full(1, 0.04), 1)
    np.testing.assert_allclose(sent.tcp, [[0.3, 0.0, 0.3]], atol=1e-6)
    assert sent.clamps.short[0] == 0


def test_arms_side_by_side_go_as_each_alone(rig: Rig) -> None:
    """Bit for bit, where some of them are at the walls or held back and others are not."""
    n, scene = 6, rig.scene
    many = ArmController(scene.robot, scene.base, scene.workspace, n)
    many.arm(np.arange(n), np.tile(rig.home, (n, 1)), np.full(n, 0.04))
    rng, low, high = np.random.default_rng(3), *rig.box
    goals = rng.uniform(low - 0.1, high + 0.1, (n, 3))
    goals[0] = many.limiter.pos[0]  # one that stays
    sent = [many.to_pose(goals, DOWN, np.full(n, 0.04), 5).ctrl for _ in range(20)]
    for i in range(n):
        alone = rig.armed()
        for step in sent:
            one = alone.to_pose(goals[i : i + 1], DOWN, np.full(1, 0.04), 5).ctrl
            np.testing.assert_array_equal(one[0], step[i])
