"""Profiles of bases: what ships, what a file may say, and that no file goes beyond the caps."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from tests.envs.ros.base.base_rig import go1

from habilis.envs.ros.base.driver import RosBase
from habilis.envs.ros.profiles import (
    BASES,
    ProfileError,
    load_any_profile,
    load_profile,
    shipped,
    shipped_bases,
)
from habilis.envs.ros.profiles.base_profile import BaseProfile, check_base_caps
from habilis.envs.ros.profiles.spec import BaseAddress, parse, parse_any
from habilis.envs.ros.transports.rosbridge.client import RosbridgeTransport

GO1 = (BASES / "go1.yaml").read_text(encoding="utf-8")


def test_what_ships_is_of_bases_and_within_the_caps() -> None:
    assert set(shipped_bases()) == {"go1", "wheels"} and not set(shipped()) & set(shipped_bases())
    for name in shipped_bases():
        profile = load_any_profile(name)
        assert isinstance(profile, BaseProfile) and profile.notes and profile.source
        check_base_caps(profile)
        with pytest.raises(ProfileError, match="is of a base that is commanded by velocity"):
            load_profile(name)


def test_a_new_base_is_a_short_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("""\
name: mine
base:
  topic: /mine/cmd_vel
  odometry: /mine/odom
  odometry_rate: 30
  timeout: 0.3
  limits: {forward: 0.3, turning: 0.5, acceleration: 0.5, turning_acceleration: 1, braking: 1,
           turning_braking: 2}
  area: {lower: [0, 0], upper: [3, 2]}
  keep_out:
    - {lower: [1, 1], upper: [2, 2]}
""")
    profile = load_any_profile(path)
    assert isinstance(profile, BaseProfile)
    assert profile.limits.sideways == 0 and profile.keep_out == (((1, 1), (2, 2)),)
    spec = parse_any(f"ros:sim:{path}@ws://127.0.0.1:9090")
    assert isinstance(spec, BaseAddress) and spec.simulated and spec.profile == profile
    with pytest.raises(ProfileError, match="is of a base"):
        parse(str(path))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("forward: 0.5", "forward: 9", "> 0 up to 1.5, got the number 9"),
        ("turning_braking: 5.0", "turning_braking: 1.0", "1.00 s from 1.00 rad/s to rest"),
        ("braking: 2.5", "braking: 1", "0.56 s from 0.56 m/s to rest, allowed are 0.3 s"),
        ("odometry_age: 0.2", "odometry_age: 5", "> 0 up to 0.5, got the number 5"),
        ("timeout: 0.25", "timeout: 30", "1, got the number 30"),
        ("timeout: 0.25", "timeout: 0.06", "less than two periods of a stream of 25 Hz"),
        ("upper: [6, 6]", "upper: [-7, 6]", "expected lower < upper"),
        ("upper: [6, 6]", "upper: [600, 6]", "within 50 m"),
        ("robot: go1", "robot: fr3", "unknown robot on legs 'fr3'"),
        ("FR_hip_joint, ", "", "go1 has 12 joints"),
        ("FR_hip_joint, FR_thigh_joint", "FR_hip_joint, FR_hip_joint", "is named twice"),
        ("topic: /cmd_vel", "topic: cmd vel", "cmd vel"),
        ("rate: 25", "rate: 2", "10"),
        ("stamped: false", "stamp: false", "stamp"),
    ],
)
def test_what_is_beyond_is_refused_with_line_and_number(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    assert old in GO1
    path = tmp_path / "wrong.yaml"
    path.write_text(GO1.replace(old, new, 1))
    with pytest.raises(ProfileError, match=re.escape(said)) as error:
        load_any_profile(path)
    assert re.search(r"wrong\.yaml:\d+", str(error.value))


def test_caps_hold_for_profiles_that_are_made_in_python_too() -> None:
    wild = go1(watch=dataclasses.replace(go1().watch, command_age=9.0))
    with pytest.raises(ValueError, match="command_age is 9, allowed are 0 to 0.5"):
        RosBase(wild, RosbridgeTransport("ws://127.0.0.1:1"))
