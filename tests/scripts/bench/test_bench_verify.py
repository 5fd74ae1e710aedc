"""habilis bench verify: what was measured here is the same again, and what was changed is found."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from habilis.policies.evaluation import verify
from habilis.policies.evaluation.statistics import wilson
from habilis.scripts import cli

ROOT = Path(__file__).parents[3]
TASK, BROKEN = "habilis/ReachMilkNotNeeded-v0", "habilis/ReachMilkBroken-v0"
Result = dict[str, Any]


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Of one row; two episodes, which succeed."""
    path = tmp_path_factory.mktemp("oracle") / "result.json"
    args = ["bench", "oracle", "--tasks", TASK, "--seed", "3", "--episodes", "2"]
    assert cli.main([*args, "--out", str(path)]) == 0
    found: Result = json.loads(path.read_text(encoding="utf-8"))
    return found | {"rows": found["rows"][:1]}


def checked(oracle: Result, **changes: Any) -> verify.Checked:
    """The second of the two episodes, played again."""
    row = oracle["rows"][0] | changes
    rng: Any = type("Last", (), {"integers": lambda self, n: n - 1})()
    return verify.check_oracle_row(row, "", 1.0, oracle["digests"][0], 1, rng)


def test_a_result_is_the_same_again_and_what_was_changed_is_found(
    oracle: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = verify.oracle_row(TASK, oracle["rows"][0]["scene"], "", 1.0, 1, 4)
    monkeypatch.setattr(verify, "oracle_row", lambda *_: again)  # played once, compared often
    found = checked(oracle)
    assert found.differences == [] and found.replayed == "seeds 4 to 4, bit for bit"
    half = {"success": 1, "rate": 0.5, "interval": list(wilson(1, 2))}
    (line,) = checked(oracle, failed_seeds=[4], **half).differences
    assert line == "seed 4 failed as stored, and succeeded now"
    lines = checked(oracle, failed_seeds=[9], reach=0.5, **half).differences
    assert lines[0] == "failed seed 9 is none of the row" and "reach: stored 0.5" in lines[1]
    assert checked(oracle, success=1).differences[0] == "success: stored 1, now 2"
    digest = oracle["digests"][0]
    other = {**oracle, "digests": [digest[:-1] + ("0" if digest[-1] != "0" else "1")]}
    (line,) = checked(other).differences
    assert line == "seed 4 succeeded, but in other steps or with another return"


def test_cheats_are_tried_again(
    oracle: Result, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path, row = tmp_path / "cheats.json", verify.cheats_row(BROKEN, "2023", "random actions", 1, 3)
    stored = edited(oracle, kind="cheats", rows=[row])
    path.write_text(json.dumps(stored), encoding="utf-8")
    assert cli.main(["bench", "verify", str(path)]) == 0
    assert "1 of 1 rows are as stored" in capsys.readouterr().out
    monkeypatch.setattr(verify, "cheats_row", lambda *_: row)
    path.write_text(json.dumps(stored | {"rows": [row | {"reached": 1}]}), encoding="utf-8")
    assert cli.main(["bench", "verify", str(path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["rows"][0]["differences"] == ["reached: stored 1, now 0"]
    good = tmp_path / "good.json"
    good.write_text(json.dumps(stored), encoding="utf-8")
    assert cli.main(["bench", "verify", str(good), str(path), "--json"]) == 1, "one of two differs"
    both = json.loads(capsys.readouterr().out)
    assert [(one["result"], one["same"]) for one in both] == [(str(good), 1), (str(path), 0)]
    assert cli.main(["bench", "verify"]) == cli.USAGE


def edited(oracle: Result, **changes: Any) -> Result:
    return copy.deepcopy(oracle) | changes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"versions": {"habilis": "0.1.0", "mujoco": "3.1.0"}}, "measured with mujoco 3.1.0, this"),
        ({"versions": {}}, "measured with habilis None"),
        ({"kind": "creative"}, "the result holds no setup"),
        ({"kind": "function"}, "'function' cannot be verified, .* would need the outcome of each"),
        ({"kind": "throughput"}, "'throughput' cannot be verified"),
        ({"rows": []}, "no result of a bench"),
        ({"rows": [{"task": TASK}]}, "row 1 does not hold scene, episodes, seed"),
        ({"command": "habilis bench cheats"}, "was not made by habilis bench oracle"),
        (
            {"command": "habilis bench oracle --episods 2"},
            "the command of the result cannot be read",
        ),
        ({"command": "habilis bench oracle --robots fr3 ur5e"}, "are not those that its command"),
    ],
)
def test_what_cannot_be_verified_is_refused(
    oracle: Result, changes: Result, said: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path = tmp_path / "result.json"
    path.write_text(json.dumps(edited(oracle, **changes)), encoding="utf-8")
    assert cli.main(["bench", "verify", str(path)]) == cli.USAGE

    assert re.search(said, capsys.readouterr().err)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["oracle", "oracle_sweep_and_tube"])
def test_stored_results_are_the_same_again(name: str) -> None:
    """One row of each, where versions are those that it was measured with."""
    path = ROOT / "benchmarks" / f"{name}.json"
    try:
        verify.check_versions(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        pytest.skip(str(error))
    assert cli.main(["bench", "verify", str(path), "--rows", "1", "--episodes", "2"]) == 0
