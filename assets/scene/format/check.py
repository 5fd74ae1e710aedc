"""Whether a scene that was read can be simulated, and if not, which object of the file is why."""

from __future__ import annotations

import mujoco

from habilis.assets.scene.format.yaml_lines import Item, SceneFileError
from habilis.assets.scene.model.bodies import add_thing
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.model.heaps import places
from habilis.assets.scene.things import Scene, Thing


def check_compiles(scene: Scene, whole: Item) -> None:
    """Compile a scene.

    Args:
      scene: as read.
      whole: the file it was read from.

    Raises:
      SceneFileError: it cannot be simulated; names the object, or the robot, with its line.
    """
    try:
        compile_scene(scene)
    except SceneFileError:
        raise
    except (ValueError, mujoco.FatalError) as error:
        said = " ".join(str(error).split())
        raise _culprit(scene, whole, said).error(f"it cannot be simulated: {said}") from error


def _culprit(scene: Scene, whole: Item, said: str) -> Item:
    """The object that does not compile by itself or that is spoken of, or else the robot."""
    top = whole.entries("a mapping")
    things = top["objects"].entries("a mapping")
    alone = [e.name for e in scene.entities if not _compiles(scene, e)]
    named = [e.name for e in scene.entities if f"'{e.name}'" in said]
    for name in (*alone, *named):
        return things[name]
    return top.get("robot", top["objects"])


def _compiles(scene: Scene, thing: Thing) -> bool:
    """Whether a thing of a scene compiles by itself."""
    spec = mujoco.MjSpec()
    try:
        if thing.grains is not None:
            places(scene, thing)
        else:
            add_thing(spec, thing)
            spec.compile()
    except (ValueError, mujoco.FatalError):
        return False
    return True
