"""What is recorded can be read back, by us and by others, also after a crash."""

import dataclasses
import json
import resource
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.recorded import (
    FINGERS,
    JOINTS,
    Driven,
    Event,
    header,
    joint_state,
    profile,
    write_bag,
)

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scenes import scene_path
from habilis.envs.ros.messages.definitions import JOINT_STATE, STRING, TF, definition
from habilis.envs.ros.recording.mcap_queue import CHUNK
from habilis.envs.ros.recording.reader import Recording, RecordingError, read_recording
from habilis.envs.ros.recording.recorder import RunRecorder
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.policies.skills import Grasp

pytest.importorskip("mcap_ros2", reason='needs pip install "habilis[ros]"')

SCENE = load_scene(scene_path("reach_milk_2023"))
COMMAND = "habilis solve --robot ros:fr3"


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Driven:
    """A grasp of the hammer, recorded."""
    robot = Driven(SCENE, tmp_path_factory.mktemp("recorded") / "grasp.mcap", seed=5)
    robot.run([Grasp("hammer")])
    return robot


@pytest.fixture(scope="module")
def recording(driven: Driven) -> Recording:
    return read_recording(driven.recorder.path)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[RunRecorder]:
    """With times of its own: 1 s at each call of its clock."""
    yield RunRecorder(tmp_path / "run.mcap", profile(), clock=iter(np.arange(1.0, 1e6)).__next__)


def test_states_and_targets_come_back_to_the_bit(driven: Driven, recording: Recording) -> None:
    assert recording.whole and recording.lost == 0
    states, told = recording.states(), driven.told
    assert states.names == JOINTS
    assert np.array_equal(states.q, [row["position"][2:] for row in told["state"]])
    assert np.array_equal(states.qd, [row["velocity"][2:] for row in told["state"]])
    assert np.isnan(states.effort).all()
    assert np.allclose(np.diff(states.time), 0.02, atol=1e-7)
    assert np.allclose(states.stamp, driven.times, atol=1e-9, rtol=0)
    sent = recording.sent()
    assert np.array_equal(sent.q, [data["sent"] for data in told["sent"]])
    assert np.array_equal(recording.requested().q, [data["requested"] for data in told["sent"]])
    assert np.allclose(sent.qd[1:] * 0.02, np.diff(sent.q, axis=0), atol=1e-12)
    assert np.isfinite(sent.qd[0]).all()  # from where it was armed


def test_gripper_poses_and_fingers_come_back_to_the_bit(
    driven: Driven, recording: Recording
) -> None:
    gripper, opening = recording.gripper(), recording.opening()
    assert gripper is not None and opening is not None
    assert gripper.q[:, 0].tolist() == [data["aperture"] for data in driven.told["gripper"]]
    assert np.array_equal(opening.q[:, 0], [2 * row["position"][0] for row in driven.told["state"]])
    assert recording.states(FINGERS).names == FINGERS
    hammer = recording.objects()["hammer"]
    assert set(recording.objects()) == set(driven.bodies)
    told = [row["transforms"][0]["transform"] for row in driven.told["poses"]]
    assert np.array_equal(hammer.pos, [[t["translation"][k] for k in "xyz"] for t in told])
    assert np.array_equal(hammer.quat, [[t["rotation"][k] for k in "wxyz"] for t in told])
    assert hammer.frame == "fr3_link0"


def test_metadata_skills_and_events_come_back(driven: Driven, recording: Recording) -> None:
    assert recording.profile == profile()
    assert recording.scene() == SCENE
    assert recording.metadata["command"] == COMMAND and recording.metadata["seed"] == "5"
    began, ended = recording.skills()
    assert (began.kind, began.data["running"]) == ("began", "grasp hammer")
    assert (ended.kind, ended.data["skill"], ended.data["outcome"]) == ("ended", "grasp", "success")
    assert ended.data["args"] == Grasp("hammer").args() and "holding hammer" in ended.data["reason"]
    armed, *_, outcome = recording.events()
    assert armed.kind == "armed" and len(armed.data["q"]) == 7
    assert outcome.data["success"] is False and "goal does not hold" in outcome.data["reason"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_standard_reader_reads_every_topic(driven: Driven) -> None:
    from mcap_ros2.reader import read_ros2_messages

    found: dict[str, str] = {}
    for message in read_ros2_messages(str(driven.recorder.path)):
        assert message.ros_msg is not None and message.channel.message_encoding == "cdr"
        assert message.schema is not None and message.schema.encoding == "ros2msg"
        found[message.channel.topic] = message.schema.name
    assert found == {
        "/joint_states": JOINT_STATE, "/tf": TF, "/habilis/requested": JOINT_STATE,
        "/habilis/sent": JOINT_STATE, "/habilis/gripper": JOINT_STATE, "/habilis/skill": STRING,
        "/habilis/events": STRING,
    }  # fmt: skip


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_read_up_to_the_cut(
    driven: Driven, recording: Recording, tmp_path: Path, share: float
) -> None:
    whole = driven.recorder.path.read_bytes()
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(whole[: int(share * len(whole))])
    found = read_recording(cut)
    assert not found.whole
    assert found.profile == profile() and found.scene() == SCENE
    states, count = recording.states().q, len(found.states())
    assert count > (share - 0.15) * 0.9 * len(states)  # the index at the end takes its share
    assert np.array_equal(found.states().q, states[:count])


def test_a_file_with_rubbish_in_it_is_read_up_to_there(driven: Driven, tmp_path: Path) -> None:
    whole = bytearray(driven.recorder.path.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 20_000] = bytes(range(250)) * 80
    bad = tmp_path / "bad.mcap"
    bad.write_bytes(whole)
    found = read_recording(bad)
    assert not found.whole and len(found.states()) > 50


def test_a_killed_run_loses_a_chunk_at_most(tmp_path: Path) -> None:
    """The file as it lies on disk while it is still being written."""
    path, copy = tmp_path / "run.mcap", tmp_path / "copy.mcap"
    recorder = RunRecorder(path, profile(), SCENE)
    message = joint_state(JOINTS, np.linspace(0, 1, 7).tolist())
    size, count = 4 + 8 + 4 + 7 * (4 + 12) + 3 * 4 + 7 * 8, 2000  # at least so many bytes each
    for _ in range(count):
        recorder.state(message)
    least, until, found = count - CHUNK // size - 1, time.monotonic() + 20, 0
    while found < least and time.monotonic() < until:
        time.sleep(0.02)
        shutil.copy(path, copy)
        if path.stat().st_size > 10_000:
            found = len(read_recording(copy).states())
    assert least <= found < count
    recorder.close()
    assert len(read_recording(path).states()) == count


def test_what_finds_no_room_is_counted(tmp_path: Path) -> None:
    recorder = RunRecorder(tmp_path / "run.mcap", profile(), room=0)
    for _ in range(7):
        recorder.state(joint_state(JOINTS, [0.0] * 7))
    assert recorder.lost == 7
    with pytest.raises(OSError, match="7 messages were not recorded: .* no room"):
        recorder.close()


def test_a_message_that_does_not_fit_is_counted_and_the_others_are_written(
    recorder: RunRecorder,
) -> None:
    recorder.poses({"transforms": "none"})
    recorder.state(joint_state(JOINTS, [0.5] * 7))
    with pytest.raises(OSError, match="1 messages were not recorded: /tf: "):
        recorder.close()
    found = read_recording(recorder.path)
    assert found.states().q.tolist() == [[0.5] * 7] and found.lost == 1


def test_a_full_disk_neither_stops_the_run_nor_goes_unnoticed(tmp_path: Path) -> None:
    """The limit on the size of files stands for it."""
    recorder = RunRecorder(tmp_path / "run.mcap", profile())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    rng = np.random.default_rng(0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        for _ in range(3000):
            recorder.state(joint_state(JOINTS, rng.random(7).tolist()))
        with pytest.raises(OSError, match=r"\d+ messages were not recorded: .*too large"):
            recorder.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    found = read_recording(recorder.path)
    assert not found.whole and 100 < len(found.states()) < 3000
    missing = 3000 - len(found.states())
    assert missing <= recorder.lost <= missing + CHUNK // 200  # the last chunk may just fit


def test_a_recording_is_never_overwritten(recorder: RunRecorder) -> None:
    with pytest.raises(FileExistsError, match="not overwritten"):
        RunRecorder(recorder.path, profile())
    recorder.close()
    recorder.close()


def test_it_records_what_comes_over_a_transport(tmp_path: Path) -> None:
    bus = Bus()
    robot, here = LocalTransport(bus), LocalTransport(bus)
    robot.connect()
    here.connect()
    robot.advertise("/joint_states", JOINT_STATE)
    robot.advertise("/tf", TF)
    with RunRecorder(tmp_path / "run.mcap", profile()) as recorder:
        recorder.subscribe(here)
        robot.publish("/joint_states", joint_state(JOINTS, [0.1] * 7))
        robot.publish("/tf", {"transforms": [_transform("object_cube", "/fr3_link0")]})
        robot.publish("/joint_states", joint_state(JOINTS, [0.2] * 7))
        until = time.monotonic() + 5
        while recorder.taken < 3 and time.monotonic() < until:
            time.sleep(0.005)
    found = read_recording(tmp_path / "run.mcap")
    assert found.states().q[:, 0].tolist() == [0.1, 0.2]
    assert found.objects()["cube"].pos.tolist() == [[0.1, 0.2, 0.3]]


def test_an_error_that_ends_the_run_stands_in_the_file(recorder: RunRecorder) -> None:
    with pytest.raises(RuntimeError), recorder:
        recorder.state(joint_state(JOINTS, [0.0] * 7))
        raise RuntimeError("the robot is on fire")
    (event,) = read_recording(recorder.path).events()
    assert event.data == {"error": "RuntimeError: the robot is on fire"}


def test_events_with_arrays_and_trajectories(recorder: RunRecorder) -> None:
    path = np.linspace(0, 1, 5)[:, None] * np.ones(7)
    recorder.state(joint_state(JOINTS, [0.0] * 7))
    recorder(Event(2.0, "clamped", {"requested": np.ones(7), "sent": np.zeros(7), "age": 0.0}))
    recorder(Event(3.0, "goal", {"action": "/a", "status": 0, "path": path, "period": 0.5}))
    recorder(Event(4.6, "stopped", {"reason": "keyboard"}))
    recorder.close()
    found = read_recording(recorder.path)
    assert [e.kind for e in found.events()] == ["clamped", "goal", "stopped"]
    assert found.events()[0].data["requested"] == [1.0] * 7
    assert found.sent().q[:, 0].tolist() == [0.0, 0.25, 0.5]  # the last two were not due any more
    assert np.allclose(found.sent().time, [1.5, 2.0, 2.5])


def test_joints_of_several_publishers_are_merged_and_none_is_nan(recorder: RunRecorder) -> None:
    recorder.state(joint_state(JOINTS[:3], [0.1, 0.2, 0.3]))
    recorder.state(joint_state(JOINTS[:2:-1], [0.7, 0.6, 0.5, None], effort=[7.0, 6.0, 5.0, 4.0]))
    recorder.state(joint_state(FINGERS, [0.02, 0.02]))
    recorder.state(joint_state(JOINTS[3:], [0.4, 0.5, 0.6, 0.7]))
    recorder.close()
    states = read_recording(recorder.path).states()
    assert len(states) == 2
    assert np.array_equal(states.q[0], [0.1, 0.2, 0.3, np.nan, 0.5, 0.6, 0.7], equal_nan=True)
    assert states.q[1].tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    assert states.effort[0, 3:].tolist() == [4.0, 5.0, 6.0, 7.0]
    assert states.time[1] - states.time[0] == pytest.approx(2.0)


def test_a_bag_of_others_has_its_joint_states(tmp_path: Path) -> None:
    path = tmp_path / "bag.mcap"
    states = [joint_state(("b", "a"), [0.1 * k, 0.2 * k], time=50 + k) for k in range(4)]
    rows = [("/arm/joint_states", JOINT_STATE, s, 9.0 + k) for k, s in enumerate(states)]
    write_bag(path, [*rows, ("/tf", TF, {"transforms": [_transform("x", "world")]}, 9.5)])
    found = read_recording(path)
    assert found.profile is None and found.whole and found.lost is None
    assert found.states().names == ("b", "a") and found.began == 9.0
    assert np.allclose(found.states(("a",)).q[:, 0], [0, 0.2, 0.4, 0.6])
    assert found.states().stamp.tolist() == [50, 51, 52, 53]
    assert found.frames()["x"].frame == "world"
    assert found.skills() == [] and found.events() == []
    with pytest.raises(RecordingError, match="no metadata record 'habilis'"):
        found.sent()
    with pytest.raises(RecordingError, match="unknown joint 'c'; known: b, a"):
        found.states(("c",))
    with pytest.raises(RecordingError, match=r"no scene file; it has: /arm/joint_states \("):
        found.scene()


def test_things_seen_by_a_camera_on_the_hand_are_found_in_the_base(recorder: RunRecorder) -> None:
    """The camera looks down from where the hand is; the hand moves, the thing does not."""
    down = {"x": 1.0, "y": 0.0, "z": 0.0, "w": 0.0}
    recorder.state(joint_state(JOINTS, [0.0] * 7))
    recorder.poses({"transforms": [_transform("fr3_link0", "world", (5.0, 5.0, 0.0))]})
    for way in (0.0, 0.1):
        hand = _transform("hand", "fr3_link0", (0.4 + way, 0.1, 0.5))
        seen = _transform("object_cube", "camera", (0.05 - way, 0.0, 0.3), down)
        recorder.poses({"transforms": [hand, _transform("camera", "hand", (0, 0, 0), down), seen]})
    recorder.poses({"transforms": [_transform("object_lost", "elsewhere")]})
    recorder.close()
    (name, cube), *others = read_recording(recorder.path).objects().items()
    assert name == "cube" and not others and len(cube.time) == 2
    assert np.allclose(cube.pos, [[0.45, 0.1, 0.2]] * 2)
    assert np.allclose(np.abs(cube.quat[:, 0]), 1.0)


def test_files_that_are_no_recordings_are_named(tmp_path: Path) -> None:
    text, bag, idl = (tmp_path / name for name in ("text", "bag.mcap", "idl.mcap"))
    text.write_text("hello, world")
    with pytest.raises(RecordingError, match="no MCAP file: it begins with b'hello, w'"):
        read_recording(text)
    write_bag(bag, [("/chatter", STRING, {"data": "hi"}, 1.0)])
    with pytest.raises(RecordingError, match=r"no topic of sensor_msgs/.*: /chatter \(std_msgs"):
        read_recording(bag)
    _write_idl(idl)
    with pytest.raises(RecordingError, match="/joint_states is in 'cdr' .* in 'ros2idl'; only"):
        read_recording(idl)
    with pytest.raises(FileNotFoundError):
        read_recording(tmp_path / "missing.mcap")


def test_a_profile_of_another_version_is_named(tmp_path: Path) -> None:
    from mcap_ros2.writer import Writer

    path = tmp_path / "old.mcap"
    data = dataclasses.asdict(profile()) | {"wheels": 4}
    with path.open("wb") as file, Writer(file) as writer:
        writer.add_metadata("habilis", {"profile": json.dumps(data), "version": "9.1"})
    with pytest.raises(RecordingError, match=r"recorded by 9\.1.*wheels"):
        read_recording(path)


def test_definitions_hold_all_they_refer_to() -> None:
    text = definition(TF)
    assert text.startswith("geometry_msgs/TransformStamped[] transforms\n====")
    assert text.count("MSG: ") == 6
    with pytest.raises(ValueError, match="did you mean|known"):
        definition("sensor_msgs/msg/Image")


def _transform(
    child: str,
    parent: str,
    pos: tuple[float, float, float] = (0.1, 0.2, 0.3),
    rotation: dict[str, float] | None = None,
) -> dict[str, object]:
    turn = rotation or {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0}
    translation = dict(zip("xyz", pos, strict=True))
    transform = {"translation": translation, "rotation": turn}
    return {"header": header(1.0, parent), "child_frame_id": child, "transform": transform}


def _write_idl(path: Path) -> None:
    from mcap.writer import Writer

    with path.open("wb") as file:
        writer: Any = Writer(file)
        writer.start("ros2")
        schema = writer.register_schema(JOINT_STATE, "ros2idl", b"module sensor_msgs {};")
        channel = writer.register_channel("/joint_states", "cdr", schema)
        writer.add_message(channel, 1, b"\x00\x01\x00\x00", 1)
        writer.finish()
