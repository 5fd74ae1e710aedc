"""What a model is given before it learns: a filled replay, demonstrations, weights."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')

import torch
from tests.policies.learn.point import LIMIT, PPO, SAC, ppo, sac
from tests.policies.learn.test_run import same, trained

from habilis.policies.agents.base import Random, make_agent
from habilis.policies.data.episodes import Trajectory, gather
from habilis.policies.learn import build, checkpoint, prepare, record, run
from habilis.policies.learn.config import Config, dump, parse
from habilis.policies.vector import make_vector

SEEDING: dict[str, Any] = {"agent": "steer", "fraction": 0.5, "transitions": 400, "noise": 0.2}
SHOWN: dict[str, Any] = {"agent": "steer", "episodes": 60, "epochs": 40, "batch_size": 32}
FLAT = {"num_envs": 4, "options": {"flat": True}}


def made(config: Config) -> tuple[Any, Any]:
    model = build.make_model(config, build.make_env(config), "cpu")
    return model, make_vector(config.task, 16, **config.env.options)


def filled(config: Config) -> Any:
    model, env = made(config)
    prepare.prepare(config, model, env, lambda text: None)
    return model


def shown(n: int, noise: float = 0.0) -> list[Trajectory]:
    env = make_vector("test/Point-v0", 8)
    agent = make_agent("steer", env, "test/Point-v0", 0)
    found = gather(env, agent, 5, np.random.default_rng(0), noise, True)
    return [next(found) for _ in range(n)]


# ---- episodes


def test_episodes_are_whole_and_of_their_seeds() -> None:
    env = make_vector("test/Point-v0", 1)
    for k, one in enumerate(shown(20)):
        first, _ = env.reset(seed=5 + k)
        for key, value in one.observations.items():
            np.testing.assert_array_equal(value[0], first[key][0])
            assert len(value) == len(one) + 1
        at, goal = one.observations["achieved_goal"], one.observations["desired_goal"]
        np.testing.assert_allclose(at[1:] - at[:-1], 0.2 * one.actions, atol=1e-6)
        assert one.success and one.terminated and np.linalg.norm(at[-1] - goal[-1]) < 0.15
        assert one.rewards[-1] == 0 and (one.rewards[:-1] == -1).all()


def test_noise_shakes_what_is_done_and_not_what_is_meant() -> None:
    for one in shown(5, noise=0.3):
        at, goal = (one.observations[k][:-1] for k in ("achieved_goal", "desired_goal"))
        np.testing.assert_allclose(one.meant, np.clip((goal - at) / 0.2, -1, 1), atol=1e-5)
        assert not np.array_equal(one.meant, one.actions) and np.abs(one.actions).max() <= 1


def test_an_agent_that_fails_is_given_up() -> None:
    env = make_vector("test/Point-v0", 64, wide=True)
    found = gather(env, make_agent("zero", env, "", 0), 0, np.random.default_rng(0), 0, True)
    with pytest.raises(ValueError, match=r"succeeded in \d of 256 episodes: too few"):
        for _ in range(100):
            next(found)


# ---- seeding


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("hindsight", [True, False])
def test_the_replay_holds_what_was_asked_for(fraction: float, hindsight: bool) -> None:
    seeding = SEEDING | {"fraction": fraction, "noise": 0.0, "transitions": 402}
    config = sac(seeding=seeding, goals=SAC["goals"] if hindsight else None)
    buffer = filled(config).replay_buffer
    assert buffer.pos == 100 and not buffer.full  # 4 columns; the odd two are left out
    at, goal = (buffer.observations[k][:100] for k in ("achieved_goal", "desired_goal"))
    after, actions = buffer.next_observations["achieved_goal"][:100], buffer.actions[:100]
    np.testing.assert_allclose(after, np.clip(at + 0.2 * actions, -1, 1), atol=1e-6)
    steered = np.isclose(actions, np.clip((goal - at) / 0.2, -1, 1), atol=1e-4).all(-1).sum()
    assert steered == 400 * fraction
    won = np.linalg.norm(after - goal, axis=-1) < 0.15
    np.testing.assert_array_equal(buffer.rewards[:100], np.where(won, 0, -1))
    ends = buffer.dones[:100] * (1 - buffer.timeouts[:100])
    np.testing.assert_array_equal(ends, won)  # all else that ends does by a limit
    same_goal = (goal[1:] == goal[:-1]).all(-1)
    np.testing.assert_array_equal(same_goal, buffer.dones[:99] == 0)
    assert buffer.dones[99].all()


def test_hindsight_samples_from_every_seeded_episode() -> None:
    buffer = filled(sac(seeding=SEEDING)).replay_buffer
    lengths = buffer.ep_length[: buffer.pos]
    assert (lengths > 0).all() and lengths.max() <= LIMIT
    assert buffer.sample(64).rewards.shape == (64, 1)


def test_seeding_is_the_same_for_a_seed_only() -> None:
    states = [
        checkpoint.take(filled(sac(seeding=SEEDING, seed=seed)))["buffer"] for seed in (1, 1, 2)
    ]
    assert same(states[0], states[1]) and not same(states[0], states[2])


def test_the_normaliser_knows_what_was_seeded() -> None:
    model = filled(sac(seeding=SEEDING))
    seen = model.replay_buffer.observations["desired_goal"][: model.replay_buffer.pos]
    rms = model.get_vec_normalize_env().obs_rms["desired_goal"]
    np.testing.assert_allclose(rms.mean, seen.reshape(-1, 2).mean(0), atol=1e-5)


def test_a_seeded_run_resumed_is_the_run_straight(tmp_path: Path) -> None:
    config = dump(sac(seeding=SEEDING, demonstrations=SHOWN | {"epochs": 2}))
    trained(parse(config | {"total_steps": 240}), tmp_path / "straight")
    trained(parse(config | {"total_steps": 120}), tmp_path / "parts")
    run.resume(tmp_path / "parts", steps=240)
    states = [
        checkpoint.read(checkpoint.latest(tmp_path / name / "checkpoints"))
        for name in ("straight", "parts")
    ]
    for part in ("parameters", "variables", "buffer", "episodes", "generators"):
        assert same(states[0][part], states[1][part]), part


def test_critics_warm_up_while_the_actor_is_held() -> None:
    calm = SAC["hyperparameters"] | {"ent_coef": "auto_0.01"}
    cold, warm = (
        filled(sac(seeding=SEEDING | {"warm_up": n}, hyperparameters=calm)) for n in (0, 300)
    )
    for part in ("actor", "critic"):
        pairs = zip(*(getattr(m, part).parameters() for m in (cold, warm)), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs) == (part == "actor"), part
    assert torch.equal(cold.log_ent_coef, warm.log_ent_coef)

    def value(model: Any) -> float:
        batch = model.replay_buffer.sample(512, env=model.get_vec_normalize_env())
        with torch.no_grad():
            return float(model.critic(batch.observations, batch.actions)[0].mean())

    assert value(warm) < value(cold) - 0.5, "steps cost 1 each, which critics do not know at first"


# ---- demonstrations


@pytest.mark.parametrize("algorithm", ["PPO", "SAC"])
def test_demonstrations_alone_teach_the_actor(
    algorithm: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One update later: the score is of the first evaluation, before any step."""
    least = 16 * 8 if algorithm == "PPO" else 4
    config = (ppo if algorithm == "PPO" else sac)(demonstrations=SHOWN, total_steps=least)
    outcome = trained(config, tmp_path / "run")
    said = capsys.readouterr().err
    assert "cloned 60 episodes of steer: action_loss " in said and "         0 steps" in said
    assert ("value_loss" in said) == (algorithm == "PPO")
    assert outcome.bundle is not None and outcome.bundle.manifest["score"]["low"] > 0.5
    first = record.read(tmp_path / "run" / "progress.csv")[0]
    assert first["steps"] == 0 and first["eval_success"] > 0.6


def test_a_dataset_teaches_what_its_agent_does(tmp_path: Path) -> None:
    """With the same episodes as shown by the agent itself the actor becomes the same."""
    pytest.importorskip("minari", reason='needs pip install "habilis[data]"')
    from tests.policies.data.made import point_dataset

    from habilis.policies.data import minari_files

    few = {"episodes": 20, "epochs": 2, "batch_size": 32}
    config = ppo(demonstrations={"agent": "steer", **few, "successful_only": False})
    _, env = made(config)
    seed = config.shown_seed(prepare.SHOWN)
    dataset = point_dataset(20, "steer", seed=seed, flat=True)
    path = minari_files.write(tmp_path, "test/steer-v0", dataset)
    same_of = ppo(demonstrations={"dataset": str(path), **few})
    assert len(prepare.kept(same_of, env)) == 20
    by_agent, by_dataset = (filled(c).policy.state_dict() for c in (config, same_of))
    assert same(by_agent, by_dataset)


def test_a_dataset_that_does_not_serve_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("minari", reason='needs pip install "habilis[data]"')
    from tests.policies.data.made import point_dataset

    from habilis.policies.data import minari_files

    def of(name: str, **given: Any) -> Config:
        path = minari_files.write(tmp_path, name, point_dataset(4, **given))
        return ppo(demonstrations={"dataset": str(path), "episodes": 9})

    for config, said in (
        (of("judged-v0", agent="steer", seed=1_000_002, flat=True), "as of seed 1000002"),
        (of("goals-v0", agent="steer"), "observations of the dataset do not fit"),
        (of("idle-v0", agent="zero", flat=True), "none of 4 episodes is a success"),
    ):
        with pytest.raises(ValueError, match=said):
            prepare.kept(config, made(config)[1])


def test_values_are_fitted_to_the_returns_shown() -> None:
    config = ppo(demonstrations=SHOWN | {"epochs": 60})
    model = filled(config)
    env = model.get_vec_normalize_env()
    there = env.normalize_obs(np.array([[0.5, 0.5, 0.5, 0.5]], np.float32))
    far = env.normalize_obs(np.array([[-0.9, -0.9, 0.9, 0.9]], np.float32))
    near, away = (
        model.policy.predict_values(model.policy.obs_to_tensor(o)[0]) for o in (there, far)
    )
    assert near.item() > away.item() + 0.5


def test_the_spread_of_actions_stays() -> None:
    model = filled(ppo(demonstrations=SHOWN))
    assert model.policy.log_std.detach().numpy() == pytest.approx(-0.7)


def test_the_first_spread_of_actions_is_the_configured_one() -> None:
    model, env = made(sac(network=SAC["network"] | {"log_std_init": -2.5}))
    seen, _ = model.policy.obs_to_tensor(model.env.reset())
    _, log_std, _ = model.actor.get_action_dist_params(seen)
    assert log_std.detach().numpy() == pytest.approx(-2.5)


def test_in_later_rounds_the_learner_acts_and_the_agent_says_what_it_would_do() -> None:
    """The agent steers towards the goal; a learner that does nothing stays where it began."""
    env = make_vector("test/Point-v0", 4)
    agent, idle = (make_agent(name, env, "test/Point-v0", 0) for name in ("steer", "zero"))
    rng = np.random.default_rng(0)
    one = next(gather(env, agent, 5, rng, 0.0, only=False, learner=idle))
    at, goal = one.observations["achieved_goal"], one.observations["desired_goal"]
    assert (one.actions == 0).all() and len(one) == LIMIT and not one.success
    assert ((one.meant * (goal - at)[:-1]).sum(axis=1) > 0).all()


def test_rounds_add_episodes_of_the_learner() -> None:
    said: list[str] = []
    config = ppo(demonstrations=SHOWN | {"episodes": 20, "rounds": 3})
    model, env = made(config)
    prepare.prepare(config, model, env, said.append)
    assert [line.split(":")[0] for line in said] == [
        "cloned 20 episodes of steer", "round 2", "cloned 40 episodes of steer",
        "round 3", "cloned 60 episodes of steer",
    ]  # fmt: skip


# ---- weights


def test_a_run_starts_from_a_bundle(tmp_path: Path) -> None:
    first = trained(ppo(demonstrations=SHOWN, total_steps=128), tmp_path / "first")
    assert first.bundle is not None
    config = ppo(start_from=str(tmp_path / "first" / "bundle.zip"), seed=1)
    model, env = made(config)
    prepare.prepare(config, model, env, lambda text: None)
    seen, _ = env.reset(seed=0)
    want = first.bundle.agent().act(seen)
    got, _ = model.predict(model.get_vec_normalize_env().normalize_obs(seen), deterministic=True)
    np.testing.assert_allclose(got, want, atol=1e-6)


def test_a_bundle_that_does_not_fit_says_all_that_differs(tmp_path: Path) -> None:
    trained(ppo(total_steps=128), tmp_path / "first")
    name, folder = str(tmp_path / "first" / "bundle.zip"), tmp_path / "next"
    network = {"hidden": [8], "activation": "tanh"}
    wide = ppo(start_from=name, env={"options": {"flat": True, "wide": True}}, network=network)
    folder.mkdir()
    with pytest.raises(ValueError, match=r"(?s)shape was \[4\], is \[6\].*network.hidden: trained"):
        run.start(wide, folder)
    with pytest.raises(ValueError, match="algorithm: trained with PPO, configured SAC"):
        run.start(sac(start_from=name, env=FLAT, goals=None), folder)
    assert not list(folder.iterdir())


# ---- mistakes


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"seeding": SEEDING}, "seeding needs SAC, got PPO"),
        ({"demonstrations": {"episodes": 3}}, "an agent or of a dataset: name one of them"),
        ({"demonstrations": SHOWN | {"dataset": "out"}}, "name one of them"),
        ({"demonstrations": {"dataset": "out", "rounds": 2}}, "of a dataset have no rounds"),
        ({"demonstrations": SHOWN | {"rounds": 0}}, "demonstrations.rounds must be in 1 to 10"),
        ({"demonstrations": SHOWN | {"epochs": 0}}, "demonstrations.epochs must be at least 1"),
        ({"demonstrations": SHOWN | {"noise": -1.0}}, "demonstrations.noise must be at least 0"),
    ],
)
def test_a_mistake_is_named(data: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(PPO | data)


def test_mistakes_of_seeding_are_named() -> None:
    with pytest.raises(ValueError, match="seeding.fraction must be in 0 to 1, got 1.5"):
        sac(seeding=SEEDING | {"fraction": 1.5})
    with pytest.raises(ValueError, match=r"in 4 to 600 \(buffer_size\), got 604"):
        filled(sac(seeding=SEEDING | {"transitions": 604}))
    with pytest.raises(ValueError, match="unknown agent 'stear'; did you mean 'steer'"):
        filled(sac(seeding=SEEDING | {"agent": "stear", "transitions": 100}))
    with pytest.raises(ValueError, match="must not overlap"):
        sac(seeding=SEEDING, evaluation=SAC["evaluation"] | {"seed": 3_000_010})


def test_seeded_random_actions_are_those_of_chance_alone() -> None:
    env = make_vector("test/Point-v0", 8)
    rng = np.random.default_rng(0)
    found = gather(env, Random(env, rng), 0, rng, 0, only=False)
    assert {next(found).success for _ in range(60)} == {True, False}
