"""The affordance encoder: order and number of points, seeds, learning, and what is shipped."""

from __future__ import annotations

import dataclasses
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("torch", reason='needs pip install "habilis[rl]"')

import torch

from habilis.assets.grasps import load_grasps
from habilis.assets.pick.objects import make_object
from habilis.envs.world.seeing.window import CLEAN, NOISY
from habilis.policies.bundles.bundle import FORMAT, Bundle
from habilis.policies.encoder.affordance import SHIPPED, Affordance, PerceivedObject
from habilis.policies.encoder.clouds import Clouds, join
from habilis.policies.encoder.evaluate import evaluate, find, hide, make_sets, things
from habilis.policies.encoder.object_data import ANGLES, object_clouds, random_object
from habilis.policies.encoder.problem import PROBLEMS, in_camera
from habilis.policies.encoder.tool_data import KINDS, look_in_palm, split, tool_clouds
from habilis.policies.encoder.train import EncoderTraining, fit, train

TINY = EncoderTraining(("tongs",), 32, 3, 32, 3)


def quiet(line: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def shipped() -> Iterator[Affordance]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield Affordance.load()
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def tongs() -> Clouds:
    return tool_clouds("tongs", "medium", 24, np.random.default_rng(5), held_out=None, sims=24)


@pytest.fixture(scope="module")
def balls() -> Clouds:
    return object_clouds(32, np.random.default_rng(6), [make_object("sphere_20")])


def test_grasps_are_split_and_none_is_lost() -> None:
    grasps = load_grasps("leap", "tongs").grasps
    kept, held_out = split(grasps, False), split(grasps, True)
    assert len(held_out) == len(grasps) // 4 and len(kept) + len(held_out) == len(grasps)
    assert not set(map(id, kept)) & set(map(id, held_out))


def test_tool_clouds_tell_the_truth(tongs: Clouds) -> None:
    t = tongs.truth
    assert len(tongs) == 24 and set(t["kind"]) == {KINDS.index("tongs")}
    assert np.allclose(np.linalg.norm(t["tips"][:, 0] - t["tips"][:, 1], axis=1), t["gap"])
    assert (t["visible"] > 0).all() and (t["visible"] <= 1.1).all() and np.ptp(t["share"]) > 0.5
    own = tongs.entity == 0
    for points, mine, tips in zip(tongs.points, own, t["tips"], strict=True):
        far = np.linalg.norm(points[mine][:, None] - tips, axis=2)
        assert far.max() < 0.25  # of a tool 190 mm long


def test_object_clouds_tell_the_truth(balls: Clouds) -> None:
    own, t = balls.entity == 0, balls.truth
    away = np.linalg.norm(balls.points - t["centre"][:, None], axis=2)
    assert np.allclose(away[own], 0.010, atol=1e-5)
    assert np.allclose(t["width"], 0.020) and np.allclose(t["across"], 0.020, atol=1e-4)
    hidden = t["occluded"].astype(bool)
    assert hidden.any() and own[hidden].sum(axis=1).mean() < own[~hidden].sum(axis=1).mean()


def test_extents_turn_with_the_object() -> None:
    box = make_object("box_12_26_14")
    clouds = object_clouds(24, np.random.default_rng(0), [box], occluded=0.0)
    own = clouds.entity == 0
    for angle, extents in zip(ANGLES, clouds.truth["across"].T, strict=True):
        along = clouds.points @ np.array([np.cos(angle), np.sin(angle), 0.0])
        low = np.where(own, along, np.inf).min(axis=1)
        seen = np.where(own, along, -np.inf).max(axis=1) - low
        assert (seen < extents + 1e-3).all() and np.median(extents - seen) < 2e-3


def test_random_things_rest_on_the_table_within_bounds() -> None:
    rng = np.random.default_rng(0)
    for thing in (random_object(rng) for _ in range(60)):
        low, high = thing.bounds()
        assert np.allclose(low + high, 0, atol=1e-9)
        assert 0.005 < thing.width <= thing.length < 0.06 and 0.004 < thing.height < 0.05


@pytest.mark.parametrize("count", [256, 512, 1024])
def test_order_of_points_does_not_matter(shipped: Affordance, tongs: Clouds, count: int) -> None:
    rng = np.random.default_rng(0)
    points = tongs.draw(count, NOISY, rng)
    mixed = rng.permuted(np.arange(count))
    one, other = (shipped.opening(p, "tongs") for p in (points, points[:, mixed]))
    assert one.gap.shape == (24,) and one.tips.shape == (24, 2, 3) and one.latent.shape == (24, 8)
    assert np.allclose(one.gap, other.gap, atol=1e-5)
    assert np.allclose(one.tips, other.tips, atol=1e-5)
    a, b = (shipped.object(p + [0, 0, 0.2]) for p in (points, points[:, mixed]))
    assert np.allclose(a.centre, b.centre, atol=1e-5) and a.latent.shape == (24, 12)


def test_a_tool_elsewhere_is_open_as_far(shipped: Affordance, tongs: Clouds) -> None:
    points = tongs.draw(256, CLEAN, np.random.default_rng(0))
    away = np.array([0.1, 0.2, -0.1])
    here, there = (shipped.opening(p, "tongs") for p in (points, points + away))
    assert np.allclose(here.gap, there.gap, atol=1e-5)
    assert np.allclose(there.tips - here.tips, away, atol=1e-5)


def test_what_is_not_seen_is_said_so(shipped: Affordance, tongs: Clouds) -> None:
    points = tongs.draw(256, NOISY, np.random.default_rng(0))
    points[3] = 0
    found = shipped.opening(points, ["tongs"] * 24)
    assert not found.seen[3] and found.seen.sum() == 23
    assert found.gap[3] == 0 and not found.latent[3].any() and not found.tips[3].any()


@pytest.mark.parametrize(
    ("points", "kind", "told"),
    [
        (np.zeros((2, 256, 3)), "tweezer", "did you mean 'tweezers'"),
        (np.zeros((2, 256, 2)), "tongs", r"\(2, 256, 2\)"),
        (np.zeros((2, 256, 3)), ["tongs"], "of 1 clouds"),
        (np.zeros((2, 0, 3)), "tongs", r"\(2, 0, 3\)"),
    ],
)
def test_bad_input_is_named(
    shipped: Affordance, points: npt.NDArray[np.float64], kind: str | list[str], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        shipped.opening(points, kind)


def test_the_opening_for_a_direction_lies_between_its_neighbours() -> None:
    across = np.tile(np.arange(8.0), (3, 1))
    zero = np.zeros(3)
    thing = PerceivedObject(np.zeros((3, 3)), zero, zero, across, zero, zero > 0)
    given = np.array([0.25, 7.5, 8.25]) * np.pi / 8
    assert np.allclose(thing.opening_for(given), [0.25, 3.5, 0.25])
    assert np.allclose(thing.opening_for(-np.pi / 8), 7.0)


def test_the_camera_frame_moves_points_and_truth_alike(tongs: Clouds) -> None:
    seen = in_camera(tongs, look_in_palm())
    own = tongs.entity == 0
    for i in range(3):
        before = np.linalg.norm(tongs.points[i][own[i]] - tongs.truth["tips"][i, 0], axis=1)
        after = np.linalg.norm(seen.points[i][own[i]] - seen.truth["tips"][i, 0], axis=1)
        assert np.allclose(before, after, atol=1e-5)
    middle = (seen.points.sum(axis=1) / own.sum(axis=1)[:, None])[:, 2]
    assert (middle > 0.15).all() and (middle < 0.9).all()


def test_the_same_seed_trains_the_same_networks() -> None:
    def weights(seed: int) -> list[npt.NDArray[np.float32]]:
        nets = train(dataclasses.replace(TINY, seed=seed), say=quiet)
        return [v.numpy() for net in nets.values() for v in net.state_dict().values()]

    first, again, other = weights(0), weights(0), weights(1)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_a_little_training_reduces_the_error(balls: Clouds) -> None:
    """On the same balls, with fresh noise."""
    problem, rng = PROBLEMS["object"], np.random.default_rng(0)
    batch = problem.batch(balls, 256, NOISY, np.random.default_rng(9))
    losses = []
    for steps in (1, 60):
        net = fit(problem, balls, steps, 2e-3, rng, quiet)
        with torch.no_grad():
            losses.append(float(problem.loss(net, batch)))
    assert losses[1] < 0.65 * losses[0]


def test_the_shipped_encoder_says_how_it_was_made() -> None:
    made = Affordance.load().manifest
    assert made["command"].startswith("habilis encoder train") and made["machine"]
    assert 0 < made["cpu_seconds"] < 3600 and made["versions"]["mujoco"]
    assert SHIPPED.stat().st_size < 2_000_000
    tool, thing = made["score"]["tool"], made["score"]["object"]
    assert tool["gap"]["median"] < 1.5 and thing["lateral"]["p90"] < 4.0


@pytest.mark.slow
def test_the_shipped_encoder_is_as_good_as_it_says(shipped: Affordance) -> None:
    """On fresh clouds, of the size and shapes held out: medians below bounds in mm."""
    rows = evaluate(shipped, make_sets(16, 4321), 4321)
    tool = find(rows, part="tool", set="size", what="all", condition="noisy", points=256)
    thing = find(rows, part="object", set="shapes", what="all", condition="noisy", points=256)
    assert tool["n"] == 16 * len(KINDS) and tool["gap"]["median"] < 1.5
    assert thing["n"] == 16 * len(things(True)) and thing["lateral"]["median"] < 2.5


def test_what_was_changed_or_is_something_else_is_refused(tmp_path: Path) -> None:
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(SHIPPED) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data + b"\0" if name.endswith(".pth") else data)
    with pytest.raises(ValueError, match="changed after it was written"):
        Affordance.load(changed)
    Bundle({"format": FORMAT, "task": "x"}, {}).save(tmp_path / "policy.zip")
    with pytest.raises(ValueError, match="holds a policy"):
        Affordance.load(tmp_path / "policy.zip")
    with pytest.raises(FileNotFoundError):
        Affordance.load(tmp_path / "none.zip")


def test_saving_and_loading_gives_the_same(
    shipped: Affordance, tongs: Clouds, tmp_path: Path
) -> None:
    shipped.save(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == SHIPPED.read_bytes()
    points = join([tongs, tongs]).draw(256, NOISY, np.random.default_rng(0))
    again = Affordance.load(tmp_path / "again.zip").opening(points, "tongs")
    assert np.array_equal(again.gap, shipped.opening(points, "tongs").gap)


def test_an_edge_hides_a_part(tongs: Clouds) -> None:
    left = hide(tongs, np.random.default_rng(0))
    own = tongs.entity == 0
    share = 1 - (left.valid & own).sum(axis=1) / own.sum(axis=1)
    assert share.min() > 0.09 and share.max() < 0.41 and np.ptp(share) > 0.1


def test_every_part_of_an_object_is_seen() -> None:
    bolt = make_object("bolt")
    clouds = object_clouds(24, np.random.default_rng(0), [bolt], occluded=0.0)
    high = np.where(clouds.entity == 0, clouds.points[..., 2], 0).max(axis=1)
    assert np.allclose(high, bolt.height, atol=2e-3)
