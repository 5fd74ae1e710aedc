"""Whether a held tool does what it is for, in physics: cut, hold, clip, dose.

The hand is fixed in the world. A controller of openings (layer one) works the tool; what the tool
works on is put between its jaws. A kind of tool has such a test by a module here of its name, with
the function ``run``. See ``FUNCTIONS``.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping

from habilis.assets.tools.registry import TOOLS
from habilis.envs.function.stage import Controller, FunctionResult, Maker, Watch

FUNCTIONS: Mapping[str, Callable[..., FunctionResult]] = {
    found.name: importlib.import_module(f"{__name__}.{found.name}").run
    for found in pkgutil.iter_modules(__path__)
    if found.name in TOOLS
}
"""By kind of tool."""

__all__ = ["FUNCTIONS", "Controller", "FunctionResult", "Maker", "Watch"]
