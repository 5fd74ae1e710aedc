"""habilis ros serve says what does not fit before it connects, and ends cleanly."""

from __future__ import annotations

import signal

import pytest

from habilis.assets.scene.things import Scene
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.serving.server import SimServer
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.scripts.ros import serve
from habilis.scripts.ros.serve import RosServeOptions, command
from habilis.scripts.shared.scenes import choose_scene


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--speed", "0"], "--speed must be above 0"),
        (["--seed", "-1"], "--seed must be"),
        (["--profile", "fr33"], "unknown profile 'fr33'; did you mean 'fr3'"),
        (["reach_milk_2023", "--profile", "leap"], "leap is served alone"),
        (["--cameras", "front", "--camera-rate", "0"], "camera rate must be above 0"),
        (["no_scene.yaml"], "no such file"),
    ],
)
def test_bad_input_is_named(args: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        command(args)


def test_the_scene_is_the_one_named_or_a_shipped_one() -> None:
    scene = serve._scene(RosServeOptions(), load_profile("fr3"))
    assert isinstance(scene, Scene) and scene.name == "reach_milk_2023"
    assert serve._scene(RosServeOptions(), load_profile("leap")) is None


def test_it_tells_what_it_offers_and_ends_when_told_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def make(options: RosServeOptions) -> SimServer:
        scene = choose_scene("reach_milk_2023", "")
        return SimServer(load_profile("fr3"), LocalTransport(Bus(), "a bus"), scene)

    def interrupted(server: SimServer) -> None:
        signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(serve, "_server", make)
    monkeypatch.setattr(serve, "_look_after", interrupted)
    try:
        assert command([]) == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    said = capsys.readouterr().out
    for line in ("fr3 on a bus:", "/fr3_arm_controller/follow_joint_trajectory", "/habilis/stop",
                 "object_hammer, object_milk", "Ctrl-C ends it.", "ended"):  # fmt: skip
        assert line in said
