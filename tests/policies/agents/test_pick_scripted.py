"""The pick by depth only: what the encoder tells of object and tool, and what comes of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.envs.made import many, one

from habilis.envs.vector_env import ToolVectorEnv

pytest.importorskip("torch", reason='needs pip install "habilis[rl]"')


from habilis.envs.pick.latents import GAP, HEIGHT, LATENTS, WIDTH, Truth, truth
from habilis.envs.pick.layer_one import LAYERS
from habilis.policies.agents.pick_scripted import PickScripted, scripted
from habilis.policies.bundles.bundle import Bundle
from habilis.policies.evaluation.evaluate import EpisodeResult, evaluate
from habilis.policies.evaluation.pick import AGENTS, measure
from habilis.policies.vector import make_vector

Array = npt.NDArray[Any]
SCRIPTED = [name for name in LAYERS if name != "learned"]
SEEN: dict[str, Any] = {**AGENTS["scripted"], "objects": "all", "nthread": 1}


@pytest.fixture(scope="module")
def tongs() -> Iterator[ToolVectorEnv]:
    env = many("TongsPick", 12, **SEEN)
    yield env
    env.close()


def errors(env: ToolVectorEnv) -> Array:
    out: Array = env.core.state.latent.read() - truth(env.core.world)
    return out


def test_errors_of_what_is_seen_are_small(tongs: ToolVectorEnv) -> None:
    obs, _ = tongs.reset(seed=1)
    assert tongs.observation_space.contains(obs) and tongs.core.state.latent.read().shape == (
        12,
        WIDTH,
    )
    action = np.zeros((12, 4), np.float32)
    for opening in (0.5, -0.5):
        action[:, 3] = opening
        for _ in range(3):
            tongs.step(action)
        off = np.abs(errors(tongs))
        assert 0.0001 < np.median(np.linalg.norm(off[:, :2], axis=1)) < 0.004
        assert np.median(off[:, GAP]) < 0.004 and np.median(off[:, HEIGHT]) < 0.003


def test_what_hides_behind_the_hand_stays_where_it_was_seen_last() -> None:
    env = many("TongsPick", 4, **SEEN)
    env.reset(seed=3)
    core, world = env.core, env.core.world
    before = core.state.latent.centre.copy()
    world._qpos[:, world.thing_columns[0]] -= 0.10  # behind the fingers
    core.state.latent.update(core.steps)
    moved = np.linalg.norm(core.state.latent.centre - before, axis=1)
    assert ((moved < 1e-9) | (moved > 0.08)).all()  # not seen, or where it is now


def test_an_episode_of_a_vector_sees_what_a_single_env_sees() -> None:
    vector, single = many("TongsPick", 2, **SEEN), one("TongsPick", **_single())
    both, alone = vector.reset(seed=5)[0], single.reset(seed=6)[0]
    np.testing.assert_array_equal(both[1], alone)
    rng = np.random.default_rng(0)
    for action in rng.uniform(-1, 1, (6, 2, 4)).astype(np.float32):
        both, alone = vector.step(action)[0], single.step(action[1])[0]
        np.testing.assert_array_equal(both[1], alone)


def _single() -> dict[str, Any]:
    return {key: value for key, value in SEEN.items() if key != "nthread"}


def test_a_saved_episode_goes_on_seeing_the_same() -> None:
    env, other = (one("TongsPick", **_single()) for _ in range(2))
    env.reset(seed=0)
    other.reset(seed=1)
    plan = np.random.default_rng(1).uniform(-1, 1, (6, 4)).astype(np.float32)
    for action in plan[:3]:
        env.step(action)
    other.restore(env.save())
    for action in plan[3:]:
        np.testing.assert_array_equal(env.step(action)[0], other.step(action)[0])


def test_it_picks_up_by_depth_only() -> None:
    env = many("TweezersPick", 6, **SEEN)
    done = evaluate(env, scripted(env, 0), 6, 100)
    assert sum(e.success for e in done) >= 5


def test_it_goes_to_where_the_object_is_seen_not_to_where_it_is() -> None:
    env = many("TongsPick", 4, latent="noisy", objects=("sphere_20",), nthread=1)
    env.reset(seed=0)
    core = env.core
    core.state.latent.rows()["error"][:] = (0.03, 0, 0, 0, 0, 0)
    agent = PickScripted(core)
    agent.reset(range(4))
    for _ in range(12):
        env.step(agent.act(None))
    away = core.world.tip - core.world.thing[:, :3]
    np.testing.assert_allclose(away[:, 0], 0.03, atol=0.004)


@pytest.mark.parametrize(("option", "known"), [("latent", LATENTS), ("layer_one", SCRIPTED)])
def test_named_options(option: str, known: Any) -> None:
    for name in known:
        env = many("TongsPick", 1, **{option: name})
        env.reset(seed=0)
        env.step(np.zeros((1, 4), np.float32))
    with pytest.raises(ValueError, match="did you mean"):
        many("TongsPick", 1, **{option: next(iter(known)) + "x"})


def test_named_options_go_through_a_bundle(tmp_path: Path) -> None:
    pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')
    from habilis.policies.learn import build, run
    from habilis.policies.learn.config import parse

    options = {"obs": "cloud", "latent": "truth", "layer_one": "seen"}
    task = "habilis/TongsPick-v0"
    config = parse(
        {"algorithm": "SAC", "task": task, "env": {"num_envs": 1, "options": options},
         "hyperparameters": {"buffer_size": 10}}
    )  # fmt: skip
    model = build.make_model(config, build.make_env(config), "cpu")
    env = make_vector(task, 1, **config.env.options)
    shown = [EpisodeResult(7, True, "", 3, 1.0)]
    run.pack(config, model, env, shown, 1.0, ["train", "x"]).save(tmp_path / "a.zip")
    bundle = Bundle.load(tmp_path / "a.zip")
    again = make_vector(task, 1, **bundle.manifest["options"])
    bundle.check(again)
    core: Any = again.unwrapped.core  # type: ignore[attr-defined]
    assert isinstance(core.state.latent, Truth)
    same, other = (e.reset(seed=4)[0] for e in (env, again))
    np.testing.assert_array_equal(same, other)
    assert again.single_action_space.contains(bundle.agent().act(other)[0])


@pytest.mark.slow
def test_the_table_counts_every_object() -> None:
    (row,) = measure([("tongs", "oracle", True)], {}, 1, 7, 1, lambda _: None)
    assert row.episodes == 20 and row.gentle and set(row.objects.values()) <= {0, 1}
    assert row.success == sum(row.objects.values()) >= 14
    assert row.interval[0] < row.rate <= row.interval[1] and 0 <= row.held_out <= 1
    assert row.seconds is not None and 2 < row.seconds < 12
