"""Who may go on after a stop: nobody, unless nothing but the program itself was at fault."""

from __future__ import annotations

import numpy as np
import pytest
from tests.envs.ros.robot.test_robot import OPEN, Bridge, scene

from habilis.assets.scene.things import Scene
from habilis.envs.control.command import CommandBatch
from habilis.envs.control.joint_limiter import StoppedError

__all__ = ["scene"]  # the fixture
pytestmark = pytest.mark.usefixtures("no_thread")


def test_a_key_that_is_pressed_while_the_first_plan_is_made_stops_it(scene: Scene) -> None:
    """The robot was never armed then, and is not by whoever has finished thinking."""
    bridge = Bridge(scene)
    bridge.robot.connect()
    bridge.robot.stop("the key 'q'")
    bridge.robot.ready()
    with pytest.raises(StoppedError, match="the key 'q'"):
        bridge.robot.command(CommandBatch(bridge.robot.controller.limiter.pos, OPEN))
    bridge.clock.sleep(0.2)
    bridge.robot.arm()  # by somebody who means it
    assert not bridge.robot.joints.stopped


def test_a_robot_that_was_let_go_of_is_taken_again_unless_somebody_stopped_it(
    scene: Scene,
) -> None:
    bridge = Bridge(scene).armed()
    bridge.go((0.0, 0.03, 0.0), 20)
    bridge.robot.release()
    still = bridge.arm.q.copy()
    bridge.clock.sleep(5.0)  # thought
    np.testing.assert_allclose(bridge.arm.q, still, atol=1e-6)
    bridge.robot.ready()
    bridge.go((0.0, -0.03, 0.0), 20)
    bridge.robot.release()
    bridge.robot.stop("the key 'q'")
    bridge.robot.release()
    bridge.robot.ready()
    assert bridge.robot.joints.stopped == "the key 'q'"


def test_only_a_stop_for_ones_own_lateness_can_be_let_go_of(scene: Scene) -> None:
    bridge = Bridge(scene).armed()
    bridge.go((0.0, 0.03, 0.0), 10)
    bridge.clock.sleep(1.0)
    assert bridge.robot.late and "no command for" in bridge.robot.joints.stopped
    bridge.robot.release()
    bridge.robot.ready()
    assert not bridge.robot.joints.stopped
    bridge.go((0.0, 0.03, 0.0), 10)
    bridge.clock.sleep(1.0)
    bridge.robot.stop("the key 'q'")
    assert not bridge.robot.late, "whoever stops it now means it"
    bridge.robot.release()
    bridge.robot.ready()
    assert bridge.robot.joints.stopped == "the key 'q'"
