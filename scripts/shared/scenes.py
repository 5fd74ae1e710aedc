"""The scene that somebody means, by file, by name, by task, or by the words of an instruction."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from habilis.assets.robots.registry import same_robot
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path, shipped
from habilis.envs.robot.standing import check_standing
from habilis.envs.world.judging.monitor import positive, targets
from habilis.scripts.shared.words import meant, named, words


def choose_scene(name: str, instruction: str, *, steady: bool = True) -> Scene:
    """The scene of that file or name, else the shipped one whose things the words name best.

    Args:
      name: a file, the name of a shipped scene or the id of a task; '' to go by the words.
      instruction: in words; the scene that is returned has it in place of its own.
      steady: whether a file in which something cannot stay where it is put is refused.

    Raises:
      ValueError: nothing fits; names what is shipped. UnsteadyScene: see ``steady``.
    """
    scene = written_scene(name, instruction, steady=steady)
    return dataclasses.replace(scene, instruction=instruction or scene.instruction)


def written_scene(name: str, instruction: str, *, steady: bool = True) -> Scene:
    """As ``choose_scene``, with the instruction that the scene was written with."""
    if name:
        return _named_scene(name, steady)
    scenes = [load_scene(scene_path(n)) for n in shipped()]
    fits = [_fit(scene, words(instruction)) for scene in scenes]
    if not any(things for _, things, _ in fits):
        known = "\n".join(f"  {s.name}: {s.instruction}" for s in scenes)
        what = f"no shipped scene fits {instruction!r}" if instruction else "what is to be done?"
        raise ValueError(f"{what}; give --scene FILE, or an instruction for one of\n{known}")
    return scenes[fits.index(max(fits))]


def with_robot(scene: Scene, robot: str, note: Callable[[str], None]) -> Scene:
    """The scene with the robot that ``--robot`` names in the place of its own.

    Args:
      scene: as it was written.
      robot: ``ur5e+robotiq_2f85``; or ``ros:PROFILE[@TRANSPORT]``, whose arm with a gripper takes
        the place of another with a gripper, not with a hand; '' for the scene's own.
      note: told what of the workspace the robot does not reach.

    Raises:
      ValueError: there is no such robot or profile.
    """
    name = robot
    if robot.startswith("ros:"):
        from habilis.envs.ros.profiles.spec import arm_for

        name = arm_for(robot, scene)
    if not name or same_robot(name, scene.robot):
        return scene
    from habilis.envs.robot.check import exchanged, shortfall

    scene = exchanged(scene, name)
    if short := shortfall(scene.robot, scene.workspace, scene.base):
        note(f"note: {short}")
    return scene


def contradiction(scene: Scene, instruction: str) -> str:
    """Why an instruction can hardly mean the goal of a scene; '' if it may.

    It names things of the scene, and none of those that the goal is about, or says of these that
    they are to be left alone. What the scene was written with means its goal.

    Args:
      scene: as it was written.
      instruction: in words; '' for none.
    """
    if words(instruction) == words(scene.instruction):
        return ""
    about, spared = meant(instruction, [e.name for e in scene.entities])
    goal = _about(scene)
    if not goal or goal & set(about) or not (about or goal & set(spared)):
        return ""
    said = about or [f"leaving {name} alone" for name in spared]
    return (
        f"the instruction is about {', '.join(said)}; the goal of scene {scene.name!r} is about"
        f" {', '.join(targets(scene))}: {scene.goal}"
    )


def _about(scene: Scene) -> set[str]:
    """Things that the goal wants something of, or puts others in relation to."""
    return {name.partition("/")[0] for p in positive(scene.goal) for name in p.names()}


def _fit(scene: Scene, given: list[str]) -> tuple[int, int, int]:
    """How many words name what the goal is about, anything there, or are those of the scene."""
    things = named(given, [e.name for e in scene.entities])
    told = {*words(scene.name.replace("gallery", "")), *words(scene.instruction)}
    goal = [name for name in things if name in _about(scene)]
    counted = [len(set(given) & {w for n in names for w in words(n)}) for names in (goal, things)]
    return counted[0], counted[1], len(set(given) & told)


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
