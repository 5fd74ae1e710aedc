"""What tools do is measured by physics, and only what tools do counts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.envs.dextool.stands import held, stand

from habilis.assets.arrays import Array
from habilis.assets.dextool.families import draw_tool
from habilis.assets.dextool.scans import TOOL
from habilis.assets.dextool.scene import pose_scene, stance
from habilis.assets.dextool.sequences import GoalSequence
from habilis.assets.dextool.work import (
    BEADS,
    FELT,
    NAIL,
    POINTS,
    BoardWork,
    NailWork,
    SweepWork,
    Work,
    work_of,
)
from habilis.assets.scene.things import Thing
from habilis.envs.dextool.effects.make import Effect, make_effect
from habilis.envs.dextool.effects.raster import CELL, Raster
from habilis.envs.world.world import World

DT = 0.004
START = np.array([0.0, 0.0, 0.3, 1.0, 0, 0, 0])
BLOCK = held("block", (0.04, 0.04, 0.04), 0.33)


def worked(category: str, goals: Array, *stands: Thing) -> Work:
    sequence = GoalSequence(category, "block", "task", START, goals)
    work = work_of(sequence, BLOCK, stands)
    assert work is not None
    return work


def poses(*places: tuple[float, float, float]) -> Array:
    return np.array([[*place, 1.0, 0, 0, 0] for place in places])


class Stage:
    """The block alone in the scene of a work, thrown or carried where a test wants it."""

    def __init__(self, work: Work, n: int = 1, tool: Thing = BLOCK) -> None:
        self.world = World(pose_scene("fr3+leap", tool, (), None, work), n, 1)
        index = self.world.compiled.index
        self._qpos, self._qvel = self.world.sim.bind("qpos"), self.world.sim.bind("qvel")
        self._tool, self._dofs = index.qpos(TOOL), index.dofs(TOOL)
        self.effect: Effect = make_effect(self.world, work, DT)
        hand = self.world.robot.effector.hand
        assert hand is not None
        arm, fingers = np.array(stance("fr3+leap").ready), np.array(hand.home)
        self.world.q[:] = arm  # out of the way
        self._qpos[:, index.qpos(hand.joints)] = fingers
        ctrl = np.concatenate((arm, hand.command(fingers)))
        self._ctrl = np.tile(ctrl, (n, 1, 1))

    def put(self, *places: tuple[float, float, float]) -> None:
        """Put the blocks there, at rest."""
        self._qpos[:, self._tool] = poses(*places)
        self._qvel[:, self._dofs] = 0.0
        self.world.settle(np.arange(self.world.n))

    def go(self, steps: int) -> None:
        """Let things take their course."""
        for _ in range(steps):
            self.world.advance_part(self._ctrl, last=True)
            self.effect.note(self._qpos[:, self._tool], np.zeros(self.world.n, bool))

    def carry(self, start: tuple[float, float, float], end: tuple[float, float, float]) -> None:
        """Carry the block along a line at 0.5 m/s."""
        steps = round(float(np.linalg.norm(np.subtract(end, start))) / (0.5 * DT))
        for way in np.linspace(start, end, steps):
            self._qpos[:, self._tool[:3]] = way
            self._qvel[:, self._dofs[:3]] = np.subtract(end, start) / (steps * DT)
            self._qvel[:, self._dofs[3:]] = 0.0
            self.go(1)

    def score(self, name: str = "score") -> Array:
        return self.effect.scores()[name]


@pytest.fixture
def nail() -> NailWork:
    goals = poses((0, 0, 0.3), (0, 0, 0.1))
    work = worked("hammer", goals, stand("peg", (0.03, 0.03, 0.09), (0.0, 0.0, 0.025)))
    assert isinstance(work, NailWork)
    return work


def test_the_nail_goes_away_from_the_tool_along_its_length(nail: NailWork) -> None:
    np.testing.assert_allclose(nail.head, [0, 0, 0.07])
    np.testing.assert_allclose(nail.axis, [0, 0, -1])


def test_a_nail_is_driven_by_blows_and_not_by_what_rests_on_it(nail: NailWork) -> None:
    stage = Stage(nail, 2)
    stage.put((0, 0, 0.0899), (0, 0, 0.2))
    stage.go(100)
    driven, blows = stage.score("driven_mm"), stage.score("blows")
    assert blows[0] == 0 and stage.world.opening(NAIL)[0] < 2e-4
    assert blows[1] >= 1 and driven[1] > 3 and driven[0] == 0
    assert driven[1] + stage.score("pushed_mm")[1] == pytest.approx(
        1e3 * stage.world.opening(NAIL)[1], abs=0.5
    )


def test_what_is_pressed_in_slowly_is_not_driven(nail: NailWork) -> None:
    stage = Stage(nail, tool=dataclasses.replace(BLOCK, mass=3.0))
    stage.put((0, 0, 0.0899))
    stage.go(50)
    assert stage.world.opening(NAIL)[0] > 0.005
    assert stage.score("driven_mm")[0] == 0 and stage.score("pushed_mm")[0] > 5


@pytest.mark.parametrize("category", ["marker", "eraser"])
def test_a_board_is_marked_where_the_tool_slides_on_it(category: str) -> None:
    board = stand("board", (0.02, 0.4, 0.4), (0.3, 0.0, 0.2))
    touching = 0.3 - 0.01 - 0.02
    goals = poses((0, 0, 0.2), (touching - 0.005, -0.05, 0.2), (touching - 0.005, 0.05, 0.2))
    work = worked(category, goals, board)
    assert isinstance(work, BoardWork)
    np.testing.assert_allclose(work.strokes[0], [[-0.05, 0.2], [0.05, 0.2]], atol=1e-9)
    stage = Stage(work)
    off, on = touching - 0.02, touching + 0.0005
    stage.carry((off, -0.05, 0.2), (off, 0.05, 0.2))
    assert stage.score()[0] == 0
    stage.carry((on, -0.05, 0.2), (on, 0.0, 0.2))
    half = stage.score()[0]
    stage.carry((on, 0.0, 0.2), (on, 0.05, 0.2))
    assert stage.score()[0] > 0.9
    if category == "marker":
        assert 0.4 < half < 0.6 and stage.score("on_stroke")[0] > 0.9
        stage.carry((on, 0.05, 0.2), (on, 0.05, 0.22))  # what is beside the stroke counts against
        assert stage.score("covered")[0] > 0.9 and stage.score()[0] < 0.87


def test_beads_count_beyond_the_line_unless_a_hand_moved_them() -> None:
    goals = poses((0, 0, 0.3), (0.1, 0, 0.025), (0.0, 0, 0.025), (-0.1, 0, 0.025))
    work = worked("brush", goals)
    assert isinstance(work, SweepWork)
    np.testing.assert_allclose(work.axis, [-1, 0])
    assert work.line == pytest.approx(-0.1 + 0.75 * 0.2)
    stage = Stage(work)
    stage.go(20)
    assert stage.score()[0] == 0
    stage.carry((0.1, 0, 0.021), (-0.1, 0, 0.021))
    assert stage.score()[0] > 0.6 and stage.score("handled")[0] == 0
    swept = stage.world.grains(BEADS)[0, :, 0]
    assert (swept < -work.line).mean() == stage.score()[0]


def test_cells_are_marked_on_lines_in_areas_and_around() -> None:
    raster = Raster(2, np.zeros(2), np.full(2, 0.1))
    raster.line(0, np.array([[0.01, 0.01], [0.01, 0.05]]))
    raster.area(1, np.array([[0.02, 0.02], [0.06, 0.02], [0.06, 0.04], [0.02, 0.04], [0.03, 0.03]]))
    lines, areas = raster.marked.sum(axis=(1, 2)) * CELL
    assert lines == pytest.approx(0.04, abs=2 * CELL)
    assert areas * CELL == pytest.approx(0.04 * 0.02, rel=0.05)
    wide = raster.widened(0.001)[0].sum() * CELL**2
    assert wide == pytest.approx(0.04 * 0.002, rel=0.4)
    raster.line(0, np.array([[-1.0, 0.0]]))  # off the board, which is no error


def test_what_lies_between_two_looks_at_a_pad_is_wiped_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board = stand("board", (0.02, 0.4, 0.4), (0.3, 0.0, 0.2))
    on = 0.3 - 0.01 - 0.02
    work = worked("eraser", poses((0, 0, 0.2), (on, -0.05, 0.2), (on, 0.05, 0.2)), board)
    stage = Stage(work)
    felt, columns = np.zeros((1, stage.world.model.nsensordata)), stage.world.compiled.index
    monkeypatch.setattr(stage.effect, "_sensed", felt)
    for y in (-0.01, -0.005, 0.0):  # an edge of 20 mm, and nothing else of the pad
        rows = np.zeros((POINTS, 7))
        rows[:2] = [[1, 1, 0, 0, on, y, z] for z in (0.19, 0.21)]
        felt[0, columns.sensor(FELT)] = rows.ravel()
        stage.effect.note(stage.world.sim.bind("qpos")[:, :7], np.zeros(1, bool))
    assert stage.score()[0] == pytest.approx(0.01 / 0.104, rel=0.1)


def test_what_spatulas_and_screwdrivers_do_is_not_measured() -> None:
    sequence = GoalSequence("spatula", "flat", "flip", START, poses((0, 0, 0.1)))
    assert work_of(sequence, draw_tool("spatula", np.random.default_rng(0)), ()) is None


def test_what_no_goal_comes_near_is_no_work() -> None:
    board = stand("board", (0.02, 0.4, 0.4), (0.3, 0.0, 0.2))
    for category in ("marker", "brush"):
        sequence = GoalSequence(category, "block", "task", START, poses((0, 0, 0.3)))
        assert work_of(sequence, BLOCK, (board,)) is None
