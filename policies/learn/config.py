"""What a training run is made from: frozen dataclasses, read from YAML.

The shipped ones stand in ``policies/configs/*.yaml`` and go by their names;
``docs/configuration.md`` lists the keys.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from habilis.assets.names import check_known, did_you_mean
from habilis.assets.plain import build
from habilis.assets.scene.format.yaml_read import read
from habilis.assets.yaml_values import yaml_values
from habilis.envs.sim.make import KINDS

FOLDER = Path(__file__).parents[1] / "configs"
ALGORITHMS = ("PPO", "SAC")
ACTIVATIONS = ("relu", "elu", "tanh")
SCHEDULES = ("constant", "linear")
STRATEGIES = ("future", "final", "episode")
SHOWN = 3_000_000
"""Seeds from here on are for episodes that are shown to the learner, see ``shown_seed``."""


@dataclasses.dataclass(frozen=True)
class Env:
    """How many episodes side by side, and the options of the task, such as ``scene``.

    Attributes:
      sim: back end of the physics, of ``habilis.envs.sim.make.KINDS``.
    """

    num_envs: int = 64
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    sim: str = "cpu"

    @property
    def arguments(self) -> dict[str, Any]:
        """The keyword arguments of the environment; those of other packages know no ``sim``."""
        return {**self.options} if self.sim == "cpu" else {**self.options, "sim": self.sim}


@dataclasses.dataclass(frozen=True)
class Normalise:
    """Running means and variances of vector observations and of the return.

    Attributes:
      clip: bound of what is normalised, standard deviations.
    """

    observation: bool = True
    reward: bool = True
    clip: float = 10.0


@dataclasses.dataclass(frozen=True)
class Network:
    """Layers of policy and value function, each.

    Attributes:
      log_std_init: of the actions at first; 0 is the whole range. (SAC squashes them afterwards.)
    """

    hidden: tuple[int, ...] = (128, 128)
    activation: str = "elu"
    log_std_init: float = -0.7


@dataclasses.dataclass(frozen=True)
class Goals:
    """Hindsight experience replay (SAC on goal-conditioned tasks).

    Attributes:
      sampled: goals drawn in hindsight for each real one.
      strategy: where from: ``future`` of the episode, its ``final`` state, the whole ``episode``.
    """

    sampled: int = 4
    strategy: str = "future"


@dataclasses.dataclass(frozen=True)
class Seeding:
    """What the replay buffer holds before learning begins (SAC).

    These transitions are not counted as steps. Unless ``learning_starts`` is set, learning begins
    with the first step.

    Attributes:
      agent: whose successful episodes, see ``habilis.policies.agents.base``.
      fraction: of the transitions that are the agent's; the others are of random actions.
      transitions: in all.
      noise: standard deviation of what is added to the agent's actions.
      warm_up: updates of the critics alone before the first step, the actor being held: critics
        that know nothing lead even a good actor astray.
    """

    agent: str
    fraction: float = 0.5
    transitions: int = 20_000
    noise: float = 0.0
    warm_up: int = 0


@dataclasses.dataclass(frozen=True)
class Demonstrations:
    """Episodes that the actor is fitted to before it learns by itself; of PPO the values too.

    Attributes:
      agent: whose, see ``habilis.policies.agents.base``; '' where a dataset has them.
      dataset: folder of a dataset, see ``habilis.policies.data``, in place of an agent.
      episodes: how many; of a dataset the first ones, or all there are.
      epochs: how often each step is gone through.
      successful_only: leave out the others.
      noise: standard deviation of what is added to the agent's actions while it shows them; what
        is copied is the action without it, also of a dataset.
      rounds: in each after the first the learner acts, and the agent says at every step what it
        would do; so the learner sees what its own errors lead to. As many episodes again are
        added to all before, whether they succeed or not. Source: Ross et al., A reduction of
        imitation learning and structured prediction to no-regret online learning (DAgger),
        AISTATS 2011.
      learning_rate, batch_size: of the fit.
    """

    agent: str = ""
    dataset: str = ""
    episodes: int = 200
    epochs: int = 10
    successful_only: bool = True
    noise: float = 0.0
    rounds: int = 1
    learning_rate: float = 1e-3
    batch_size: int = 256


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Deterministic episodes that pick the best policy, and others that judge it.

    Attributes:
      every: environment steps between evaluations.
      episodes: in each.
      seed: of the first of them.
      final_episodes: of the best policy at the end; its published score.
      final_seed: of the first of those.
    """

    every: int = 50_000
    episodes: int = 64
    seed: int = 1_000_000
    final_episodes: int = 200
    final_seed: int = 2_000_000


@dataclasses.dataclass(frozen=True)
class Checkpoints:
    """How often a run is saved: after ``every`` environment steps; the last ``keep`` files stay."""

    every: int = 50_000
    keep: int = 2


@dataclasses.dataclass(frozen=True)
class Config:
    """A training run.

    Attributes:
      algorithm: ``PPO`` or ``SAC``.
      task: Gymnasium id; left out where the configuration fits any.
      total_steps: environment steps, all episodes counted.
      seed: of the networks and of the first training episode.
      schedule: of the learning rate: ``constant``, or ``linear`` to 0 at the end.
      start_from: bundle whose weights and normalisation are the first; '' for fresh ones.
      hyperparameters: of the algorithm, named as in Stable-Baselines3.
      torch_threads: 1 makes runs repeatable bit for bit and is rarely slower.
      log_every: environment steps between rows of ``progress.csv``.
    """

    algorithm: str
    task: str = ""
    total_steps: int = 500_000
    seed: int = 0
    schedule: str = "constant"
    start_from: str = ""
    env: Env = dataclasses.field(default_factory=Env)
    normalise: Normalise = dataclasses.field(default_factory=Normalise)
    network: Network = dataclasses.field(default_factory=Network)
    hyperparameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    goals: Goals | None = None
    seeding: Seeding | None = None
    demonstrations: Demonstrations | None = None
    evaluation: Evaluation = dataclasses.field(default_factory=Evaluation)
    checkpoint: Checkpoints = dataclasses.field(default_factory=Checkpoints)
    torch_threads: int = 1
    log_every: int = 10_000

    def __post_init__(self) -> None:
        for kind, name, known in (
            ("algorithm", self.algorithm, ALGORITHMS),
            ("activation", self.network.activation, ACTIVATIONS),
            ("schedule", self.schedule, SCHEDULES),
            ("simulation back end", self.env.sim, KINDS),
            ("strategy", self.goals.strategy if self.goals else "future", STRATEGIES),
        ):
            check_known(kind, name, known)
        for key, low, high in _BOUNDS:
            value = _get(self, key)
            if value is not None and not low <= value <= high:
                said = f"at least {low}" if high == math.inf else f"in {low} to {high}"
                raise ValueError(f"{key} must be {said}, got {value}")
        for what, block in (("goals (hindsight replay)", self.goals), ("seeding", self.seeding)):
            if block is not None and self.algorithm != "SAC":
                raise ValueError(f"{what} needs SAC, got {self.algorithm}")
        of = self.demonstrations
        if of is not None and bool(of.agent) == bool(of.dataset):
            raise ValueError(
                "demonstrations are those of an agent or of a dataset: name one of them"
            )
        if of is not None and of.dataset and (of.rounds > 1 or of.noise):
            raise ValueError("demonstrations of a dataset have no rounds and no noise: nobody acts")
        self._check_seeds()

    def check_fresh(self, seeds: Collection[int]) -> None:
        """Check that episodes to learn from are none that the run is judged by.

        Raises:
          ValueError: some are; names one of them.
        """
        e = self.evaluation
        judged = {*range(e.seed, e.seed + e.episodes)}
        judged |= {*range(e.final_seed, e.final_seed + e.final_episodes)}
        if both := judged.intersection(seeds):
            raise ValueError(
                f"the dataset has episodes of the evaluation, as of seed {min(both)}: record others"
            )

    def shown_seed(self, part: int) -> int:
        """Return the first seed of the episodes that are shown to the learner.

        Args:
          part: 0 to 2, one for each use of such episodes, so that no two uses share episodes.
        """
        return SHOWN + 100_000 * (3 * self.seed + part)

    def _check_seeds(self) -> None:
        e = self.evaluation
        train = range(self.seed, self.seed + self.env.num_envs)
        select = range(e.seed, e.seed + e.episodes)
        judge = range(e.final_seed, e.final_seed + e.final_episodes)
        pairs = [(train, select), (train, judge), (select, judge)]
        if self.seeding or self.demonstrations:
            shown = range(self.shown_seed(0), self.shown_seed(3))
            pairs += [(shown, select), (shown, judge)]
        for a, b in pairs:
            if a.start < b.stop and b.start < a.stop:
                raise ValueError(
                    "seeds of training, evaluation and final evaluation must not overlap:"
                    f" {a.start}-{a.stop - 1} and {b.start}-{b.stop - 1} do"
                )


_COUNTS = (
    "total_steps", "env.num_envs", "evaluation.every", "evaluation.episodes",
    "evaluation.final_episodes", "checkpoint.every", "checkpoint.keep", "torch_threads",
    "log_every", "seeding.transitions", "demonstrations.episodes", "demonstrations.epochs",
    "demonstrations.batch_size",
)  # fmt: skip
_BOUNDS: tuple[tuple[str, float, float], ...] = (
    *((key, 1, math.inf) for key in _COUNTS),
    ("demonstrations.rounds", 1, 10),  # more would share seeds with other uses
    ("seeding.fraction", 0, 1),
    ("seeding.noise", 0, math.inf),
    ("seeding.warm_up", 0, math.inf),
    ("demonstrations.noise", 0, math.inf),
)


def named() -> dict[str, Path]:
    """Return the shipped configurations, by name, with their files."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


def for_task(id: str) -> str:
    """Return the name of a task's shipped configuration: its own, or the general one of PPO."""
    for name in named():
        if load(name).task == id:
            return name
    return "ppo"


def load(name: str | Path, sets: Sequence[str] = (), **given: Any) -> Config:
    """A configuration.

    Args:
      name: of a shipped one, or a YAML file.
      sets: changes, each ``key=value`` with a dotted key, e.g. ``env.num_envs=8``.
      **given: values of keys at the top.

    Raises:
      ValueError: an unknown name or key, or a value that does not fit; says which and what does.
    """
    shipped = named()
    path = shipped.get(str(name), Path(name))
    if not path.is_file():
        raise ValueError(did_you_mean("configuration", name, shipped) + "; or give a YAML file")
    data = yaml_values(read(path), path.name)
    if not isinstance(data, dict):
        raise ValueError(f"{path.name} must hold keys and values, got {type(data).__name__}")
    for change in sets:
        _change(data, change)
    return parse(data | given, path.name)


def parse(data: Any, where: str = "configuration") -> Config:
    """Make a configuration from plain data, as read from YAML.

    Args:
      data: the keys and values.
      where: what error messages call the source, e.g. a file name.

    Raises:
      ValueError: the same as ``load`` raises for a file.
    """
    return build(Config, data, where)


def dump(config: Config) -> dict[str, Any]:
    """Return a configuration as plain data, of which ``parse`` makes the same one again."""
    return _plain(dataclasses.asdict(config))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, (list, tuple)) else value


def _change(data: dict[str, Any], change: str) -> None:
    key, equals, text = change.partition("=")
    if not equals:
        raise ValueError(f"a change is written key=value, got {change!r}")
    *path, last = key.strip().split(".")
    for part in path:
        inner = data.get(part)
        data[part] = data = dict(inner) if isinstance(inner, dict) else {}
    data[last] = yaml_values(text, change)


def _get(config: Config, key: str) -> Any:
    """The value of a dotted key; None where its block is left out."""
    value: Any = config
    for part in key.split("."):
        value = getattr(value, part, None)
    return value
