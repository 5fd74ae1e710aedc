"""The commands of ``habilis ros`` that take a base."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from habilis.envs.ros.base.dry import PerfectBase
from habilis.envs.ros.profiles import BASES, load_any_profile
from habilis.envs.ros.profiles.base_profile import BaseProfile
from habilis.envs.ros.profiles.spec import Address
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.scripts.ros import check, jog, profile, serve, stop, stop_test


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> Iterator[PerfectBase]:
    """One on wheels, which every command here talks to."""
    bus, wheels = Bus(), load_any_profile("wheels")
    assert isinstance(wheels, BaseProfile)

    def connect(self: Address, timeout: float = 5.0) -> LocalTransport:
        transport = LocalTransport(bus)
        transport.connect()
        return transport

    monkeypatch.setattr(Address, "connect", connect)
    there = PerfectBase(wheels, LocalTransport(bus), np.zeros(3))
    there.start()
    yield there
    there.close()


def test_it_is_moved_there_and_back(base: PerfectBase, capsys: pytest.CaptureFixture[str]) -> None:
    assert jog.command(["wheels", "--by", "0.1", "--speed", "0.5", "--yes"]) == 0
    said = capsys.readouterr().out
    assert "forward by 0.1 m, at 0.15 m/s" in said and said.count("arrived within 0.0") == 2


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--joint", "forwards"], "did you mean 'forward'"),
        (["--by", "9"], "--by must be 0.05 to 2"),
        (["--speed", "0.9"], "--speed must be above 0"),
        (["--joint", "left", "--yes"], "does not move to the left"),
    ],
)
def test_what_it_cannot_do_is_refused(base: PerfectBase, args: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        jog.command(["wheels", *args])


def test_a_stop_is_measured(base: PerfectBase, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["wheels", "--by", "0.3", "--speed", "0.5", "--yes"]
    assert stop_test.command(args) == 0
    assert "ms after the stop" in capsys.readouterr().out


def test_what_a_base_does_when_commands_cease_is_measured(
    base: PerfectBase, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["wheels", "--by", "0.3", "--speed", "0.5", "--yes", "--cease"]
    assert stop_test.command(args) == 0
    assert "ms after commands ceased, by itself" in capsys.readouterr().out
    base.timeout = np.inf
    assert stop_test.command(args) == 1
    assert "FAILED: it still moves 1.2 s after commands ceased" in capsys.readouterr().out


def test_check_says_what_is_known_of_the_timeout(
    base: PerfectBase, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    check.command(["wheels", "--seconds", "0.6"])  # whose rate a busy machine may not keep
    said = capsys.readouterr().out
    assert "when commands cease, the base stops by itself after 0.25 s, up to 0.07 m" in said
    legs = "robot: go1\njoints: [" + ", ".join(f"leg_{k}" for k in range(12)) + "]\n"
    other = tmp_path / "legs.yaml"
    other.write_text((BASES / "wheels.yaml").read_text(encoding="utf-8") + legs)
    assert check.command([str(other), "--seconds", "0.6", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert any("not on /joint_states: leg_0" in fault for fault in found["faults"])


def test_it_is_stopped_from_a_second_terminal(
    base: PerfectBase, capsys: pytest.CaptureFixture[str]
) -> None:
    turn = ["wheels", "--joint", "turning", "--by", "1.5", "--speed", "0.3", "--yes"]
    codes: list[int] = []
    first = threading.Thread(target=lambda: codes.append(jog.command(turn)))
    first.start()
    threading.Event().wait(1.5)
    assert stop.command(["wheels"]) == 0
    first.join(10)
    assert codes == [1] and "stopped from another terminal" in capsys.readouterr().out


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has none")
def test_a_terminal_that_is_closed_stops_it(
    base: PerfectBase, capsys: pytest.CaptureFixture[str]
) -> None:
    timer = threading.Timer(1.5, lambda: signal.pthread_kill(_MAIN, signal.SIGHUP))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        jog.command(["wheels", "--by", "1.5", "--speed", "0.5", "--yes"])
    said = capsys.readouterr().out
    assert "robot stopped: SIGHUP" in said or "robot stopped: interrupted" in said
    assert not base._velocity.any()


_MAIN = threading.main_thread().ident or 0


def test_the_list_names_bases(capsys: pytest.CaptureFixture[str]) -> None:
    assert profile.command([]) == 0
    said = capsys.readouterr().out
    assert "go1\n    a base, velocities on /cmd_vel" in said
    assert profile.command(["wheels"]) == 0
    assert "diff_drive_controller" in capsys.readouterr().out


def test_a_base_is_served_without_cameras() -> None:
    with pytest.raises(ValueError, match="it is served without cameras"):
        serve.command(["--profile", "go1", "--cameras", "front"])
    with pytest.raises(ValueError, match="profile 'wheels' is of robot 'none', scene"):
        serve.command(["--profile", "wheels"])
