"""Stored grasps: what a file holds, what it refuses, and that all of them are of today's models."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import numpy as np
import pytest

from habilis.assets.grasps import (
    GraspKeyframe,
    GraspSet,
    grasp_path,
    load_grasps,
    save_grasps,
    stored,
)
from habilis.assets.hand_scene import compile_hand, digest_of
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.tools import TOOLS, make_tool

STORED = stored("leap")
NEEDED = 20  # grasps of each medium tool


@functools.cache
def compiled(tool: str, size: str) -> Compiled:
    return compile_hand("leap", make_tool(tool, size))


def line() -> GraspKeyframe:
    """Two joints that follow the tool joint along a bent line."""
    none = np.zeros(0)
    return GraspKeyframe(
        ("thumb", "index"), np.zeros(7), np.array([0.0, 0.1, 0.2]),
        np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 2.0]]), np.zeros(2), 0.1, (0.0, 0.2),
        none, none, none, none,
    )  # fmt: skip


def test_the_synergy_is_linear_between_rows_and_beyond_them() -> None:
    joints = line().joints([-0.1, 0.0, 0.05, 0.1, 0.15, 0.2, 0.3])
    want = np.array([[-1.0, -2], [0, 0], [0.5, 1], [1, 2], [2, 2], [3, 2], [5, 2]])
    np.testing.assert_allclose(joints, want, atol=1e-12)
    assert line().joints(0.05).shape == (2,)
    assert line().joints(np.zeros((4, 3))).shape == (4, 3, 2)


def test_every_kind_of_tool_has_grasps_in_the_leap_hand() -> None:
    counts = {tool: len(load_grasps("leap", tool, "medium")) for tool, s in STORED if s == "medium"}
    assert set(counts) == set(TOOLS)
    assert min(counts.values()) >= NEEDED, counts


@pytest.mark.parametrize(("tool", "size"), STORED)
def test_what_is_stored_is_of_this_model_and_within_its_limits(tool: str, size: str) -> None:
    grasps, model = load_grasps("leap", tool, size), compiled(tool, size).model
    grasps.check(compiled(tool, size).model)
    scores = [grasp.score for grasp in grasps.grasps if grasp.score]
    assert len(scores) == len(grasps) > 0
    assert max(s.creep for s in scores) <= 0.5 and min(s.range for s in scores) >= 0.8
    quality = [s.quality for s in scores]
    assert quality == sorted(quality, reverse=True), "best first"
    for grasp in grasps.grasps:
        assert grasp.qpos.shape == (model.nq,) and grasp.ctrl.shape == (model.nu,)
        assert grasp.qvel.shape == grasp.warmstart.shape == (model.nv,)
        assert grasp.limits[0] < grasp.hold < grasp.limits[1]
        assert grasp.fingers[0] == "thumb" and len(grasp.fingers) >= 3


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    tool, size = STORED[0]
    grasps = load_grasps("leap", tool, size)
    path = save_grasps(grasps, tmp_path)
    assert path == grasp_path("leap", tool, size, tmp_path)
    assert path.read_bytes() == grasp_path("leap", tool, size).read_bytes()


def test_a_grasp_of_another_model_is_refused_with_both_hashes() -> None:
    tool, size = STORED[0]
    grasps = load_grasps("leap", tool, size)
    heavier = compile_hand("leap", make_tool(tool, size, mass=0.05)).model
    with pytest.raises(ValueError, match=rf"{grasps.digest}.*{digest_of(heavier)}.*grasps find"):
        grasps.check(heavier)
    wrong = dataclasses.replace(grasps, digest="0123456789ab")
    with pytest.raises(ValueError, match="0123456789ab"):
        wrong.check(compiled(tool, size).model)


def test_the_digest_is_of_physics_only() -> None:
    tool = make_tool("tweezers")
    digests = {digest_of(compile_hand("leap", tool).model) for _ in range(2)}
    assert len(digests) == 1
    for name, value in {"spring": 0.61, "friction": 0.9, "drag": 0.003, "preload": 0.14}.items():
        other = make_tool("tweezers", "medium", **{name: value})
        digests.add(digest_of(compile_hand("leap", other).model))
    assert len(digests) == 5


def test_unknown_names_and_missing_files_say_what_exists(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="did you mean 'tweezers'"):
        load_grasps("leap", "tweezer")
    with pytest.raises(ValueError, match="unknown size 'huge'.*small, medium, large"):
        load_grasps("leap", "tongs", "huge")
    with pytest.raises(ValueError, match="unknown hand 'leep'"):
        load_grasps("leep", "tongs")
    with pytest.raises(FileNotFoundError, match="tongs_medium.*stored: none.*grasps find tongs"):
        load_grasps("leap", "tongs", folder=tmp_path)
    empty = GraspSet("leap", "pliers", "small", "0" * 12, {}, ())
    save_grasps(empty, tmp_path)
    with pytest.raises(FileNotFoundError, match="stored: pliers_small"):
        load_grasps("leap", "tongs", folder=tmp_path)
