"""A pad between the jaws: where they meet it, how hard, and that it changes nothing else."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from habilis.assets.grasps import load_grasps
from habilis.assets.hand_scene import compile_hand
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.tools import SIZES, TOOLS, make_tool
from habilis.assets.tools.probe import PAD, Probe
from habilis.assets.tools.registry import SUITE, forces_of
from habilis.envs.hand.holding import Holding

GRAVITY_OFF = (0.0, 0.0, 0.0)


def distance(compiled: Compiled, data: mujoco.MjData) -> float:
    """From the pad to the moving half, m; below 0 inside."""
    model, segment = compiled.model, np.empty(6)
    return min(
        mujoco.mj_geomDistance(model, data, int(a), int(b), 0.05, segment)
        for a, b in zip(model.pair_geom1, model.pair_geom2, strict=True)
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("tool", TOOLS)
def test_keyframes_stay_valid_and_clear_of_the_pad(tool: str, size: str) -> None:
    made = make_tool(tool, size)
    compiled, found = compile_hand("leap", made, Probe()), load_grasps("leap", tool, size)
    found.check(compiled.model)
    data = mujoco.MjData(compiled.model)
    for grasp in found.grasps:
        data.qpos[:] = grasp.qpos
        mujoco.mj_kinematics(compiled.model, data)
        assert distance(compiled, data) > 0.001


@pytest.mark.parametrize("tool", TOOLS)
def test_the_jaws_meet_it_at_its_thickness(tool: str) -> None:
    made, share = make_tool(tool), 0.3
    compiled = compile_hand("leap", made, Probe(share))
    data, squeezed = mujoco.MjData(compiled.model), 1.0 if made.joint.closed else -1.0
    joint, apart = compiled.in_hand.names.joints[0], []
    for part in (-0.02, 0.02):  # of the stroke, before and after
        at = float(made.joint_at(share * made.max_gap)) + part * squeezed * made.joint.stroke
        data.joint(joint).qpos[0] = at
        mujoco.mj_kinematics(compiled.model, data)
        apart.append(distance(compiled, data))
    assert apart[0] > 0 > apart[1]


@pytest.mark.parametrize("tool", ["tweezers", "scissors", "syringe"])
def test_the_sensor_tells_the_force_and_the_pad_yields_by_its_stiffness(tool: str) -> None:
    """A tool welded to the world, its joint driven: force times lever is the driving torque."""
    made, probe = make_tool(tool, spring=0.0, drag=0.0, backlash=0.0), Probe(stiffness=2000.0)
    compiled = compile_hand("leap", made, probe)
    model, data = compiled.model, mujoco.MjData(compiled.model)
    model.opt.gravity[:] = GRAVITY_OFF
    data.qpos[compiled.in_hand.free[:3]] = data.eq_active[compiled.in_hand.weld] = 1.0
    model.eq_data[compiled.in_hand.weld, 3:6] = 1.0
    arm = np.linalg.norm(np.cross(made.joint.axis, made.frames["tip_moving"].point))
    lever = float(arm) if made.joint.kind == "hinge" else 1.0
    dof = compiled.in_hand.opening_dofs[0]
    data.qpos[compiled.in_hand.opening[0]] = made.joint_at(0.3 * made.max_gap)
    for force in (1.0, 3.0):
        data.qfrc_applied[dof] = force * lever
        mujoco.mj_step(model, data, 400)
        felt = float(np.linalg.norm(data.sensor(PAD).data[1:]))
        assert felt == pytest.approx(force, rel=0.1)
        inside = -sum(min(0.0, float(c.dist)) for c in data.contact[: data.ncon])
        assert probe.stiffness * inside == pytest.approx(felt, rel=0.1)


def test_force_goals_are_known_for_every_tool() -> None:
    goals = {kind: forces_of(kind) for kind in SUITE}
    assert all(0 < goal.low < goal.high for goal in goals.values())
    closes = {kind: make_tool(kind).joint.closed > 0 for kind in SUITE}
    assert {kind: goal.slope > 0 for kind, goal in goals.items()} == closes


def test_what_cannot_be_measured_is_refused() -> None:
    world = Holding(compile_hand("leap", make_tool("tongs")), 1, nthread=1)
    with pytest.raises(ValueError, match=r"tongs has no probe.*Probe\(\)"):
        _ = world.tip_force
    with pytest.raises(ValueError, match=r"thickness 1.2 is outside"):
        Probe(thickness=1.2)
    with pytest.raises(ValueError, match="stiffness 0.0 N/m"):
        Probe(stiffness=0.0)
