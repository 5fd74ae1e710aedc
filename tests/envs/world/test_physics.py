"""The physics preset held to what it promises: grasps do not creep, contacts do not sink in."""

import copy
import dataclasses
import functools

import mujoco
import numpy as np
import pytest
from _pytest.mark.structures import ParameterSet
from tests.envs.written import arm_scenes

from habilis.assets.arrays import Array
from habilis.assets.scene.format.file import load_scene, parse_scene
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing
from habilis.assets.scenes import scene_path
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import CommandBatch
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World
from habilis.policies.skills import Grasp, Lift
from habilis.policies.skills.executor import run_all
from habilis.policies.skills.senses import Senses

FREE_SPOT = (0.2, 0.0)  # m, where an object beyond reach is set to be gripped
HELD_FOR = 5.0  # s
SINK = 0.001  # m
OPENING = 0.08  # m, the widest that a jaw here opens


def graspable() -> list[ParameterSet]:
    """What arms with jaws can grip in the shipped scenes, alike things in one of them only; one in
    three is tried at once, the others with the slow tests."""
    seen, out = list[Thing](), list[tuple[str, str]]()
    for scene in arm_scenes():
        given = load_scene(scene_path(scene))
        for thing in given.entities if "leap" not in given.robot else ():  # which has a hand
            alike = dataclasses.replace(thing, name="thing", pos=(0.0, 0.0, 0.0), note="")
            narrow = min(2 * min(p.half_extents()[:2]) for p in thing.parts) < OPENING
            if thing.movable and narrow and alike not in seen:
                seen.append(alike)
                out.append((scene, thing.name))
    slow = pytest.mark.slow
    return [pytest.param(*given, marks=[slow] if k % 3 else []) for k, given in enumerate(out)]


@functools.cache
def compiled(name: str) -> Compiled:
    return compile_scene(load_scene(scene_path(name)))


def alone(scene: Scene, name: str) -> Scene:
    """The scene with one object only, so that nothing else can be in the way."""
    entity = scene.entity(name)
    return dataclasses.replace(scene, entities=(entity,), goal=Predicate("held", name), tool=None)


@dataclasses.dataclass
class Grip:
    """n robots that hold the same object, each with its own mass and friction."""

    robot: SimRobot
    name: str

    def relative(self) -> tuple[Array, Array]:
        """Position (n, 3) and rotation (n, 3, 3) of the object in the frame of the gripper."""
        world = self.robot.world
        tcp, rot = self.robot.controller.kinematics.tcp(world.q)
        k = world.index(self.name)
        turn = rot.transpose(0, 2, 1)
        return np.einsum("nij,nj->ni", turn, world.pos[:, k] - tcp), turn @ world.rotation(k)

    def speed(self) -> Array:
        """(n,) of the object's origin, m/s."""
        first = self.robot.world.model.joint(self.name).dofadr[0]
        return np.linalg.norm(self.robot.world.sim.bind("qvel")[:, first : first + 3], axis=1)

    def energy(self) -> Array:
        """(n,) of everything that moves, potential and kinetic, J."""
        return np.array([sum(energies(self.robot.world, i)) for i in range(self.robot.n)])


def data_of(world: World, i: int) -> mujoco.MjData:
    data, model = world.sim.get_data(i), copy.copy(world.model)
    model.body_pos[:] = world._varied.fields["body_pos"][i]  # where its layout has what is fixed
    mujoco.mj_forward(model, data)
    return data


def energies(world: World, i: int) -> tuple[float, float]:
    data = data_of(world, i)
    mujoco.mj_energyPos(world.model, data)
    mujoco.mj_energyVel(world.model, data)
    return float(data.energy[0]), float(data.energy[1])


def deepest(world: World, i: int = 0) -> float:
    """Deepest penetration of any contact, m, >= 0."""
    data = data_of(world, i)
    return max(0.0, -float(data.contact.dist.min())) if data.ncon else 0.0


def take(name: str, entity: str, variation: float, n: int = 3) -> Grip:
    """Lift an object of a scene in n variants; the first is the scene as given."""
    scene = alone(load_scene(scene_path(name)), entity)
    robot = SimRobot(World(compile_scene(scene), n))
    rng = np.random.default_rng(11)
    layout = sample(scene, Variation(0, 0, 0.2 * variation, 0.2 * variation), rng, n)
    layout.friction[0], layout.mass[0] = 1.0, 1.0
    senses = Senses(scene, robot.bodies)
    robot.reset(layout)
    senses.update(robot.observe())
    if np.abs(scene.workspace.outside(senses.get_graspable_point(entity))).max() > 0:
        spot = np.array(FREE_SPOT) - senses.get_graspable_point(entity)[:2]
        layout = dataclasses.replace(layout, shift=layout.shift + spot)
        robot.reset(layout)
    traces = run_all(robot, [[Grasp(entity), Lift(entity, 0.1)] for _ in range(n)])
    assert all(t.ok for t in traces), [t.failed for t in traces]
    return Grip(robot, entity)


@pytest.mark.parametrize("robot", ["fr3+panda_hand", "fr3+robotiq_2f85"])
def test_fingers_stay_outside_a_thin_cup_in_which_marbles_roll(robot: str) -> None:
    """A marble that knocks a wall off a pad frees the finger for a step, under its whole force."""
    wall, sides = 0.004, (("l", 0, 0.028), ("r", 0, -0.028), ("n", -0.028, 0), ("f", 0.028, 0))
    parts = [Part("bottom", "box", (0.06, 0.06, wall))]
    for name, x, y in sides:
        size = (wall, 0.052, 0.07) if x else (0.06, wall, 0.07)
        parts.append(Part(name, "box", size, (x, y, 0.035)))
    cup = Thing("cup", tuple(parts), (0.25, -0.15, 0.002), mass=0.15, frames={"grip": (0, 0, 0.05)})
    marbles = [
        Thing(f"ball_{i}", (Part("ball", "sphere", (0.018,)),), at, mass=0.01, rolling=0.001)
        for i, at in enumerate(
            [(0.24, -0.15, 0.0131), (0.262, -0.145, 0.0131), (0.25, -0.165, 0.035)]
        )
    ]
    scene = dataclasses.replace(
        load_scene(scene_path("reach_milk_2023")), entities=(cup, *marbles), tool=None,
        goal=Predicate("lifted", "cup", value=0.05), robot=robot,
    )  # fmt: skip
    held = SimRobot(World(compile_scene(scene), 1))
    held.reset(published(scene, 1))
    (trace,) = run_all(held, [[Grasp("cup", yaw=1.5708), Lift("cup", 0.1)]])
    assert trace.ok, trace.failed
    assert held.world.aperture[0] == pytest.approx(0.06, abs=SINK)
    assert deepest(held.world) < SINK


PRESSED = """
name: pressed
instruction: Lift the block.
robot: {name: ROBOT, base: [-0.25, 0, 0]}
workspace: {x: [0.1, 0.5], y: [-0.3, 0.3], z: [-0.1, 0.5]}
objects:
  block: {pos: [0.3, 0, 0.05], mass: 0.5, shape: box, size: [0.1, 0.1, 0.1]}
goal: lifted(block, 0.1)
"""


@pytest.mark.parametrize("spot", [(0.3, 0.2, -0.04), (0.3, 0.0, 0.06)], ids=["table", "block"])
@pytest.mark.parametrize("robot", ["fr3+panda_hand", "ur5e+robotiq_2f85", "fr3+leap"])
def test_an_arm_that_presses_does_not_sink_in(robot: str, spot: tuple[float, ...]) -> None:
    """The commanded point lies 4 cm under the surface, and the arm comes at full speed."""
    scene = parse_scene(PRESSED.replace("ROBOT", robot), "pressed.yaml")
    presses = SimRobot(World(compile_scene(scene)))
    presses.reset(published(scene, 1))
    held, depths = presses.controller.held(), list[float]()
    for _ in range(round(3.0 / TICK)):
        open_ = np.zeros_like(held.aperture)
        sent = presses.controller.to_pose(np.array([spot]), held.rot, open_, 1)
        presses.world.advance(sent.ctrl)
        depths.append(deepest(presses.world))
    assert max(depths) < 0.004 and depths[-1] < SINK / 2


@pytest.mark.parametrize(("scene", "entity"), graspable())
def test_a_held_object_neither_creeps_nor_jitters_nor_sinks_in(scene: str, entity: str) -> None:
    grip = take(scene, entity, variation=1.0)
    grip.robot.hold(1.0)  # the arm comes to rest under the load
    pos, rot = grip.relative()
    energy = grip.energy()
    speeds, depth = [], 0.0
    for k in range(round(HELD_FOR / TICK)):
        grip.robot.hold(TICK)
        speeds.append(grip.speed())
        if k % 25 == 0:
            depth = max(depth, *(deepest(grip.robot.world, i) for i in range(grip.robot.n)))
    later, turned = grip.relative()
    creep = np.linalg.norm(later - pos, axis=1)
    trace = np.trace(rot.transpose(0, 2, 1) @ turned, axis1=1, axis2=2)
    angle = np.rad2deg(np.arccos(np.clip((trace - 1) / 2, -1, 1)))
    assert (creep < 0.0005).all() and (angle < 0.5).all(), (creep, angle)
    assert np.sqrt(np.mean(np.square(speeds), axis=0)).max() < 0.001
    assert depth < SINK
    # What springs back in the soft pads is not in the sum: some hundredths of a millimetre.
    weight = 9.81 * float(grip.robot.world.model.body(entity).mass[0])
    assert (grip.energy() < energy + 1e-4 + 5e-5 * weight).all()
    assert (grip.robot.world.aperture > 0.002).all()


@pytest.mark.parametrize("name", arm_scenes())
def test_what_lies_there_stays_there(name: str) -> None:
    """Ten seconds of nothing: no drift, no jitter, no sinking, no energy out of nowhere."""
    robot = SimRobot(World(compiled(name), 2))
    robot.reset(sample(robot.scene, Variation.scaled(1.0), np.random.default_rng(0), 2))
    robot.hold(1.0)
    pos, quat = robot.world.pos.copy(), robot.world.quat.copy()
    energy = [sum(energies(robot.world, i)) for i in range(2)]
    robot.hold(9.0)
    assert np.abs(robot.world.pos - pos).max() < 0.0005
    assert (np.abs(np.vecdot(robot.world.quat, quat)) > np.cos(np.deg2rad(0.25))).all()
    qvel = robot.world.sim.bind("qvel")[:, robot.world.q.shape[1] :]
    assert np.sqrt(np.mean(qvel**2)) < 0.001
    for i in range(2):
        assert deepest(robot.world, i) < SINK
        assert sum(energies(robot.world, i)) < energy[i] + 1e-4


@pytest.mark.parametrize("name", arm_scenes())
def test_nothing_starts_inside_another_thing(name: str) -> None:
    robot = SimRobot(World(compiled(name), 8))
    robot.reset(sample(robot.scene, Variation.scaled(1.0), np.random.default_rng(1), 8))
    assert max(deepest(robot.world, i) for i in range(8)) < SINK


def test_a_dropped_object_loses_energy_and_comes_to_rest() -> None:
    robot = SimRobot(World(compiled("gallery_tray"), 1))
    robot.reset(published(robot.scene, 1))
    column = int(robot.world.model.joint("tea_tin").qposadr[0])
    robot.world.sim.bind("qpos")[0, column : column + 3] = (0.2, -0.2, 0.2)
    before = sum(energies(robot.world, 0))
    for _ in range(100):
        robot.hold(TICK)
        assert sum(energies(robot.world, 0)) < before + 1e-4
    tin = robot.world.index("tea_tin")
    assert robot.world.pos[0, tin, 2] == pytest.approx(0.035, abs=SINK)
    assert energies(robot.world, 0)[1] < 1e-4


def test_a_whole_solution_is_the_same_to_the_bit_on_any_number_of_threads() -> None:
    """Contacts, friction and a required grasp; not only motion in free space."""
    seen = []
    for threads in (1, 2):
        robot = SimRobot(World(compiled("reach_milk_2023"), 3, threads))
        robot.reset(sample(robot.scene, Variation.scaled(1.0), np.random.default_rng(2), 3))
        traces = run_all(robot, [[Grasp("hammer"), Lift("hammer")] for _ in range(3)])
        assert all(t.ok for t in traces)
        seen.append((robot.world.sim.states(), robot.world.pos.copy()))
    np.testing.assert_array_equal(seen[0][0], seen[1][0])
    np.testing.assert_array_equal(seen[0][1], seen[1][1])


def test_a_divergence_in_one_copy_is_caught_there_and_harms_no_other() -> None:
    robot = SimRobot(World(compiled("reach_milk_2023"), 3))
    twin = SimRobot(World(compiled("reach_milk_2023"), 3))
    for r in (robot, twin):
        r.reset(published(r.scene, 3))
        r.hold(0.1)
    before = robot.world.sim.states()[1].copy()
    robot.world.sim.bind("qvel")[1, 8] = 1e12
    broken = robot.world.sim.states()[1].copy()
    for r in (robot, twin):
        r.command(CommandBatch(r.controller.limiter.pos, r.controller.aperture))
    np.testing.assert_array_equal(robot.world.diverged, [False, True, False])
    assert np.isfinite(robot.world.pos).all()
    np.testing.assert_array_equal(robot.world.sim.states()[1], broken)
    assert not np.array_equal(before, broken)
    np.testing.assert_array_equal(robot.world.sim.states()[[0, 2]], twin.world.sim.states()[[0, 2]])
    robot.reset(published(robot.scene, 1), np.array([1]))
    robot.hold(0.1)
    assert not robot.world.diverged.any()
