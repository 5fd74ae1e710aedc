"""habilis bench pick: what is refused, and that the stored table follows from its counts."""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason='needs pip install "habilis[rl]"')

from habilis.assets.pick.objects import HELD_OUT, OBJECTS
from habilis.policies.evaluation.statistics import wilson
from habilis.scripts.cli import main

FILES = sorted((Path(__file__).parents[3] / "benchmarks").glob("pick*.json"))


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--tool", "tong"], "tongs"),
        (["--agent", "oracel"], "oracle"),
        (["--episodes", "30"], "multiple of 20"),
        (["--policy", "push"], "trained on habilis/Scene-v0"),
    ],
)
def test_bad_input_is_named(args: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "pick", *args]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_stored_rows_follow_from_their_counts(path: Path) -> None:
    for row in json.loads(path.read_text(encoding="utf-8"))["rows"]:
        n, good = row["episodes"], row["success"]
        assert n >= 100 and set(row["objects"]) == set(OBJECTS)
        assert good == sum(row["objects"].values()) and row["rate"] == pytest.approx(good / n)
        assert row["interval"] == pytest.approx(wilson(good, n))
        unseen = sum(row["objects"][name] for name in HELD_OUT)
        assert row["held_out"] == pytest.approx(unseen / (n * len(HELD_OUT) / len(OBJECTS)))
        crushed = round(row["crushed"] * n)
        assert row["crushed_interval"] == pytest.approx(wilson(crushed, n))


def test_the_paper_s_rate_is_passed_by_depth_only() -> None:
    """70.8 %, with tweezers and tongs."""
    rows = json.loads((FILES[0].parent / "pick.json").read_text(encoding="utf-8"))["rows"]
    low = {r["tool"]: r["interval"][0] for r in rows if r["agent"] == "scripted"}
    assert low["tweezers"] > 0.708 and low["tongs"] > 0.708
