"""Where a camera is, from views of a tag; refused, with reasons, where they do not tell."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tests.envs.ros.tags.printed import K, facing, projected, transform

from habilis.envs.ros.tags.hand_eye import CalibrationError, Pair, calibrate
from habilis.envs.ros.tags.pairs import load_pairs, save_pairs
from habilis.scripts.cli import main

TAG = 0.06
PLACES = {
    True: (transform((0.1, -0.2, 1.6), (0.05, 0.01, -0.06)), transform((0, 0, 0.4), (0.5, 0, 0))),
    False: (
        transform((2.2, -2.2, 0.3), (1.0, 0.1, 0.5)), transform((0.1, 0.2, 0.3), (0.01, 0, 0.03))
    ),
}  # fmt: skip


def pairs(
    in_hand: bool, count: int = 12, noise: float = 0.05, axes: tuple[float, ...] = (0.5, 0.5, 0.5)
) -> list[Pair]:
    """Views with the hand turned about some axes, by so many rad in the middle."""
    rng = np.random.default_rng(5)
    camera, tag = PLACES[in_hand]
    out = []
    for k in range(count):
        before = [*rng.uniform(-0.12, 0.12, 2), rng.uniform(0.4, 0.6)]
        seen = facing(rng.normal(0, axes, 3), before)
        hand = tag @ np.linalg.inv(seen) @ np.linalg.inv(camera)
        corners = projected(seen, TAG) + rng.normal(0, noise, (4, 2))
        q = np.full(7, 0.1 * k)
        out.append(Pair(q, hand if in_hand else np.linalg.inv(hand), corners, K))
    return out


@pytest.mark.parametrize("in_hand", [True, False])
def test_the_camera_is_found_and_how_well_it_is_known(in_hand: bool) -> None:
    found = calibrate(pairs(in_hand), TAG, in_hand)
    camera, tag = PLACES[in_hand]
    assert found.spread < 0.001
    assert np.linalg.norm(found.camera[:3, 3] - camera[:3, 3]) < 4 * found.spread
    assert np.linalg.norm(found.tag[:3, 3] - tag[:3, 3]) < 0.001
    assert np.abs(found.camera[:3, :3] - camera[:3, :3]).max() < 0.002
    assert found.residual < 0.1 and np.isfinite(found.residuals).all()


def test_a_view_that_does_not_belong_is_left_out() -> None:
    views = pairs(False)
    views[3] = dataclasses.replace(
        views[3], hand=transform((0.1, 0, 0), (0.02, 0, 0)) @ views[3].hand
    )
    found = calibrate(views, TAG, False)
    assert np.flatnonzero(np.isnan(found.residuals)).tolist() == [3]
    assert np.linalg.norm(found.camera[:3, 3] - PLACES[False][0][:3, 3]) < 0.001


def test_poor_motion_is_refused_with_the_reason() -> None:
    with pytest.raises(CalibrationError, match="at least 8 views are needed, got 7"):
        calibrate(pairs(True, 7), TAG, True)
    with pytest.raises(CalibrationError, match="about one axis only"):
        calibrate(pairs(True, axes=(0.0, 0.0, 0.5)), TAG, True)
    with pytest.raises(CalibrationError, match="degrees at most; 20 are needed"):
        calibrate(pairs(True, axes=(0.02, 0.02, 0.02)), TAG, True)


def test_what_does_not_fit_is_refused_with_what_it_may_be() -> None:
    with pytest.raises(CalibrationError, match="the size of the tag is wrong"):
        calibrate(pairs(False), TAG * 0.8, False)
    with pytest.raises(CalibrationError, match="the tag or the camera is loose"):
        calibrate(pairs(False, noise=2.0), TAG, False)


def test_views_are_kept_and_calibrated_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "front.views.json", tmp_path / "front.yaml"
    save_pairs(path, "front", TAG, False, pairs(False))
    camera, size, in_hand, again = load_pairs(path)
    assert (camera, size, in_hand, len(again)) == ("front", TAG, False, 12)
    np.testing.assert_array_equal(again[2].hand, pairs(False)[2].hand)
    assert main(["ros", "calibrate", "--views-from", str(path), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "camera 'front' in the frame of the base: 1.0" in said and "known within 0." in said
    assert "parent: base" in out.read_text()
    save_pairs(path, "front", TAG, False, pairs(False, 7))
    assert main(["ros", "calibrate", "--views-from", str(path), "--out", str(out)]) == 1
    assert "NOT CALIBRATED: at least 8 views" in capsys.readouterr().out
    path.write_text("{}")
    with pytest.raises(CalibrationError, match="holds no pairs"):
        load_pairs(path)
    assert main(["ros", "calibrate"]) == 2
