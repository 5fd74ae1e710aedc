"""The Gymnasium environments ``habilis/<Tool>Pick-v0``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from habilis.assets.pick.scene import FILM
from habilis.envs.pick.episodes import Options, PickEpisodes
from habilis.envs.tool_env import HEIGHT, WIDTH, EpisodesEnv
from habilis.envs.vector_env import EpisodesVectorEnv, checked_count

FPS = 8
AGENTS = {
    "oracle": "habilis.policies.agents.pick_oracle:oracle",
    "scripted": "habilis.policies.agents.pick_scripted:scripted",
}


class PickEnv(EpisodesEnv):
    """Pick up a small object with a tool that the hand on the arm holds.

    A step is 0.128 s. Success: the object is 5 cm up, for 1 s, touched by both halves of the tool
    and by nothing else, lifted by them. The episode ends with it, with the tool dropped (more than
    40 mm or 63 degrees from where it was held), with the object more than 25 cm away, or after
    12 s. Object, its place and yaw in a square of 12 cm, and the grasp of the tool differ between
    episodes. ``info`` of the last step tells ``object``, ``crushed`` (a tip pressed harder than
    the object bears), ``peak_force`` and ``table_force`` in N. See ``habilis.envs.pick.episodes``
    for actions, options and reward, ``.groups`` for observations; agent ``oracle`` is the
    scripted form that knows the truth, ``scripted`` the one that is told of object and tool by
    ``latent`` alone.

    Args:
      tool: a key of ``habilis.assets.tools.TOOLS``.
      obs: observation group; several give a dict.
      render_mode: None or ``rgb_array``.
      camera: of ``render``: ``near``, ``depth``, ``front``, ``side`` or ``top``.
      size: width and height of ``render``, pixels.
      **options: see ``habilis.envs.pick.episodes.Options``.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": FPS}
    agents = AGENTS
    core: PickEpisodes
    _episodes: ClassVar[type[PickEpisodes]] = PickEpisodes

    def __init__(
        self,
        tool: str = "tweezers",
        *,
        obs: str | Sequence[str] = "privileged",
        render_mode: str | None = None,
        camera: str = FILM,
        size: tuple[int, int] = (WIDTH, HEIGHT),
        **options: Any,
    ) -> None:
        made_with = {
            "tool": tool, "obs": obs, "render_mode": render_mode, "camera": camera, "size": size,
        } | options  # fmt: skip
        core = self._episodes(_options(tool, options), 1, obs)
        super().__init__(core, made_with, render_mode, camera, size)


class PickVectorEnv(EpisodesVectorEnv):
    """N of ``PickEnv`` in one batch.

    Args:
      tool: a key of ``habilis.assets.tools.TOOLS``.
      num_envs: N.
      obs: observation group; several give a dict.
      render_mode: None or ``rgb_array``.
      nthread: threads of the physics, 0 for all cores. It does not change any result.
      camera: of ``render``.
      size: width and height of ``render``, pixels.
      **options: as of ``PickEnv``.
    """

    metadata = EpisodesVectorEnv.metadata | {"render_fps": FPS}
    agents = AGENTS
    core: PickEpisodes
    _episodes: ClassVar[type[PickEpisodes]] = PickEpisodes

    def __init__(
        self,
        tool: str = "tweezers",
        num_envs: int = 1,
        *,
        obs: str | Sequence[str] = "privileged",
        render_mode: str | None = None,
        nthread: int = 0,
        camera: str = FILM,
        size: tuple[int, int] = (WIDTH, HEIGHT),
        **options: Any,
    ) -> None:
        count = checked_count(num_envs)
        core = self._episodes(_options(tool, options), count, obs, nthread)
        super().__init__(core, render_mode, camera, size)


def _options(tool: str, options: dict[str, Any]) -> Options:
    try:
        return Options(tool, **options)
    except TypeError as error:
        raise TypeError(f"{error}; see habilis.envs.pick.episodes.Options") from error
