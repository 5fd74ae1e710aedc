"""The throughput benchmark: that it replays what the environment did, and tells all it should."""

import copy
import json
from typing import Any

import numpy as np
import pytest

from habilis.envs.vector_env import ToolVectorEnv
from habilis.policies.throughput import kinds
from habilis.policies.throughput import measure as throughput


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    return throughput.measure(1, 0.05, lambda text: None)


@pytest.fixture(scope="module")
def recorded() -> tuple[ToolVectorEnv, kinds.Work, kinds.Tape]:
    env = ToolVectorEnv(kinds.TASK, kinds.LANES)
    work = kinds.make_work(8, 4, env.core.step_limit, np.random.default_rng(0))
    return env, work, kinds.record(env, work)


def test_raw_does_exactly_the_physics_of_the_environment(
    recorded: tuple[ToolVectorEnv, kinds.Work, kinds.Tape],
) -> None:
    _, work, tape = recorded
    assert len(tape.starts) > 1, "some episode should end, and start again"
    one, batch = kinds.RawSteps(tape, 1), kinds.RawBatch(tape, 1)
    assert one.run(work).steps == batch.run(work).steps == 8 * kinds.LANES
    np.testing.assert_array_equal(one.end(), tape.end[-1])
    np.testing.assert_array_equal(batch.batch.bind("qpos"), tape.end)
    one.close()


def test_a_block_of_episodes_does_what_all_of_them_do(
    recorded: tuple[ToolVectorEnv, kinds.Work, kinds.Tape],
) -> None:
    _, work, tape = recorded
    for kind in (kinds.Vector(16, 1), kinds.Single()):
        watch = kind.run(work)
        assert watch.steps == 8 * kinds.LANES and watch.wall > 0
        last = kind.env.core.world._qpos
        np.testing.assert_array_equal(last, tape.end[-len(last) :])
        kind.close()


@pytest.mark.slow
def test_every_kind_has_a_row(result: dict[str, Any]) -> None:
    rows = {(r["kind"], r["envs"]) for r in result["rows"]}
    assert {("ToolVectorEnv", n) for n in (16, 64, 256)} <= rows
    assert {("raw mj_step", 1), ("raw Batch.rollout", 64), ("ToolEnv", 1)} <= rows
    names = {name for name, _ in rows}
    assert {"SB3 DummyVecEnv", "SB3 SubprocVecEnv", "SB3 adapter of ToolVectorEnv"} <= names
    assert any("FetchPickAndPlace" in name for name in names)
    assert len({tuple(r) for r in result["rows"]}) == 1, "rows have the same columns"


@pytest.mark.slow
def test_numbers_are_sane(result: dict[str, Any]) -> None:
    for row in result["rows"]:
        if row["env_steps_per_s"] is None:
            assert row["note"], row
            continue
        assert 0 < row["low"] <= row["env_steps_per_s"] <= row["high"]
        assert row["physics_steps_per_s"] > row["env_steps_per_s"]
        assert 0 < row["share_low"] <= row["share_of_raw"] <= row["share_high"]
    single = result["single"]
    assert single["overhead"] < 1 and 0 < single["reset_ms"] <= single["reset_ms_95"]
    assert single["compile_ms"] > 0 and 0 < single["import_s"] <= single["import_env_s"]
    assert len(result["summary"]) == 6
    json.dumps(result)


@pytest.mark.slow
def test_compare_says_what_changed(result: dict[str, Any]) -> None:
    old = copy.deepcopy(result)
    row = next(r for r in old["rows"] if r["kind"] == "ToolEnv")
    row["share_of_raw"] /= 2
    old["rows"] = [r for r in old["rows"] if r["envs"] != 256]
    lines = throughput.compare(result, old, "old.json")
    assert "old.json" in lines[0]
    assert any("ToolEnv, 1 on 1" in s and "(x2.00)" in s and "(x1.00)" in s for s in lines)
    assert any("256" in s and "only in the new" in s for s in lines)
    back = throughput.compare(old, result, "new.json")
    assert any("256" in s and "only in the earlier" in s for s in back)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="rounds must be at least 1.*got 0"):
        throughput.measure(0, 1.0, print)
