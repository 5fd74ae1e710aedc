"""The Gymnasium environments ``habilis/<Tool>StandPick-v0``."""

from __future__ import annotations

from habilis.envs.pick.env import PickEnv, PickVectorEnv
from habilis.envs.pick.stand_episodes import StandEpisodes

AGENTS = {"oracle": "habilis.policies.agents.stand_oracle:oracle"}


class StandPickEnv(PickEnv):
    """Take a tool off its stand on the table, then pick up a small object with it; see ``PickEnv``.

    The hand has to close around the tool, lift it off, and pick with it, in 20 s. Success is that
    of ``PickEnv`` with a tool that the hand took: before, fingers held it by both halves, clear of
    the stand, 2 cm above where it hung. The episode also ends with the tool fallen off the stand.
    The stand is up to 15 mm and 5 degrees from its place, the tool a little out of its middle.
    ``info`` of the last step also tells ``taken``. See ``habilis.envs.pick.stand_episodes`` for
    the fifth action and the observations; the scripted form is
    ``habilis.policies.agents.stand_oracle``.

    Args: as of ``PickEnv``; there is no ``flat``.
    """

    agents = AGENTS
    core: StandEpisodes
    _episodes = StandEpisodes


class StandPickVectorEnv(PickVectorEnv):
    """N of ``StandPickEnv`` in one batch; arguments as of ``PickVectorEnv``."""

    agents = AGENTS
    core: StandEpisodes
    _episodes = StandEpisodes
