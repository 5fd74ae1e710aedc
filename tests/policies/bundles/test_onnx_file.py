"""A bundle as an ONNX file acts as the bundle does, with rows in any number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')
pytest.importorskip("onnx", reason='needs pip install "habilis[onnx]"')
pytest.importorskip("onnxruntime", reason='needs pip install "habilis[onnx]"')

import onnx
from tests.policies.bundles.test_bundle import pack
from tests.policies.learn.point import ppo, sac

from habilis.policies.bundles import onnx_file
from habilis.policies.bundles.bundle import Bundle
from habilis.policies.spaces import rebuild
from habilis.scripts import cli


@pytest.mark.parametrize("config", [ppo(), sac()], ids=["PPO row", "SAC dict"])
def test_it_acts_as_the_bundle_does(config: Any) -> None:
    bundle, _ = pack(config)
    content = onnx_file.export(bundle)
    for count in (1, 33):
        assert onnx_file.difference(bundle, content, count, seed=count) < 1e-5
    space = rebuild(bundle.manifest["spaces"]["observation"])
    drawn = onnx_file.samples(space, 64, seed=5)
    far = {k: v * 50 for k, v in drawn.items()}  # beyond the clip of the normalisation
    want = bundle.agent().act(far if isinstance(space, spaces.Dict) else far[onnx_file.INPUT])
    found = onnx_file.act(content, far)
    assert found.shape == want.shape and np.abs(found).max() <= 1
    np.testing.assert_allclose(found, want, atol=1e-5)


def test_the_file_says_what_it_is_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a/push.onnx"
    assert cli.main(["policies", "export", "push", "--onnx", str(path)]) == 0
    assert "its actions differ by at most" in capsys.readouterr().out
    model = onnx.load(path)
    told = {p.key: json.loads(p.value) for p in model.metadata_props}
    manifest = Bundle.load("push").manifest
    assert (told["task"], told["sha256"]) == (manifest["task"], manifest["sha256"])
    assert [i.name for i in model.graph.input] == ["observation"]
    assert [o.name for o in model.graph.output] == ["action"]


def test_one_that_acts_otherwise_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, _ = pack(ppo())
    bundle, _ = pack(ppo(seed=3))
    wrong = onnx_file.export(other)
    monkeypatch.setattr(onnx_file, "export", lambda _: wrong)
    with pytest.raises(RuntimeError, match="differ by"):
        onnx_file.save(bundle, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())
