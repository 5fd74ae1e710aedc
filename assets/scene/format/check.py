"""Whether a scene that was read can be simulated, and if not, which object of the file is why."""

from __future__ import annotations

import mujoco
import numpy as np

from habilis.assets.scene.format.yaml_lines import Item, SceneFileError
from habilis.assets.scene.model.bodies import add_thing
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.model.heaps import places
from habilis.assets.scene.solids.container import container
from habilis.assets.scene.things import Scene, Thing

TIED = 0.005  # m from what is tied within which a tie holds it


def check_compiles(scene: Scene, whole: Item) -> None:
    """Compile a scene.

    Args:
      scene: as read.
      whole: the file it was read from.

    Raises:
      SceneFileError: it cannot be simulated; names the object, or the robot, with its line.
    """
    _check_ties(scene, whole)
    try:
        compile_scene(scene)
    except SceneFileError:
        raise
    except (ValueError, mujoco.FatalError) as error:
        said = " ".join(str(error).split())
        raise _culprit(scene, whole, said).error(f"it cannot be simulated: {said}") from error


def _check_ties(scene: Scene, whole: Item) -> None:
    """Error where a tie holds two things together that do not meet there."""
    things = whole.entries("a mapping")["objects"].entries("a mapping")
    for thing in scene.entities:
        if thing.tie is None:
            continue
        first = f"{thing.name}/{thing.tie.link}".rstrip("/")
        place = scene.at_rest(first) @ (*thing.tie.at, 1.0)
        for name in (first, thing.tie.to):
            own = (np.linalg.inv(scene.at_rest(name)) @ place)[:3]
            if (far := float(container(scene.body(name).parts).clearance(own))) > TIED:
                at = things[thing.name].entries("a mapping")["tie"].entries("a mapping")["at"]
                raise at.error(f"expected where both touch, but this is {far:.3f} m from {name!r}")


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
