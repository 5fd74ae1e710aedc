"""Environment and model of a configuration, made with Stable-Baselines3."""

from __future__ import annotations

import inspect
from typing import Any

import gymnasium
import numpy as np
import stable_baselines3 as sb3
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.preprocessing import is_image_space
from stable_baselines3.common.vec_env import VecEnv, VecMonitor, VecNormalize

from habilis.assets.names import check_known
from habilis.policies.learn.config import Config, Network, parse
from habilis.policies.sb3 import make_sb3

ACTIVATIONS = {"relu": torch.nn.ReLU, "elu": torch.nn.ELU, "tanh": torch.nn.Tanh}
OURS = ("policy", "env", "seed", "device", "verbose", "tensorboard_log", "policy_kwargs",
        "replay_buffer_class", "replay_buffer_kwargs", "stats_window_size", "_init_setup_model",
        "use_sde", "sde_sample_freq", "use_sde_at_warmup", "optimize_memory_usage")  # fmt: skip
"""Arguments of Stable-Baselines3 that other keys set, or that an exact resume does not allow."""


def make_env(config: Config) -> VecNormalize:
    """Make the environment that a configuration trains in.

    It is the adapter to Stable-Baselines3, wrapped for episode statistics and normalisation.
    """
    return wrapped(config, make_sb3(config.task, config.env.num_envs, **config.env.arguments))


def wrapped(config: Config, env: VecEnv) -> VecNormalize:
    """Wrap an environment so that it counts episodes and normalises as the configuration says.

    Pictures are not normalised: Stable-Baselines3 scales them itself.
    """
    keys = _rows(env.observation_space)
    return VecNormalize(
        VecMonitor(env),
        # Pictures are left alone: Stable-Baselines3 scales them itself.
        norm_obs=config.normalise.observation and is_row(env.observation_space),
        norm_reward=config.normalise.reward,
        clip_obs=config.normalise.clip,
        clip_reward=config.normalise.clip,
        gamma=config.hyperparameters.get("gamma", 0.99),
        norm_obs_keys=keys,
    )


def make_model(config: Config, env: VecNormalize, device: str) -> BaseAlgorithm:
    """Make the untrained model of a configuration.

    Raises:
      ValueError: a hyperparameter that the algorithm does not have, spaces that it cannot handle,
        or a device that is not there.
    """
    kind: Any = getattr(sb3, config.algorithm)
    known = [k for k in inspect.signature(kind).parameters if k not in OURS]
    for name in config.hyperparameters:
        check_known(f"hyperparameter of {config.algorithm}", name, known)
    kwargs = dict(config.hyperparameters)
    if config.schedule == "linear":
        rate = kwargs.get("learning_rate", 3e-4)
        kwargs["learning_rate"] = lambda left: left * rate
    if config.seeding is not None:
        kwargs.setdefault("learning_starts", 0)
    if config.goals is not None:
        kwargs |= _hindsight(config, env)
    device = checked_device(device)
    try:
        model: BaseAlgorithm = kind(
            policy_name(env.observation_space),
            env,
            policy_kwargs=policy_kwargs(config.algorithm, config.network),
            seed=config.seed,
            device=device,
            **kwargs,
        )
    except (AssertionError, NotImplementedError) as error:  # so it refuses spaces
        raise ValueError(f"{config.algorithm} does not learn {config.task}: {error}") from error
    if config.algorithm == "SAC":  # which has no argument for it
        spread: Any = model.policy.actor.log_std  # type: ignore[union-attr]
        with torch.no_grad():
            spread.weight.zero_()
            spread.bias.fill_(config.network.log_std_init)
    return model


def checked_device(device: str) -> str:
    """Return the device if torch can use it here.

    Raises:
      ValueError: the device is not there; the message says what is missing.
    """
    check_known("device", device, ("cpu", "cuda"))
    if device == "cuda" and not torch.cuda.is_available():
        built = "a CPU build" if torch.version.cuda is None else "a CUDA build, but sees no GPU"
        raise ValueError(
            f"no CUDA device here: torch {torch.__version__} is {built}; use --device cpu"
        )
    return device


def policy_name(space: gymnasium.Space[Any]) -> str:
    """Return the name of the Stable-Baselines3 policy that fits observations of a space."""
    if isinstance(space, gymnasium.spaces.Dict):
        return "MultiInputPolicy"
    return "CnnPolicy" if is_image_space(space) else "MlpPolicy"


def policy_kwargs(algorithm: str, network: Network) -> dict[str, Any]:
    """Return a network's architecture as Stable-Baselines3's ``policy_kwargs``."""
    kwargs: dict[str, Any] = {
        "net_arch": list(network.hidden),
        "activation_fn": ACTIVATIONS[network.activation],
    }
    return kwargs | ({"log_std_init": network.log_std_init} if algorithm == "PPO" else {})


def make_policy(
    config: dict[str, Any], observation: gymnasium.Space[Any], action: gymnasium.Space[Any]
) -> Any:
    """A policy with fresh weights on the CPU, without environment.

    Args:
      config: plain data of a ``Config``.
      observation: space of one episode.
      action: space of one episode.
    """
    made = parse(config)
    kind: Any = getattr(sb3, made.algorithm)
    policy = kind.policy_aliases[policy_name(observation)]
    kwargs = policy_kwargs(made.algorithm, made.network)
    return policy(observation, action, lambda _: 0.0, optimizer_class=_no_optimizer, **kwargs)


def _no_optimizer(*parameters: Any, **settings: Any) -> None:
    """In place of an optimiser where nothing is learned: torch imports its compiler to make one,
    which takes seconds."""


def policy_weights(model: BaseAlgorithm) -> dict[str, torch.Tensor]:
    """Return the weights that acting needs: without optimisers, and of SAC without critics."""
    whole = model.policy.state_dict()
    return {k: v.detach().cpu() for k, v in whole.items() if not k.startswith("critic")}


def is_row(space: gymnasium.Space[Any]) -> bool:
    """Whether an observation is a row of real numbers, or a dict with such a row."""
    if isinstance(space, gymnasium.spaces.Dict):
        return any(is_row(inner) for inner in space.values())
    floats = isinstance(space, gymnasium.spaces.Box) and np.issubdtype(space.dtype, np.floating)
    return floats and len(space.shape or ()) == 1


def _rows(space: gymnasium.Space[Any]) -> list[str] | None:
    if not isinstance(space, gymnasium.spaces.Dict):
        return None
    return [name for name, inner in space.items() if is_row(inner)]


def _hindsight(config: Config, env: VecNormalize) -> dict[str, Any]:
    space = env.observation_space
    have = list(space) if isinstance(space, gymnasium.spaces.Dict) else []
    missing = [name for name in ("achieved_goal", "desired_goal") if name not in have]
    if missing:
        raise ValueError(
            f"goals (hindsight replay) needs a goal-conditioned task; the observation of"
            f" {config.task} lacks {', '.join(missing)}"
        )
    assert config.goals is not None
    return {
        "replay_buffer_class": sb3.HerReplayBuffer,
        "replay_buffer_kwargs": {
            "n_sampled_goal": config.goals.sampled,
            "goal_selection_strategy": config.goals.strategy,
        },
    }
