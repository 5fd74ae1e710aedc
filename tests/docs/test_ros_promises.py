"""Every sentence of docs/ros.md that promises safety, and the tests that would fail without it.

A sentence is found by what it begins with or holds; where its words sound like a promise, and it is
none, it stands in ``NONE``. Whoever writes a new promise has to name its test here.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROS = "envs/ros/"
JOINTS, WATCH = ROS + "motion/test_joints.py::", ROS + "motion/test_watchdog.py::"
ROBOT, GENUINE = ROS + "robot/test_robot.py::", ROS + "motion/test_joints_ros.py::"
COMMANDER, CELL = ROS + "motion/test_commander.py::", ROS + "motion/test_cell.py::"
STATES, EXECUTED = ROS + "motion/test_states.py::", ROS + "motion/test_executed.py::"
PROFILES, SWITCH = ROS + "profiles/test_profiles.py::", ROS + "grippers/test_switch.py::"
HELD_UP = ROS + "motion/test_held_up.py::"
FROM_ROBOT = ROS + "profiles/test_from_robot.py::"
DESCRIBED = ROS + "serving/test_description.py::"
CLI, LOOP = "scripts/ros/test_ros.py::", "llm_planner/test_solve_closed_loop.py::"
LETTING_GO, SIM = ROS + "robot/test_letting_go.py::", ROS + "motion/test_simtime.py::"
BASE, DRIVES = ROS + "base/", "scripts/ros/test_ros_base.py::"
SERVED = ROS + "base/test_base_server.py::"
RESTS = BASE + "test_base_faults.py::test_it_is_at_rest_in_time_and_says_why"
LEGS = BASE + "test_base_legs.py::test_it_is_at_rest_in_time_and_says_why"
CAPS = PROFILES + "test_no_profile_goes_beyond_the_caps_however_it_is_made"
DIES = GENUINE + "test_a_client_that_dies_freezes_or_hangs_up_leaves_the_robot_at_rest"

PROMISES: dict[str, tuple[str, ...]] = {
    "Limits wider than the habilis robot's own are refused": (CAPS,),
    "With it, the axes of the joints are held against": (
        FROM_ROBOT + "test_another_robot_of_as_many_joints_is_refused",
        FROM_ROBOT + "test_joints_are_in_the_order_of_the_chain_whatever_that_of_the_file",
    ),
    "The link in which they agree becomes": (
        FROM_ROBOT + "test_where_the_root_is_turned_the_frame_that_plans_mean_is_found",
        DESCRIBED + "test_links_and_things_are_told_in_one_frame_though_a_base_is_turned",
    ),
    "A robot in a namespace is asked": (FROM_ROBOT + "test_a_robot_in_a_namespace_is_asked_there",),
    "Where its action has ended well and these joints say": (
        ROS + "grippers/test_gripper.py::"
        "test_joints_that_say_another_opening_than_the_action_are_a_fault",
        ROBOT + "test_a_gripper_whose_joints_say_otherwise_stops_the_robot",
    ),
    "is refused before anything moves": (
        SWITCH + "test_an_opening_between_and_less_force_are_refused",
        ROBOT + "test_a_gripper_that_is_switched_goes_to_no_opening_between",
    ),
    "that a service said yes is not enough": (SWITCH + "test_success_is_what_was_seen",),
    "plans are refused.": (ROBOT + "test_what_does_not_fit_is_refused_before_connecting",),
    "`habilis ros check` reads it and says so": (
        ROS + "robot/test_survey.py::test_what_a_controller_tells_of_its_parameters_counts",
    ),
    "stands in the profile's notes": (FROM_ROBOT + "test_what_the_robot_does_not_tell_is_said",),
    "rehearses the plan in a copy of the world, and only then moves": (
        "llm_planner/pipeline/test_pipeline.py::test_nothing_moves_unless_it_works_in_the_copy",
    ),
    "One's own messages are known by": (RESTS,),
    "which is how that is known; where it takes long, motion is slower": (
        COMMANDER + "test_messages_that_do_not_come_back_slow_the_robot_down_and_then_stop_it",
    ),
    "Where messages are late there, motion is slower": (
        EXECUTED + "test_wild_streams_over_ways_with_faults_keep_the_limits",
    ),
    "it is asked to cancel a goal that nobody sent": (
        ROS + "transports/test_blocking_suite.py::"
        "test_check_needs_no_goal_to_know_that_the_controller_answers",
        ROS + "robot/test_survey.py::test_a_second_commander_is_in_the_way",
    ),
    "nothing is sent to it": (CLI + "test_a_dry_jog_says_what_it_would_send",),
    "`jog` moves one joint there and back": (
        CLI + "test_a_motion_asks_first_and_only_a_yes_is_one",
    ),
    "`stop-test` stops in the middle of the way": (
        CLI + "test_a_dry_stop_test_comes_to_rest_on_the_way",
    ),
    "A way that leads into the table": (
        CELL + "test_a_motion_into_the_table_or_itself_is_refused_before_it_begins",
        CELL + "test_a_fast_tool_is_refused_with_its_speed",
    ),
    "On a slow link or a busy machine these motions arrive later": (
        HELD_UP + "test_a_slow_link_and_a_busy_program_make_it_late_and_no_failure",
        HELD_UP + "test_after_a_gap_it_is_in_no_hurry",
        HELD_UP + "test_a_controller_that_takes_no_commands_is_told_from_an_arm_that_is_held",
        HELD_UP + "test_an_arm_that_is_held_is_said_to_be",
    ),
    "A joint that stands for half a second": (
        HELD_UP + "test_frozen_positions_stop_it_before_it_is_sent_far",
        JOINTS + "test_a_motion_that_does_not_arrive_says_which_joint_is_off",
    ),
    "any key stops the robot": (CLI + "test_a_key_and_ctrl_c_stop_the_robot", DIES),
    "stops it from a second terminal": (
        COMMANDER + "test_any_terminal_stops_it",
        GENUINE + "test_a_second_client_cannot_arm_and_can_stop",
    ),
    "What commanded the arm stays stopped": (
        ROS + "robot/test_recovery.py::test_the_command_and_the_check",
    ),
    "`--confirm each` asks before each skill": (
        "llm_planner/pipeline/test_pipeline.py::test_operator_may_refuse_a_skill",
    ),
    "the arm stops, puts down what it holds": (
        LOOP + "test_what_is_elsewhere_than_planned_is_planned_for_anew",
        LOOP + "test_what_is_held_is_put_down_before_planning_anew",
        LOOP + "test_the_bound_is_kept",
    ),
    "stopped for no other reason than that this program was late": (
        LETTING_GO + "test_only_a_stop_for_ones_own_lateness_can_be_let_go_of",
    ),
    "After any other stop it stays stopped": (
        LETTING_GO + "test_a_key_that_is_pressed_while_the_first_plan_is_made_stops_it",
        LETTING_GO + "test_a_robot_that_was_let_go_of_is_taken_again_unless_somebody_stopped_it",
    ),
    "A policy whose observation needs": (
        ROS
        + "robot/test_episodes.py::test_a_term_of_contact_forces_is_named_before_anything_moves",
    ),
    "and refuses, with the reason, where the views do not tell": (
        ROS + "tags/test_hand_eye.py::test_poor_motion_is_refused_with_the_reason",
        ROS + "tags/test_hand_eye.py::test_what_does_not_fit_is_refused_with_what_it_may_be",
    ),
    "a pose is taken only if": (
        ROS + "tags/test_tracker.py::test_what_may_be_mirrored_is_not_taken_and_the_reason_is_told",
    ),
    "is used only in pictures taken while the arm rests": (
        ROS + "tags/test_tracker.py::test_a_camera_in_the_hand_goes_with_the_hand_and_only_at_rest",
    ),
    "It is refused where the joint states are not stamped": (
        SIM + "test_the_time_of_others_is_not_followed",
        SIM + "test_it_never_goes_back_and_goes_on_when_the_simulation_has_died",
    ),
    "stands when nothing comes for `timeout`": (SERVED + "test_it_stands_when_commands_cease",),
    "`check` says what the profile, or": (
        DRIVES + "test_check_says_what_is_known_of_the_timeout",
        DRIVES + "test_what_a_base_does_when_commands_cease_is_measured",
        BASE + "test_base_faults.py::test_when_commands_cease_nothing_is_sent_until_it_is_stopped",
    ),
    "| speed, acceleration |": (
        BASE + "test_base_stream.py::test_speed_and_acceleration_hold_however_late_messages_come",
        BASE + "test_base_stream.py::test_messages_that_were_held_up_do_not_become_a_step",
    ),
    "| `area`, `keep_out`, workspace of the scene |": (
        BASE + "test_base_stream.py::"
        "test_it_slows_down_before_the_edge_of_its_area_and_before_what_is_kept_out",
        BASE + "test_base_faults.py::"
        "test_beyond_its_area_it_is_stopped_and_not_armed_with_the_number",
    ),
    "| command that is too old, or missing, for `command_age` |": (
        BASE + "test_base_stream.py::test_whoever_says_nothing_has_it_come_to_rest_and_may_go_on",
    ),
    "| command that is not seen to reach the graph for `command_age` |": (
        BASE + "test_base_faults.py::test_nothing_that_arrives_stops_it_with_the_time",
    ),
    "moves the base for `timeout` more": (
        BASE + "test_base_faults.py::"
        "test_a_client_that_is_killed_or_frozen_leaves_it_to_the_timeout_of_its_driver",
        BASE + "test_base_ros.py::test_a_client_that_dies_or_freezes_leaves_it_at_rest",
    ),
    "| odometry that is 3.5 of its periods old |": (
        BASE + "test_base_faults.py::test_not_seen_for_a_moment_it_slows_down_and_goes_on",
    ),
    "| odometry: older than `odometry_age`": (RESTS,),
    "| `/tf` moves the frame of the odometry": (
        BASE + "test_base_faults.py::test_another_frame_of_the_world_is_joined_by_tf",
    ),
    "| it moves faster than it was told": (
        BASE + "test_base_faults.py::test_who_is_moved_faster_than_told_is_stopped",
    ),
    "| it moves against what it was told": (
        BASE + "test_base_faults.py::test_one_that_goes_the_other_way_is_stopped",
        BASE + "test_base_faults.py::"
        "test_one_that_stands_although_told_to_go_is_stopped_before_it_is_let_go_of",
        BASE + "test_base_faults.py::"
        "test_to_and_fro_slowly_and_held_up_by_what_it_pushes_is_no_fault",
    ),
    "| velocities of another node, another habilis |": (
        RESTS,
        LEGS,
        BASE + "test_base_faults.py::"
        "test_it_is_not_armed_while_it_moves_or_somebody_else_drives_it",
        BASE + "test_base_faults.py::test_of_two_clients_one_drives",
    ),
    "| a key, ctrl-c, SIGTERM, SIGHUP": (RESTS, DRIVES + "test_a_terminal_that_is_closed_stops_it"),
    "No profile allows more than 1.5 m/s": (
        BASE + "test_base_profiles.py::test_what_is_beyond_is_refused_with_line_and_number",
        BASE + "test_base_profiles.py::test_caps_hold_for_profiles_that_are_made_in_python_too",
    ),
    "A **stop** brakes at `braking`": (
        BASE + "test_base_faults.py::test_a_stop_brakes_then_says_zero_for_a_while_then_nothing",
    ),
    "at most 0.15 s longer": (
        BASE + "test_base_faults.py::test_a_link_that_never_answers_cannot_keep_it_moving",
    ),
    "These are always on": (CAPS,),
    "A profile can make them tighter": (
        JOINTS + "test_limits_of_the_profile_are_kept_where_they_are_tighter",
        ROBOT + "test_tighter_limits_of_the_profile_hold_for_the_tool_too",
    ),
    "| joint range, speed, acceleration |": (
        ROS + "motion/test_fuzz.py::test_no_stream_of_commands_gets_past_the_limits",
        EXECUTED + "test_wild_streams_over_ways_with_faults_keep_the_limits",
    ),
    "| arm into itself or into the table": (
        CELL + "test_a_motion_into_the_table_or_itself_is_refused_before_it_begins",
        CELL + "test_a_stream_into_the_table_is_stopped_before_it_is_there",
    ),
    "| workspace box, speed of the tool centre point": (
        ROBOT + "test_what_was_sent_is_returned_and_the_controller_goes_on_from_it",
        CELL + "test_a_fast_tool_is_refused_with_its_speed",
    ),
    "| first target after arming |": (
        JOINTS + "test_it_arms_from_what_the_controller_says_that_it_holds",
        JOINTS
        + "test_arming_begins_from_where_the_robot_was_sent_and_goes_from_there_in_good_time",
        JOINTS + "test_a_fresh_client_begins_from_where_the_robot_is",
    ),
    "| target that is not a number |": (
        JOINTS + "test_a_command_that_is_no_number_is_refused_and_names_the_joint",
        ROBOT + "test_what_is_not_a_number_is_refused",
    ),
    "| age of a command |": (
        JOINTS + "test_an_old_command_latches_the_stop",
        ROBOT + "test_whoever_commands_without_looking_is_stopped",
    ),
    "| command that is not seen to reach the graph |": (
        COMMANDER + "test_messages_that_do_not_come_back_slow_the_robot_down_and_then_stop_it",
    ),
    "| age, delay, order of states |": (
        WATCH + "test_a_fault_of_the_state_stops_within_two_periods_of_its_deadline",
        GENUINE + "test_a_state_that_cannot_be_trusted_stops_and_says_why",
    ),
    "| a joint that leaps further than it can move |": (
        STATES + "test_a_joint_that_leaps_is_named_with_the_likely_cause",
        WATCH + "test_a_second_publisher_that_says_other_things_stops_the_robot",
    ),
    "| tracking |": (
        WATCH + "test_a_robot_that_does_not_follow",
        ROS + "motion/test_lagging.py::test_an_arm_that_something_holds_is",
        GENUINE + "test_a_joint_that_sticks_ends_the_motion",
    ),
    "| effort, where reported |": (
        WATCH + "test_too_much_effort",
        WATCH + "test_an_effort_that_is_no_number_does_not_switch_off_the_check_of_others",
        WATCH + "test_an_effort_that_is_watched_must_go_on_being_reported",
    ),
    "| another commander |": (
        COMMANDER + "test_two_clients_do_not_both_arm",
        COMMANDER + "test_a_foreign_command_stops_the_robot_gently_and_says_so",
        COMMANDER + "test_a_foreign_goal_stops_the_robot_and_is_cancelled",
    ),
    "| connection lost |": (
        JOINTS + "test_losing_the_connection_latches_and_coming_back_does_not_resume",
        GENUINE + "test_a_lost_bridge_stops_and_stays_a_stop",
    ),
    "Nothing is ever sent as a goal": (JOINTS + "test_a_long_motion_is_no_goal_but_streamed",),
    "Every message to a trajectory controller is one point at rest": (
        JOINTS + "test_each_message_is_one_point_at_rest_the_sooner_the_slower",
    ),
    "How long after is chosen for each message": (
        EXECUTED + "test_ways_to_rest_are_short_where_messages_are_prompt_and_the_arm_is_slow",
    ),
    "An arm that gets faster does so more slowly": (
        EXECUTED + "test_a_fast_arm_is_at_rest_by_itself_after_little_more_than_twice_its_braking",
    ),
    "A stop is sooner at rest than that": (
        EXECUTED + "test_a_stop_is_sooner_at_rest_than_silence",
        EXECUTED + "test_wild_streams_over_ways_with_faults_keep_the_limits",
    ),
    "While nothing of what was sent comes back, nothing more is asked for": (
        COMMANDER + "test_messages_that_do_not_come_back_slow_the_robot_down_and_then_stop_it",
        COMMANDER + "test_where_nothing_comes_back_the_arm_is_at_rest_before_it_is_stopped",
    ),
    "A way that another node has the controller follow is ended": (
        COMMANDER + "test_a_long_foreign_way_is_ended_by_one_of_ours",
    ),
    "the arm comes to rest along its way": (
        JOINTS + "test_what_is_last_sent_brings_the_robot_to_rest_by_itself",
        DIES,
        GENUINE + "test_a_bridge_that_dies_leaves_the_robot_at_rest",
    ),
    "A point is only sent if it keeps speed and acceleration": (
        EXECUTED + "test_a_rest_within_reach_keeps_speed_and_acceleration_on_the_whole_way",
        EXECUTED + "test_an_arm_that_stalls_leave_elsewhere_than_was_believed_keeps_the_limits",
    ),
    "What happens to a message between the graph and the controller": (
        EXECUTED + "test_wild_streams_over_ways_with_faults_keep_the_limits",
        JOINTS + "test_what_the_controller_reports_counts_while_it_is_fresh_and_can_be_read",
    ),
    "Where the controller reports nothing": (
        ROS + "motion/test_lagging.py::test_lag_costs_little_where_the_controller_reports",
    ),
    "What that costs is speed": (
        EXECUTED + "test_over_a_good_way_the_arm_is_where_it_was_wanted",
        EXECUTED + "test_a_stream_reaches_two_radians_a_second",
    ),
    "A stop brakes them step by step": (
        JOINTS + "test_a_stop_brakes_within_the_limits_and_latches",
    ),
    "A **stop** is latched": (
        JOINTS + "test_a_stop_brakes_within_the_limits_and_latches",
        ROBOT + "test_the_stop_reaches_everything_and_arming_starts_anew",
    ),
    "Nothing moves until an explicit re-arm": (
        JOINTS + "test_nothing_is_sent_before_it_is_armed_nor_by_arming",
        JOINTS + "test_a_stop_while_arming_is_not_lost",
    ),
}
NONE = (
    "replaces the emergency stop in your hand", "was tried on a real arm by us",
    "`decelerate_on_cancel`", "A profile is a short YAML", "reads joints and limits from",
    "First motion, stop test, home", "A node that goes on sending",
    "whatever tracks them for you", "`--record FILE` keeps",
    "looks like the robot of the profile", "`/joint_states`, the controller's topic",
    "| limit | what happens |", "cannot be known in that way", "A longer `lead` allows more",
    "Drivers that take bare positions", "| `nobody answers", "| stop: `", "| `another node sends",
    "| it drifts off", "`observe`, `command`", "take such a profile", "is its driver's business",
    "An arm is always sent a place where it rests", "It cannot be as short as the limit",
)  # fmt: skip
"""Sentences with such words that promise nothing, or whose promise stands in another one."""
SOUNDS = re.compile(
    r"\b(stops?|stopped|refused|refuses|never|nothing|nobody|at rest|comes to rest|limits?|latched"
    r"|asks|removes|tighter|only if|only in|stays|only then|says so|known by|slower|stands in)\b",
    re.IGNORECASE,
)


def sentences() -> list[str]:
    """Sentences and rows of tables, without examples."""
    text = (ROOT / "docs" / "ros.md").read_text(encoding="utf-8")
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    found: list[str] = []
    for block in re.split(r"\n\s*\n|\n(?=\|)|\n(?=\* )", text):
        line = " ".join(block.split())
        split = [line] if line.startswith("|") else re.split(r"(?<=[.:!?])\s+(?=[A-Z`*\"])", line)
        found += split
    return found


def test_every_promise_stands_there_and_its_tests_exist() -> None:
    text = "\n".join(sentences())
    known: dict[Path, set[str]] = {}
    for promise, tests in PROMISES.items():
        assert promise in text, f"docs/ros.md does not say {promise!r}"
        assert tests
        for test in tests:
            file, _, name = test.partition("::")
            path = ROOT / "tests" / file
            if path not in known:
                tree = ast.parse(path.read_text(encoding="utf-8"))
                known[path] = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
            assert name in known[path], f"{promise!r}: there is no {test}"


@pytest.mark.parametrize("sentence", [s for s in sentences() if SOUNDS.search(s)])
def test_what_sounds_like_a_promise_has_a_test(sentence: str) -> None:
    assert any(part in sentence for part in (*PROMISES, *NONE)), (
        f"docs/ros.md promises something that tests/docs/test_ros_promises.py names no test of:"
        f" {sentence}"
    )
