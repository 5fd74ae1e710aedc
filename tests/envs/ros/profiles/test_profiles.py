"""Profiles: what is shipped is whole, and what a user writes is checked."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from habilis.assets.robots.registry import ARMS
from habilis.envs.ros.motion.joints import RosJoints
from habilis.envs.ros.profiles import FOLDER, ProfileError, load_profile, shipped
from habilis.envs.ros.transports.rosbridge.client import RosbridgeTransport

FR3 = ARMS["fr3"]

TEXT = (FOLDER / "fr3.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", shipped())
def test_what_is_shipped_is_whole(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert len(profile.joints) == len(profile.limits) == len(profile.home)
    assert profile.source and profile.notes
    assert profile.states.startswith("/") and profile.commands.topic.startswith("/")


def test_the_limits_of_the_fr3_are_not_wider_than_its_model() -> None:
    limits = load_profile("fr3").limits
    for field, own in (
        ("lower", FR3.limb.lower),
        ("upper", FR3.limb.upper),
        ("velocity", FR3.limb.velocity),
    ):
        got = np.array([getattr(limit, field) for limit in limits])
        assert (got >= own if field == "lower" else got <= own).all(), field


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.replace("name: fr3", "name: mine"), encoding="utf-8")
    assert load_profile(path).name == load_profile(str(path)).name == "mine"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("upper: 1.7628", "upper: 1.9", r"mine.yaml:\d+: .*fr3_joint2.*upper 1.9 is wider.*1.7628"),
        ("lower: -2.7437", "lower: -3", "fr3_joint1.*lower -3 is wider"),
        ("velocity: 2.175", "velocity: 9", "velocity 9 is wider than the 2.175 of joint1"),
        ("acceleration: 7.5", "acceleration: 8", "fr3_joint2.*acceleration 8 is wider"),
        ("lower: -3.0421", "lower: 0.5", "expected more than lower"),
        ("state_rate:", "state_rat:", "did you mean 'state_rate'"),
        ("  style: trajectory", "  style: trajectories", "unknown style.*did you mean 'trajec"),
        ("  style: trajectory", "  style: joint_state", "action goes with style trajectory only"),
        ("state_rate: 100", "state_rate: 0", "state_rate.*> 0"),
        ("robot: fr3", "robot: fr4", "unknown robot or hand 'fr4'; did you mean 'fr3'"),
        ("home: [0.0,", "home: [9.0,", r"home.*9 of fr3_joint1 is outside \[-2.7437, 2.7437\]"),
        ("home: [0.0,", "home: [", "expected 7 numbers in rad"),
        ("states: /joint_states", "states: /joint states", "expected a ROS name"),
        ("states: /joint_states\n", "", "missing key 'states'"),
        ("aperture: [0.0, 0.08]", "aperture: [0.1, 0.08]", "expected low < high"),
        ("  rate: 50", "  rate: 50\n  order: [fr3_joint1]", "each joint once; missing: fr3_joint2"),
        ("  rate: 50", "  rate: 50\n  order: [fr3_jont1]", "did you mean 'fr3_joint1'"),
        ("{state_age: 0.2", "{state_ages: 0.2", "did you mean 'state_age'"),
        ("{state_age: 0.2", "{state_age: -1", "state_age.*> 0"),
        ("{state_age: 0.2", "{state_age: 1000", "state_age.*> 0 up to 1, got"),
        ("watch: {", "watch: {tracking: 1000, ", "tracking.*> 0 up to 2, got"),
        ("  rate: 50", "  rate: 50\n  lead: 3", "lead.*> 0 up to 0.5, got"),
        ("  rate: 50", "  rate: 5", "rate.*at least 20, got 5"),
        ("  fr3_joint7:", "  #", "fr3 has 7 joints .* got 6"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TEXT
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProfileError, match=said):
        load_profile(path)


def test_names_and_files_that_do_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="unknown profile 'fr'; did you mean 'fr3'"):
        load_profile("fr")
    with pytest.raises(ProfileError, match=r"none.yaml: no such file \(shipped profiles: .*fr3"):
        load_profile(tmp_path / "none.yaml")


def test_no_profile_goes_beyond_the_caps_however_it_is_made(tmp_path: Path) -> None:
    path = tmp_path / "wild.yaml"
    free = TEXT.replace("robot: fr3\n", "").replace("velocity: 2.61", "velocity: 1000")
    path.write_text(free, encoding="utf-8")
    with pytest.raises(ProfileError, match="velocity"):
        load_profile(path)
    fr3 = load_profile("fr3")
    for key in ("state_age", "state_delay", "command_age", "tracking", "tracking_time"):
        wild = dataclasses.replace(fr3, watch=dataclasses.replace(fr3.watch, **{key: 1000.0}))
        with pytest.raises(ValueError, match=f"{key} of watch is 1000, allowed are 0 to"):
            RosJoints(wild, RosbridgeTransport("ws://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{kind: set_bool, service: /air, takes: 0.5}", ""),
        ("{kind: trigger, close: /shut, open: /let_go, joints: [a]}", ""),
        ("{kind: bool, topic: /air, closed_is: false}", ""),
        ("{kind: bool, action: /air}", "key 'gripper.action': unknown key"),
        ("{kind: trigger, close: /shut}", "missing key 'open'"),
        ("{kind: trigger, close: /a, open: /b, closed_is: true}", "unknown key 'closed_is'"),
        ("{kind: set_bool, service: /air, takes: 60}", "takes.*up to 10"),
        ("{kind: set_bool, service: /air, joints: []}", "at least one joint"),
        ("{action: /air}", "missing key 'joints'"),
        ("{kind: suction, action: /air}", "unknown kind of gripper 'suction'"),
    ],
)
def test_a_gripper_has_the_keys_of_its_kind(tmp_path: Path, text: str, said: str) -> None:
    begin, end = TEXT.index("gripper:"), TEXT.index("home: [")
    path = tmp_path / "mine.yaml"
    path.write_text(f"{TEXT[:begin]}gripper: {text}\n{TEXT[end:]}", encoding="utf-8")
    if said:
        with pytest.raises(ProfileError, match=said):
            load_profile(path)
    else:
        gripper = load_profile(path).gripper
        assert gripper is not None and gripper.on_off
        assert gripper.closed_is == (gripper.kind != "bool")
