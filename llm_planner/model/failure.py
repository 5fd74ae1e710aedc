"""What it means when an attempt at an endpoint fails, and what it said in its own words.

The library underneath is not imported here: its exceptions are known by their names.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from typing import Any

from habilis.llm_planner.model.answer import read_answer
from habilis.llm_planner.model.client import Request
from habilis.llm_planner.model.retry import Failure
from habilis.llm_planner.model.terms import Terms, names_schema

# What the libraries let through where a reply has another form than they take for granted.
CHOKED = (AttributeError, LookupError, TypeError, ValueError, RecursionError)
_MODEL = re.compile(r"model", re.I)
_HANDED = "in one piece and not as a stream", "as a stream, which was not asked for"
_TAG = re.compile(r"<[^>]*>")
_FULL = re.compile(r"context (?:size|length|window)|context_length", re.I)
_END = re.compile(rb"[\r\n](?:data: ?\[DONE\]|event: ?message_stop)")
_FILTERED = re.compile(r"content_filter|content_policy|content management policy", re.I)
_WORDS = ("message", "msg", "Message", "detail", "error", "errors", "error_description", "title")
_CODES = ("code", "status", "status_code", "statusCode")
_NAMED = ("param", "loc", "code")  # what is wrong, in a word of its own


@dataclasses.dataclass
class ReplyBody:
    """The last body that came, for what it says if it is no reply.

    Attributes:
      status: of HTTP; 0 if none came.
      kind: content type.
      text: it.
      location: where another address is given in place of a reply.
      over: whether it was larger than any answer is.
      ended: whether a stream said that it is over.
    """

    status: int = 0
    kind: str = ""
    text: str = ""
    location: str = ""
    over: bool = False
    ended: bool = False
    _tail: bytes = b"\n"

    def add(self, piece: bytes) -> None:
        """Look at a piece of a stream for the event that ends one in either protocol."""
        seen = self._tail + piece
        self.ended, self._tail = self.ended or bool(_END.search(seen)), seen[-40:]

    @property
    def data(self) -> Any:
        """The JSON in it; None if there is none."""
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(self.text)
        return None

    @property
    def error(self) -> Any:
        """The error object in it, such as some servers send with a status of success."""
        data = self.data
        if not isinstance(data, dict) or data.get("content"):
            return None
        if choices := data.get("choices"):
            first = choices[0] if isinstance(choices, list) else None
            return first.get("error") if isinstance(first, dict) else None
        if found := data.get("error") or data.get("detail"):
            return found
        return data if isinstance(data.get("message"), str) or data.get("errors") else None

    @property
    def is_stream(self) -> bool:
        """Whether it comes piece by piece."""
        return "event-stream" in self.kind

    @property
    def is_answer(self) -> bool:
        """Whether it is a whole answer."""
        data = self.data
        return self.error is None and isinstance(data, dict) and bool(data.get("choices"))

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people."""
        return "html" in self.kind or self.text.lstrip()[:15].lower().startswith(("<!doc", "<html"))


def failure_of(
    error: Exception, said: str, shaped: bool, timeout: float, seen: ReplyBody, streams: bool
) -> Failure | None:
    """What an exception of the library means; None if it is a fault of ours.

    Args:
      error: it.
      said: the endpoint's own words, without a key.
      shaped: whether a schema went along.
      timeout: of the attempt, s.
      seen: the last body that came.
      streams: whether the answer was to come piece by piece.
    """
    if seen.over:
        return Failure("protocol", "the reply is larger than any answer can be")
    names = {c.__name__ for c in type(error).__mro__}
    status = getattr(error, "status_code", None)
    after = getattr(error, "retry_after", None)
    if names & {"ModelRequestTimeout", "ModelTimeoutError", "TimeoutError"}:
        return Failure("timeout", f"no answer within {timeout:g} s", again=True, heavy=shaped)
    if 300 <= seen.status < 400:
        where = f"{seen.location}: give that address, up to /v1" if seen.location else "nowhere"
        return Failure("missing", f"the address leads elsewhere (HTTP {seen.status}), to {where}")
    if status is not None:
        return _of_status(status, names, said, shaped, after)
    if "ContentFilterError" in names:
        return Failure("refusal", f"the request was filtered ({said})")
    if "ModelConnectionError" in names and getattr(error, "phase", "") in ("connect", "pool"):
        return Failure("unreachable", f"nothing answers there ({said})", again=True)
    unread = "UnexpectedModelBehavior" in names or isinstance(error, CHOKED)
    if unread or isinstance(error.__cause__, ValueError):
        if seen.is_stream and not streams or (streams and seen.is_answer):
            text = f"the answer comes {_HANDED[seen.is_stream]}"
            return Failure("protocol", text, again=True, few=True, leeway="named")
        return of_body(seen, said, shaped)
    if "ModelAPIError" in names and (words := _told(getattr(error, "body", None))):
        return Failure("server", f"the endpoint answers with an error ({words})", True, few=True,
                       leeway="named", heavy=shaped)  # fmt: skip
    if "ModelAPIError" in names or isinstance(error, OSError):
        return Failure("interrupted", f"the answer broke off ({said})", again=True, heavy=shaped)
    return None


def _of_status(
    status: int, names: set[str], said: str, shaped: bool, after: float | None
) -> Failure:
    named = status == 403 and shaped and names_schema(said)
    if not named and ("ModelAuthenticationError" in names or status in (401, 403)):
        return Failure("auth", f"the key is missing or refused ({said})")
    if "ModelQuotaExceededError" in names:
        return Failure("rate", f"no quota or credit left ({said})")
    if status == 429:
        return Failure("rate", f"too many requests ({said})", again=True, after=after)
    if "ContentFilterError" in names or (status < 500 and _FILTERED.search(said)):
        return Failure("refusal", f"the request was filtered ({said})")
    if status == 404:
        of_model = _MODEL.search(said) and not names_schema(said)
        text = f"no such model or address ({said})"
        return Failure("missing", text, leeway="none" if of_model else "schema")
    if status == 501:
        return Failure("server", f"the endpoint cannot do this ({said})", leeway="schema")
    if status >= 500:
        text = f"the endpoint failed ({said})"
        return Failure("server", text, again=True, after=after, leeway="named", heavy=shaped)
    if status in (408, 409, 425):
        text = f"the endpoint did not get to it ({said})"
        return Failure("server", text, again=True, after=after)
    full = "ModelContextWindowExceededError" in names or status == 413 or _FULL.search(said)
    text = f"the endpoint rejects the request ({said})"
    return Failure("server", text, leeway="named" if full or named else "all")


def of_body(seen: ReplyBody, said: str, shaped: bool) -> Failure:
    """A body that is no reply of the protocol, under a status of success."""
    if (found := seen.error) is not None:
        code = _code(found) or _code(seen.data)
        words = brief(_told(found) or json.dumps(found))
        text = f"the endpoint answers with an error ({words})"
        if 400 <= code < 600:
            return _of_status(code, set(), words, shaped, None)
        return Failure("server", text, again=True, few=True, leeway="named", heavy=shaped)
    if seen.is_page:
        words = brief(_TAG.sub(" ", seen.text))[:80]
        text = "a web page came instead of a reply: is this the address of an API, up to /v1?"
        return Failure("protocol", f"{text} ({words})", again=True, few=True)
    if seen.status and not (seen.is_stream or seen.text.strip()):
        return Failure("protocol", "an empty reply came", again=True, few=True, heavy=shaped)
    if seen.text.lstrip()[:1] in ("{", "[") and seen.data is None:
        text = "the reply is cut off, or no JSON"
    else:
        text = "not a reply of this protocol"
    words = brief(seen.text)[:80] or said
    return Failure("protocol", f"{text} ({words})", again=True, few=True, heavy=shaped)


def check_whole(response: Any, request: Request, terms: Terms) -> None:
    """Refuse what is no whole answer; raises Failure."""
    details = response.provider_details or {}
    if response.finish_reason == "content_filter" or details.get("refusal"):
        said = details.get("refusal") or response.text or "no reason given"
        raise Failure("refusal", f"the model declines stage {request.stage!r}: {said}")
    shaped = terms.schema and request.schema is not None
    thought = any(p.part_kind == "thinking" and p.content for p in response.parts)
    if response.finish_reason == "length" and response.text and response.text.isspace():
        text = "nothing but blanks came, up to the limit of the answer"
        raise Failure("length", text, leeway="schema" if shaped else "none")
    if response.finish_reason == "length":
        limit = f"max_tokens={request.max_tokens}" if terms.limits else "the endpoint allows"
        text = f"the answer was longer than {limit}, its thinking included, and is cut off"
        raise Failure("length", f"{text}: give it more (--answer-tokens)")
    if response.state != "complete":
        raise Failure("interrupted", "the answer broke off", again=True)
    if not (response.text or "").strip():
        text = "the answer is empty" + (": all that came is thinking" if thought else "")
        raise Failure("protocol", text, again=True, few=True, heavy=shaped)


def check_ended(response: Any, request: Request, seen: ReplyBody) -> None:
    """Refuse a stream that stops before its end; raises Failure.

    Not every server says why an answer ends, in no piece or for some of its options; those that
    leave the reason out (llama-cpp-python, LiteLLM with logprobs, relays of Gemini) still end the
    stream with ``[DONE]``, and those that leave out ``[DONE]`` give the reason. Of a stream with
    neither, only a value that fits the schema, and with which it ends, is known to be whole.
    """
    details = response.provider_details or {}
    if details.get("finish_reason") or details.get("refusal"):
        return
    if 0 < request.max_tokens <= response.usage.output_tokens:
        response.finish_reason = "length"
    text = response.text or ""
    closed = request.schema is not None and text.rstrip().endswith(("}", "]", "```"))
    if not seen.ended and not (closed and not read_answer(text, request.schema)[2]):
        raise Failure("interrupted", "the answer broke off", again=True)


def said_by(error: Exception) -> str:
    """The endpoint's own words."""
    body, status = getattr(error, "body", None), getattr(error, "status_code", None)
    words, cause = _told(body), error.__cause__
    if "<" in words:
        words = _TAG.sub(" ", words)
    text = str(words or (cause.__cause__ if cause and cause.__cause__ else None) or error)
    if status and not words:
        text = "it says no more"
    return f"HTTP {status}: {text}" if status else text


def _told(found: Any, depth: int = 4) -> str:
    """The words in an error object of any of the common forms, with what it names as wrong."""
    if isinstance(found, str):
        return found
    if isinstance(found, list) and depth:
        return "; ".join(filter(None, (_told(part, depth - 1) for part in found[:4])))
    if not isinstance(found, dict) or not depth:
        return ""
    words = next((w for key in _WORDS if (w := _told(found.get(key), depth - 1))), "")
    for value in map(found.get, _NAMED):
        name = ".".join(map(str, value)) if isinstance(value, list) else value
        if isinstance(name, str) and name not in ("", "None") and not name.isdigit():
            words += "" if name in words else f" [{name}]"
    return words.strip()


def _code(found: Any) -> int:
    """The status of HTTP that an error object names; 0 if it names none."""
    values = [str(found.get(key)) for key in _CODES] if isinstance(found, dict) else []
    return next((int(v) for v in values if v.isdecimal() and len(v) == 3), 0)


def brief(text: str) -> str:
    """One short line; to be cut only after a key was taken out, or a piece of it would stay."""
    return " ".join(text.split())[:210]
