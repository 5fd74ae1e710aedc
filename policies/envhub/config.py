"""Tasks of habilis among the environments of LeRobot's commands, as ``--env.type=habilis``.

LeRobot imports this file when it is told ``--env.discover_packages_path=habilis.policies.envhub``.
It is the only one that needs LeRobot.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from lerobot.configs.types import FeatureType, PolicyFeature
from lerobot.envs.configs import EnvConfig, HubEnvConfig

from habilis.policies.envhub.env import AGENT, HubEnv, Suites, make_suite

ACTION = "action"
SEEN = "observation."


@EnvConfig.register_subclass("habilis")
@dataclasses.dataclass
class HabilisEnv(HubEnvConfig):  # type: ignore[misc]  # LeRobot's types are not known here
    """A task; with ``hub_path`` the one that a repository of the Hub makes.

    Attributes:
      task: id of a task.
      obs: observation groups, with commas between; those of the task if empty.
      episode_length: steps after which an episode ends at the latest; 0 for those of the task.
      options: options of the task.
    """

    task: str | None = "habilis/ReachMilk-v0"
    obs: str = ""
    episode_length: int = 0
    options: dict[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        env = HubEnv(str(self.task), **self._asked())
        self.fps = env.metadata["render_fps"]
        self.features = {ACTION: PolicyFeature(FeatureType.ACTION, env.action_space.shape)}
        self.features_map = {ACTION: ACTION}
        for name, box in _flat(env.observation_space).items():
            kind = FeatureType.VISUAL if "/" in name else FeatureType.STATE
            self.features[name] = PolicyFeature(kind, box.shape)
            at = name.replace("pixels/", "images.").replace(AGENT, "state")
            self.features_map[name] = SEEN + at
        env.close()

    def create_envs(self, n_envs: int, use_async_envs: bool = False) -> Suites:
        """Make the environments of the task, as LeRobot asks for them."""
        return make_suite(str(self.task), n_envs, use_async_envs, **self._asked())

    def _asked(self) -> dict[str, Any]:
        groups = self.obs.split(",")
        shown = {"obs": groups[0] if len(groups) == 1 else groups} if self.obs else {}
        return {"episode_length": self.episode_length, **shown, **self.options}


def _flat(space: Any) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, part in space.items():
        inner = {f"{name}/{k}": v for k, v in part.items()} if hasattr(part, "items") else {}
        flat |= inner or {name: part}
    return flat
