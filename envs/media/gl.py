"""Which OpenGL back end can render here without a window, found out before MuJoCo needs one.

Physics never comes here: call :func:`ensure` where the first renderer is made, and nowhere else.

MuJoCo reads ``MUJOCO_GL`` once, when ``mujoco`` is first imported, and falls back to GLFW, which
needs a display; naming a broken back end makes that import fail. So each candidate renders one
frame in a child process, and the choice is handed to the MuJoCo that is already imported.
"""

import functools
import importlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from habilis.envs.media.broken_gl import DISABLED, ENABLED, asked, is_wrong, missing, names

BACKENDS = ("egl", "osmesa", "glfw")
OK = "ok"
APT_PACKAGES = ("libegl1", "libegl-mesa0", "libgl1", "libgl1-mesa-dri", "libosmesa6")
APT_LINE = "apt-get install -y " + " ".join(APT_PACKAGES)

_OTHER_NAMES = {"glx": "glfw"}
_TIMEOUT_S = 60.0
_used = _forked = False  # whether something was rendered here, and in what this was forked from
_FRAME = """
import os
import mujoco
model = mujoco.MjModel.from_xml_string(
    '<mujoco><worldbody><light pos="0 0 3"/><geom size="1"/>'
    '<camera name="c" pos="0 0 4"/></worldbody></mujoco>')
data = mujoco.MjData(model)
mujoco.mj_forward(model, data)
renderer = mujoco.Renderer(model, 16, 16)
renderer.update_scene(data, camera="c")
print("frame" if renderer.render().any() else "black", flush=True)
os._exit(0)  # PyOpenGL's OSMesa raises while the context is torn down
"""


class RenderingUnavailable(RuntimeError):
    """No OpenGL back end works here; the message says why and what to install."""


def probe(*, refresh: bool = False) -> dict[str, str]:
    """Renders one frame with each back end, each in a child process.

    Args:
      refresh: Try again even what worked before, in this process or an earlier one.

    Returns:
      ``"ok"`` or the reason why not, by back end, for every name in `BACKENDS`.
    """
    if refresh:
        _verdict.cache_clear()
        _write_cache({})
    return {name: _verdict(name) for name in BACKENDS}


def choose_backend() -> str | None:
    """Returns the first back end that works, or None.

    GLFW comes first where there is a display, else EGL and then OSMesa. Outside Linux MuJoCo's own
    choice is GLFW, and it is the only candidate.
    """
    return next((name for name in _candidates() if _verdict(name) == OK), None)


def check_process() -> None:
    """Checks that OpenGL may be used in this process.

    Raises:
      RenderingUnavailable: the process was forked from one that had rendered, and would hang.
    """
    if _forked:
        raise RenderingUnavailable(
            "this process was forked from one that has rendered, and OpenGL does not survive that:"
            " start processes by 'spawn' (multiprocessing.get_context), or render in them only"
        )


def _after_fork() -> None:
    global _forked
    _forked = _used


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def ensure() -> str:
    """Makes MuJoCo render with a back end that works, and returns its name.

    A back end that the user named in ``MUJOCO_GL`` is kept, once it has proved to work. Otherwise,
    and where it says no more than ``on``, one is set in
    ``os.environ``, so that child processes need not choose again.

    Raises:
      RenderingUnavailable: see `check`.
    """
    global _used
    chosen = check()
    if chosen in BACKENDS and (asked() in BACKENDS or platform.system() == "Linux"):
        os.environ["MUJOCO_GL"] = chosen
        _bind(chosen)
        _used = True
    return chosen


def check() -> str:
    """Returns the back end that would render here, without a change: to be asked before any work.

    Raises:
      RenderingUnavailable: nothing works, what ``MUJOCO_GL`` names does not or is no back end, or
        this process was forked from one that had rendered.
    """
    check_process()
    name = asked()
    if name in DISABLED:
        raise RenderingUnavailable(
            f"rendering is switched off by MUJOCO_GL={name}; unset it, or set one of "
            f"{', '.join(names())}"
        )
    if is_wrong():
        raise RenderingUnavailable(wrong_name())
    name = "" if name in ENABLED else _OTHER_NAMES.get(name, name)
    if name in BACKENDS:
        if (reason := _verdict(name)) != OK:
            raise RenderingUnavailable(_advice(f"MUJOCO_GL={name} does not work: {reason}."))
        return name
    if name or platform.system() != "Linux":
        return name or "glfw"  # MuJoCo's own names and defaults; it checks them itself
    if (chosen := choose_backend()) is None:
        reasons = "; ".join(f"{name}: {_verdict(name)}" for name in _candidates())
        raise RenderingUnavailable(_advice(f"no OpenGL back end works here ({reasons})."))
    return chosen


def why_none() -> str:
    """Why nothing can be drawn here; '' if it can. For whoever goes on without."""
    try:
        check()
    except RenderingUnavailable as error:
        return str(error)
    return ""


def wrong_name() -> str:
    """What to say of a ``MUJOCO_GL`` that is no back end: those there are, and which work here."""
    works = [name for name in BACKENDS if name in names() and _verdict(name) == OK]
    here = f"of these, {', '.join(works)} works here" if works else "none of these works here"
    return (
        f"MUJOCO_GL={os.environ['MUJOCO_GL'][:40]!r} is no back end of OpenGL; on"
        f" {platform.system()} there are {', '.join(names())}, and off: {here}; unset it to have"
        " one chosen"
    )


def _advice(problem: str) -> str:
    return (
        f"{problem} Physics and state observations work without one. To render on Debian or "
        f"Ubuntu, as root: {APT_LINE}. `habilis doctor` tries again."
    )


def _candidates() -> tuple[str, ...]:
    if platform.system() != "Linux":
        return ("glfw",)
    return ("glfw", "egl", "osmesa") if _has_display() else ("egl", "osmesa")


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _bind(backend: str) -> None:
    """Makes an already imported MuJoCo use `backend`, by evaluating its choice again."""
    import mujoco

    renderer: ModuleType = sys.modules[mujoco.Renderer.__module__]
    context: ModuleType = renderer.gl_context
    bound = getattr(context, "GLContext", None)
    if bound is None or bound.__module__ != f"mujoco.{backend}":
        importlib.reload(context)
        mujoco.GLContext = context.GLContext


@functools.cache
def _verdict(backend: str) -> str:
    """Returns ``"ok"`` or a reason; only what worked is remembered on disk.

    A failure is not, so that installing the missing library is enough to mend it.
    """
    cached = _read_cache()
    if cached.get(backend) == OK:
        return OK
    verdict = _render_in_child(backend)
    if verdict == OK:
        _write_cache({**cached, backend: OK})
    return verdict


def _render_in_child(backend: str) -> str:
    if backend == "glfw" and platform.system() == "Linux" and not _has_display():
        return "no display"
    if why := missing(backend):
        return why
    environment = {**os.environ, "MUJOCO_GL": backend}
    # MuJoCo sets this for the back end it has loaded here; another one would refuse it.
    environment.pop("PYOPENGL_PLATFORM", None)
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-c", _FRAME],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return f"no frame within {_TIMEOUT_S:.0f} s"
    except OSError as error:
        return f"no child process could be started: {error}"
    if child.stdout.strip() == "frame":
        return OK
    if child.stdout.strip() == "black":
        return "the frame is black"
    if child.returncode < 0:
        return f"the process died of signal {-child.returncode}"
    lines = [line.strip() for line in child.stderr.splitlines() if line.strip()]
    return lines[-1][:300] if lines else f"the process ended with code {child.returncode}"


def _cache_file() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "habilis" / "gl.json"


def _cache_key() -> str:
    """Names all that a verdict depends on and that can be read at no cost."""
    versions = [importlib.metadata.version(name) for name in ("mujoco", "pyopengl", "glfw")]
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or "no display"
    return " ".join([platform.node(), sys.executable, *versions, display])


def _read_cache() -> dict[str, str]:
    try:
        stored = json.loads(_cache_file().read_text(encoding="utf-8"))[_cache_key()]
        return {str(name): str(verdict) for name, verdict in stored.items()}
    except (OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError):
        return {}  # absent, unreadable, from elsewhere, or no home: all mean "not known"


def _write_cache(verdicts: dict[str, str]) -> None:
    """Keeps `verdicts` for later processes; a cache that cannot be written is done without."""
    try:
        path = _cache_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            json.dump({_cache_key(): verdicts}, file)
        os.replace(file.name, path)
    except (OSError, RuntimeError):
        return
