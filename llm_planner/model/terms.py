"""What an endpoint takes of a question besides its messages, found out as it refuses things."""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

Leeway = Literal["none", "named", "schema", "all"]
"""How much may be left out after a rejection: nothing, what the endpoint names, that or else the
schema, or that or else the schema, then temperature and limit, and then the system turn."""

_LIMITS = re.compile(
    r"max_(?:completion_|output_|new_)?tokens|max_length|in the completion|messages or completion",
    re.I,
)
_WARMTH = re.compile(r"temperature|sampling param", re.I)
_SYSTEM = re.compile(
    r"system[_ ](?:message|prompt|instruction)|\brole(?:s|\b)|developer instruction", re.I
)
_SCHEMA = re.compile(
    r"response[_ ]format|json_schema|json schema|structured|output_config|output_format|guided"
    r"|grammar|\bschema|requested parameters",
    re.I,
)
_STREAM = re.compile(r"\bstream", re.I)


@dataclasses.dataclass(frozen=True)
class Terms:
    """What is sent along.

    Attributes:
      schema: the schema, in the endpoint's own form; else it stands in the prompt.
      temperature: the temperature; else the endpoint takes its own.
      limits: names under which the most tokens of an answer go, the next one where one is refused;
        none where the endpoint has its own limit only.
      system: a system turn; else its text begins the first user turn.
      streams: whether the answer is sent piece by piece, and then the other way if that is refused.
    """

    schema: bool
    temperature: bool = True
    limits: tuple[str, ...] = ("max_tokens", "max_completion_tokens")
    system: bool = True
    streams: tuple[bool, ...] = (False, True)

    def without(self, said: str, leeway: Leeway, shaped: bool) -> Terms | None:
        """What to send after a rejection; None if nothing may be left out.

        Args:
          said: the endpoint's words.
          leeway: how much may be left out.
          shaped: whether a schema went along.
        """
        if leeway == "none":
            return None
        if shaped and names_schema(said):
            return dataclasses.replace(self, schema=False)
        if self.limits and _LIMITS.search(said):
            return dataclasses.replace(self, limits=self.limits[1:])
        if self.temperature and _WARMTH.search(said):
            return dataclasses.replace(self, temperature=False)
        if self.system and _SYSTEM.search(said):
            return dataclasses.replace(self, system=False)
        if len(self.streams) > 1 and _STREAM.search(said):
            return dataclasses.replace(self, streams=self.streams[1:])
        if leeway == "named":
            return None
        if shaped:
            return dataclasses.replace(self, schema=False)
        if leeway != "all":
            return None
        bare = dataclasses.replace(self, temperature=False, limits=())
        bare = dataclasses.replace(bare, system=False) if bare == self else bare
        return bare if bare != self else None


def names_schema(said: str) -> bool:
    """Whether an endpoint's words are about a schema."""
    return _SCHEMA.search(said) is not None
