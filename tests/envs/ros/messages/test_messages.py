"""Messages are what ROS has, and what does not fit is named."""

from __future__ import annotations

import array
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.rig import follow_goal

from habilis.envs.ros.messages import motion as m
from habilis.envs.ros.messages import pictures
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.transforms import read_transforms, transforms

JOINTS = ("a", "b")


@pytest.mark.parametrize(
    ("seconds", "sec", "nanosec"),
    [(0.0, 0, 0), (1.5, 1, 500_000_000), (-0.25, -1, 750_000_000), (0.9999999999, 1, 0)],
)
def test_time(seconds: float, sec: int, nanosec: int) -> None:
    assert m.ros_time(seconds) == {"sec": sec, "nanosec": nanosec}
    assert m.seconds(m.ros_time(seconds)) == pytest.approx(seconds, abs=1e-9)


def test_joint_state_there_and_back() -> None:
    message = m.joint_state(JOINTS, [1, 2], np.array([3.0, 4.0]), (), 12.5, "base")
    json.dumps(message)  # plain: no numpy in it
    read = m.read_joint_state(message)
    assert read.joints == JOINTS and read.time == 12.5 and read.effort is None
    assert read.q.tolist() == [1, 2] and read.qd is not None and read.qd.tolist() == [3, 4]


def test_a_joint_state_may_come_from_rclpy_and_hold_no_numbers() -> None:
    message = m.joint_state(JOINTS, [1, 2])
    message["position"] = array.array("d", [1.0, float("nan")])
    assert np.isnan(m.read_joint_state(message).q).tolist() == [False, True]
    message["position"] = [None, 2.0]  # how JSON writes what is not a number
    assert np.isnan(m.read_joint_state(message).q).tolist() == [True, False]
    message["position"] = []
    assert np.isnan(m.read_joint_state(message).q).all()


def test_trajectory_goal_result_and_feedback_there_and_back() -> None:
    trajectory = m.joint_trajectory(JOINTS, [0.5, 1], [[1, 2], [3, 4]], np.zeros((2, 2)), time=7)
    message = follow_goal(trajectory, {"a": 0.1}, {"b": -1.0}, 0.5)
    json.dumps(message)
    goal = m.read_follow_goal(message)
    assert goal.path == {"a": 0.1} and goal.goal == {"b": -1.0} and goal.goal_time == 0.5
    assert goal.trajectory.joints == JOINTS and goal.trajectory.time == 7
    first, second = goal.trajectory.points
    assert (first.time, second.time) == (0.5, 1) and second.q.tolist() == [3, 4]
    assert second.qd is not None and second.qdd is None and second.effort is None
    assert m.follow_result(-4, "off") == {"error_code": -4, "error_string": "off"}
    said = m.follow_feedback(JOINTS, np.array([1.0, 2]), np.array([1.0, 1.5]), 0.3, 9.0)
    assert said["error"]["positions"] == [0, 0.5]
    heard = m.read_point(said["actual"], 2, "actual")
    assert heard.time == pytest.approx(0.3) and heard.q.tolist() == [1, 1.5]


def test_gripper_trigger_clock_and_transforms_there_and_back() -> None:
    assert m.read_gripper_goal(m.gripper_goal(0.02, 40)) == (0.02, 40)
    state = m.GripperState(0.02, 12.0, True, False)
    assert m.read_gripper_state(m.gripper_state(state)) == state
    assert m.answer(True, "x") == {"success": True, "message": "x"}
    assert m.clock(3.25) == {"clock": {"sec": 3, "nanosec": 250_000_000}}
    pos, quat = np.array([[1.0, 2, 3]]), np.array([[0.0, 1, 0, 0]])
    message = transforms("base", ["thing"], pos, quat, 2.0)
    assert message["transforms"][0]["transform"]["rotation"] == {"x": 1, "y": 0, "z": 0, "w": 0}
    (read,) = read_transforms(message)
    assert (read.parent, read.frame, read.time) == ("base", "thing", 2.0)
    assert read.pos.tolist() == [1, 2, 3] and read.quat.tolist() == [0, 1, 0, 0]


def change(message: dict[str, Any], *path: Any, value: Any) -> dict[str, Any]:
    """A copy of a message with one field changed; left out where the value is ``...``."""
    out: dict[str, Any] = json.loads(json.dumps(message))
    inner: Any = out
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return out


def test_a_controller_tells_what_it_asks_of_its_joints() -> None:
    asked, measured = (np.array([1.0, 2.0]), np.array([0.1, 0.2])), (np.zeros(2), np.zeros(2))
    message = m.controller_state(JOINTS, asked, measured, 12.5)
    assert message["error"]["positions"] == [1.0, 2.0]
    read = m.read_controller_state(message)
    assert (read.time, read.joints) == (12.5, tuple(JOINTS))
    assert read.q.tolist() == [1, 2] and read.qd is not None and read.qd.tolist() == [0.1, 0.2]
    del message["reference"]
    with pytest.raises(MessageError, match="no field 'reference'"):
        m.read_controller_state(message)


STATE = m.joint_state(JOINTS, [1, 2])
TRAJECTORY = m.joint_trajectory(JOINTS, [1.0], [[1, 2]])


@pytest.mark.parametrize(
    ("read", "message", "said"),
    [
        (m.read_joint_state, change(STATE, "name", value=...), "JointState: no field 'name'"),
        (m.read_joint_state, change(STATE, "name", value="ab"), "JointState.name: expected a li"),
        (m.read_joint_state, change(STATE, "position", value=[1]), r"position: expected 2 numb.*1"),
        (m.read_joint_state, change(STATE, "velocity", value=[1, "x"]), r"velocity\[1\].*'x'"),
        (m.read_joint_state, change(STATE, "header", "stamp", "nanosec", value=-1), "nanosec.*-1"),
        (m.read_joint_state, change(STATE, "header", value=3), "header: expected a message.*3"),
        (m.read_joint_trajectory, change(TRAJECTORY, "points", value=[1]), r"points\[0\]: expec"),
        (m.read_joint_trajectory, change(TRAJECTORY, "points", 0, "positions", value=[1]),
         r"points\[0\]\.positions: expected 2 numbers, got 1"),
        (m.read_joint_trajectory, change(TRAJECTORY, "points", 0, "time_from_start", value=...),
         r"points\[0\]: no field 'time_from_start'"),
        (m.read_follow_goal, {}, "FollowJointTrajectory: no field 'trajectory'"),
        (m.read_gripper_goal, {"command": {"position": True, "max_effort": 1}}, "position.*True"),
        (m.read_gripper_state, {"position": 1, "effort": 1, "stalled": 1}, "stalled: .*true or f"),
        (read_transforms, {"transforms": {}}, "transforms: expected a list"),
    ],
)  # fmt: skip
def test_the_field_at_fault_is_named(
    read: Callable[[dict[str, Any]], object], message: dict[str, Any], said: str
) -> None:
    with pytest.raises(MessageError, match=said):
        read(message)


def test_a_rotation_that_is_none_is_refused() -> None:
    message = transforms("base", ["x"], np.zeros((1, 3)), np.zeros((1, 4)), 0.0)
    with pytest.raises(MessageError, match="rotation: expected length 1"):
        read_transforms(message)


@pytest.mark.parametrize("kind", ["colour", "metres", "millimetres"])
def test_images_there_and_back(kind: str) -> None:
    rng = np.random.default_rng(0)
    pixels: dict[str, np.ndarray[Any, Any]] = {
        "colour": rng.integers(0, 255, (4, 6, 3)).astype(np.uint8),
        "metres": rng.random((4, 6)).astype(np.float32),
        "millimetres": rng.integers(0, 5000, (4, 6)).astype(np.uint16),
    }
    read = pictures.read_image(pictures.image(pixels[kind], 3.0, "camera"))
    assert read.time == 3.0 and read.frame == "camera" and read.pixels.dtype == pixels[kind].dtype
    np.testing.assert_array_equal(read.pixels, pixels[kind])


def test_images_of_other_encodings_and_with_padded_rows() -> None:
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    message = pictures.image(pixels, 0.0, "")
    rows = np.zeros((2, 12), np.uint8)
    rows[:, :9] = pixels[..., ::-1].reshape(2, 9)
    padded = message | {"encoding": "bgr8", "step": 12, "data": rows.tobytes()}
    np.testing.assert_array_equal(pictures.read_image(padded).pixels, pixels)
    with pytest.raises(MessageError, match="Image.data: .* got 17"):
        pictures.read_image(message | {"data": message["data"][:-1]})
    with pytest.raises(MessageError, match="encoding: expected rgb8.*'yuv422'"):
        pictures.read_image(message | {"encoding": "yuv422"})
    with pytest.raises(MessageError, match="expected pixels"):
        pictures.image(pixels.astype(float), 0.0, "")


def test_camera_info_has_size_and_matrix() -> None:
    k = np.array([[200.0, 0, 79.5], [0, 200, 59.5], [0, 0, 1]])
    said = pictures.camera_info(160, 120, k, 1.0, "c")
    assert (said["width"], said["height"], said["distortion_model"]) == (160, 120, "plumb_bob")
    np.testing.assert_array_equal(said["k"], k.ravel())


def test_clouds_there_and_back() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(5, 3)).astype(np.float32)
    rgb = rng.integers(0, 255, (5, 3)).astype(np.uint8)
    plain = pictures.read_point_cloud(pictures.point_cloud(points, 1.0, "base"))
    assert plain.rgb is None
    np.testing.assert_array_equal(plain.points, points)
    points[2, 1] = np.nan
    message = pictures.point_cloud(points, 1.0, "base", rgb)
    assert not message["is_dense"]
    coloured = pictures.read_point_cloud(message)
    np.testing.assert_array_equal(coloured.points, np.delete(points, 2, 0))
    np.testing.assert_array_equal(coloured.rgb, np.delete(rgb, 2, 0))


def test_clouds_of_other_layouts() -> None:
    record = np.dtype({"names": ["z", "y", "x"], "formats": [">f8", ">f8", ">f4"],
                       "offsets": [0, 8, 20], "itemsize": 32})  # fmt: skip
    rows = np.zeros(3, record)
    rows["x"], rows["y"], rows["z"] = [1, 2, 3], [4, 5, 6], [7, 8, 9]
    fields = [
        {"name": n, "offset": o, "datatype": d, "count": 1}
        for n, o, d in (("z", 0, 8), ("intensity", 16, 7), ("y", 8, 8), ("x", 20, 7))
    ]
    message = pictures.point_cloud(np.zeros((3, 3)), 0.0, "base")
    message |= {"fields": fields, "is_bigendian": True, "point_step": 32, "row_step": 96}
    message["data"] = rows.tobytes()
    read = pictures.read_point_cloud(message)
    assert read.points.tolist() == [[1, 4, 7], [2, 5, 8], [3, 6, 9]]
    with pytest.raises(MessageError, match="y missing"):
        pictures.read_point_cloud(message | {"fields": [fields[0], fields[3]]})
    with pytest.raises(MessageError, match=r"PointCloud2.data: .* got 95"):
        pictures.read_point_cloud(message | {"data": message["data"][1:]})
    with pytest.raises(MessageError, match="type 7 at 30 does not fit"):
        pictures.read_point_cloud(message | {"fields": [fields[3] | {"offset": 30}]})
