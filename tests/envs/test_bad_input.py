"""What a user may get wrong with an environment, and what it then says."""

from collections.abc import Callable
from pathlib import Path

import gymnasium
import numpy as np
import pytest

from habilis.assets.scene.format.file import SceneFileError
from habilis.envs.tasks import load_task
from habilis.envs.tool_env import ToolEnv
from habilis.envs.vector_env import ToolVectorEnv


def test_an_unknown_id_gets_a_suggestion() -> None:
    with pytest.raises(gymnasium.error.NameNotFound, match="Did you mean: `ReachMilk`"):
        gymnasium.make("habilis/RechMilk-v0")
    with pytest.raises(ValueError, match="did you mean 'habilis/ReachMilk-v0'"):
        load_task("habilis/RechMilk-v0")


Make = Callable[[], object]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: ToolEnv(scene="2025"),
            ValueError,
            "unknown scene of ReachMilk '2025'.*2023, 2024",
        ),
        (
            lambda: ToolEnv(control="eee"),
            ValueError,
            "unknown control mode 'eee'; did you mean 'ee'",
        ),
        (lambda: ToolEnv(obs="sate"), ValueError, "observation group 'sate'; did you mean 'state'"),
        (lambda: ToolEnv(obs=()), ValueError, "no observation group"),
        (lambda: ToolEnv(variation=-1.0), ValueError, "variation must be from 0 to 4, got -1"),
        (lambda: ToolEnv(variation=np.nan), ValueError, "variation must be from 0 to 4, got nan"),
        (
            lambda: ToolEnv(render_mode="rgb_aray"),
            ValueError,
            "'rgb_aray'; did you mean 'rgb_array'",
        ),
        (lambda: ToolEnv(scen="2023"), TypeError, "scen"),
        (lambda: ToolEnv(load_task("habilis/ReachMilk-v0"), scene="2024"), TypeError, "scene"),
        (lambda: ToolVectorEnv(num_envs=0), ValueError, "num_envs must be at least 1, got 0"),
        (lambda: ToolEnv("habilis/Scene-v0", scene="no.yaml"), SceneFileError, "no.yaml"),
    ],
)
def test_a_wrong_option_is_named(make: Make, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_a_malformed_scene_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nobjects: 3\n")
    with pytest.raises(SceneFileError, match="mine.yaml"):
        gymnasium.make("habilis/Scene-v0", scene=file)


@pytest.fixture(scope="module")
def single() -> ToolEnv:
    env = ToolEnv()
    env.reset(seed=0)
    return env


@pytest.fixture(scope="module")
def vector() -> ToolVectorEnv:
    env = ToolVectorEnv(num_envs=3)
    env.reset(seed=0)
    return env


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ([0, 0, np.nan, 0], r"action\[2\] of episode 0 is nan"),
        ([0, np.inf, 0, 0], r"action\[1\] of episode 0 is inf"),
        ([0, 0, 0, -1.7], r"action\[3\] of episode 0 is -1.7; .*in \[-1, 1\].*ClipAction"),
        ([0, 0, 0], r"shape \(4,\), got \(3,\)"),
        ([[0, 0, 0, 0]], r"shape \(4,\), got \(1, 4\)"),
    ],
)
def test_a_bad_action_is_refused_and_moves_nothing(
    single: ToolEnv, action: list[float], message: str
) -> None:
    before = single.save().rows
    with pytest.raises(ValueError, match=message):
        single.step(np.array(action, np.float32))
    for name, value in single.save().rows.items():
        np.testing.assert_array_equal(value, before[name])


def test_bad_actions_of_a_vector_name_the_episode(vector: ToolVectorEnv) -> None:
    actions = np.zeros((3, 4), np.float32)
    actions[1, 2] = np.nan
    with pytest.raises(ValueError, match=r"action\[2\] of episode 1 is nan"):
        vector.step(actions)
    with pytest.raises(ValueError, match=r"shape \(3, 4\).*got \(2, 4\)"):
        vector.step(actions[:2])


def test_rounding_of_a_clipped_action_is_no_error(single: ToolEnv) -> None:
    single.step(np.nextafter(np.ones(4, np.float32), np.float32(2)))


def test_resets_that_do_not_fit_are_named(single: ToolEnv, vector: ToolVectorEnv) -> None:
    with pytest.raises(ValueError, match="unknown reset option 'reset_maks'; did you mean"):
        vector.reset(options={"reset_maks": np.ones(3, bool)})
    with pytest.raises(ValueError, match="reset_mask must be 3 booleans"):
        vector.reset(options={"reset_mask": np.zeros(3, bool)})
    with pytest.raises(ValueError, match="one number or 3 of them, got 2"):
        vector.reset(seed=[1, 2])
    with pytest.raises(ValueError, match="unknown reset option 'seed'"):
        single.reset(options={"seed": 3})


def test_stepping_before_the_first_reset_is_an_error() -> None:
    with pytest.raises(gymnasium.error.ResetNeeded):
        ToolEnv().step(np.zeros(4, np.float32))
    with pytest.raises(gymnasium.error.ResetNeeded):
        ToolVectorEnv(num_envs=1).step(np.zeros((1, 4), np.float32))


def test_a_state_of_another_scene_does_not_fit(single: ToolEnv) -> None:
    with pytest.raises(ValueError, match="another scene"):
        ToolEnv(scene="2024").restore(single.save())
