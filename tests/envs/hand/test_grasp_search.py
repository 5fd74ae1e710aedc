"""The search finds grasps, the same for a seed, and what is stored holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from habilis.assets.grasps import load_grasps, save_grasps, stored
from habilis.assets.hand_scene import compile_hand
from habilis.assets.tools import make_tool
from habilis.envs.hand import grasp_scoring as scoring
from habilis.envs.hand.grasp_sampling import sample_grasps
from habilis.envs.hand.grasp_search import Found, Limits, find_grasps, score_grasps
from habilis.envs.hand.holding import Holding

STORED = stored("leap")


def test_a_small_search_finds_grasps_and_the_same_ones_again(tmp_path: Path) -> None:
    reports: list[Found] = []
    first = find_grasps("leap", "tweezers", "medium", 3, 3, progress=reports.append)
    again = find_grasps("leap", "tweezers", "medium", 3, 3, nthread=1)
    paths = [save_grasps(g, tmp_path / str(i)) for i, g in enumerate((first, again))]
    assert len(first) >= 1
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert reports[-1].reached == 3 and reports[-1].kept == first.made["passed"] == len(first)


def test_scores_are_those_of_what_was_stored() -> None:
    grasps = load_grasps("leap", "tongs")
    (score,) = score_grasps(compile_hand("leap", make_tool("tongs")), grasps.grasps[:1])
    want = grasps.grasps[0].score
    assert score and want
    assert Limits().passed(score)
    assert score.range == pytest.approx(want.range, abs=0.02)
    assert score.creep == pytest.approx(want.creep, abs=0.05)


@pytest.mark.parametrize(("tool", "size"), STORED)
def test_stored_grasps_hold_with_gravity_to_and_from_the_palm(tool: str, size: str) -> None:
    compiled = compile_hand("leap", make_tool(tool, size))
    grasps = load_grasps("leap", tool, size).grasps[:2]
    world = Holding(compiled, 2 * len(grasps))
    out = scoring.hold(world, grasps, np.array([[0, 0, -1.0], [0, 0, 1.0]]), 1.0)
    assert out.kept.all()
    assert out.drift.max() < 0.003 and out.creep.max() < 2e-3


def test_a_grasp_with_slippery_fingers_is_not_kept() -> None:
    compiled = compile_hand("leap", make_tool("pliers", friction=0.1))
    grasps = load_grasps("leap", "pliers").grasps[:2]
    assert score_grasps(compiled, grasps) == [None, None]


@pytest.mark.parametrize("tool", ("tweezers", "pliers", "syringe"))
def test_sampled_fingers_keep_to_the_hand_and_start_off_the_tool(tool: str) -> None:
    compiled = compile_hand("leap", make_tool(tool))
    grasps = sample_grasps(compiled, np.random.default_rng(0), 40)
    assert len(grasps) >= 4
    lower, upper = np.array(compiled.in_hand.hand.lower), np.array(compiled.in_hand.hand.upper)
    for grasp in grasps:
        assert np.all((grasp.table >= lower) & (grasp.table <= upper))
        np.testing.assert_allclose(grasp.values[[0, -1]], compiled.in_hand.tool.joint.range)
    world = Holding(compiled, len(grasps))
    ids = np.arange(world.n)
    world.start(ids)
    world.pose(ids, np.array([g.pre for g in grasps]), np.array([g.tool_pose for g in grasps]))
    world.sim.forward()
    assert world.touching.any(axis=(1, 2)).mean() < 0.2
