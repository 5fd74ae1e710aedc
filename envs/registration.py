"""Makes the environments known to Gymnasium, once, however often it is asked to."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


def register() -> None:
    """Register all ids that are not registered yet. Cheap: no scene is read, no MuJoCo loaded."""
    import gymnasium

    from habilis.envs.tasks import tasks
    from habilis.envs.tasks.base.family import WHEN_DECLARED

    if register not in WHEN_DECLARED:
        WHEN_DECLARED.append(register)
    for id in tasks():
        if id not in gymnasium.registry:
            gymnasium.register(
                id=id,
                entry_point="habilis.envs.tool_env:ToolEnv",
                vector_entry_point="habilis.envs.vector_env:ToolVectorEnv",
                kwargs={"task": id},
            )


def register_with_gymnasium() -> None:
    """Register now if Gymnasium is loaded, else as soon as it is.

    Gymnasium and the families of tasks take longer to load than all else that importing habilis
    does, and planners and robots need neither.
    """
    if "gymnasium" in sys.modules:
        register()
    elif not any(isinstance(finder, _Waiting) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Waiting())


class _Waiting(MetaPathFinder):
    """Finds Gymnasium as others do, and has the ids registered as soon as it is loaded."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "gymnasium":
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        specs = (finder.find_spec(name, path, target) for finder in others)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None and (loader := spec.loader) is not None:
            load = loader.exec_module

            def load_and_register(module: ModuleType) -> None:
                load(module)
                register()

            loader.exec_module = load_and_register  # type: ignore[method-assign]
        return spec
