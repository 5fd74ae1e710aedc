"""Exchanges with a model kept as lines of JSON, and answered from there again.

Each line holds the request with its hash, the answer (or the model's failure to give one), where
it came from, and a seal over all of it. A replay is strict: a request that differs in one
character from every recorded one is a miss. Of pictures it has their names and, beside the request,
their SHA-256: what a renderer draws differs from one graphics driver to the next, so a replay asks
for pictures of the same names.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import platform
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from habilis.assets import foreign
from habilis.llm_planner.model.client import (
    Client,
    ClientError,
    Message,
    Reply,
    Request,
    ShownPicture,
)
from habilis.policies.evaluation.provenance import versions

FORMAT = 1
MOST = 256 * foreign.MEGABYTE  # bytes of a recording
PACKAGES = ("habilis", "pydantic-ai-slim", "mujoco")
KEPT = (
    "refusal",
    "malformed",
    "length",
)  # failures that are the model's own, so part of the recording


@dataclasses.dataclass(frozen=True)
class RecordedExchange:
    """A recorded question and what came of it.

    Attributes:
      request: the question.
      provenance: ``answered_by`` (what or who), ``when`` (ISO 8601, UTC), ``versions``.
      reply: the answer, or None.
      error: else the failure to give one.
    """

    request: Request
    provenance: Mapping[str, Any]
    reply: Reply | None = None
    error: ClientError | None = None


def digest(request: Request) -> str:
    """Return the SHA-256 of a request, over stage, messages, schema, max_tokens and temperature."""
    return _sha(_plain(request))


def render(request: Request) -> str:
    """Write a request as text, for people to read and for comparing line by line."""
    lines = [
        f"stage: {request.stage}",
        f"max_tokens: {request.max_tokens}",
        f"temperature: {request.temperature:g}",
    ]
    for message in request.messages:
        lines += [f"[{message.role}]", message.content]
        lines += [f"[picture {picture.name}]" for picture in message.pictures]
    if request.schema is not None:
        lines += ["[schema]", json.dumps(request.schema, indent=1, ensure_ascii=False)]
    return "\n".join(lines)


class RecordingClient:
    """A client that asks another one and keeps every exchange.

    Args:
      client: the one that answers.
      path: of the file; appended to if it is there.
      about: who or what answers; None to name the client and the model that replied.
    """

    def __init__(self, client: Client, path: Path, about: str | None = None) -> None:
        if about is not None and not about.strip():
            raise ValueError("about must say who or what answers, got ''")
        if path.exists():
            load(path)  # never append to a file that could not be read back
        path.parent.mkdir(parents=True, exist_ok=True)
        self._client, self._path, self._about = client, path, about

    @property
    def name(self) -> str:
        """The name of the client that is asked."""
        return self._client.name

    def complete(self, request: Request) -> Reply:
        """Answer a request and keep the exchange, also if the answer is a refusal or malformed."""
        try:
            reply = self._client.complete(request)
        except ClientError as error:
            if error.kind in KEPT:
                spent = dataclasses.asdict(error.spent) if error.spent else None
                outcome = {"kind": error.kind, "message": str(error), "spent": spent}
                self._keep(request, error.spent.model if error.spent else "", error=outcome)
            raise
        self._keep(request, reply.model, reply=dataclasses.asdict(reply))
        return reply

    def _keep(self, request: Request, model: str, **outcome: Any) -> None:
        by = self._about or f"{self.name} ({model or 'unnamed'})"
        provenance = {
            "answered_by": by,
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": _versions(),
        }
        plain = _plain(request)
        line = {"format": FORMAT, "hash": _sha(plain), "request": plain} | outcome
        line["provenance"] = provenance
        shown = [picture for message in request.messages for picture in message.pictures]
        if shown:
            line["pictures"] = {picture.name: picture.digest for picture in shown}
        line["seal"] = _sha(line)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())


class ReplayClient:
    """A client that answers from a recording, each exchange once and in order.

    Args:
      path: of the file.

    Raises:
      ClientError: of kind ``missing`` if there is no such file.
      ValueError: a line is not a recorded exchange; names the line.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ClientError(f"no recording at {str(path)!r}", "missing")
        self._path = path
        self.exchanges = load(path)
        self._places: dict[str, list[int]] = {}
        for i, exchange in enumerate(self.exchanges):
            self._places.setdefault(digest(exchange.request), []).append(i)
        self._asked: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """``replay:`` and the file."""
        return f"replay:{self._path}"

    def complete(self, request: Request) -> Reply:
        """Answer a request with what was recorded for it.

        Raises:
          ClientError: of kind ``missing`` if the request is not in the recording; of the recorded
            kind if a failure was recorded.
        """
        key = digest(request)
        places = self._places.get(key, [])
        turn = self._asked[key]
        if turn >= len(places):
            raise ClientError(self._miss(request, len(places)), "missing")
        self._asked[key] += 1
        found = self.exchanges[places[turn]]
        if found.reply is None:
            assert found.error is not None
            raise ClientError(str(found.error), found.error.kind, found.error.spent)
        return dataclasses.replace(found.reply, cached=True)

    def _miss(self, request: Request, times: int) -> str:
        where = f"{str(self._path)!r} ({len(self.exchanges)} exchanges)"
        if times:
            return (
                f"the request of stage {request.stage!r} stands {times} time(s) in {where} and is "
                f"asked once more"
            )
        miss = f"the request of stage {request.stage!r} is not in {where}"
        if not self.exchanges:
            return miss
        nearest = max(range(len(self.exchanges)), key=lambda i: self._nearness(i, request))
        return f"{miss}; nearest is line {nearest + 1}: {self._difference(nearest, request)}"

    def _nearness(self, i: int, request: Request) -> tuple[bool, int]:
        recorded = self.exchanges[i].request
        mine, other = (Counter(render(r).splitlines()) for r in (request, recorded))
        return recorded.stage == request.stage, (mine & other).total()

    def _difference(self, i: int, request: Request) -> str:
        recorded = self.exchanges[i].request
        pairs = zip_longest(render(recorded).splitlines(), render(request).splitlines())
        for number, (then, now) in enumerate(pairs, 1):
            if then != now:
                shown = [_cut(a, b) for a, b in ((then, now), (now, then))]
                return (
                    f"stage {recorded.stage!r}, first differing line {number}: "
                    f"recorded {shown[0]}, now {shown[1]}"
                )
        return f"stage {recorded.stage!r}, differing in where its messages begin and end"


def load(path: Path) -> list[RecordedExchange]:
    """Read the exchanges of a recording and check them.

    Raises:
      ValueError: a line is cut off, edited or without provenance; the message names the line.
    """
    exchanges = []
    for number, line in enumerate(foreign.read_text(path, MOST).split("\n"), 1):
        if line:
            try:
                exchanges.append(_exchange(line))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                what = f"no {error}" if isinstance(error, KeyError) else error
                raise ValueError(f"{path}:{number}: not a recorded exchange: {what}") from error
    return exchanges


def _exchange(line: str) -> RecordedExchange:
    try:
        data = foreign.parse(line)
    except foreign.ForeignFileError as error:
        raise ValueError(f"cut off or not JSON ({error})") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"format {FORMAT} is known")
    provenance = data.get("provenance")
    if not isinstance(provenance, dict) or not all(
        provenance.get(key) for key in ("answered_by", "when", "versions")
    ):
        raise ValueError("provenance must say answered_by, when and versions")
    seal = data.pop("seal", None)
    if seal != _sha(data) or data["hash"] != _sha(data["request"]):
        raise ValueError("the seal does not fit: it was changed after it was recorded")
    raw = dict(data["request"])
    raw["messages"] = tuple(
        Message(**m | {"pictures": tuple(map(ShownPicture, m.get("pictures", ())))})
        for m in raw["messages"]
    )
    request = Request(**raw)
    if "reply" in data:
        return RecordedExchange(request, provenance, reply=Reply(**data["reply"]))
    failure = data["error"]
    spent = Reply(**failure["spent"] | {"cached": True}) if failure["spent"] else None
    failed = ClientError(failure["message"], failure["kind"], spent)
    return RecordedExchange(request, provenance, error=failed)


def _plain(request: Request) -> dict[str, Any]:
    schema = None if request.schema is None else dict(request.schema)
    plain = {
        "stage": request.stage,
        "messages": [message.as_dict() for message in request.messages],
        "schema": schema,
        "max_tokens": request.max_tokens,
        "temperature": float(request.temperature),
    }
    return json.loads(json.dumps(plain))


def _sha(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _cut(line: str | None, other: str | None) -> str:
    """A line quoted around the place where it begins to differ from another."""
    if line is None:
        return "nothing"
    same = len(os.path.commonprefix([line, other or ""]))
    start = max(0, same - 30)
    return f"{'...' if start else ''}{line[start : start + 80]!r}"


def _versions() -> dict[str, str]:
    found = {name: version for name, version in versions(PACKAGES).items() if version is not None}
    return {"python": platform.python_version()} | found
