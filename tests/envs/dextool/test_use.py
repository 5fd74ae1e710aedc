"""Tools are led to the work itself: how they are turned, where they go, how hard they press."""

from __future__ import annotations

import numpy as np
import pytest
from tests.envs.dextool.stands import held, stand

from habilis.assets.arrays import Array
from habilis.assets.dextool.scene import pose_scene
from habilis.assets.dextool.sequences import GoalSequence
from habilis.assets.dextool.work import (
    FELT,
    NAIL_FREE,
    POINTS,
    BoardWork,
    NailWork,
    SweepWork,
    Work,
    work_of,
)
from habilis.envs.dextool.following import DT
from habilis.envs.dextool.use.doing import felt_on, first_way
from habilis.envs.dextool.use.edges import draw_turns, edges_of
from habilis.envs.dextool.use.guiding import Guiding
from habilis.envs.dextool.use.ways import EdgeWay, strike, stroke, strokes_on, sweep
from habilis.envs.world.poses import matrices
from habilis.envs.world.world import World

BAR = held("bar", (0.16, 0.03, 0.02), 0.1)
PEG = stand("peg", (0.03, 0.03, 0.09), (0.0, 0.0, 0.025))
BOARD = stand("board", (0.02, 0.4, 0.4), (0.3, 0.0, 0.2))


def task(category: str, *places: tuple[float, float, float]) -> GoalSequence:
    goals = np.array([[*place, 1.0, 0, 0, 0] for place in places])
    return GoalSequence(category, "bar", "task", goals[0], goals)


def nail() -> tuple[GoalSequence, NailWork]:
    sequence = task("hammer", (0, 0, 0.3), (0, 0, 0.09))
    work = work_of(sequence, BAR, (PEG,))
    assert isinstance(work, NailWork)
    return sequence, work


def board(category: str) -> tuple[GoalSequence, BoardWork]:
    sequence = task(category, (0, 0, 0.2), (0.205, -0.05, 0.2), (0.205, 0.05, 0.2), (0, 0, 0.2))
    work = work_of(sequence, BAR, (BOARD,))
    assert isinstance(work, BoardWork)
    return sequence, work


def beads() -> tuple[GoalSequence, SweepWork]:
    sequence = task("brush", (0, 0, 0.3), (0.1, 0, 0.025), (0.0, 0, 0.025), (-0.1, 0, 0.025))
    work = work_of(sequence, BAR, ())
    assert isinstance(work, SweepWork)
    return sequence, work


def test_the_end_that_the_recording_brings_to_the_work_goes_into_it() -> None:
    cases: list[tuple[GoalSequence, Work, list[int]]] = [
        (*nail(), [0, 0, -1]), (*board("eraser"), [1, 0, 0]),
    ]  # fmt: skip
    for sequence, work, ahead in cases:
        edge = edges_of(BAR, work, sequence)[0]
        np.testing.assert_allclose(edge.ahead, ahead)
        quats = draw_turns(edge, work, np.random.default_rng(0), 5)
        np.testing.assert_allclose(
            matrices(quats) @ edge.ahead, np.tile(edge.into, (5, 1)), atol=1e-9
        )
        np.testing.assert_allclose(edge.at(quats) @ edge.ahead, np.abs(BAR.size() @ edge.ahead) / 2)


def test_what_wipes_is_the_broad_face_though_it_was_recorded_askew() -> None:
    sequence, work = board("eraser")
    goals, half = sequence.goals.copy(), np.radians(40) / 2
    goals[:, 3:] = np.cos(half), 0.0, np.sin(half), 0.0
    askew = GoalSequence("eraser", "bar", "task", goals[0], goals)
    ahead = matrices(goals[:1, 3:])[0].T @ [1.0, 0, 0]
    assert abs(ahead[0]) > abs(ahead[2]) > 0.5, "the narrow end is more into the board"
    broad, narrow = edges_of(BAR, work, askew)
    np.testing.assert_allclose(np.abs([broad.ahead, narrow.ahead]), [[0, 0, 1], [1, 0, 0]])


def test_a_pen_leans_on_one_corner_and_a_brush_goes_broadside() -> None:
    sequence, work = board("marker")
    edge = edges_of(BAR, work, sequence)[0]
    quats = draw_turns(edge, work, np.random.default_rng(0), 20)
    leaning = np.degrees(np.arccos((matrices(quats) @ edge.ahead) @ edge.into))
    assert leaning.min() > 14 and leaning.max() < 51
    tips = np.abs(edge.at(quats)) - [0.08, 0.015, 0.01]
    assert (np.abs(tips).max(axis=1) < 1e-3).sum() > 15  # others lean along an edge
    sequence, sweeping = beads()
    edge = edges_of(BAR, sweeping, sequence)[0]
    quats = draw_turns(edge, sweeping, np.random.default_rng(0), 20)
    assert edge.breadth(quats, np.array([0, 1.0, 0])).min() > 0.8 * 0.16


def test_a_blow_ends_behind_the_head_of_a_nail_that_is_partly_in() -> None:
    _, work = nail()
    way = strike(work, np.array([0.0, 0.035]))
    assert (way.points[:, 0, 2] > work.head[2] - [0, 0.035]).all()
    np.testing.assert_allclose(way.points[1, 1], work.head - [0, 0, NAIL_FREE + 0.02])
    assert way.speed[1] >= 1.0 and not way.press.any()
    assert first_way(work).points.shape == (1, 3, 3)


def test_a_stroke_presses_on_its_lines_only_and_a_sweep_goes_past_the_line() -> None:
    _, work = board("marker")
    lines = [*strokes_on(work), np.array([[0.29, 0.0, 0.3], [0.29, 0.02, 0.3]])]
    way = stroke(lines, np.array([1.0, 0, 0]), 0.01, 3)
    assert way.points.shape == (3, 8, 3)
    np.testing.assert_array_equal(way.press, way.points[0, :, 0] > 0.2899)
    assert (way.speed[way.press] == 0.01).all() and way.rest[~way.press].all()
    _, sweeping = beads()
    along = sweep(sweeping).points[0] @ [*sweeping.axis, 0.0]
    low = sweep(sweeping).points[0, :, 2] < 0.008
    swarm = sweeping.stands[-1].pos[:2] @ sweeping.axis
    assert along[low].min() < swarm - 0.03 and along[low].max() > sweeping.line + 0.03


class Held:
    """A stub of a motion: the tool is the arm's own end, and nothing else moves."""

    def __init__(self, world: object, reach: float) -> None:
        self.world, self.q = world, np.array([[0.0, 0, 0.2]])
        self.held, self._reach = np.array([[0.0, 0, 0, 1, 0, 0, 0]]), reach

    @property
    def tool(self) -> Array:
        return np.concatenate((self.q, [[1.0, 0, 0, 0]]), axis=1)

    def aim(self, tool: Array, held: Array, iterations: int) -> Array:
        return tool[:, :3]

    def lead(self, q: Array) -> None:
        assert np.abs(q - self.q).max() < 0.0251
        self.q = np.minimum(q, [np.inf, np.inf, self._reach])


class Idle:
    n, diverged = 1, np.zeros(1, bool)


def test_an_edge_keeps_to_its_way_and_to_the_speed_of_joints() -> None:
    motion = Held(Idle(), np.inf)
    guiding = Guiding(motion, np.array([[1.0, 0, 0, 0]]), np.zeros((1, 3)))  # type: ignore[arg-type]
    points = np.array([[[0.3, 0, 0.2], [0.3, 0.1, 0.2]]])
    way = EdgeWay(points, np.array([3.0, 0.1]), np.ones(2, bool), np.zeros(2, bool))
    seen = []
    for _ in guiding.follow(way):
        seen.append(guiding.edge[0])
    path = np.array(seen)
    assert np.minimum(np.abs(path[:, 1]), np.abs(path[:, 0] - 0.3)).max() < 1e-3
    np.testing.assert_allclose(path[-1], points[0, -1], atol=1e-3)
    assert len(path) * DT == pytest.approx(1.3, rel=0.2)


def test_what_presses_goes_in_until_the_force_is_there_and_waits_for_a_touch() -> None:
    motion = Held(Idle(), np.inf)
    guiding = Guiding(motion, np.array([[1.0, 0, 0, 0]]), np.zeros((1, 3)))  # type: ignore[arg-type]
    down, stiff, surface = np.array([0.0, 0, -1]), 500.0, 0.0995

    def felt() -> Array:
        return stiff * np.maximum(surface - motion.q[:, 2], 0.0)

    way = stroke([np.array([[0, 0, 0.1], [0.02, 0, 0.1]])], down, 0.02)
    forces = [felt()[0] for _ in guiding.follow(way, down, 0.5, felt)]
    assert 0.2 < max(forces) < 0.6
    away = stroke([np.array([[0.02, 0, 0.2], [0.05, 0, 0.2]])], down, 0.02)
    steps = sum(1 for _ in guiding.follow(away, down, 0.5, felt))
    assert steps > 80 + 0.03 / 0.02 / DT  # nothing is there: it goes on after a while


def test_the_force_on_a_board_is_felt(monkeypatch: pytest.MonkeyPatch) -> None:
    _, work = board("eraser")
    world = World(pose_scene("fr3+leap", BAR, (), None, work), 1, 1)
    rows = np.zeros((POINTS, 7))
    rows[:3, :2] = [[1, 0.4], [1, 0.3], [0, 9.0]]  # two contacts, and what is left of a third
    sensed = np.zeros((1, world.model.nsensordata))
    sensed[0, world.compiled.index.sensor(FELT)] = rows.ravel()
    monkeypatch.setattr(world.sim, "bind", lambda name: sensed)
    assert felt_on(world)()[0] == pytest.approx(0.7)
