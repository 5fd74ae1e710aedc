"""The protocol of simulations, on the cores of this machine."""

import mujoco
import numpy as np
import pytest

from habilis.envs.sim.cpu import CpuSim
from habilis.envs.sim.snapshot import Snapshot

PENDULUM = """
<mujoco>
  <option timestep="0.002"/>
  <worldbody>
    <body name="pole">
      <joint name="hinge" axis="0 1 0" damping="0.01"/>
      <geom type="capsule" fromto="0 0 0 0 0 -0.5" size="0.02" mass="1"/>
    </body>
  </worldbody>
  <actuator><motor name="motor" joint="hinge"/></actuator>
  <sensor><jointpos joint="hinge"/></sensor>
</mujoco>
"""
N = 4


@pytest.fixture
def sim() -> CpuSim:
    out = CpuSim(mujoco.MjModel.from_xml_string(PENDULUM), N, nthread=1)
    out.bind("qpos")[:, 0] = np.linspace(0.1, 1.0, N)
    return out


def test_it_is_what_mj_step_does(sim: CpuSim) -> None:
    ctrl = np.random.default_rng(0).normal(size=(N, 30, 1))
    data = mujoco.MjData(sim.model)
    data.qpos[:] = sim.bind("qpos")[2]
    sensed = sim.rollout(30, ctrl, record=("sensordata",))["sensordata"].copy()
    for target, row in zip(ctrl[2], sensed[2], strict=True):
        data.ctrl[:] = target
        mujoco.mj_step(sim.model, data)
        np.testing.assert_array_equal(row, data.sensordata)
    np.testing.assert_array_equal(sim.bind("qpos")[2], data.qpos)


def test_only_those_asked_for_are_stepped_and_reset(sim: CpuSim) -> None:
    before = sim.states()
    sim.rollout(5, ids=np.array([1, 3]))
    np.testing.assert_array_equal(sim.states(np.array([0, 2])), before[[0, 2]])
    np.testing.assert_allclose(sim.bind("time"), [0, 0.01, 0, 0.01])
    sim.reset(np.array([3]))
    np.testing.assert_allclose(sim.bind("time"), [0, 0.01, 0, 0])
    assert sim.bind("qpos")[3, 0] == 0.0


def test_a_snapshot_brings_model_fields_with_it_and_continues_bit_for_bit(sim: CpuSim) -> None:
    sim.expand("body_mass")[:, 1] = np.linspace(0.5, 2.0, N)
    sim.set_const()
    sim.rollout(10)
    saved, other = sim.save([2, 2]), CpuSim(sim.model, 3)
    other.expand("dof_damping")[:] = 7.0  # not varied where the snapshot was taken: the model's own
    other.restore(saved, [0, 2])
    sim.rollout(50)
    other.rollout(50)
    np.testing.assert_array_equal(other.states(np.array([0, 2])), sim.states(np.array([2, 2])))
    assert other.expand("body_mass")[:, 1].tolist() == [1.5, 1.0, 1.5]


def test_a_snapshot_of_another_model_is_refused(sim: CpuSim) -> None:
    with pytest.raises(ValueError, match="another scene"):
        sim.restore(Snapshot({"state": np.zeros((N, 3)), "diverged": np.zeros(N, bool)}))


@pytest.mark.parametrize("value", [np.nan, 1e13])
def test_what_diverges_under_guard_is_put_back_and_marked(sim: CpuSim, value: float) -> None:
    before = sim.states()
    with sim.guard():
        sim.rollout(5)
        sim.bind("qvel")[1] = value
        sim.rollout(5)
    assert sim.diverged.tolist() == [False, True, False, False]
    np.testing.assert_array_equal(sim.states()[1], before[1])
    ids = np.array([0, 1])
    with sim.guard(ids):
        sim.rollout(5, ids=ids)
    assert not sim.diverged.any()


def test_guarding_some_says_nothing_about_the_others(sim: CpuSim) -> None:
    sim.diverged[3] = True
    with sim.guard(np.array([0])):
        sim.rollout(1, ids=np.array([0]))
    assert sim.diverged.tolist() == [False, False, False, True]
