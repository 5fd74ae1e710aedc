"""Tools to be posed, and the data of DexToolBench where there is a copy of it."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path

import mujoco
import numpy as np
import pytest
from tests.roots import need

from habilis.assets.dextool.families import FAMILIES, draw_tool
from habilis.assets.dextool.scans import TOOL, dressing, scanned_tool
from habilis.assets.dextool.scene import STANCES, grasp_scene, pose_scene
from habilis.assets.dextool.sequences import KEYPOINTS, interleaved, load_sequences
from habilis.assets.robots.hands.sharpa import ARM_URDF, data_root
from habilis.assets.robots.registry import make_robot
from habilis.assets.scene.solids.mesh import mesh_parts
from habilis.assets.scene.solids.parts import box_around


@pytest.fixture
def root() -> Path:
    need("sharpa")
    return data_root("the test")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_drawn_tool_keeps_to_the_ranges_of_its_family(family: str) -> None:
    kind = FAMILIES[family]
    for seed in range(20):
        tool = draw_tool(family, np.random.default_rng(seed))
        pieces = [kind.handle] + ([kind.head] if kind.head else [])
        assert len(tool.parts) == len(pieces)
        for part, piece in zip(tool.parts, pieces, strict=True):
            low, high = part.bounds()
            size = high - low
            assert piece.length[0] <= size[0] + 1e-9 and size[0] <= piece.length[1] + 1e-9
            assert piece.width[0] <= size[1] + 1e-9 and size[1] <= piece.width[1] + 1e-9
            assert part.mass_share is not None
            density = part.mass_share / part.volume
            assert piece.density[0] <= density <= piece.density[1]
        low, high = tool.bounds()
        edge, ahead = (np.array(tool.frames[name]) for name in ("edge", "ahead"))
        assert (edge >= low - 1e-9).all() and (edge <= high + 1e-9).all()
        np.testing.assert_allclose(ahead - edge, 0.05 * np.array(kind.works), atol=1e-12)
    assert draw_tool(family, np.random.default_rng(3)) == draw_tool(
        family, np.random.default_rng(3)
    )


def test_an_unknown_family_is_named() -> None:
    with pytest.raises(ValueError, match="did you mean 'hammer'"):
        draw_tool("hamer", np.random.default_rng(0))


def test_mass_and_inertia_of_a_compiled_tool_are_those_of_its_parts() -> None:
    tool = draw_tool("hammer", np.random.default_rng(0))
    model = grasp_scene("leap", tool).model
    body = model.body(TOOL)
    assert body.mass[0] == pytest.approx(tool.mass)
    lever = tool.parts[1].pos[0] * (tool.parts[1].mass_share or 0) / tool.mass
    assert body.ipos[0] == pytest.approx(lever)
    thick = sum((p.mass_share or 0) * p.size[0] ** 2 / 12 for p in tool.parts)
    assert body.inertia.max() > thick


def test_robots_stand_behind_the_table_with_the_hand_clear() -> None:
    for robot in ("fr3+leap",):
        compiled = pose_scene(robot, draw_tool("marker", np.random.default_rng(0)))
        model, data = compiled.model, mujoco.MjData(compiled.model)
        data.qpos[compiled.index.qpos(compiled.robot.joints)] = STANCES[robot].ready
        hand = compiled.robot.effector.hand
        assert hand is not None
        data.qpos[compiled.index.qpos(hand.joints)] = hand.home
        mujoco.mj_forward(model, data)
        assert data.ncon == 0
        assert data.site("tcp").xpos[2] > 0.1
        assert np.abs(data.site("tcp").xpos[:2]).max() < 0.2


def test_files_that_hold_no_poses_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no goal sequences"):
        load_sequences(tmp_path)
    path = tmp_path / "dextoolbench/trajectories/hammer/maul/swing.json"
    path.parent.mkdir(parents=True)
    for bad in ({}, {"start_pose": [0] * 7, "goals": [[1, 2]]}, {"start_pose": "x", "goals": []}):
        path.write_text(json.dumps(bad))
        with pytest.raises(ValueError, match="swing.json"):
            load_sequences(tmp_path)
    good = [0.1, 0.2, 0.6, 0.0, 0.0, 0.0, 2.0]
    path.write_text(json.dumps({"start_pose": good, "goals": [good] * 3}))
    (one,) = load_sequences(tmp_path, "hammer")
    assert one.name == "hammer/maul/swing" and len(one.goals) == 3
    np.testing.assert_allclose(one.start, [0.1, 0.2, 0.07, 1, 0, 0, 0])
    with pytest.raises(ValueError, match="goal sequence"):
        load_sequences(tmp_path, "brush")


def test_keypoints_are_corners_of_the_published_box() -> None:
    np.testing.assert_allclose(np.ptp(KEYPOINTS, axis=0), [0.2115, 0.045375, 0.04065])


def test_a_scan_with_holes_is_closed_before_it_is_cut(tmp_path: Path) -> None:
    pytest.importorskip("coacd")
    corners = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    faces = [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6)]
    lines = [f"v {0.1 * x} {0.02 * y} {0.02 * z}" for x, y, z in corners]
    path = tmp_path / "open.obj"
    path.write_text("\n".join(lines + [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in faces]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parts = mesh_parts("box", path, closed=True, most=4)
    low, high = box_around(parts)
    np.testing.assert_allclose(high - low, [0.1, 0.02, 0.02], atol=2e-3)
    with pytest.warns(UserWarning, match="not watertight"):
        assert len(mesh_parts("box", path)) == 1


def test_the_benchmark_has_24_sequences_of_954_goals(root: Path) -> None:
    sequences = load_sequences(root)
    assert len(sequences) == 24 and sum(len(s.goals) for s in sequences) == 954
    assert sum(s.buried for s in sequences) == 2
    mixed = interleaved(sequences)
    assert sorted(s.name for s in mixed) == [s.name for s in sequences]
    assert len({s.category for s in mixed[:6]}) == 6
    assert len({(s.category, s.tool) for s in mixed[:12]}) == 12
    for s in sequences:
        assert 21 <= len(s.goals) <= 100 and -0.04 < s.start[2] < 0.1
        stands = dressing(root, s)
        want = {"hammer": (1, 2), "marker": (1,), "eraser": (1,)}.get(s.category, (0,))
        assert len(stands) in want and all(thing.fixed for thing in stands)


def test_the_robot_is_where_the_benchmarks_own_file_has_it(root: Path) -> None:
    """The lean arm with the maker's hand, link by link against the URDF of both."""
    path = root / "assets" / "urdf" / ARM_URDF
    head, rest = path.read_text().split("<robot", 1)
    name, body = rest.split(">", 1)
    options = 'strippath="false" discardvisual="true" fusestatic="false" balanceinertia="true"'
    text = (
        f'{head}<robot{name}><mujoco><compiler {options} meshdir="{path.parent}"/></mujoco>{body}'
    )
    theirs = mujoco.MjSpec.from_string(text).compile()
    ours = make_robot("iiwa14+sharpa")[1].compile()
    np.testing.assert_allclose(ours.jnt_range, theirs.jnt_range, atol=1e-4)
    one, two = mujoco.MjData(ours), mujoco.MjData(theirs)
    rng = np.random.default_rng(0)
    for _ in range(3):
        one.qpos[:] = two.qpos[:] = rng.uniform(*ours.jnt_range.T)
        mujoco.mj_kinematics(ours, one)
        mujoco.mj_kinematics(theirs, two)
        for body in ("left_hand_C_MC", "left_thumb_DP", "left_index_DP", "left_pinky_DP"):
            mine = one.body(f"hand/{body}")
            np.testing.assert_allclose(mine.xpos, two.body(body).xpos, atol=1e-4)
            np.testing.assert_allclose(mine.xmat, two.body(body).xmat, atol=1e-3)


@pytest.mark.slow
def test_a_scanned_tool_weighs_what_its_file_says(root: Path) -> None:
    pytest.importorskip("coacd")
    eraser, given = scanned_tool(root, "eraser", "flat_eraser")
    assert given is None and eraser.mass == pytest.approx(0.074, rel=0.15)
    hammer, given = scanned_tool(root, "hammer", "mallet_hammer")
    assert given is not None and hammer.mass == 0.333
    body = grasp_scene("leap", hammer, given).model.body(TOOL)
    np.testing.assert_allclose(body.ipos, [0.1, 0, 0])
    np.testing.assert_allclose(body.inertia, 1e-3)


def test_without_a_copy_the_message_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEXTOOLBENCH_ROOT", raising=False)
    with pytest.raises(FileNotFoundError, match="set DEXTOOLBENCH_ROOT"):
        data_root("hand 'sharpa'")
    assert "DEXTOOLBENCH_ROOT" not in os.environ
