"""The choice of an OpenGL back end: what is tried, what is remembered, what the user reads."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from habilis.envs.media import gl

if sys.platform != "linux":
    pytest.skip("the back ends are Linux's", allow_module_level=True)


class Machine:
    """A pretended machine: which back ends render on it, and what was tried."""

    def __init__(self) -> None:
        self.works: set[str] = set()
        self.tried: list[str] = []
        self.bound: list[str] = []

    def render(self, backend: str) -> str:
        self.tried.append(backend)
        return gl.OK if backend in self.works else "library not found"

    def next_process(self) -> None:
        """Forgets what a process remembers, but not what it left on disk."""
        gl._verdict.cache_clear()
        self.tried.clear()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Machine]:
    made = Machine()
    for name in ("MUJOCO_GL", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.setenv(name, "")  # so that what `ensure` sets is taken back
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(gl, "_render_in_child", made.render)
    monkeypatch.setattr(gl, "_bind", made.bound.append)
    gl._verdict.cache_clear()
    yield made
    gl._verdict.cache_clear()


def test_egl_is_first_and_nothing_else_is_tried(machine: Machine) -> None:
    machine.works = {"egl", "osmesa"}
    assert gl.ensure() == "egl"
    assert os.environ["MUJOCO_GL"] == "egl"
    assert machine.tried == machine.bound == ["egl"]


def test_osmesa_is_the_fallback(machine: Machine) -> None:
    machine.works = {"osmesa"}
    assert gl.choose_backend() == "osmesa"
    assert machine.tried == ["egl", "osmesa"]


@pytest.mark.parametrize(("works", "chosen"), [({"glfw", "egl"}, "glfw"), ({"egl"}, "egl")])
def test_with_a_display_a_window_system_comes_first(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, works: set[str], chosen: str
) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    machine.works = works
    assert gl.choose_backend() == chosen
    assert machine.tried[0] == "glfw"


def test_nothing_works(machine: Machine) -> None:
    assert gl.choose_backend() is None
    with pytest.raises(gl.RenderingUnavailable) as error:
        gl.ensure()
    for part in ("egl: library not found", "osmesa: library not found", gl.APT_LINE):
        assert part in str(error.value)
    assert not os.environ["MUJOCO_GL"] and not machine.bound


def test_the_users_choice_is_kept_and_checked(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.works = {"osmesa"}
    monkeypatch.setenv("MUJOCO_GL", " OSMesa")
    assert gl.ensure() == "osmesa"
    monkeypatch.setenv("MUJOCO_GL", "egl")
    with pytest.raises(gl.RenderingUnavailable, match="MUJOCO_GL=egl does not work"):
        gl.ensure()


@pytest.mark.parametrize("asked", ["on", "1", "Enable", "true"])
def test_switched_on_is_not_named(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    """MuJoCo takes such a word for a window system, which may not be there."""
    machine.works = {"osmesa"}
    monkeypatch.setenv("MUJOCO_GL", asked)
    assert gl.ensure() == "osmesa" and os.environ["MUJOCO_GL"] == "osmesa"


def test_a_second_name_of_a_back_end_is_checked_like_the_first(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUJOCO_GL", "glx")
    with pytest.raises(gl.RenderingUnavailable, match="MUJOCO_GL=glfw does not work"):
        gl.ensure()


def test_rendering_switched_off(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", "off")
    with pytest.raises(gl.RenderingUnavailable, match="switched off by MUJOCO_GL=off"):
        gl.ensure()
    assert not machine.tried


def test_what_worked_is_remembered_and_what_failed_is_not(machine: Machine) -> None:
    machine.works = {"osmesa"}
    assert gl.probe()["osmesa"] == gl.OK
    machine.next_process()
    assert gl.probe()["osmesa"] == gl.OK
    assert machine.tried == ["egl", "glfw"]
    machine.works = {"egl", "osmesa"}  # the user installed it
    machine.next_process()
    assert gl.choose_backend() == "egl"


def test_refresh_tries_everything_again(machine: Machine) -> None:
    machine.works = {"egl"}
    assert gl.probe()["egl"] == gl.OK
    machine.works = set()
    assert gl.probe()["egl"] == gl.OK
    assert gl.probe(refresh=True)["egl"] != gl.OK


def test_another_display_is_another_machine(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.works = {"glfw"}
    monkeypatch.setenv("DISPLAY", ":7")
    assert gl.choose_backend() == "glfw"
    monkeypatch.setenv("DISPLAY", ":8")
    machine.next_process()
    assert gl.choose_backend() == "glfw"
    assert machine.tried == ["glfw"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"x": 1}'])
def test_a_damaged_cache_is_no_cache(machine: Machine, tmp_path: Path, content: str) -> None:
    (tmp_path / "habilis").mkdir()
    (tmp_path / "habilis" / "gl.json").write_text(content)
    machine.works = {"egl"}
    assert gl.choose_backend() == "egl"


def test_a_cache_that_cannot_be_written_is_done_without(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    machine.works = {"egl"}
    assert gl.choose_backend() == "egl"


RENDER = """
import mujoco
from habilis.envs.media import gl
model = mujoco.MjModel.from_xml_string('<mujoco><worldbody><geom size="1"/></worldbody></mujoco>')
data = mujoco.MjData(model)
mujoco.mj_step(model, data)
backend = gl.ensure()
with mujoco.Renderer(model, 16, 16) as renderer:
    renderer.update_scene(data)
    assert renderer.render().shape == (16, 16, 3)
assert mujoco.GLContext.__module__ == "mujoco." + backend
"""


def test_mujoco_imported_before_renders_after(tmp_path: Path) -> None:
    """With neither display nor setting, MuJoCo alone ends in a fatal error here."""
    if gl.choose_backend() is None:
        pytest.skip(f"nothing renders on this machine; {gl.APT_LINE}")
    hidden = ("MUJOCO_GL", "DISPLAY", "WAYLAND_DISPLAY", "PYOPENGL_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment["XDG_CACHE_HOME"] = str(tmp_path)
    child = subprocess.run(
        [sys.executable, "-c", RENDER], env=environment, capture_output=True, text=True
    )
    assert child.returncode == 0, child.stderr
