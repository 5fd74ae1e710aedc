"""Profiles that a stranger might write, or mean harm with."""

from __future__ import annotations

import pytest

from habilis.envs.ros.profiles import parse_profile, profile_path

FR3 = profile_path("fr3").read_text(encoding="utf-8")
FINGERS = "joints: [fr3_finger_joint1, fr3_finger_joint2]"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("states: /joint_states", 'states: "/joint\\e[2Jstates"', "expected a ROS name"),
        ("states: /joint_states", 'states: "/joint states"', "expected a ROS name"),
        ("states: /joint_states", "states: /joint-states", "expected a ROS name"),
        ("states: /joint_states", "states: /fr3_arm_controller/joint_trajectory", "twice"),
        ("base_frame", "cameras: {a: /x, b: /x}\nbase_frame", "topics of their own, got /x twice"),
        ("  fr3_joint1:", '  "fr3\\e[2Jjoint1":', "expected names of joints"),
        (FINGERS, "joints: [fr3_finger_joint1, fr3_finger_joint1]", "each once"),
        (FINGERS, "joints: [fr3_joint1]", "fr3_joint1 is a joint of the arm"),
        ("aperture: [0.0, 0.08]", "aperture: [-1, 0.08]", "0 or more to 1 m"),
        ("aperture: [0.0, 0.08]", "aperture: [0, 80]", "0 or more to 1 m"),
        ("max_effort: 40.0", "max_effort: 1.0e+9", "max_effort"),
        ("scale: 1.0", "scale: 1.0e+6", "scale"),
        ("  rate: 50", "  rate: 20\n  lead: 0.1", "expected at least 0.2"),
        ("velocity: 2.175", "velocity: .nan", "velocity"),
        ("acceleration: 10.0", "acceleration: .inf", "acceleration"),
    ],
)
def test_what_makes_no_sense_is_named(old: str, new: str, said: str) -> None:
    assert old in FR3
    with pytest.raises(ValueError, match=said.replace("[", r"\[")):
        parse_profile(FR3.replace(old, new, 1), "x.yaml")
