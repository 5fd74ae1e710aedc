"""Bundles that hold no policy, or another one, are refused before anything is built or played."""

import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')

import numpy as np
import torch
from tests.scripts.calling import call

from habilis.policies.agents.learned import Normaliser
from habilis.policies.bundles.bundle import NORMALISER, WEIGHTS, Bundle

TASK = "habilis/PressButton-v0"


def _without(bundle: Bundle, key: str) -> Bundle:
    return dataclasses.replace(
        bundle, manifest={k: v for k, v in bundle.manifest.items() if k != key}
    )


def _with(bundle: Bundle, member: str, data: bytes) -> Bundle:
    return dataclasses.replace(bundle, files={**bundle.files, member: data})


def _padded(bundle: Bundle) -> Bundle:
    """Of the right size, with another network's tensors."""
    data = io.BytesIO()
    torch.save({"odd": torch.zeros(len(bundle.files[WEIGHTS]) // 4)}, data)
    return _with(bundle, WEIGHTS, data.getvalue())


def _aimless(bundle: Bundle) -> Bundle:
    spaces = {**bundle.manifest["spaces"], "action": {"kind": "Box"}}
    return dataclasses.replace(bundle, manifest={**bundle.manifest, "spaces": spaces})


def _numberless(bundle: Bundle) -> Bundle:
    """With weights that are not numbers."""
    given = torch.load(bundle.tensors(WEIGHTS), weights_only=True)
    data = io.BytesIO()
    torch.save({k: torch.full_like(v, float("nan")) for k, v in given.items()}, data)
    return _with(bundle, WEIGHTS, data.getvalue())


def _misfitting(bundle: Bundle) -> Bundle:
    """With statistics of more numbers than an observation has."""
    own = Normaliser.parse(bundle.files[NORMALISER])
    more = {k: np.zeros(len(v) + 1) for k, v in own.mean.items()}
    spoiled = dataclasses.replace(own, mean=more, var=more)
    return _with(bundle, NORMALISER, spoiled.dump())


SPOILED: dict[str, tuple[Any, str]] = {
    "an encoder": (
        lambda b: dataclasses.replace(b, manifest={**b.manifest, "kind": "an encoder"}),
        "holds an encoder, want a policy",
    ),
    "no spaces": (lambda b: _without(b, "spaces"), "spaces of its manifest is NoneType"),
    "no versions": (lambda b: _without(b, "versions"), "versions of its manifest is NoneType"),
    "half a space": (_aimless, "holds no policy that can act: KeyError: 'shape'"),
    "cut weights": (lambda b: _with(b, WEIGHTS, b.files[WEIGHTS][:-50_000]), "cannot|can act"),
    "other weights": (_padded, "weights do not fit"),
    "no numbers": (_numberless, "holds no policy that can act: weights hold what is no number"),
    "other statistics": (_misfitting, "holds no policy that can act: operands could not"),
    "cut statistics": (lambda b: _with(b, NORMALISER, b"PK"), "no zip archive"),
}


@pytest.fixture
def nothing_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: Any, **__: Any) -> None:
        raise AssertionError("an environment was built")

    for name in ("make_vector", "make_drawable"):
        monkeypatch.setattr(f"habilis.policies.vector.{name}", build)


@pytest.mark.usefixtures("nothing_built")
@pytest.mark.parametrize("kind", SPOILED)
def test_a_spoiled_bundle_is_refused_before_anything_is_built(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil, said = SPOILED[kind]
    file = tmp_path / "spoiled.zip"
    spoil(Bundle.load("push")).save(file)
    step = {"skill": "open_gripper", "args": {}}
    plan = {"version": 1, "scene": "s", "instruction": "", "origin": "", "steps": [step]}
    (tmp_path / "any.json").write_text(json.dumps(plan), encoding="utf-8")
    for args in (
        ("eval", file, "--no-film", "--out", tmp_path),
        ("eval", "push", file, "--no-film", "--out", tmp_path),
        ("play", "--agent", "policy", "--policy", file),
        ("play", "--plan", tmp_path / "any.json", "--policy", file),
        ("record", "--agent", "policy", "--policy", file, "--out", tmp_path),
        ("policies", "export", file, "--onnx", tmp_path / "a.onnx"),
        ("bench", "aperture", "--policy", file),
        ("bench", "pick", "--policy", file),
        ("bench", "walking", "--told", "--policy", file),
        ("bench", "reorient", "--policy", file),
    ):
        code, _, complaint = call(capsys, *args)
        assert code == 2 and str(file) in complaint, (args, complaint)
        assert any(part in complaint for part in said.split("|")), complaint
        assert "Traceback" not in complaint and complaint.count("\n") <= 2, complaint


@pytest.mark.usefixtures("nothing_built")
def test_a_policy_of_another_task_is_refused_before_anything_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for args in (
        ("play", TASK, "--agent", "policy", "--policy", "push"),
        ("record", TASK, "--agent", "policy", "--policy", "push", "--out", tmp_path),
        ("bench", "walking", "--told", "--policy", "push"),
        ("bench", "reorient", "--policy", "push"),
        ("bench", "pick", "--policy", "push"),
        ("eval", "push", "aperture", "--no-film", "--out", tmp_path),
    ):
        code, _, complaint = call(capsys, *args)
        assert code == 2 and ("trained on" in complaint or "trained in" in complaint), complaint


def test_a_second_policy_that_does_not_fit_ends_before_the_first_has_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("habilis.scripts.eval._play", None)
    task = Bundle.load("push").manifest["task"]
    args = ("eval", task, "push", "aperture", "--no-film", "--out", tmp_path)
    code, _, complaint = call(capsys, *args)
    assert code == 2 and "does not fit" in complaint, complaint
