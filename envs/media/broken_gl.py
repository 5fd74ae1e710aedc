"""Lets MuJoCo be imported where ``MUJOCO_GL`` names a library that is not installed.

MuJoCo loads the library as it is imported, so that without it there would be no physics either,
and the error would speak of a missing attribute. It is imported without one here; what is rendered
then says what is missing, see ``habilis.envs.media.gl``.
"""

from __future__ import annotations

import ctypes.util
import os
import sys

LIBRARIES = {"osmesa": "OSMesa", "egl": "EGL"}
"""Back ends of MuJoCo whose library the system has to have."""


def missing(backend: str) -> str:
    """Why a back end cannot be loaded; '' where nothing is known against it."""
    library = LIBRARIES.get(backend, "")
    if not library or sys.platform != "linux" or ctypes.util.find_library(library):
        return ""
    return f"the library {library} is not installed"


def import_without() -> None:
    """Import MuJoCo without OpenGL if what ``MUJOCO_GL`` names is missing."""
    asked = os.environ.get("MUJOCO_GL", "")
    if "mujoco" in sys.modules or not missing(asked.strip().lower()):
        return
    os.environ["MUJOCO_GL"] = "disable"
    try:
        import mujoco  # noqa: F401
    finally:
        os.environ["MUJOCO_GL"] = asked
