"""The scene that somebody means, by file, by name, by task, or by the words of an instruction."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path, shipped
from habilis.envs.robot.standing import check_standing
from habilis.envs.world.monitor import targets


def choose_scene(name: str, instruction: str, *, steady: bool = True) -> Scene:
    """The scene of that file or name, else the shipped one whose words fit the instruction best.

    Args:
      name: a file, the name of a shipped scene or the id of a task; '' to go by the words.
      instruction: in words.
      steady: whether a file in which something cannot stay where it is put is refused.

    Raises:
      ValueError: nothing fits; names what is shipped. UnsteadyScene: see ``steady``.
    """
    if name:
        scene = _named_scene(name, steady)
        return dataclasses.replace(scene, instruction=instruction or scene.instruction)
    scenes = [load_scene(scene_path(n)) for n in shipped()]
    wanted = _words(instruction)
    scores = [len(wanted & (_words(s.name) | _words(s.instruction))) for s in scenes]
    if not wanted or max(scores) == 0:
        known = "\n".join(f"  {s.name}: {s.instruction}" for s in scenes)
        what = f"no shipped scene fits {instruction!r}" if instruction else "what is to be done?"
        raise ValueError(f"{what}; give --scene FILE, or an instruction for one of\n{known}")
    best = scenes[scores.index(max(scores))]
    return dataclasses.replace(best, instruction=instruction)


def contradiction(scene: Scene, instruction: str) -> str:
    """Why an instruction can hardly mean the goal of a scene; '' if it may.

    It names things of the scene, and none of those that the goal wants something of.
    """
    words = _words(instruction)
    named = [e.name for e in scene.entities if words & _words(e.name.replace("_", " "))]
    wanted = targets(scene)
    if not named or not wanted or set(named) & set(wanted):
        return ""
    return (
        f"the instruction is about {', '.join(named)}; the goal of scene {scene.name!r} is about"
        f" {', '.join(wanted)}: {scene.goal}"
    )


def _named_scene(name: str, steady: bool) -> Scene:
    if name.startswith("habilis/"):
        from habilis.envs.tasks import load_task

        return load_task(name).scene()
    if name in shipped():
        return load_scene(scene_path(name))
    scene = load_scene(Path(name))
    if steady:
        check_standing(scene, name)
    return scene


def _words(text: str) -> set[str]:
    small = {"the", "a", "an", "up", "to", "of", "and", "it", "with", "please", "gallery"}
    cleaned = "".join(c if c.isalnum() else " " for c in text.lower())
    return set(cleaned.split()) - small
