"""habilis ros replay, on recordings of a simulated arm."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.recorded import JOINTS, Driven, write_bag

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scenes import scene_path
from habilis.envs.control.command import CommandBatch
from habilis.envs.ros.messages.definitions import JOINT_STATE
from habilis.envs.ros.recording.reader import RecordingError
from habilis.policies.agents.oracles import oracle
from habilis.policies.skills import Grasp
from habilis.scripts.ros.replay import command

pytest.importorskip("mcap_ros2", reason='needs pip install "habilis[ros]"')

SCENE = load_scene(scene_path("reach_milk_2023"))


def replay(capsys: pytest.CaptureFixture[str], *args: str | Path) -> tuple[int, str]:
    capsys.readouterr()
    code = command([str(arg) for arg in args])
    return code, capsys.readouterr().out


def report(capsys: pytest.CaptureFixture[str], *args: str | Path) -> tuple[int, dict[str, Any]]:
    code, out = replay(capsys, *args, "--json")
    return code, json.loads(out)


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run that takes the milk."""
    robot = Driven(SCENE, tmp_path_factory.mktemp("solved") / "solved.mcap", seed=5)
    assert robot.run(oracle("habilis/ReachMilk-v0", SCENE)).ok
    return robot.recorder.path


@pytest.fixture(scope="module")
def grasped(tmp_path_factory: pytest.TempPathFactory) -> Driven:
    """A grasp on a layout that strays, of a robot whose first joint jumps by 0.1 rad at 3 s."""
    path = tmp_path_factory.mktemp("grasped") / "grasped.mcap"
    robot = Driven(SCENE, path, seed=7, variation=1.0)

    def slip() -> None:
        robot.bias[0] = 0.1 if robot.world.time[0] > 3.0 else 0.0

    robot.run([Grasp("hammer")], slip)
    return robot


def test_a_run_that_took_the_milk_takes_it_again_to_the_bit(
    solved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = report(capsys, solved)
    assert code == 0 and found["ok"] and found["scene"] == "reach_milk_2023"
    assert [row["name"] for row in found["joints"]] == list(JOINTS)
    assert max(row["largest"] for row in found["joints"]) < 1e-9
    assert found["aperture"]["largest"] < 1e-9
    assert {row["name"] for row in found["places"]} == {e.name for e in SCENE.entities}
    assert max(row["largest"] for row in found["places"]) < 1e-9
    assert max(row["largest"] for row in found["turns"]) < 1e-6
    assert found["lag"] == 0.0 and found["changed"] == 0 and found["first_difference"] is None
    assert found["metadata"]["seed"] == "5" and found["lost"] == 0 and found["whole"]
    ended = [e["data"]["skill"] for e in found["events"] if e["kind"] == "ended"]
    assert ended == ["grasp", "sweep", "place", "grasp", "lift"]


def test_it_says_what_happened_when_and_how_it_ended(
    solved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = replay(capsys, solved)
    lines = out.splitlines()
    assert code == 0
    assert lines[0].startswith(f"{solved}: robot fr3, ") and "reach_milk_2023" in lines[0]
    assert "habilis solve --robot ros:fr3, seed 5" in lines[1]
    times = [float(line.split()[0]) for line in lines if line[:10].strip()[:1].isdigit()]
    assert len(times) >= 10 and times == sorted(times)
    assert any(line.endswith("sweep milk hammer") for line in lines)
    assert any(line.startswith("  fr3_joint7") and line.endswith("0.00 mrad") for line in lines)
    assert lines[-1] == "the goal is reached in simulation; it was in the recorded run"


def test_things_stand_where_they_were_seen_and_a_difference_is_found(
    grasped: Driven, capsys: pytest.CaptureFixture[str]
) -> None:
    """Masses and friction differ from the scene's: what is held may slip a little differently."""
    code, found = report(capsys, grasped.recorder.path)
    assert code == 1 and "goal does not hold" in found["reason"]
    places = {row["name"]: row["largest"] for row in found["places"]}
    assert np.abs(grasped.world.start_pos[0, 0] - SCENE.entities[0].pos).max() > 0.005
    assert max(places.values()) < 0.002
    first = found["first_difference"]
    assert first["name"] == "fr3_joint1" and first["first"] == pytest.approx(3.02, abs=0.021)
    assert all(row["first"] is None for row in found["joints"][1:])
    code, out = replay(capsys, grasped.recorder.path, "--joint-tolerance", "0.2")
    assert "no difference beyond the tolerances" in out
    assert out.splitlines()[-1].startswith("NOT reached in simulation: the goal does not hold")


def test_a_robot_that_follows_late_is_told_apart_from_one_that_goes_astray(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    robot = Driven(SCENE, tmp_path / "late.mcap", late=3)
    robot.run([Grasp("hammer")])
    _, found = report(capsys, robot.recorder.path)
    assert found["lag"] == pytest.approx(0.06)
    assert max(row["largest"] for row in found["joints"]) < 1e-3
    _, out = replay(capsys, robot.recorder.path)
    assert "the recorded robot is 60 ms behind the simulated one" in out


def test_stops_and_re_arms_are_gone_through(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The recorded robot held for a second; without its stop the rehearsal would run on."""
    robot = Driven(SCENE, tmp_path / "stopped.mcap")
    start = robot.controller.limiter.pos.copy()
    with robot.recorder:
        for k in range(25):
            robot.command(CommandBatch(start - [0, 0, 0.002 * k], robot.controller.aperture))
        robot.tell("stopped", reason="key pressed")
        for _ in range(50):
            robot.freeze()
        robot.arm()
        robot.tell("armed", q=robot.world.q[0].copy())
        low = robot.controller.limiter.pos.copy()
        for k in range(25):
            robot.command(CommandBatch(low + [0, 0.001 * k, 0], robot.controller.aperture))
    code, found = report(capsys, robot.recorder.path)
    assert code == 1 and max(row["largest"] for row in found["joints"]) < 1e-4
    _, out = replay(capsys, robot.recorder.path)
    assert "0.50 s  stopped: key pressed" in out and "1.50 s  armed" in out
    assert "how the recorded run ended is not known" in out


def test_a_motion_without_a_scene_is_played_in_an_empty_room(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    robot = Driven(SCENE, tmp_path / "bare.mcap", known=False)
    start = robot.controller.limiter.pos.copy()
    with robot.recorder:
        for k in range(50):
            robot.command(CommandBatch(start - [0, 0, 0.002 * k], robot.controller.aperture))
    code, found = report(capsys, robot.recorder.path)
    assert code == 0 and found["scene"] == "bare" and found["reason"] == ""
    assert max(row["largest"] for row in found["joints"]) < 1e-4
    robot.recorder.path.write_bytes(robot.recorder.path.read_bytes()[:-5000])
    _, out = replay(capsys, robot.recorder.path)
    assert "the file is cut off" in out and "goal" not in out


def test_a_bag_of_others_is_followed_in_a_named_scene(
    grasped: Driven, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bag = tmp_path / "bag.mcap"
    states = grasped.told["state"][:100]
    write_bag(bag, [("/joint_states", JOINT_STATE, s, 0.02 * k) for k, s in enumerate(states)])
    code, out = replay(capsys, bag, "--scene", "reach_milk_2023")
    assert code == 1 and "follows the measured joints" in out
    with pytest.raises(RecordingError, match="names no robot: give a scene"):
        command([str(bag)])


def test_bad_input_is_named(
    solved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="--joint-tolerance must be greater than 0"):
        command([str(solved), "--joint-tolerance", "0"])
    with pytest.raises(ValueError, match="no_such_scene"):
        command([str(solved), "--scene", "no_such_scene"])
    bag = tmp_path / "bag.mcap"
    state = {"header": {}, "name": ["knee"], "position": [0.0], "velocity": [], "effort": []}
    write_bag(bag, [("/joint_states", JOINT_STATE, state, 0.0)])
    with pytest.raises(RecordingError, match="0 joints end in 'joint1'.*there are: knee"):
        command([str(bag), "--scene", "reach_milk_2023"])


def test_the_film_shows_the_simulation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    robot = Driven(SCENE, tmp_path / "short.mcap", known=False)
    with robot.recorder:
        robot.hold(0.4)
    film = tmp_path / "film.mp4"
    code, out = replay(capsys, robot.recorder.path, "--film", film)
    assert code == 0
    assert "no film: " in out or f"film {film}" in out and film.stat().st_size > 2000
