"""Results that somebody else stored, spoiled or hostile: one message that names the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from habilis.policies.evaluation import verify as measuring
from habilis.policies.evaluation.provenance import versions
from habilis.scripts.bench import compare, verify
from habilis.scripts.leaderboard import LeaderboardOptions, _verified

STRANGE: tuple[Any, ...] = (None, -1, 10**30, "\x1b[1A", [], {}, [[]], True)
TASK = "habilis/PegInTube-v0"
ROW = {
    "task": TASK, "scene": "first", "episodes": 1, "seed": 0, "success": 1, "interval": [0.2, 1.0],
}  # fmt: skip
RESULTS: dict[str, dict[str, Any]] = {
    "oracle": {
        "kind": "oracle", "command": f"habilis bench oracle --tasks {TASK} --episodes 1",
        "rows": [{**ROW, "robot": "fr3+panda_hand", "rate": 1.0, "failed_seeds": []}],
        "digests": ["0" * 8],
    },
    "cheats": {
        "kind": "cheats", "command": "habilis bench cheats",
        "rows": [{**ROW, "cheat": "random", "reached": 0}],
    },
    "creative": {
        "kind": "creative", "command": "habilis bench creative --planner search",
        "setup": {"planner": "search", "settings": {"rollouts": 1}, "recipe": None},
        "episodes": [{"task": TASK, "generation": "first", "seed": 0, "success": True}],
        "rows": [{"task": TASK}], "discrimination": [{"score": 1.0}], "total": {},
    },
}  # fmt: skip


def spoiled(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Copies of a result, in each of which one entry, of the whole or of a row, is strange."""
    found = [{**value, key: strange} for key in value for strange in STRANGE]
    found += [{k: v for k, v in value.items() if k != key} for key in value]
    for at in ("rows", "episodes"):
        for one in value.get(at, [])[:1]:
            found += [{**value, at: [{**one, k: s}]} for k in one for s in STRANGE]
    return found


@pytest.mark.parametrize("kind", RESULTS)
def test_whatever_a_result_says_is_one_message(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[object] = []

    def play(*of: object) -> None:
        played.append(of)
        raise ValueError("it was played")

    monkeypatch.setattr(measuring, "oracle_row", play)
    monkeypatch.setattr(measuring, "cheats_row", play)
    path, o = tmp_path / "result.json", LeaderboardOptions((), rows=0, episodes=1)
    whole = RESULTS[kind] | {"versions": versions()}
    for one in [whole, *spoiled(whole)]:
        path.write_text(json.dumps(one))
        with pytest.raises((ValueError, OSError)) as caught:
            _verified(path, o)
        said = str(caught.value)
        assert len(said) < 2000 and (str(path) in said or "measured with" in said), one
    assert (len(played) > 0) == (kind != "creative")


def test_what_would_be_tried_for_ever_is_refused(tmp_path: Path) -> None:
    path, row = tmp_path / "a.json", RESULTS["cheats"]["rows"][0]
    path.write_text(json.dumps(RESULTS["cheats"] | {"rows": [{**row, "episodes": 10**9}]}))
    with pytest.raises(ValueError, match="row 1 does not hold episodes"):
        verify.load(path)


def test_a_result_that_is_not_whole_is_not_compared(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    for one in spoiled(RESULTS["creative"]):
        path.write_text(json.dumps(one))
        with pytest.raises(ValueError, match=r"result\.json"):
            compare.command([str(path)])
