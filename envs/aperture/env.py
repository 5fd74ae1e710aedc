"""The Gymnasium environments ``habilis/<Tool>Aperture-v0``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from habilis.envs.aperture.episodes import ApertureEpisodes
from habilis.envs.aperture.options import Options
from habilis.envs.tool_env import EpisodesEnv
from habilis.envs.vector_env import EpisodesVectorEnv, checked_count

CAMERA, SIZE = "front", (360, 300)
AGENTS = {name: f"habilis.policies.agents.aperture:{name}" for name in ("pi", "teacher", "expert")}


class ApertureEnv(EpisodesEnv):
    """Move the joint of a held tool to three goals, one after the other.

    A goal is a joint value as a share of the range, held within 5 % for 0.5 s. The episode ends
    with the last goal (success), with the tool dropped (more than 40 mm or 63 degrees from where
    it was held), or after 4 s a goal. A step is 32 ms. Tool size, mass, spring, dry friction,
    sliding friction, gains of the hand, grasp and the direction of gravity differ between
    episodes. See ``habilis.envs.aperture.episodes`` for actions and reward, ``.groups`` for
    observations, ``.options`` for options; PI on the synergy is agent ``pi``.

    Args:
      tools: one or more keys of ``habilis.assets.tools.TOOLS``.
      render_mode: None or ``rgb_array``.
      camera: of ``render``: ``front`` or ``side``.
      size: width and height of ``render``, pixels.
      **options: see ``habilis.envs.aperture.options.Options``.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 31}
    agents = AGENTS
    core: ApertureEpisodes

    def __init__(
        self,
        tools: str | Sequence[str],
        *,
        render_mode: str | None = None,
        camera: str = CAMERA,
        size: tuple[int, int] = SIZE,
        **options: Any,
    ) -> None:
        made_with = {
            "tools": tools, "render_mode": render_mode, "camera": camera, "size": size,
        } | options  # fmt: skip
        core = ApertureEpisodes(_options(tools, options), 1)
        super().__init__(core, made_with, render_mode, camera, size)

    def compute_reward(self, achieved_goal: Any, desired_goal: Any, info: Any) -> Any:
        """See ``ApertureEpisodes.compute_reward``; goals (..., 2) give rewards (...)."""
        return self.core.compute_reward(achieved_goal, desired_goal, info)


class ApertureVectorEnv(EpisodesVectorEnv):
    """N of ``ApertureEnv`` in one batch.

    Args:
      tools: one or more keys of ``habilis.assets.tools.TOOLS``.
      num_envs: N.
      render_mode: None or ``rgb_array``.
      nthread: threads of the physics, 0 for all cores. It does not change any result.
      camera: of ``render``: ``front`` or ``side``.
      size: width and height of ``render``, pixels.
      **options: see ``habilis.envs.aperture.options.Options``.
    """

    metadata = EpisodesVectorEnv.metadata | {"render_fps": 31}
    agents = AGENTS
    core: ApertureEpisodes

    def __init__(
        self,
        tools: str | Sequence[str],
        num_envs: int = 1,
        *,
        render_mode: str | None = None,
        nthread: int = 0,
        camera: str = CAMERA,
        size: tuple[int, int] = SIZE,
        **options: Any,
    ) -> None:
        core = ApertureEpisodes(_options(tools, options), checked_count(num_envs), nthread)
        super().__init__(core, render_mode, camera, size)

    def compute_reward(self, achieved_goal: Any, desired_goal: Any, info: Any) -> npt.NDArray[Any]:
        """See ``ApertureEpisodes.compute_reward``; goals (..., 2) give rewards (...)."""
        return self.core.compute_reward(achieved_goal, desired_goal, info)


def _options(tools: str | Sequence[str], options: dict[str, Any]) -> Options:
    named = (tools,) if isinstance(tools, str) else tuple(tools)
    try:
        return Options(named, **options)
    except TypeError as error:
        raise TypeError(f"{error}; see habilis.envs.aperture.options.Options") from error
