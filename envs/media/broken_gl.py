"""Lets MuJoCo be imported where ``MUJOCO_GL`` names nothing, or a library that is not installed.

MuJoCo reads the name and loads the library as it is imported, so that without it there would be no
physics either, and the error would not say what to do. It is imported without one here; what is
rendered then says what is missing, see ``habilis.envs.media.gl``.
"""

from __future__ import annotations

import ctypes.util
import os
import sys

LIBRARIES = {"osmesa": "OSMesa", "egl": "EGL"}
"""Back ends of MuJoCo whose library the system has to have."""


DISABLED = ("disable", "disabled", "off", "false", "0")
ENABLED = ("enable", "enabled", "on", "true", "1")  # MuJoCo's words for whatever works
_NAMES = {"linux": ("egl", "osmesa", "glfw", "glx"), "win32": ("glfw", "wgl"),
          "darwin": ("cgl", "glfw")}  # fmt: skip


def asked() -> str:
    """What ``MUJOCO_GL`` says, as MuJoCo reads it; '' if it is not set."""
    return os.environ.get("MUJOCO_GL", "").strip().lower()


def names() -> tuple[str, ...]:
    """The back ends that MuJoCo knows on this platform."""
    return _NAMES.get(sys.platform, ("glfw",))


def is_wrong() -> bool:
    """Whether ``MUJOCO_GL`` says what MuJoCo does not know, and refuses as it is imported."""
    return asked() not in ("", *DISABLED, *ENABLED, *names())


def missing(backend: str) -> str:
    """Why a back end cannot be loaded; '' where nothing is known against it."""
    library = LIBRARIES.get(backend, "")
    if not library or sys.platform != "linux" or ctypes.util.find_library(library):
        return ""
    return f"the library {library} is not installed"


def import_without() -> None:
    """Import MuJoCo without OpenGL if what ``MUJOCO_GL`` names is unknown or missing."""
    if "mujoco" in sys.modules or not (is_wrong() or missing(asked())):
        return
    before = os.environ["MUJOCO_GL"]
    os.environ["MUJOCO_GL"] = "disable"
    try:
        import mujoco  # noqa: F401
    finally:
        os.environ["MUJOCO_GL"] = before
