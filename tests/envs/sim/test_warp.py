"""The back end on mujoco_warp, held against MuJoCo on warp's own CPU device."""

import os
from importlib.util import find_spec

import mujoco
import numpy as np
import pytest

from habilis.assets.robots.registry import make_robot
from habilis.envs.core import Core
from habilis.envs.sim.budget import BudgetError
from habilis.envs.sim.cpu import CpuSim
from habilis.envs.sim.make import make_sim
from habilis.envs.sim.warp import WarpSim, devices
from habilis.envs.tasks import load_task

REQUIRED = os.environ.get("HABILIS_WARP") == "required"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("mujoco_warp") is None and not REQUIRED,
        reason='mujoco_warp is not installed: pip install -e ".[gpu]"',
    ),
]
PENDULUM = """
<mujoco>
  <option timestep="0.002"/>
  <worldbody>
    <body name="pole">
      <joint name="hinge" axis="0 1 0" damping="0.01"/>
      <geom type="capsule" fromto="0 0 0 0 0 -0.5" size="0.02" mass="1" contype="0"/>
    </body>
  </worldbody>
  <actuator><motor name="motor" joint="hinge"/></actuator>
  <sensor><jointpos joint="hinge"/></sensor>
</mujoco>
"""
BOX = """
<mujoco>
  <option timestep="0.002" cone="elliptic" impratio="10"/>
  <worldbody>
    <geom name="table" type="plane" size="1 1 0.1"/>
    <body name="hand" mocap="true" pos="0 0 1"/>
    <body name="box" pos="0 0 0.06">
      <freejoint/>
      <geom name="side" type="box" size="0.05 0.05 0.05" mass="0.5"/>
    </body>
  </worldbody>
  <equality><weld name="held" body1="hand" body2="box" active="false"/></equality>
  <sensor><contact geom1="table" geom2="side" data="found force" reduce="netforce"/></sensor>
</mujoco>
"""
N, STEPS = 3, 50


def pair(model: mujoco.MjModel, n: int = N) -> tuple[WarpSim, CpuSim]:
    return WarpSim(model, n), CpuSim(model, n, nthread=1)


def test_a_pendulum_swings_as_in_mujoco_with_masses_of_their_own() -> None:
    ctrl = np.random.default_rng(0).normal(size=(N, STEPS, 1))
    records = []
    sims = pair(mujoco.MjModel.from_xml_string(PENDULUM))
    for sim in sims:
        sim.bind("qpos")[:, 0] = np.linspace(0.3, 1.0, N)
        sim.expand("body_mass")[:, 1] = np.linspace(0.5, 2.0, N)
        sim.set_const()
        records.append(sim.rollout(STEPS, ctrl, record=("sensordata",))["sensordata"])
    assert records[0].shape == (N, STEPS, 1)
    np.testing.assert_allclose(records[0], records[1], atol=1e-5)
    for name in ("qpos", "qvel", "time", "qacc_warmstart"):
        np.testing.assert_allclose(sims[0].bind(name), sims[1].bind(name), atol=1e-4)
    assert np.ptp(sims[0].bind("qpos")) > 0.1


def test_a_box_lands_on_a_table_is_felt_and_can_be_welded_to_a_hand() -> None:
    warp, cpu = pair(mujoco.MjModel.from_xml_string(BOX))
    for sim in (warp, cpu):
        felt = sim.bind("sensordata")
        sim.rollout(300)
        np.testing.assert_allclose(felt[:, 3], 0.5 * 9.81, rtol=0.02)
        sim.bind("eq_active")[1, 0] = 1.0
        sim.expand("eq_data")[:, 0, 3:10] = (0, 0, -0.02, 1, 0, 0, 0)  # the box below the hand
        sim.bind("mocap_pos")[:, 0] = sim.bind("qpos")[:, :3] + (0, 0, 0.06)
        sim.bind("xfrc_applied")[2, 2, 0] = 8.0
        sim.rollout(STEPS)
    np.testing.assert_allclose(warp.bind("qpos"), cpu.bind("qpos"), atol=2e-4)
    assert warp.bind("qpos")[1, 2] > 0.07 > warp.bind("qpos")[0, 2]  # lifted
    assert warp.bind("qpos")[2, 0] > warp.bind("qpos")[0, 0] + 1e-3  # pushed


def test_an_arm_follows_its_targets_as_in_mujoco() -> None:
    robot, spec = make_robot("fr3")
    warp, cpu = pair(spec.compile())
    home = np.array([*robot.arm.home, 0.02])
    goal = home + np.random.default_rng(1).uniform(-0.1, 0.1, (N, 1, 8)) * np.array([1.0] * 7 + [0])
    for sim in (warp, cpu):
        sim.bind("qpos")[:, :7] = robot.arm.home
        sim.rollout(STEPS, np.repeat(goal, STEPS, axis=1))
    np.testing.assert_allclose(warp.bind("qpos"), cpu.bind("qpos"), atol=1e-4)
    np.testing.assert_allclose(warp.bind("qvel"), cpu.bind("qvel"), atol=2e-2)


def test_only_those_asked_for_are_stepped_and_a_snapshot_continues_bit_for_bit() -> None:
    warp, cpu = pair(mujoco.MjModel.from_xml_string(BOX))
    warp.rollout(60)
    saved, before = warp.save([0, 1]), warp.states()
    ids = np.array([0, 2])
    warp.rollout(20, ids=ids)
    np.testing.assert_array_equal(warp.states()[1], before[1])
    first = warp.states()[0]
    warp.restore(saved.take([0, 0, 0]))
    warp.rollout(20)
    np.testing.assert_array_equal(warp.states(), np.stack([first] * N))
    cpu.restore(saved.take([0, 0, 0]))  # what is saved on one back end goes on on the other
    cpu.rollout(20)
    np.testing.assert_allclose(cpu.bind("qpos"), warp.bind("qpos"), atol=1e-5)


@pytest.mark.parametrize("value", [np.nan, 1e13])
def test_what_diverges_is_put_back_and_marked(value: float) -> None:
    warp, _ = pair(mujoco.MjModel.from_xml_string(PENDULUM))
    before = warp.states()
    with warp.guard():
        warp.bind("qvel")[1] = value
        warp.rollout(3)
    assert warp.diverged.tolist() == [False, True, False]
    np.testing.assert_array_equal(warp.states()[1], before[1])


def test_contacts_that_do_not_fit_are_an_error_that_says_what_to_do() -> None:
    sim = WarpSim(mujoco.MjModel.from_xml_string(BOX), N, contacts=1)
    with pytest.raises(BudgetError, match="contacts=2"):
        sim.rollout(100)


def test_what_warp_cannot_do_is_refused_by_name() -> None:
    sim = WarpSim(mujoco.MjModel.from_xml_string(PENDULUM), N)
    with pytest.raises(ValueError, match="geom_type"):
        sim.expand("geom_type")
    with pytest.raises(ValueError, match="ncon"):
        sim.bind("ncon")
    with pytest.raises(ValueError, match="no device 'tpu' here; warp knows cpu"):
        WarpSim(sim.model, N, "tpu")
    plugin = '<mujoco><option solver="PGS"/><worldbody/></mujoco>'
    with pytest.raises(ValueError, match="PGS"):
        WarpSim(mujoco.MjModel.from_xml_string(plugin), N)
    with pytest.raises(ValueError, match="did you mean"):
        make_sim("gpus", sim.model)  # type: ignore[arg-type]


@pytest.mark.skipif(
    find_spec("mujoco_warp") is not None and len(devices()) > 1, reason="there is a GPU"
)
def test_a_gpu_that_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(ValueError, match="no CUDA device here"):
        make_sim("gpu", mujoco.MjModel.from_xml_string(PENDULUM))


def test_a_creative_task_starts_alike_and_goes_alike_on_both_back_ends() -> None:
    task = load_task("habilis/ReachMilk-v0")
    cores = [Core(task, 2, nthread=1), Core(task, 2, sim="warp-cpu")]
    rng = np.random.default_rng(7)
    for core in cores:
        core.reset(np.arange(2), [np.random.default_rng(i) for i in range(2)])
    np.testing.assert_array_equal(cores[1].world.pos, cores[0].world.pos)
    np.testing.assert_array_equal(cores[1].world.q, cores[0].world.q)
    for action in rng.uniform(-1, 1, (4, 2, 4)):
        for core in cores:
            core.step(action)
        np.testing.assert_allclose(cores[1].world.pos, cores[0].world.pos, atol=2e-4)
        np.testing.assert_allclose(cores[1].world.q, cores[0].world.q, atol=1e-4)
        np.testing.assert_array_equal(cores[1].world.ledger.now, cores[0].world.ledger.now)
        assert not cores[1].world.diverged.any()


def test_a_held_tool_opens_alike_on_both_back_ends() -> None:
    task = load_task("habilis/TweezersAperture-v0", sizes=("medium",), starts=4)
    cores = [Core(task, 2, nthread=1), Core(task, 2, sim="warp-cpu")]
    for core in cores:
        core.reset(np.arange(2), [np.random.default_rng(i) for i in range(2)])
    for action in np.random.default_rng(0).uniform(-1, 1, (4, 2, 17)):
        for core in cores:
            core.step(action)
        np.testing.assert_allclose(cores[1].world.opening, cores[0].world.opening, atol=1e-4)
        np.testing.assert_array_equal(cores[1].world.touching, cores[0].world.touching)


def test_objects_of_several_shapes_are_for_the_cpu() -> None:
    with pytest.raises(ValueError, match="geom_type.*CPU back end only"):
        Core(load_task("habilis/TweezersPick-v0"), 1, sim="warp-cpu")
