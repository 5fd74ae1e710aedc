"""What a planner may spend on its model, and what it has spent, stage by stage."""

from __future__ import annotations

import dataclasses
import json
import re
import threading

from habilis.llm_planner.model.client import (
    Client,
    ClientError,
    Reply,
    Request,
)

_PIECE = re.compile(r"[A-Za-z]+|\d+|[^\sA-Za-z\d]")
_PER_TOKEN = 5.0  # letters of a word that common vocabularies hold in one token
_PER_NUMBER = 3.0  # digits, likewise
_PER_TURN = 4  # marks around each message
_PER_PICTURE = 800  # of 640 x 480 pixels: providers say 410 to 765


@dataclasses.dataclass(frozen=True)
class Usage:
    """What a stage, or all of them, took.

    Attributes:
      calls: questions asked, failed ones included.
      failed: of these, without an answer.
      cached: of these, answered from a recording.
      unpriced: answers whose price is not known; ``cost`` lacks them.
      estimated: answers whose tokens nobody counted; they are in here as an estimate.
      attempts: requests sent, retries and repairs included.
      input_tokens: read by the model.
      output_tokens: written by it.
      cost: US dollars.
      seconds: waited.
    """

    calls: int = 0
    failed: int = 0
    cached: int = 0
    unpriced: int = 0
    estimated: int = 0
    attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """The tokens read and written, together."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Usage) -> Usage:
        mine, more = dataclasses.astuple(self), dataclasses.astuple(other)
        return Usage(*(a + b for a, b in zip(mine, more, strict=True)))


@dataclasses.dataclass(frozen=True)
class SpendingLimits:
    """Most that may be spent; None for no limit. What comes from a recording is free.

    Attributes:
      calls: questions.
      tokens: read and written together.
      cost: US dollars.
    """

    calls: int | None = None
    tokens: int | None = None
    cost: float | None = None

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if value is not None and not value >= 0:
                raise ValueError(f"limit of {name} must be >= 0, got {value}")


class BudgetedClient:
    """A client that asks another one, keeps accounts and stops at the limits.

    A limit of tokens or dollars is looked at before a call, not during it, so it can be passed by
    what that one call takes.

    Args:
      client: the one that answers.
      limits: most that may be spent.
    """

    def __init__(self, client: Client, limits: SpendingLimits | None = None) -> None:
        self._client = client
        self.limits = limits or SpendingLimits()
        self._usage: dict[str, Usage] = {}
        self._paid = Usage()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The name of the client that is asked."""
        return self._client.name

    @property
    def usage(self) -> dict[str, Usage]:
        """Return what each stage has taken so far, in the order of their first questions."""
        return dict(self._usage)

    @property
    def total(self) -> Usage:
        """Return what all stages together have taken so far, answers from recordings included."""
        return sum(self._usage.values(), Usage())

    @property
    def paid(self) -> Usage:
        """Return what counts against the limits: everything but answers from recordings."""
        return self._paid

    def complete(self, request: Request) -> Reply:
        """Answer a request.

        Raises:
          ClientError: of kind ``budget`` if a limit is reached, before anything is sent; else as
            the client that is asked raises it.
        """
        self._check(request.stage)
        try:
            reply = counted(request, self._client.complete(request))
        except ClientError as error:
            spent = error.spent and counted(request, error.spent)
            self._book(request.stage, _usage(spent, failed=1))
            raise
        self._book(request.stage, _usage(reply))
        return reply

    def _check(self, stage: str) -> None:
        paid, limits = self._paid, self.limits
        guess = " (estimated: the endpoint does not count them)" if paid.estimated else ""
        for words, used, most in (
            (f"{paid.calls} of {limits.calls} calls", paid.calls, limits.calls),
            (f"{paid.tokens} of {limits.tokens} tokens{guess}", paid.tokens, limits.tokens),
            (f"${paid.cost:.4f} of ${limits.cost or 0:.4f}", paid.cost, limits.cost),
        ):
            if most is not None and used >= most:
                message = f"budget used up before stage {stage!r}: {words}"
                raise ClientError(message, "budget")
        if limits.cost is not None and paid.unpriced:
            message = (
                f"the price of {self.name!r} is not known, so the limit of ${limits.cost:.4f} "
                "cannot be kept: give prices (dollars per million tokens in and out) or drop it"
            )
            raise ClientError(message, "budget")

    def _book(self, stage: str, usage: Usage) -> None:
        with self._lock:
            self._usage[stage] = self._usage.get(stage, Usage()) + usage
            if not usage.cached:
                self._paid += usage


def _usage(reply: Reply | None, failed: int = 0) -> Usage:
    if reply is None:
        return Usage(calls=1, failed=failed)
    return Usage(
        calls=1,
        failed=failed,
        cached=int(reply.cached),
        unpriced=int(reply.cost is None),
        estimated=int(reply.estimated),
        attempts=reply.attempts,
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        cost=reply.cost or 0.0,
        seconds=reply.seconds,
    )


def estimate(text: str) -> int:
    """About how many tokens a text is: words and numbers by their length, one for any other sign.

    Against the tokenizers in use it errs on the high side for prose and is near for JSON.
    """
    count = 0.0
    for piece in _PIECE.findall(text):
        share = _PER_NUMBER if piece[0].isdigit() else _PER_TOKEN
        count += -(-len(piece) // share) if piece.isascii() and piece.isalnum() else 1
    return int(count)


def estimate_request(request: Request) -> int:
    """About how many tokens a question is, its schema included."""
    schema = "" if request.schema is None else json.dumps(request.schema)
    turns = sum(
        estimate(m.content) + _PER_TURN + _PER_PICTURE * len(m.pictures) for m in request.messages
    )
    return turns + estimate(schema)


def counted(request: Request, reply: Reply) -> Reply:
    """The reply with an estimate of its tokens, if it has text and nobody has counted them."""
    if not reply.text or reply.input_tokens or reply.output_tokens:
        return reply
    read, written = estimate_request(request), estimate(reply.text)
    return dataclasses.replace(reply, input_tokens=read, output_tokens=written, estimated=True)
