"""N hands that hold a tool: same bits at any N, variation that counts, drops, divergence."""

from __future__ import annotations

import dataclasses
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt
import pytest

from habilis.assets.arrays import Array
from habilis.assets.grasps import GraspKeyframe, load_grasps
from habilis.assets.hand_scene import compile_hand, hand_scene
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.tools import make_tool
from habilis.envs.hand.closing import close, glide, load
from habilis.envs.hand.holding import GRAVITY, Holding
from habilis.envs.hand.synergy import Synergies

PLIERS = "pliers"  # has backlash, so its joint value is a sum


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compile_hand("leap", make_tool(PLIERS))


@pytest.fixture(scope="module")
def grasps(compiled: Compiled) -> tuple[GraspKeyframe, ...]:
    found = load_grasps("leap", PLIERS)
    found.check(compiled.model)
    return found.grasps


def held(compiled: Compiled, grasp: GraspKeyframe, n: int = 1, **changes: npt.ArrayLike) -> Holding:
    """N hands in one keyframe, gravity to the fingers' tips, with some properties changed."""
    world = Holding(compiled, n, nthread=1)
    rows: dict[str, Any] = {name: np.asarray(row, float) for name, row in changes.items()}
    world.vary(np.arange(n), **rows)
    world.reset(np.arange(n), [grasp] * n)
    return world


def wait(world: Holding, seconds: float) -> None:
    targets = world.ctrl.copy()
    glide(world, targets, targets, seconds)


def test_one_and_eight_simulations_give_the_same_bits(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    def run(n: int, nthread: int) -> Array:
        world = Holding(compiled, n, nthread)
        world.vary(np.arange(n), mass=np.linspace(1.5, 0.5, n))
        world.reset(np.arange(n), [grasps[i % 3] for i in range(n)])
        goal = compiled.in_hand.hand.command(grasps[0].joints(grasps[0].limits[1]))
        for _ in range(12):
            world.step(np.tile(goal, (n, 1)))
        state: Array = world.sim.states()
        return state

    eight = run(8, 2)
    np.testing.assert_array_equal(eight, run(8, 1))
    np.testing.assert_array_equal(eight[0], run(1, 1)[0])


def test_closing_anew_gives_the_stored_keyframe(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    some = grasps[:3]
    world = Holding(compiled, 3)
    close(world, some)
    for i, grasp in enumerate(some):
        np.testing.assert_allclose(world.keyframe(i, grasp).qpos, grasp.qpos, atol=2e-4)
    first = world.sim.states()
    close(world, some)  # a used world
    np.testing.assert_array_equal(world.sim.states(), first)


def test_the_opening_has_the_play_in_it(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    world = held(compiled, grasps[0])
    world.step(compiled.in_hand.hand.command(grasps[0].joints(grasps[0].limits[1]))[None])
    assert len(compiled.in_hand.opening) == 2
    np.testing.assert_array_equal(world.opening, world.world.opening("pliers/moving"))


def test_the_synergy_opens_and_closes_the_tool(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    grasp, stroke = grasps[0], compiled.in_hand.tool.joint.stroke
    world = held(compiled, grasp, 2)
    ends = compiled.in_hand.hand.command(grasp.joints(grasp.limits))
    glide(world, world.ctrl.copy(), ends, 1.0)
    wait(world, 0.3)
    assert world.opening[0] < 0.1 * stroke and world.opening[1] > 0.9 * stroke
    assert not world.dropped.any() and not world.diverged.any()


def test_touch_says_which_finger_presses_on_which_half(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    grasp = next(g for g in grasps if len(g.fingers) == 3)
    world = held(compiled, grasp)
    wait(world, 0.2)
    fingers = list(compiled.in_hand.hand.fingers)
    touching = dict(zip(fingers, world.touching[0].tolist(), strict=True))
    assert touching["thumb"][0] and touching["index"][1] and touching["middle"][1]
    assert touching["ring"] == [False, False]
    force = dict(zip(fingers, world.touch_force[0], strict=True))
    fingers_push = force["index"][1] + force["middle"][1]
    assert force["thumb"][0] > 0.5
    assert fingers_push == pytest.approx(force["thumb"][0], rel=0.5)


def test_the_tool_in_the_palm_is_the_palms_view_of_it(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    world = held(compiled, grasps[0])
    data = mujoco.MjData(compiled.model)
    data.qpos[:] = grasps[0].qpos
    mujoco.mj_kinematics(compiled.model, data)
    palm, tool = data.body("palm"), data.body(compiled.in_hand.names.bodies["base"])
    back = palm.xmat.reshape(3, 3).T
    np.testing.assert_allclose(world.tool_in_palm[0, :3], back @ (tool.xpos - palm.xpos), atol=1e-9)
    turn = np.empty(9)
    mujoco.mju_quat2Mat(turn, world.tool_in_palm[0, 3:])
    np.testing.assert_allclose(turn.reshape(3, 3), back @ tool.xmat.reshape(3, 3), atol=1e-6)


def test_synergies_of_many_hands_are_those_of_their_grasps(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    synergies = Synergies(grasps[:6])
    synergies.put(np.array([1]), grasps[7:8])
    rows = [grasps[0], grasps[7], *grasps[2:6]]
    stroke = compiled.in_hand.tool.joint.stroke
    u = stroke * np.array([-0.5, 0.0, 0.3, 0.5, 1.0, 1.2])
    want = [grasp.joints(value) for grasp, value in zip(rows, u, strict=True)]
    np.testing.assert_allclose(synergies.joints(u), want, atol=1e-12)
    np.testing.assert_array_equal(synergies.limits, [grasp.limits for grasp in rows])


def test_a_tool_without_a_spring_is_held_closed(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    world = Holding(compiled, 2)
    world.vary(np.arange(2), springs=np.zeros(2))
    close(world, grasps[:2], Synergies(grasps[:2]).limits[:, 1])
    wait(world, 1.0)
    assert not world.dropped.any()
    assert np.all(world.opening > 0.95 * compiled.in_hand.tool.joint.stroke)


# ---- variation


def test_gravity_is_each_simulations_own(compiled: Compiled) -> None:
    world = Holding(compiled, 3)
    directions = GRAVITY * np.array([[0, 0, -1], [0, 1, 0], [0, 0, 0]], float)
    world.vary(np.arange(3), directions)
    world.start(np.arange(3))
    far = np.tile([1.0, 0, 1.0, 1, 0, 0, 0], (3, 1))  # nothing is there
    world.pose(np.arange(3), np.tile(compiled.in_hand.hand.home, (3, 1)), far)
    wait(world, 0.2)
    fallen = world.tool_pose[:, :3] - far[:, :3]
    np.testing.assert_allclose(fallen, directions * world.time[:, None] ** 2 / 2, atol=0.01)


def test_springs_gains_mass_and_friction_change_what_happens(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    ones = np.ones(8)
    spring, gains, mass, friction = ones.copy(), ones.copy(), ones.copy(), ones.copy()
    spring[1], gains[2], mass[3], friction[4] = 2.0, 2.0, 4.0, 0.02
    world = held(compiled, grasps[0], 8, springs=spring, gains=gains, mass=mass, friction=friction)
    wait(world, 1.0)
    stroke, opening = compiled.in_hand.tool.joint.stroke, world.opening
    assert opening[1] < opening[0] - 0.05 * stroke, "a stiffer spring opens it"
    assert opening[2] > opening[0] + 0.02 * stroke, "stronger fingers close it"
    sag = world.drift[0]
    assert sag[3] > 1.5 * sag[0], "a heavier tool sags"
    assert world.dropped.tolist() == [False] * 4 + [True] + [False] * 3, "a slippery one falls"
    np.testing.assert_array_equal(opening[5:], opening[0])


def test_a_variation_can_be_taken_back(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    world = held(compiled, grasps[0], 1, springs=[0.0], mass=[2.0], gains=[1.2])
    world.vary(np.arange(1))
    for name in ("body_mass", "jnt_stiffness", "actuator_gainprm", "geom_friction"):
        field = world.sim.expand(name)
        np.testing.assert_array_equal(field[0], getattr(compiled.model, name), name)


def test_a_held_tool_that_is_no_thing_of_the_scene_is_refused_by_name() -> None:
    scene = dataclasses.replace(hand_scene("leap", make_tool(PLIERS)), held=make_tool("tongs"))
    with pytest.raises(ValueError, match="holds 'tongs', which is none of its things"):
        compile_scene(scene)


def test_a_variation_of_the_wrong_shape_is_refused(compiled: Compiled) -> None:
    world = Holding(compiled, 2)
    with pytest.raises(ValueError, match=r"mass has shape \(3,\), want \(2,\)"):
        world.vary(np.arange(2), mass=np.ones(3))
    with pytest.raises(ValueError, match="springs is below 0"):
        world.vary(np.arange(2), springs=np.array([1.0, -1.0]))
    with pytest.raises(ValueError, match="gravity is not finite"):
        world.vary(np.arange(2), np.full((2, 3), np.nan))


# ---- steps


def test_commands_move_no_faster_than_the_servos(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    world = held(compiled, grasps[0])
    before = world.ctrl.copy()
    world.step(np.full((1, 16), 1e3))
    moved = world.ctrl - before
    fastest = np.array(compiled.in_hand.hand.velocity) * world.dt
    upper = np.array(compiled.in_hand.hand.upper)
    np.testing.assert_allclose(moved[0], np.minimum(fastest, upper - before[0]), atol=1e-9)


def test_targets_that_are_no_numbers_are_refused(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    world = held(compiled, grasps[0], 2)
    targets = world.ctrl.copy()
    targets[1, 3] = np.nan
    with pytest.raises(ValueError, match=r"simulations \[1\]"):
        world.step(targets)


def test_divergence_is_marked_and_the_state_put_back(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    world = held(compiled, grasps[0], 2)
    world.sim.bind("qvel")[1, 0] = 1e12
    before = world.sim.states()[1].copy()
    world.step(world.ctrl.copy())
    assert world.diverged.tolist() == [False, True]
    np.testing.assert_array_equal(world.sim.states()[1], before)
    world.reset(np.array([1]), grasps[:1])
    world.step(world.ctrl.copy())
    assert not world.diverged.any()


def test_a_snapshot_continues_bit_for_bit_elsewhere(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    world = held(compiled, grasps[0], 2, mass=[1.0, 1.7])
    load(world, GRAVITY * np.eye(3)[:2])
    snapshot = world.save()
    targets = compiled.in_hand.hand.command(grasps[0].joints(grasps[0].limits))
    world.step(targets)
    other = Holding(compiled, 2)
    other.restore(snapshot)
    other.step(targets)
    np.testing.assert_array_equal(other.sim.states(), world.sim.states())
    np.testing.assert_array_equal(other.drift[0], world.drift[0])


def test_a_snapshot_of_another_tool_or_number_is_refused(
    compiled: Compiled, grasps: tuple[GraspKeyframe, ...]
) -> None:
    world = held(compiled, grasps[0])
    other = Holding(compile_hand("leap", make_tool("tweezers")), 1, nthread=1)
    with pytest.raises(ValueError, match="it is of another scene"):
        world.restore(other.save())
    with pytest.raises(ValueError, match="snapshot of 1 simulations for 0"):
        world.restore(world.save(), [])
