"""Whether a held tool does what it is for, in physics: cut, hold, clip, dose.

The hand is fixed in the world. A controller of openings (layer one) works the tool; what the tool
works on is put between its jaws. See ``FUNCTIONS``.
"""

from collections.abc import Callable, Mapping

from habilis.envs.function.clothespin import run_clothespin
from habilis.envs.function.pliers import run_pliers
from habilis.envs.function.scissors import run_scissors
from habilis.envs.function.stage import Controller, FunctionResult, Maker, Watch
from habilis.envs.function.syringe import run_syringe

FUNCTIONS: Mapping[str, Callable[..., FunctionResult]] = {
    "scissors": run_scissors,
    "pliers": run_pliers,
    "clothespin": run_clothespin,
    "syringe": run_syringe,
}
"""By kind of tool."""

__all__ = ["FUNCTIONS", "Controller", "FunctionResult", "Maker", "Watch"]
