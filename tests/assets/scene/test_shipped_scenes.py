"""The scenes that come with the package: where things stand, what can be reached and gripped."""

from __future__ import annotations

import itertools

import mujoco
import numpy as np
import pytest

from habilis.assets.robots.registry import full_name
from habilis.assets.scene.format.file import dump_scene, load_scene, parse_scene
from habilis.assets.scene.solids.parts import rotation
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.assets.scenes import scene_path, shipped
from habilis.envs.tasks import tool_tasks

SHIPPED = {name: load_scene(scene_path(name)) for name in shipped()}
BY_GRIPPER = sorted(n for n, scene in SHIPPED.items() if full_name(scene.robot) == full_name("fr3"))
OPENING, BETWEEN_FINGERS, PAD_DEPTH = 0.08, 0.04, 0.009


def target_of(scene: Scene) -> str:
    return next(iter(scene.goal.names()))


def world_bounds(entity: Thing) -> tuple[np.ndarray, np.ndarray]:
    assert entity.yaw == 0, "shipped objects stand square"
    low, high = entity.bounds()
    turn = rotation(entity.tilt)
    centre, half = turn @ (low + high) / 2 + entity.pos, np.abs(turn) @ (high - low) / 2
    return centre - half, centre + half


@pytest.fixture(params=BY_GRIPPER)
def scene(request: pytest.FixtureRequest) -> Scene:
    """Those of a gripper from above; those of hands are not square, and low."""
    return SHIPPED[request.param]


def test_shipped_reads_back_equal_and_is_named_after_its_file(scene: Scene) -> None:
    assert parse_scene(dump_scene(scene), "") == scene
    assert scene.name in shipped() and scene.notes


def placed(scene: Scene) -> mujoco.MjModel:
    """Everything of a scene where its file puts it, as shapes that nothing moves."""
    spec, quat = mujoco.MjSpec(), np.empty(4)
    kinds = {
        "box": mujoco.mjtGeom.mjGEOM_BOX, "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
        "sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
    }  # fmt: skip
    for entity in scene.entities:
        mujoco.mju_mat2Quat(quat, rotation(entity.tilt).ravel())
        body = spec.worldbody.add_body(name=entity.name, pos=entity.pos, quat=quat.copy())
        for part in entity.parts:
            half = (
                part.half_extents()
                if part.shape != "cylinder"
                else (part.size[0] / 2, part.size[1] / 2, 0)
            )
            mujoco.mju_mat2Quat(quat, rotation(part.euler).ravel())
            body.add_geom(type=kinds[part.shape], size=half, pos=part.pos, quat=quat.copy())
    return spec.compile()


def gaps(model: mujoco.MjModel) -> dict[frozenset[str], float]:
    """Least distance of each two things, m; below 0 where they overlap."""
    data, found = mujoco.MjData(model), dict[frozenset[str], float]()
    mujoco.mj_forward(model, data)
    for a, b in itertools.combinations(range(model.ngeom), 2):
        pair = frozenset(model.body(int(model.geom_bodyid[i])).name for i in (a, b))
        if len(pair) == 2:
            gap = mujoco.mj_geomDistance(model, data, a, b, 1.0, np.zeros(6))
            found[pair] = min(gap, found.get(pair, np.inf))
    return found


def test_shipped_objects_stand_on_the_table_apart(scene: Scene) -> None:
    """What stands over, in or on another may be near it; what stands beside another is not."""
    apart = gaps(placed(scene))
    bounds = {entity.name: world_bounds(entity) for entity in scene.entities}
    for entity in scene.entities:
        low, high = bounds[entity.name]
        assert (low[:2] > scene.table[0]).all() and (high[:2] < scene.table[1]).all()
        on_another = any(0 <= gap < 0.002 for pair, gap in apart.items() if entity.name in pair)
        if not (entity.sunk or entity.joint or on_another):
            assert low[2] == pytest.approx(0.0, abs=1e-9), entity.name
    for (a, b), gap in apart.items():
        over = all(
            bounds[a][0][k] < bounds[b][1][k] and bounds[b][0][k] < bounds[a][1][k] for k in (0, 1)
        )
        row = a.startswith("book") and b.startswith("book")  # they stand close on purpose
        assert gap > (0.0 if over or row else 0.005) - 1e-6, (a, b, gap)


def test_shipped_targets_are_out_of_reach_and_tools_within(scene: Scene) -> None:
    families = [task.family for task in tool_tasks().values()]
    if any(not getattr(f, "far", True) and scene.name in f.scenes.values() for f in families):
        pytest.skip("something else than distance makes its tool needed")
    if not scene.tool_entities():
        pytest.skip("nothing in it is made to be used on other things")
    target = scene.entity(target_of(scene))
    near = target.pos + (target.grip() if target.movable else target.bounds()[0])
    least = {"button": 0.04, "bead1": 0.07}  # m; the others are further away
    assert scene.workspace.outside(near)[0] > least.get(target.name, 0.09)
    assert scene.tool is not None and scene.tool.use == "required"
    outside = {
        e.name for e in scene.entities if e.tool and scene.workspace.outside(e.pos + e.grip()).any()
    }
    far = {"gallery_fetch_hook": {"rake"}, "fetch_hook": {"rake"}}
    far["press_button_2023"] = {"cube3"}
    far["press_button_2024"] = {"magnetic_cube3"}
    assert outside == far.get(scene.name, set())


def test_shipped_tools_and_targets_can_be_gripped_from_above(scene: Scene) -> None:
    wanted = [e for e in scene.entities if e.tool or e.name == target_of(scene)]
    # Pressed, swept, struck, too wide for the jaw; taken along by a pin, drawn by a leg.
    pushed = ("button", "bead1", "gate", "block", "sled", "book2")
    wanted = [e for e in wanted if e.name not in pushed]
    for entity in wanted:
        grip = entity.grip()
        held = [p for p in entity.parts if all(np.abs(grip - p.pos) <= p.half_extents() + 1e-9)]
        hollow = [p for p in entity.parts if p.bounds()[0][2] < grip[2] < p.bounds()[1][2]]
        held = held or hollow  # by its walls, from outside
        low, high = (
            np.min([p.bounds()[0][1] for p in held]),
            np.max([p.bounds()[1][1] for p in held]),
        )
        width = high - low if held is hollow else min(2 * p.half_extents()[1] for p in held)
        assert held and width < 0.065 < OPENING, f"{entity.name}: grip lies in no part"
        assert max(p.bounds()[1][2] for p in held) - grip[2] <= BETWEEN_FINGERS
        assert entity.pos[2] + grip[2] - PAD_DEPTH > 0.003, "pads clear the table"


@pytest.mark.parametrize(
    ("name", "tool", "head", "handle", "target", "part"),
    [
        ("reach_milk_2023", "hammer", "head", "handle", "milk", None),
        ("reach_milk_2024", "hammer", "head", "handle", "milk", None),
        ("gallery_l_hook", "l_hook", "arm", "handle", "mug", None),
        ("gallery_fetch_hook", "short_hook", "head", "handle", "rake", "post"),
        ("gallery_fetch_hook", "rake", "head", "handle", "juice", None),
    ],
)
def test_hooks_reach_behind_and_past_the_centre(
    name: str, tool: str, head: str, handle: str, target: str, part: str | None
) -> None:
    scene = load_scene(scene_path(name))
    hook, thing = scene.entity(tool), scene.entity(target)
    caught = (thing.part(part) if part else thing).bounds()
    far, half = thing.pos[0] + caught[1][0], (caught[1][1] - caught[0][1]) / 2
    reach = hook.part(head).bounds()[0][0] - hook.grip()[0]
    assert far + 0.02 - reach <= scene.workspace.upper[0]
    overhang = hook.part(handle).bounds()[0][1] - hook.part(head).bounds()[0][1]
    assert overhang - 0.005 > half


def test_only_the_rake_reaches_the_juice() -> None:
    scene = load_scene(scene_path("gallery_fetch_hook"))
    hook, juice = scene.entity("short_hook"), scene.entity("juice")
    tip = scene.workspace.upper[0] + hook.bounds()[1][0] - hook.grip()[0]
    assert tip < world_bounds(juice)[0][0]
    under_handle = scene.entity("rake").part("handle").bounds()[0][2] + 0.035
    assert under_handle - hook.size()[2] > 0.015


def test_published_numbers_are_kept_where_they_can_be() -> None:
    first, second = (load_scene(scene_path(f"reach_milk_{y}")) for y in (2023, 2024))
    hammer = first.entity("hammer")
    assert np.array_equal(hammer.pos + hammer.grip(), (0.35, -0.15, 0.025))
    assert hammer.part("handle").size == (0.2, 0.022, 0.05)
    assert first.entity("milk").pos == (0.544, -0.001, 0.08)
    assert first.entity("pineapple_toy").pos == (0.47, 0.23, 0.03)
    assert first.workspace == second.workspace == Workspace((0, -0.25, 0.01), (0.45, 0.25, 0.3))
    assert second.entity("hammer").parts == hammer.parts
    assert second.entity("milk").pos[:2] == (0.568, 0.01)
    assert second.entity("stuffed_toy").pos == (0.45, -0.05, 0.025)
    for scene in (first, second):
        milk = scene.entity("milk")
        assert milk.size() == pytest.approx([0.044, 0.044, 0.16])
        assert (milk.pos + milk.grip())[2] == pytest.approx(0.135)
