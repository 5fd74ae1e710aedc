"""The articulated tools: frames, masses, forces, and how they move and lie."""

from __future__ import annotations

import dataclasses
import math

import mujoco
import numpy as np
import numpy.typing as npt
import pytest

from habilis.assets.arrays import Array
from habilis.assets.scene.model.bodies import CollisionBits
from habilis.assets.scene.model.preset import apply_preset
from habilis.assets.tools import (
    SIZES,
    TOOLS,
    ArticulatedTool,
    ToolNames,
    build_tool,
    make_tool,
)
from habilis.assets.tools.build import IN_HAND
from habilis.assets.tools.registry import drawn_tool
from habilis.assets.tools.spec import Half

ALL = [(kind, size) for kind in TOOLS for size in SIZES]
EVERY = pytest.mark.parametrize(("kind", "size"), ALL)
KINDS = pytest.mark.parametrize("kind", TOOLS)
CONTACT_OFFSET = 0.001  # m


@dataclasses.dataclass
class Rig:
    """A tool in a model of its own."""

    tool: ArticulatedTool
    names: ToolNames
    model: mujoco.MjModel
    data: mujoco.MjData

    def set(self, q: float) -> None:
        """Put the joint at ``q``; play is taken up last."""
        joint = self.tool.joint
        main = min(q, joint.stroke - joint.backlash)
        for name, value in zip(self.names.joints, (main, q - main), strict=False):
            self.data.joint(name).qpos = value
        mujoco.mj_forward(self.model, self.data)

    @property
    def q(self) -> float:
        return sum(float(self.data.joint(name).qpos[0]) for name in self.names.joints)

    def site(self, name: str) -> Array:
        return np.array(self.data.site(name).xpos)

    def push(self, force: float, half: Half = "moving") -> None:
        """Press with ``force`` N on the half's patches, evenly; lasts until changed."""
        own = [p for p in self.tool.patches if p.half == half]
        body = self.model.body(self.names.bodies[half]).id
        turn = self.data.xmat[body].reshape(3, 3)
        self.data.qfrc_applied[:] = 0
        for patch in own:
            mujoco.mj_applyFT(
                self.model, self.data, turn @ np.array(patch.normal) * force / len(own),
                np.zeros(3), self.site(self.names.patches[patch.role]), body,
                self.data.qfrc_applied,
            )  # fmt: skip

    def press(self, force: float, seconds: float) -> float:
        """Presses, over the first half ever harder; returns the greatest joint value seen."""
        most, steps = self.q, round(seconds / self.model.opt.timestep)
        for step in range(steps):
            self.push(force * min(1.0, 2 * step / steps))
            mujoco.mj_step(self.model, self.data)
            most = max(most, self.q)
        return most


def rig(
    tool: ArticulatedTool, *, free: bool = False, height: float = 0.0, gravity: float = 0.0
) -> Rig:
    spec = mujoco.MjSpec()
    apply_preset(spec)
    spec.option.gravity = [0, 0, -gravity]
    if free:
        spec.worldbody.add_geom(
            name="table", type=mujoco.mjtGeom.mjGEOM_PLANE, size=[1, 1, 0.1], contype=2,
            conaffinity=3,
        )  # fmt: skip
    names = build_tool(spec, tool, free=free, pos=(0, 0, height))
    model = spec.compile()
    made = Rig(tool, names, model, mujoco.MjData(model))
    mujoco.mj_forward(model, made.data)
    return made


def depth(model: mujoco.MjModel, data: mujoco.MjData, geom: np.intp, point: Array) -> float:
    """How deep a point lies inside a geom, m; negative outside."""
    p = data.geom_xmat[geom].reshape(3, 3).T @ (point - data.geom_xpos[geom])
    size, kind = model.geom_size[geom], model.geom_type[geom]
    if kind == mujoco.mjtGeom.mjGEOM_BOX:
        return float(np.min(size - np.abs(p)))
    if kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        return float(min(size[0] - np.hypot(p[0], p[1]), size[1] - abs(p[2])))
    assert kind == mujoco.mjtGeom.mjGEOM_CAPSULE
    along = np.clip(p[2], -size[1], size[1])
    return float(size[0] - np.linalg.norm(p - [0, 0, along]))


def deepest(made: Rig, point: Array) -> float:
    solid = np.flatnonzero(made.model.geom_contype)
    return max(depth(made.model, made.data, g, point) for g in solid)


@EVERY
def test_it_is_made_of_convex_primitives_with_mass(kind: str, size: str) -> None:
    tool = make_tool(kind, size)
    made = rig(tool, free=True)
    model = made.model
    assert 0.020 <= tool.mass <= 0.120
    assert model.body_mass.sum() == pytest.approx(tool.mass, rel=1e-6)
    halves = [model.body(name).id for name in made.names.bodies.values()]
    assert np.all(model.body_mass[halves] > 0.1 * tool.mass)
    assert np.all(model.body_inertia[1:] > 0)
    a, b, c = np.sort(model.body_inertia[halves]).T
    assert np.all(a + b >= c)
    assert model.nmesh == 0
    assert {p.use for p in tool.parts} >= {"jaw", "handle"}


def test_larger_sizes_are_heavier() -> None:
    for kind in TOOLS:
        masses = [make_tool(kind, size).mass for size in SIZES]
        assert masses == sorted(masses) and len(set(masses)) == 3


@EVERY
def test_the_gap_is_that_between_the_tip_sites(kind: str, size: str) -> None:
    tool = make_tool(kind, size)
    made = rig(tool)
    for q in np.linspace(0, tool.joint.stroke, 9):
        made.set(q)
        a, b = (made.site(made.names.frames[f]) for f in ("tip_base", "tip_moving"))
        gap = float(np.linalg.norm(a - b))
        assert gap == pytest.approx(float(tool.gap(q)), abs=1e-4)
        assert float(tool.joint_at(tool.gap(q))) == pytest.approx(q, abs=1e-6)
        np.testing.assert_allclose(tool.tip_midpoint(q), (a + b) / 2, atol=1e-6)
        assert made.q == pytest.approx(q, abs=1e-9)
    made.set(tool.joint.closed)
    assert float(tool.gap(tool.joint.closed)) < 1e-6
    assert nearest_jaws(made) < 1e-4


def nearest_jaws(made: Rig) -> float:
    """Distance of the two geoms that meet when the tool is closed, m."""
    first, second = ("collar", "flange") if made.tool.kind == "syringe" else ("", "")
    uses = made.names.geoms
    if first:
        name = made.tool.name
        pairs = [(f"{name}/moving/moving_{first}", f"{name}/base_{second}")]
    else:
        pairs = [(a, b) for a in uses["base", "jaw"] for b in uses["moving", "jaw"]]
    model, data = made.model, made.data
    return min(
        mujoco.mj_geomDistance(model, data, model.geom(a).id, model.geom(b).id, 0.05, None)
        for a, b in pairs
    )


@EVERY
def test_grips_and_tips_lie_outside_the_collision_shapes(kind: str, size: str) -> None:
    tool = make_tool(kind, size)
    made = rig(tool)
    grips = list(made.names.patches.values())
    tips = [made.names.frames[f] for f in ("tip", "tip_base", "tip_moving")]
    for q in np.linspace(0, tool.joint.stroke, 5):
        made.set(q)
        for name in grips + tips:
            assert deepest(made, made.site(name)) < CONTACT_OFFSET, (name, q)
        for name in grips:
            assert deepest(made, made.site(name)) > -1e-5, f"{name} hovers at {q}"


@EVERY
def test_a_patch_stays_on_its_face_over_its_span(kind: str, size: str) -> None:
    tool = make_tool(kind, size)
    made = rig(tool)
    made.set(tool.joint.closed)
    for patch in tool.patches:
        assert patch.span[0] <= 0 <= patch.span[1]
        assert np.dot(patch.normal, patch.along) == pytest.approx(0, abs=1e-9)
        for point in patch.at(np.linspace(*patch.span, 5)):
            inward = point + 5e-4 * np.array(patch.normal)
            if not patch.bore:
                assert deepest(made, inward) > 1e-4
            assert abs(deepest(made, point)) < 1e-5
        if patch.bore:  # a finger of that bore passes
            centre = np.array(patch.point) - patch.bore / 2 * np.array(patch.normal)
            assert -deepest(made, centre) == pytest.approx(patch.bore / 2, abs=1e-6)


@KINDS
def test_neighbouring_fingers_are_a_leap_hand_apart(kind: str) -> None:
    for size in SIZES:
        tool = make_tool(kind, size)
        apart = np.subtract(tool.patch("index").point, tool.patch("middle").point)
        assert np.linalg.norm(apart) == pytest.approx(0.045, abs=1e-6)


def squeeze_force(tool: ArticulatedTool, q: npt.ArrayLike, half: Half = "moving") -> Array:
    """N on a half that hold the joint at q: spring and friction over the lever, tips free."""
    joint, at = tool.joint, np.asarray(q, float)
    return (joint.stiffness * (at - joint.springref) + joint.frictionloss) / tool.lever(half)


@EVERY
def test_one_to_seven_newtons_squeeze_it(kind: str, size: str) -> None:
    tool = make_tool(kind, size)
    q = np.linspace(0, tool.joint.stroke, 11)
    halves: tuple[Half, Half] = ("base", "moving")
    for half in halves:
        force = squeeze_force(tool, q, half)
        assert np.all((force >= 1) & (force <= 7)), (half, force)


@KINDS
def test_that_force_does_hold_it_there(kind: str) -> None:
    made = rig(make_tool(kind))
    stroke = made.tool.joint.stroke
    for share in (0.3, 0.7):
        made.press(float(squeeze_force(made.tool, share * stroke)), 3.0)
        off = abs(made.q - share * stroke) - made.tool.joint.backlash
        assert off < 0.03 * stroke


@EVERY
def test_the_joint_stays_within_its_range_and_springs_back(kind: str, size: str) -> None:
    made = rig(make_tool(kind, size))
    stroke = made.tool.joint.stroke
    most = made.press(1.5 * float(squeeze_force(made.tool, stroke)), 2.0)
    assert 0.999 * stroke < made.q and most < 1.01 * stroke
    made.press(0.0, 2.0)
    assert -0.01 * stroke < made.q < 0.01 * stroke + made.tool.joint.backlash


@KINDS
def test_without_a_spring_it_stays_where_it_is(kind: str) -> None:
    made = rig(make_tool(kind, spring=0.0))
    stroke = made.tool.joint.stroke
    made.press(1.0, 1.0)
    assert made.q > 0.99 * stroke
    made.press(0.0, 1.0)
    assert made.q > 0.9 * stroke


@EVERY
def test_it_lies_still_on_a_table(kind: str, size: str) -> None:
    tool = make_tool(kind, size)
    low = min(p.part.bounds()[0][2] for p in tool.parts if p.use != "decor")
    made = rig(tool, free=True, height=0.001 - low, gravity=9.81)
    body = made.data.body(tool.name)
    made.press(0.0, 1.0)
    before, turn = body.xpos.copy(), body.xquat.copy()
    made.press(0.0, 1.0)
    assert np.linalg.norm(body.xpos - before) < 1e-3
    assert abs(float(np.dot(body.xquat, turn))) > math.cos(0.005)
    assert np.abs(made.data.qvel).max() < 0.02
    assert made.data.contact.dist.min() > -5e-4


def test_backlash_is_free_play_and_only_where_it_is_wanted() -> None:
    tight = rig(make_tool("pliers", backlash=0.0))
    assert len(tight.names.joints) == 1 and tight.model.njnt == 1
    loose = rig(make_tool("pliers", backlash=0.01))
    assert loose.model.njnt == 2
    loose.press(0.05, 1.0)  # far less than spring and friction take
    assert loose.q == pytest.approx(0.01, rel=0.05)
    tight.press(0.05, 1.0)
    assert abs(tight.q) < 5e-4


def test_blades_pass_each_other_only_when_closed() -> None:
    for size in SIZES:
        tool = make_tool("scissors", size)
        made = rig(tool)
        edges = [
            made.model.geom(name).id
            for name in ("scissors/base_edge", "scissors/moving/moving_edge")
        ]
        end = tool.edge[1][0]

        def overlap(at: float, made: Rig = made, edges: list[int] = edges) -> float:
            """By how much the edges have passed each other beside x = ``at``, m."""
            low, high = (
                made.data.geom_xpos[g]
                + made.data.geom_xmat[g].reshape(3, 3)
                @ [at - made.model.geom_pos[g][0], side * made.model.geom_size[g][1], 0]
                for g, side in zip(edges, (-1, 1), strict=True)
            )
            return float(high[1] - low[1])

        made.set(0.0)
        assert overlap(end) < -0.01 and overlap(0.006) > 0
        made.set(tool.joint.stroke)
        assert overlap(end) == pytest.approx(2 * tool.params["overlap"], abs=1e-6)
        assert overlap(0.02) > 0
        z = [made.data.geom_xpos[g][2] for g in edges]
        assert z[0] - z[1] == pytest.approx(tool.params["blade"], abs=1e-6)


def test_a_clothespin_opens_when_squeezed_and_the_others_close() -> None:
    for kind in TOOLS:
        tool = make_tool(kind)
        rest, squeezed = (float(g) for g in tool.gap(tool.joint.range))
        assert (squeezed > rest) == (kind == "clothespin")


def test_a_syringe_gives_what_its_plunger_sweeps() -> None:
    tool = make_tool("syringe")
    made = rig(tool)
    before = made.site("syringe/moving/thumb")
    made.set(0.010)
    np.testing.assert_allclose(made.site("syringe/moving/thumb") - before, [0.010, 0, 0], atol=1e-9)
    given = float(tool.volume(0.0) - tool.volume(0.010))
    assert given == pytest.approx(math.pi * 0.0065**2 * 0.010, rel=1e-6)
    assert float(tool.volume(tool.joint.stroke)) == pytest.approx(0, abs=1e-12)


def test_a_free_tool_falls_past_what_its_bits_do_not_meet() -> None:
    spec = mujoco.MjSpec()
    apply_preset(spec)
    spec.worldbody.add_geom(
        type=mujoco.mjtGeom.mjGEOM_PLANE, size=[1, 1, 0.1], contype=4, conaffinity=4
    )
    for name, bits in (("a", IN_HAND), ("b", CollisionBits(4, 0))):
        tool = dataclasses.replace(make_tool("tweezers"), name=name)
        build_tool(spec, tool, pos=(0, 0.2 * len(spec.bodies), 0.02), bits=bits)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, nstep=100)
    assert data.body("a").xpos[2] < -0.1 < 0 < data.body("b").xpos[2]


@pytest.mark.parametrize(
    ("kind", "size", "changes", "message"),
    [
        ("tweezer", "medium", {}, "unknown tool 'tweezer'; did you mean 'tweezers'"),
        ("tongs", "huge", {}, "unknown size of tongs 'huge'; known: small, medium, large"),
        ("pliers", "small", {"lenght": 0.1}, "parameter of pliers 'lenght'; did you mean 'length'"),
        ("tongs", "small", {"spring": -0.1}, "tongs: spring -0.1 Nm/rad is outside [0.0, 3.0]"),
        ("pliers", "medium", {"handle_thickness": 0.03}, "handle_thickness 0.03 m is outside"),
        ("syringe", "medium", {"mass": 0.2}, "mass 0.2 kg is outside [0.02, 0.12] kg"),
        ("tweezers", "medium", {"length": math.nan}, "length nan m is outside"),
        ("tweezers", "medium", {"length": 0.1}, "are too short for two fingers"),
        ("scissors", "large", {"hinge": 0.085}, "make hinge greater"),
        ("clothespin", "large", {"hinge": 0.16}, "jaws of 0.018 m are too short"),
        ("tongs", "small", {"grip_length": 0.14}, "reaches the paddles"),
    ],
)
def test_what_cannot_be_made_is_named(
    kind: str, size: str, changes: dict[str, float], message: str
) -> None:
    with pytest.raises(ValueError) as error:
        make_tool(kind, size, **changes)
    assert message in str(error.value)


def test_a_gap_beyond_the_tool_and_a_grip_it_lacks_are_named() -> None:
    tool = make_tool("tweezers")
    with pytest.raises(ValueError, match=r"gap 0.1 m is outside \[0, 0.0424\] m"):
        tool.joint_at(0.1)
    with pytest.raises(KeyError, match="unknown grip of tweezers 'pinky'"):
        tool.patch("pinky")


@KINDS
def test_poses_take_arrays(kind: str) -> None:
    tool = make_tool(kind)
    q = np.linspace(0, tool.joint.stroke, 6).reshape(2, 3)
    assert tool.T_bm(q).shape == (2, 3, 4, 4)
    assert tool.tip_midpoint(q).shape == (2, 3, 3)
    assert tool.gap(q).shape == tool.joint_at(tool.gap(q)).shape == (2, 3)
    points = tool.to_base("moving", np.zeros((2, 3, 3)), q)
    np.testing.assert_allclose(points, tool.T_bm(q)[..., :3, 3])


@KINDS
def test_a_seed_draws_a_tool_between_small_and_large(kind: str) -> None:
    first, again, other = (drawn_tool(kind, seed) for seed in (1, 1, 2))
    assert first == again and first != other
    small, large = (make_tool(kind, size).params for size in ("small", "large"))
    for name, value in first.params.items():
        low, high = sorted((small[name], large[name]))
        assert low - 1e-9 <= value <= high + 1e-9, name
    assert drawn_tool(kind, 1, mass=0.05).mass == 0.05
