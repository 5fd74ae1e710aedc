"""Teleoperation without a browser: limits, demonstrations, and that these repeat."""

import time
from pathlib import Path

import numpy as np
import pytest
from tests.llm_planner.studio.conftest import until

from habilis.assets.scene.things import Scene
from habilis.envs.control.limiter import TCP_SPEED
from habilis.llm_planner.studio.recorded import read_recorded
from habilis.llm_planner.studio.session import Session
from habilis.llm_planner.studio.stage import Setting, scene_task
from habilis.llm_planner.studio.teleop import Show, Teleoperate, Wish
from habilis.policies.data.episodes import Trajectory
from habilis.policies.data.minari_files import read
from habilis.policies.evaluation.evaluate import EpisodeResult


def test_a_wish_stays_where_it_can_be_fulfilled(scene: Scene) -> None:
    stage, wish = Setting(scene_task(scene)), Wish()
    wish.begin(stage.core)
    start = wish.now
    np.testing.assert_allclose(start.pos, stage.robot.observe().tcp[0], atol=1e-6)
    wish.move(np.array([9.0, -9.0, -9.0]))
    np.testing.assert_allclose(wish.now.pos, (0.5, -0.3, 0.01))
    wish.put(rot=np.eye(3), aperture=5.0)
    low, high = stage.world.robot.effector.aperture
    assert wish.now.aperture == high and wish.now.rot is start.rot, "control 'ee' does not turn"
    wish.grip()
    assert wish.now.aperture == low


def test_a_hand_is_limited_as_a_robot_is_and_what_it_did_repeats(
    session: Session, tmp_path: Path
) -> None:
    wish, at = Wish(), []
    session.act(Teleoperate(wish, record=True), "teleoperation")
    until(lambda: session.moment.time > 0.2)
    wish.move(np.array([0.0, 0.25, -0.3]))
    while session.moment.time < 2.0:
        moment = session.moment
        at.append((moment.time, moment.tcp))
        time.sleep(0.005)
    session.stop()
    until(lambda: session.lines() and session.moment.acting == "")
    for (t0, p0), (t1, p1) in zip(at, at[1:], strict=False):
        assert np.linalg.norm(p1 - p0) <= 1.25 * TCP_SPEED * (t1 - t0) + 2e-3
    (path,) = tmp_path.glob("demonstrations/Scene/*-v0")
    dataset = read(path)
    (kept,) = dataset.episodes
    assert len(kept) >= 15 and len(kept.observations) == len(kept) + 1
    assert not kept.success and dataset.about.agent == "teleoperation"
    found = read_recorded(path)
    assert isinstance(found.scene, Scene) and found.scene == session.moment.scene
    session.act(found.actor, "again")
    until(lambda: any("it repeats exactly" in line for line in session.lines()))


def test_another_task_is_not_acted(session: Session, tmp_path: Path) -> None:
    nothing = np.zeros((2, 3), np.float32)
    told = EpisodeResult(0, False, "", 2, 0.0)
    episode = Trajectory(np.zeros((3, 1)), nothing, nothing, np.zeros(2), False, told)
    session.act(Show("habilis/ReachMilk-v0", episode), "again")
    until(lambda: any("the episode is of habilis/ReachMilk-v0" in s for s in session.lines()))
    with pytest.raises((ValueError, OSError)):
        read_recorded(tmp_path)
