"""What an endpoint takes of a question besides its messages, found out as it refuses things."""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

Leeway = Literal["none", "named", "schema", "all"]
"""How much may be left out after a rejection: nothing, what the endpoint names, that or else the
schema, or that or else the schema and then all the rest."""

_LIMITS = re.compile(
    r"max_(?:completion_|output_|new_)?tokens|max_length|in the completion|messages or completion",
    re.I,
)
_WARMTH = re.compile(r"temperature|sampling param", re.I)
_SYSTEM = re.compile(
    r"system[_ ](?:role|message|prompt|instruction)|roles must alternate|developer instruction"
    r"|role.{0,20}['\"]system['\"]",
    re.I,
)
_SCHEMA = re.compile(
    r"response_format|json_schema|json schema|structured|output_config|output_format|guided|grammar"
    r"|\bschema",
    re.I,
)


@dataclasses.dataclass(frozen=True)
class Terms:
    """What is sent along.

    Attributes:
      schema: the schema, in the endpoint's own form; else it stands in the prompt.
      temperature: the temperature; else the endpoint takes its own.
      limits: names under which the most tokens of an answer go, the next one where one is refused;
        none where the endpoint has its own limit only.
      system: a system turn; else its text begins the first user turn.
    """

    schema: bool
    temperature: bool = True
    limits: tuple[str, ...] = ("max_tokens", "max_completion_tokens")
    system: bool = True

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
        if leeway == "named":
            return None
        if shaped:
            return dataclasses.replace(self, schema=False)
        bare = dataclasses.replace(self, temperature=False, limits=())
        return bare if leeway == "all" and bare != self else None


def names_schema(said: str) -> bool:
    """Whether an endpoint's words are about a schema."""
    return _SCHEMA.search(said) is not None
