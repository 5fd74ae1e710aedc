"""habilis encoder: what it says of itself, what it refuses, and how errors are printed."""

import pytest

pytest.importorskip("torch", reason='needs pip install "habilis[rl]"')

import numpy as np

from habilis.policies.encoder.evaluate import score, spread
from habilis.scripts import cli
from habilis.scripts.encoder.text import as_text


def test_it_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["encoder"]) == cli.USAGE and "train" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["evl"], "did you mean 'eval'"),
        (["eval", "--each", "0"], "--each must be at least 1"),
        (["eval", "nothing.zip"], "no policy file nothing.zip"),
        (["train", "--kinds", "tong"], "did you mean 'tongs'"),
        (["train", "--tool-steps", "0"], "tool"),
    ],
)
def test_bad_input(args: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["encoder", *args]) == cli.USAGE
    assert told in capsys.readouterr().err


def test_errors_are_printed_with_their_interval() -> None:
    rng = np.random.default_rng(0)
    errors = spread(rng.exponential(1.0, 400), rng)
    low, high = errors["median_interval"]
    assert low < errors["median"] < high and errors["median"] == pytest.approx(np.log(2), rel=0.2)
    assert errors["p90_interval"][0] < errors["p90"] < errors["p90_interval"][1]
    head = {"part": "tool", "set": "size", "what": "all", "condition": "noisy", "n": 400}
    rows = [
        {**head, "points": p, "gap": errors, "share": errors, "tips": errors} for p in (256, 512)
    ]
    text = as_text(rows)
    assert f"{errors['median']:.2f}/{errors['p90']:.2f}" in text and f"{low:.2f}-{high:.2f}" in text
    assert score(rows)["tool"]["gap"] == errors and "object" not in score(rows)
