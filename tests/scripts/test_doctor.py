"""The doctor's findings, its words and its exit code."""

import functools
import json
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from habilis.envs.media import gl
from habilis.scripts import doctor

ROOT = Path(__file__).parents[2]
WORKING = {"egl": gl.OK, "osmesa": gl.OK, "glfw": "no display"}
BROKEN = dict.fromkeys(gl.BACKENDS, "library not found")
simulation = functools.cache(doctor._simulation)  # asked in a process of its own, for seconds


@pytest.fixture
def backends(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The verdicts that rendering is to get; change it in place."""
    verdicts = dict(WORKING)
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(gl, "probe", lambda *, refresh=False: dict(verdicts))
    monkeypatch.setattr(gl, "_verdict", verdicts.__getitem__)
    monkeypatch.setattr(doctor, "_simulation", simulation)
    return verdicts


def fixes(report: dict[str, Any]) -> str:
    return "\n".join(problem["fix"] for problem in report["problems"])


def test_report_of_this_machine_is_json_and_sound(capsys: pytest.CaptureFixture[str]) -> None:
    code = doctor.doctor(as_json=True)
    report = json.loads(capsys.readouterr().out)
    assert code == 0 and report["ok"]
    assert set(report["rendering"]["backends"]) == set(gl.BACKENDS)
    assert all(report["packages"].values()) and "mujoco" in report["packages"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(report["extras"]) == set(project["optional-dependencies"])
    assert report["habilis"]["installed_from"] == "checkout"
    assert report["machine"]["cores"] >= 1 and report["machine"]["memory_gb"] > 0.1


def test_text_names_versions_back_ends_and_extras(backends: dict[str, str]) -> None:
    report = doctor.collect()
    text = doctor.render_text(report)
    for word in (report["packages"]["mujoco"], "no display", "osmesa", "vision", "cores"):
        assert word in text
    assert text.endswith("All that is essential works.")


def test_no_rendering_is_a_note_with_the_line_that_mends_it(backends: dict[str, str]) -> None:
    backends.update(BROKEN)
    report = doctor.collect()
    assert report["ok"] and report["rendering"]["chosen"] is None
    assert gl.APT_LINE in fixes(report)
    assert gl.APT_LINE in doctor.render_text(report)


@pytest.mark.parametrize("setting", ["glfw", "off"])
def test_a_setting_that_prevents_rendering_is_named(
    setting: str, backends: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUJOCO_GL", setting)
    assert f"unset MUJOCO_GL (it is '{setting}'" in fixes(doctor.collect())


def test_a_setting_with_which_no_command_starts_is_named(
    backends: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MUJOCO_GL", "vulcan")
    assert doctor.doctor() == 1
    said = capsys.readouterr().out
    assert "unset MUJOCO_GL (it is 'vulcan')" in said and "cannot run" in said


def test_a_missing_core_package_is_essential(
    backends: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "tyro" else found(name))
    report = doctor.collect()
    assert not report["ok"]
    assert "pip install tyro" in fixes(report)
    assert "MISSING" in doctor.render_text(report)


def test_a_missing_extra_is_named_with_its_line_and_is_no_problem(
    backends: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "torch" else found(name))
    report = doctor.collect()
    rl = report["extras"]["rl"]
    assert report["ok"] and not rl["installed"] and rl["missing"] == ["torch"]
    assert 'pip install -e ".[rl]"' in doctor.render_text(report)


def test_a_package_wanted_on_some_platforms_only_does_not_fail_its_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "open3d-cpu" else "1.0")
    extra = doctor._extra("vision", doctor._requirements()["vision"], None)
    assert extra["installed"] and extra["missing"] == ["open3d-cpu"]
    assert extra["install"] == 'pip install "habilis[vision]"'


def test_a_hanging_child_is_reported(
    backends: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("python", 120)

    monkeypatch.setattr(subprocess, "run", hang)
    report = doctor.collect()
    assert not report["ok"] and "timed out" in report["problems"][0]["what"]
