"""An aperture policy as layer one: it sees in the arm's hand what it saw in training, and acts."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')

from tests.envs.made import many

from habilis.envs.aperture.feeling.memory import LAGS
from habilis.envs.pick.robot import PickRobot
from habilis.policies.agents.learned_fingers import LearnedFingers
from habilis.policies.bundles.bundle import Bundle
from habilis.policies.evaluation.evaluate import EpisodeResult
from habilis.policies.learn import build
from habilis.policies.learn.config import parse
from habilis.policies.learn.run import pack
from habilis.policies.skills import SetAperture
from habilis.policies.skills.executor import run_all
from habilis.policies.vector import make_vector

TASK = "habilis/TweezersAperture-v0"


def untrained(**options: Any) -> Bundle:
    """A bundle of a policy that knows nothing."""
    small = {"num_envs": 2, "options": options}
    config = parse({"algorithm": "PPO", "task": TASK, "env": small})
    model = build.make_model(config, build.make_env(config), "cpu")
    vector = make_vector(config.task, 2, **config.env.options)
    return pack(config, model, vector, [EpisodeResult(0, False, "", 1, 0.0)], 1.0, ["train"])


@pytest.mark.parametrize("group", ["privileged", "touch"])
def test_it_sees_what_the_environment_shows(group: str) -> None:
    episodes = many("TweezersAperture", 3, obs=group, sizes=("small",)).core
    episodes.reset(np.arange(3), [np.random.default_rng(i) for i in range(3)])
    fleet = episodes.world
    fingers = LearnedFingers(fleet.worlds[0], fleet.synergies, untrained(obs=group))
    fingers.reset(np.arange(3), [fleet.cells[0].grasps[g] for g in fleet.grasp])
    rng = np.random.default_rng(0)
    for step in range(LAGS[-1] + 6):
        action = rng.uniform(-1, 1, (3, *episodes.action_space.shape))
        fingers.state.begin()
        fingers.asked.begin()
        fingers.control.command(action)
        episodes.step(action)
        fingers.fleet.refresh()
        fingers.state.refresh()
        fingers.asked.goal[:] = episodes.monitor.goal
        fingers.asked.held[:] = episodes.monitor.held
        if fingers.state.memories and step < LAGS[-1]:
            continue  # what is felt before the first step is known to the environment only
        want, got = episodes.observe(), fingers._observer.read(fingers.state)
        assert isinstance(want, dict) and isinstance(got, dict) and want.keys() == got.keys()
        for name in want:
            np.testing.assert_allclose(got[name], want[name], atol=1e-6)


def test_an_untrained_policy_moves_the_tool_the_same_way_twice(tmp_path: Path) -> None:
    untrained(obs="touch").save(tmp_path / "a.zip")
    named, ends = f"learned:{tmp_path / 'a.zip'}", []
    for _ in range(2):
        core = many("TweezersPick", 2, objects=("sphere_20",), layer_one=named).core
        core.reset(np.arange(2), [np.random.default_rng(i) for i in range(2)])
        traces = run_all(PickRobot(core), [[SetAperture(0.02)]] * 2, seconds=0.5)
        ends.append(([t.steps for t in traces], core.save().rows))
    assert ends[0][0] == ends[1][0]
    assert {"control/fingers_u", "control/fingers_residual"} <= ends[0][1].keys()
    for name, row in ends[0][1].items():
        np.testing.assert_array_equal(row, ends[1][1][name])
    assert np.abs(ends[0][1]["control/fingers_residual"]).max() > 0


def test_other_policies_are_refused() -> None:
    core = many("TweezersPick", 1).core
    given = untrained(obs="touch")

    def made_from(**changes: Any) -> LearnedFingers:
        other = dataclasses.replace(given, manifest={**given.manifest, **changes})
        return LearnedFingers(core.world, core.control._synergies, other)

    with pytest.raises(ValueError, match=r"layer one is a policy of openings, got .*ReachMilk-v0"):
        made_from(task="habilis/ReachMilk-v0")
    with pytest.raises(ValueError, match="layer one may see .* sees cloud"):
        made_from(options={"obs": "cloud"})
    with pytest.raises(ValueError, match="the bundle does not fit:\n.*touch/"):
        made_from(spaces={**given.manifest["spaces"], "terms": {"touch": {"joints": 15}}})
