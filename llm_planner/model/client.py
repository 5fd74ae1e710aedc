"""One small protocol for a language model.

Everything that can answer a prompt is a `Client`: a hosted or local endpoint, a person or program
writing files, a recording. ``make`` makes the one that a string names.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from habilis.assets.names import did_you_mean

if TYPE_CHECKING:
    import numpy as np

Kind = Literal[
    "auth", "timeout", "rate", "server", "protocol", "refusal", "malformed", "length", "budget",
    "missing", "unreachable", "interrupted",
]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class ShownPicture:
    """What a model that sees is shown.

    Attributes:
      name: what it shows, in a word, e.g. ``front``.
      png: the file's bytes; empty where it comes from a recording, which keeps only their hash.
    """

    name: str
    png: bytes = dataclasses.field(default=b"", repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of what it shows, in hex."""
        return hashlib.sha256(self.png).hexdigest()


@dataclasses.dataclass(frozen=True)
class Message:
    """One turn of a conversation; pictures stand after the text, in the user's turns only."""

    role: Literal["system", "user", "assistant"]
    content: str
    pictures: tuple[ShownPicture, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain data, with the names of pictures in place of what they show."""
        names = [picture.name for picture in self.pictures]
        shown: dict[str, Any] = {"pictures": names} if names else {}
        return {"role": self.role, "content": self.content} | shown


@dataclasses.dataclass(frozen=True)
class Request:
    """What a model is asked.

    Attributes:
      stage: who asks (``analyzer``, ``coder``, ...); accounts are kept by it.
      messages: the conversation so far; the last turn is the user's.
      schema: JSON Schema of the answer; None for free text.
      max_tokens: most tokens of the answer, thinking included; not sent to an endpoint that
        refuses it.
      temperature: of the sampling; likewise.
    """

    stage: str
    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    max_tokens: int = 2000
    temperature: float = 0.0


@dataclasses.dataclass(frozen=True)
class Reply:
    """What a model answered.

    Attributes:
      text: as it was written.
      data: the value in it, checked against the schema; None if there was no schema.
      model: what answered, as it names itself.
      input_tokens: read, over every round it took; 0 where nobody counts (files).
      output_tokens: written, likewise.
      cost: in US dollars; None if the price is not known.
      seconds: from the question to the answer, waits between attempts included.
      cached: whether it comes from a recording.
      attempts: requests sent, retries and repairs included.
      estimated: whether the tokens are an estimate, since the endpoint does not count them.
    """

    text: str
    data: Any | None
    model: str
    input_tokens: int
    output_tokens: int
    cost: float | None
    seconds: float
    cached: bool = False
    attempts: int = 1
    estimated: bool = False


class ClientError(RuntimeError):
    """There is no usable answer.

    Attributes:
      kind: ``auth`` key missing or refused; ``timeout`` no answer in time; ``rate`` too many
        requests, or no credit left; ``server`` the endpoint failed or rejects the request;
        ``protocol`` what came is empty or no reply of its protocol; ``refusal`` the model declines;
        ``malformed`` the answer is not what was asked for; ``length`` it is cut off at its limit;
        ``budget`` a limit of ours is used up; ``missing`` no such model, or not in the recording;
        ``unreachable`` nothing listens there; ``interrupted`` the answer broke off.
      spent: tokens, dollars and attempts used up on the way, where known, with the text of the
        answer that is of no use; None if nothing was asked.
    """

    def __init__(self, message: str, kind: Kind, spent: Reply | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.spent = spent


class Client(Protocol):
    """Something that answers prompts."""

    @property
    def name(self) -> str:
        """The string that the client was made from, for reports."""

    def complete(self, request: Request) -> Reply:
        """Answer a request; blocks.

        Raises:
          ClientError: there is no usable answer; ``kind`` says why.
        """


@dataclasses.dataclass(frozen=True)
class ClientOptions:
    """Settings of the clients; each takes what concerns it.

    Attributes:
      rng: for the jitter between attempts; a fixed one if None.
      timeout: of one attempt (s); None for 120 s of an endpoint, 3600 s of files.
      deadline: of one answer, all attempts and repairs included (s).
      retries: further attempts after a failure that may pass.
      repairs: times an answer that does not fit is sent back with what is wrong.
      backoff: first wait between attempts (s); doubles each time, to 30 s.
      stream: have the answer sent piece by piece.
      structured: hand the schema to the endpoint (``native``), write it into the prompt
        (``prompted``), or the first and, where that is rejected, the second (``auto``).
      prices: dollars per million tokens in and out; None to look them up by model.
      key_env: environment variable that holds the key; None for the provider's usual one.
      about: who or what answers, kept with a recording.
      poll: time between looks into the folder (s).
      settle: time after which a reply file that no longer changes is complete (s).
      notify: told what is being waited for; None to print it to stderr.
    """

    rng: np.random.Generator | None = None
    timeout: float | None = None
    deadline: float = 600.0
    retries: int = 4
    repairs: int = 2
    backoff: float = 0.5
    stream: bool = False
    structured: Literal["auto", "native", "prompted"] = "auto"
    prices: tuple[float, float] | None = None
    key_env: str | None = None
    about: str | None = None
    poll: float = 0.2
    settle: float = 0.5
    notify: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        for name in ("deadline", "poll", "settle", "backoff", "retries", "repairs", "timeout"):
            value = getattr(self, name)
            least = 0.0 if name in ("retries", "repairs", "settle", "backoff") else 1e-9
            if value is not None and not value >= least:
                raise ValueError(f"{name} must be {'>= 0' if not least else '> 0'}, got {value!r}")
        if self.prices is not None and not all(0 <= price < math.inf for price in self.prices):
            raise ValueError(f"prices must be >= 0 and finite, got {self.prices!r}")
        if self.structured not in ("auto", "native", "prompted"):
            raise ValueError(
                did_you_mean("structured mode", self.structured, ["auto", "native", "prompted"])
            )
