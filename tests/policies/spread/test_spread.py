"""Work in other processes: the same results, whoever does it, and whoever dies."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from habilis.policies.spread.executors import Died, spread
from habilis.policies.spread.journal import Journal, resumed

TASK = "habilis/ReachMilkNotNeeded-v0"


def square(number: int) -> int:
    if number == 13:
        raise ValueError("unlucky")
    return number**2


def dying(number: int) -> int:
    if number == 1:
        os._exit(11)
    return number


def test_in_this_process_results_come_in_order() -> None:
    assert list(spread(square, [3, 1, 2])) == [(3, 9), (1, 1), (2, 4)]


def test_a_process_that_dies_costs_one_piece() -> None:
    found = dict(spread(dying, [0, 1, 2], count=2))
    assert (found[0], found[2]) == (0, 2) and isinstance(found[1], Died) and found[1].why


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    path, pieces = tmp_path / "a.part.jsonl", {"three": 3, "bad": 13, "two": 2}
    with pytest.raises(ValueError, match="unlucky"):
        list(resumed(square, pieces, Journal(path, {"n": 1})))
    with path.open("a") as file:
        file.write('["two", 5')  # cut off
    pieces = {"two": 2, "three": -5}
    journal = Journal(path, {"n": 1})
    assert list(resumed(square, pieces, journal)) == [("three", 9), ("two", 4)]
    with pytest.raises(ValueError, match="another command or version"):
        Journal(path, {"n": 2})
    journal.forget()
    assert not path.exists() and Journal(path, {"n": 2}).done == {}


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.part.jsonl"
    path.write_text('{"n": 1}\n3\n')
    with pytest.raises(ValueError, match="is no list of results"):
        Journal(path, {"n": 1})


# ---- on a Ray cluster: a head without cores, and two workers of one core each

PATIENCE = {
    "agent_register_timeout_ms": "300000", "raylet_start_wait_time_s": "300",
    "worker_register_timeout_seconds": "300",
}  # fmt: skip
"""What Ray waits for its own processes, on a machine that runs other tests beside them."""


def lean() -> dict[str, Any]:
    """Of a node: little memory, and ports that are known, as it waits 15 s at most for others."""
    ports = ("metrics_agent", "metrics_export", "runtime_env_agent", "dashboard_agent_listen")
    found: dict[str, Any] = {
        "include_dashboard": False, "include_log_monitor": False, "no_monitor": True,
        "object_store_memory": 100 * 2**20,
    }  # fmt: skip
    with contextlib.ExitStack() as held:
        for name in ports:
            made = held.enter_context(socket.socket())
            made.bind(("127.0.0.1", 0))
            found[f"{name}_port"] = made.getsockname()[1]
    return found


class Cluster:
    """Started by hand, so that a worker can be killed as a machine would be lost."""

    def __init__(self, folder: Path) -> None:
        from ray.cluster_utils import Cluster as Made

        self.made = Made(initialize_head=True, head_node_args=lean() | {"num_cpus": 0})
        self.workers = [self.made.add_node(num_cpus=1, **lean()) for _ in range(2)]
        self.made.wait_for_nodes()
        self.folder = folder

    def command(self, *args: str) -> subprocess.Popen[str]:
        env = os.environ | {"RAY_ADDRESS": self.made.address}
        code = "import sys; from habilis.scripts.cli import main; sys.exit(main())"
        return subprocess.Popen(
            [sys.executable, "-c", code, *args], cwd=self.folder, env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    pytest.importorskip("ray", reason='needs pip install "habilis[ray]"')
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(p for p in sys.path if p))
    for name, patience in PATIENCE.items():
        monkeypatch.setenv(f"RAY_{name}", patience)
    found = Cluster(tmp_path)
    yield found
    found.made.shutdown()


def outcomes(path: Path) -> dict[str, Any]:
    """Of each episode of a bench, without the seconds that it took."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {
        f"{one['task']} {one['seed']}": {k: v for k, v in one.items() if "seconds" not in k}
        for one in lines
    }


@pytest.mark.slow
def test_ray_gives_the_same_episodes_though_a_worker_is_killed(cluster: Cluster) -> None:
    """The bench with a planner, and a killed worker: episode by episode as on this machine."""
    bench = ["bench", "creative", "--planner", "search", "--tasks", TASK, "--layouts", "6",
             "--rollouts", "4"]  # fmt: skip
    running = cluster.command(*bench, "--executor", "ray", "--out", "there")
    written = cluster.folder / "there/episodes.jsonl"
    while running.poll() is None and not written.exists():
        time.sleep(0.1)
    cluster.made.remove_node(cluster.workers.pop(), allow_graceful=False)
    said, _ = running.communicate(timeout=500)
    assert running.returncode == 0, said
    here = cluster.command(*bench, "--workers", "1", "--out", "here")
    said, _ = here.communicate(timeout=500)
    assert here.returncode == 0, said
    there = outcomes(written)
    assert len(there) == 6 and there == outcomes(cluster.folder / "here/episodes.jsonl")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "file"),
    [
        (["bench", "oracle", "--tasks", TASK, "--episodes", "25", "--out"], "a.json"),
        (["eval", "push", "--agent", "random", "--episodes", "24", "--num-envs", "8",
          "--no-film", "--out"], "Scene-v0-push.json"),
        (["layouts", TASK, "--count", "3", "--json", "--out"], ""),
    ],
    ids=["oracle", "eval", "layouts"],
)  # fmt: skip
def test_ray_stores_what_is_stored_without(cluster: Cluster, args: list[str], file: str) -> None:
    found = []
    for where in (["--executor", "ray"], []):
        out = cluster.folder / f"out{len(where)}"
        path = out / file if args[0] != "layouts" else out
        told = str(path if args[:2] == ["bench", "oracle"] else out)
        done = cluster.command(*args, told, *where)
        said, _ = done.communicate(timeout=500)
        assert done.returncode == 0, said
        if file:
            one = json.loads(path.read_text(encoding="utf-8"))
            found.append({k: one[k] for k in ("rows", "digests") if k in one})
        else:
            found.append({p.name: p.read_text(encoding="utf-8") for p in out.glob("*.yaml")})
        assert not list(cluster.folder.rglob("*.part.jsonl"))
    assert found[0] == found[1] and found[0]


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"habilis\[ray\]"):
        list(spread(square, [1], "ray"))
