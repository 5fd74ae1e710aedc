"""Where OpenGL cannot be used the answer is one message, and no process hangs."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import gymnasium
import pytest

import habilis.envs  # noqa: F401  (registers the tasks)
from habilis.envs.media.broken_gl import missing
from habilis.envs.media.gl import RenderingUnavailable
from habilis.scripts import cli

ID = "habilis/PressButton-v0"
SCRIPT = f"""
import gymnasium, habilis.envs
env = gymnasium.make({ID!r}, render_mode="rgb_array")
env.reset(seed=0)
print("physics works")
env.render()
"""


@pytest.mark.skipif(not missing("osmesa"), reason="OSMesa is installed")
def test_a_back_end_that_is_not_installed_leaves_physics_and_one_message() -> None:
    asked = {**os.environ, "MUJOCO_GL": "osmesa"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=asked, capture_output=True, text=True, timeout=300
    )
    assert "physics works" in done.stdout, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert "MUJOCO_GL=osmesa does not work: the library OSMesa is not installed" in last


WRONG = "nonsense", "EGL2", "wgl" if sys.platform != "win32" else "egl"


@pytest.mark.parametrize("value", WRONG)
def test_what_is_no_back_end_leaves_physics_and_one_message(value: str) -> None:
    wanted = {**os.environ, "MUJOCO_GL": value}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=wanted, capture_output=True, text=True, timeout=300
    )
    assert "physics works" in done.stdout, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert f"MUJOCO_GL={value!r} is no back end" in last and "glfw" in last and "here" in last


@pytest.mark.parametrize(
    ("value", "said"),
    [("nonsense", "MUJOCO_GL='nonsense' is no back end of OpenGL"), ("off", "switched off")],
)
@pytest.mark.parametrize(
    "args",
    [
        ("scene", "show", "gallery_l_hook", "--picture", "a.png"),
        ("play", "--film", "a.mp4"),
        ("design", "reach_milk", "--film", "a.mp4"),
        ("bench", "dextoolbench", "--film", "a"),
        ("solve", "--scene", "gallery_l_hook"),
        ("eval", "push"),
    ],
    ids=" ".join,
)
def test_a_command_that_would_draw_says_so_before_any_work(
    args: tuple[str, ...], value: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    if value == "off" and args[0] in ("solve", "eval"):
        pytest.skip("its film is left out, since nobody asked for it")
    monkeypatch.setenv("MUJOCO_GL", value)
    monkeypatch.setattr("habilis.envs.sim.cpu.CpuSim.__init__", None)  # nothing is built
    code = cli.main(list(args))
    complaint = capsys.readouterr().err
    assert (code, complaint.count("\n")) == (2, 1) and said in complaint, complaint


@pytest.fixture
def rendered() -> Any:
    env = gymnasium.make(ID, render_mode="rgb_array")
    env.reset(seed=0)
    try:
        env.render()
    except RenderingUnavailable as error:
        pytest.skip(str(error))
    yield env
    env.close()


FORKED = f"""
import multiprocessing, sys
import gymnasium, habilis.envs
from habilis.envs.media.gl import RenderingUnavailable

def child(env):
    env = gymnasium.make({ID!r}, render_mode="rgb_array") if env is None else env
    try:
        env.reset(seed=0)
        env.render()
    except RenderingUnavailable as error:
        print("child:", error, flush=True)
    env.close()

env = gymnasium.make({ID!r}, render_mode="rgb_array")
env.reset(seed=0)
env.render()
given = None if sys.argv[1] == "fresh" else env
process = multiprocessing.get_context("fork").Process(target=child, args=(given,))
process.start()
process.join(120)
print("exit code", process.exitcode)
print("the parent goes on", env.render().any())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("which", ["fresh", "the parent's"])
@pytest.mark.usefixtures("rendered")
def test_a_process_forked_after_rendering_gets_an_error(which: str) -> None:
    """In a process of its own: this one may have threads of other tests, which no fork survives."""
    done = subprocess.run(
        [sys.executable, "-c", FORKED, which], capture_output=True, text=True, timeout=300
    )
    assert "forked from one that has rendered" in done.stdout, done.stderr
    assert done.stdout.splitlines()[1:] == ["exit code 0", "the parent goes on True"]


def test_pictures_keep_their_renderer(rendered: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import mujoco

    monkeypatch.setattr(mujoco, "Renderer", None)  # no other is made
    rendered.step(rendered.action_space.sample())
    assert rendered.render().any()
