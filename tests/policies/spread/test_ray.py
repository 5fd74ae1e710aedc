"""Episodes on a Ray cluster are those of this process, whoever dies; and without Ray it is said."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from habilis.policies.evaluation.verify import play_stretch
from habilis.policies.spread.executors import Died, LocalProcesses
from habilis.policies.spread.journal import Journal, resumed
from habilis.policies.spread.make import make_executor
from habilis.scripts import cli

TASK = "habilis/ReachMilkNotNeeded-v0"
PIECES = {f"seed {seed}": (TASK, "2023", "", 1.0, 1, seed) for seed in range(6)}


def told(folder: Path, of: tuple[str, str, str, float, int, int]) -> dict[str, Any]:
    """Plays an episode, and leaves a line that it was begun."""
    with (folder / "begun.txt").open("a") as file:
        file.write(f"{of[-1]}\n")
    return play_stretch(of)


def bad(number: int) -> int:
    if number == 1:
        os._exit(11)
    if number == 13:
        raise ValueError("unlucky")
    return number


def _add(cluster: Any, cores: int) -> None:
    """Adds a machine; on a busy one that takes longer than the 30 s that Ray waits."""
    for left in (2, 1, 0):
        try:
            cluster.add_node(num_cpus=cores)
            return
        except Exception:
            if not left:
                raise


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head without cores, and two machines of one core, which are processes here."""
    ray = pytest.importorskip("ray", reason='needs pip install "habilis[ray]"')
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    made = Cluster()
    try:
        for cores in (0, 1, 1):
            _add(made, cores)
        ray.init(address=made.address, log_to_driver=False, logging_level="ERROR")
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


@pytest.mark.slow
def test_a_machine_that_dies_changes_no_episode(cluster: Any, tmp_path: Path) -> None:
    work = functools.partial(told, tmp_path)
    here = dict(resumed(play_stretch, PIECES, Journal(None, {})))
    executor = make_executor("ray")
    assert executor.told()["nodes"] == 3 and executor.told()["cores"] == 2

    journal = Journal(tmp_path / "a.part.jsonl", {})
    journal.append("seed 0", here["seed 0"])  # of an earlier run on this machine
    found = {}
    for name, played in resumed(work, PIECES, journal, executor):
        found[name] = played
        if len(found) == 2:  # each machine has a piece in hand
            cluster.remove_node(min(cluster.worker_nodes, key=str), allow_graceful=False)
    assert found == here
    begun = (tmp_path / "begun.txt").read_text().split()
    assert set(begun) == {"1", "2", "3", "4", "5"} and len(begun) > 5  # one was begun again
    assert executor.told()["cores"] == 1

    done = dict(executor.spread(bad, [0, 1, 2]))
    assert (done[0], done[2]) == (0, 2) and isinstance(done[1], Died) and done[1].why
    with pytest.raises(ValueError, match="unlucky"):
        list(executor.spread(bad, [13]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["bench", "oracle", "--episodes", "2", "--tasks", TASK],
        ["bench", "cheats", "--episodes", "1", "--tasks", "habilis/ReachMilkBroken-v0"],
        ["layouts", TASK, "--count", "1"],
        ["eval", TASK, "--agent", "random", "--episodes", "4", "--num-envs", "2", "--no-film"],
    ],
    ids=lambda c: " ".join(c[:2]),
)
def test_commands_give_the_same(
    cluster: Any, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = []
    for executor in ("local", "ray"):
        out = tmp_path / executor
        args = [*command, "--json", "--executor", executor, "--out", str(out)]
        assert cli.main(args) == 0
        results.append(json.loads(capsys.readouterr().out))
    if command[0] == "layouts":
        files = [sorted(f.name for f in (tmp_path / e).iterdir()) for e in ("local", "ray")]
        texts = [(tmp_path / e / files[0][0]).read_text() for e in ("local", "ray")]
        assert files[0] == files[1] and texts[0] == texts[1]
        return
    assert [r["executor"]["name"] for r in results] == ["local", "ray"]
    assert results[0]["rows"] == results[1]["rows"]
    assert results[0].get("digests") == results[1].get("digests")


@pytest.mark.slow
def test_trainings_from_several_seeds_are_the_same(cluster: Any, tmp_path: Path) -> None:
    pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')
    from habilis.policies.bundles.bundle import WEIGHTS, Bundle

    least = ["env.num_envs=4", "hyperparameters.n_steps=16", "hyperparameters.batch_size=32",
             "evaluation.every=64", "evaluation.episodes=2", "evaluation.final_episodes=2",
             "checkpoint.every=64", "network.hidden=[8]"]  # fmt: skip
    found = []
    for executor in ("local", "ray"):
        args = ["train", TASK, "--config", "ppo", "--steps", "64", "--seeds", "0", "3"]
        where = ["--executor", executor, "--out", str(tmp_path / executor)]
        assert cli.main([*args, *where, "--set", *least]) == 0
        bundles = [Bundle.load(p) for p in sorted((tmp_path / executor).rglob("bundle.zip"))]
        found.append([(b.files[WEIGHTS], b.manifest["score"]) for b in bundles])
    assert len(found[0]) == 2 and found[0][0] != found[0][1] and found[0] == found[1]


@pytest.mark.slow
def test_several_processes_give_the_same() -> None:
    of = dict(list(PIECES.items())[:2])
    found = [dict(resumed(play_stretch, of, Journal(None, {}), LocalProcesses(n))) for n in (1, 2)]
    assert found[0] == found[1]


def test_without_ray_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert cli.main(["layouts", TASK, "--executor", "ray"]) == cli.USAGE
    assert 'pip install "habilis[ray]"' in capsys.readouterr().err
    for command in (["bench", "cheats"], ["train", TASK, "--seeds", "0"]):
        assert cli.main([*command, "--workers", "0"]) == cli.USAGE
        assert "--workers must be at least 1" in capsys.readouterr().err


def test_a_single_training_is_not_shared_out(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')
    assert cli.main(["train", TASK, "--workers", "2"]) == cli.USAGE
    assert "give --seeds" in capsys.readouterr().err
