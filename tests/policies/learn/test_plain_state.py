"""Episodes of every kind of task go into a checkpoint, and go on from it as if nothing had been."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("stable_baselines3", reason="needs the rl extra")
from habilis.envs.sim.snapshot import Snapshot  # noqa: E402
from habilis.policies.learn import checkpoint  # noqa: E402
from habilis.policies.learn.plain_state import from_plain, to_plain  # noqa: E402
from habilis.policies.vector import make_vector  # noqa: E402

KINDS = (
    "ReachMilk", "BeadsInVials", "TweezersPick", "TongsStandPick", "TweezersAperture", "Reorient",
    "ToolPose", "Go1Walk", "ClimbSofa",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_episodes_go_on_from_a_checkpoint(kind: str, tmp_path: Path) -> None:
    env = make_vector(f"habilis/{kind}-v0", 2)
    env.reset(seed=0)
    env.action_space.seed(0)
    actions = [env.action_space.sample() for _ in range(4)]
    env.step(actions[0])
    file = tmp_path / checkpoint.name(1)
    checkpoint.write(file, {"rows": env.save().rows}, 1)  # type: ignore[attr-defined]
    straight = [env.step(action) for action in actions[1:]]
    env.restore(Snapshot(checkpoint.read(file)["rows"]))  # type: ignore[attr-defined]
    for action, (seen, reward, *_) in zip(actions[1:], straight, strict=True):
        again, got, *_ = env.step(action)
        np.testing.assert_array_equal(got, reward)
        parts = [o.values() if isinstance(o, dict) else [o] for o in (again, seen)]
        for a, b in zip(*parts, strict=True):
            np.testing.assert_array_equal(a, b)


def test_records_that_are_not_known_are_refused() -> None:
    with pytest.raises(TypeError, match="no PosixPath"):
        to_plain({"a": np.array([Path("x"), None], object)})
    with pytest.raises(ValueError, match="unknown record of a checkpoint 'Popen'"):
        from_plain({"habilis.record": "Popen", "fields": {}})
