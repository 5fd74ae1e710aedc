"""What a robot can do is measured, and what does not fit is said by name and number."""

from __future__ import annotations

import pytest

from habilis.assets.scene.things import Workspace
from habilis.envs.robot.check import Check, check_robot
from habilis.scripts.cli import main


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.what: check for check in checks}


def test_the_default_robot_fits_the_shipped_workspace() -> None:
    checks = by_name(check_robot("fr3"))
    assert all(check.fits for check in checks.values())
    assert {"reach", "opening", "closing", "off a square"} <= set(checks)


def test_a_place_out_of_reach_is_named_with_the_distance() -> None:
    far = Workspace((0.2, -0.2, 0.02), (0.9, 0.2, 0.3))
    reach = by_name(check_robot("ur5e", far))["reach"]
    assert not reach.fits
    assert "cannot reach (0.90, " in reach.value and " m short" in reach.value


def test_a_hand_alone_is_checked_for_its_opening() -> None:
    checks = by_name(check_robot("leap"))
    assert checks["opening"].fits and "not measured" in checks["arm"].value


def test_the_command_prints_a_table_and_tells_by_its_exit_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["robots", "check", "leap"]) == 0
    assert capsys.readouterr().out.startswith("ok ")
    assert main(["robots", "check", "fr5"]) == 2
    assert "did you mean 'fr3'" in capsys.readouterr().err
    assert main(["robots", "list"]) == 0
    assert "ur5e+robotiq_2f85" in capsys.readouterr().out
    assert main(["robots", "show", "ur5e"]) == 0
    out = capsys.readouterr().out
    assert "shoulder_pan_joint" in out and "linkage robotiq_2f85" in out
