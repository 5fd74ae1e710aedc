"""What it means when an attempt at an endpoint fails, and what it said in its own words.

The library underneath is not imported here: its exceptions are known by their names.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from typing import Any

from habilis.llm_planner.model.retry import Failure
from habilis.llm_planner.model.terms import names_schema

# What the libraries let through where a reply has another form than they take for granted.
CHOKED = (AttributeError, LookupError, TypeError, ValueError)
_MODEL = re.compile(r"model", re.I)
_TAG = re.compile(r"<[^>]*>")


@dataclasses.dataclass
class ReplyBody:
    """The last body that came, for what it says if it is no reply.

    Attributes:
      status: of HTTP; 0 if none came.
      kind: content type.
      text: it.
    """

    status: int = 0
    kind: str = ""
    text: str = ""

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
        if isinstance(data, dict) and not data.get("choices") and not data.get("content"):
            return data.get("error") or data.get("detail") or None
        return None

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people."""
        return "html" in self.kind or self.text.lstrip()[:15].lower().startswith(("<!doc", "<html"))


def failure_of(
    error: Exception, said: str, shaped: bool, timeout: float, seen: ReplyBody
) -> Failure | None:
    """What an exception of the library means; None if it is a fault of ours.

    Args:
      error: it.
      said: the endpoint's own words, without a key.
      shaped: whether a schema went along.
      timeout: of the attempt, s.
      seen: the last body that came.
    """
    names = {c.__name__ for c in type(error).__mro__}
    status = getattr(error, "status_code", None)
    after = getattr(error, "retry_after", None)
    if names & {"ModelRequestTimeout", "ModelTimeoutError", "TimeoutError"}:
        return Failure("timeout", f"no answer within {timeout:g} s", again=True)
    if status is not None:
        return _of_status(status, names, said, shaped, after)
    if "ContentFilterError" in names:
        return Failure("refusal", f"the request was filtered ({said})")
    if "ModelConnectionError" in names and getattr(error, "phase", "") in ("connect", "pool"):
        return Failure("unreachable", f"nothing answers there ({said})", again=True)
    unread = "UnexpectedModelBehavior" in names or isinstance(error, CHOKED)
    if unread or isinstance(error.__cause__, ValueError):
        return _of_body(seen, said, shaped)
    if "ModelAPIError" in names or isinstance(error, OSError):
        return Failure("interrupted", f"the answer broke off ({said})", again=True)
    return None


def _of_status(
    status: int, names: set[str], said: str, shaped: bool, after: float | None
) -> Failure:
    if "ModelAuthenticationError" in names or status in (401, 403):
        return Failure("auth", f"the key is missing or refused ({said})")
    if "ModelQuotaExceededError" in names:
        return Failure("rate", f"no quota or credit left ({said})")
    if status == 429:
        return Failure("rate", f"too many requests ({said})", again=True, after=after)
    if "ContentFilterError" in names:
        return Failure("refusal", f"the request was filtered ({said})")
    if status == 404:
        of_model = _MODEL.search(said) and not names_schema(said)
        text = f"no such model or address ({said})"
        return Failure("missing", text, leeway="none" if of_model else "schema")
    if status == 501:
        return Failure("server", f"the endpoint cannot do this ({said})", leeway="schema")
    if status >= 500:
        text = f"the endpoint failed ({said})"
        heavy = shaped and status == 500
        return Failure("server", text, again=True, after=after, leeway="named", heavy=heavy)
    full = "ModelContextWindowExceededError" in names or status == 413
    text = f"the endpoint rejects the request ({said})"
    return Failure("server", text, leeway="named" if full else "all")


def _of_body(seen: ReplyBody, said: str, shaped: bool) -> Failure:
    """A body that is no reply of the protocol, under a status of success."""
    if (found := seen.error) is not None:
        inner = found if isinstance(found, dict) else {"message": found}
        code = inner.get("code", inner.get("status"))
        words = brief(f"{inner.get('message') or json.dumps(found)}")
        text = f"the endpoint answers with an error ({words})"
        if isinstance(code, int) and 400 <= code < 600:
            return _of_status(code, set(), words, shaped, None)
        return Failure("server", text, again=True, few=True, leeway="named")
    if seen.is_page:
        words = brief(_TAG.sub(" ", seen.text))[:80]
        text = "a web page came instead of a reply: is this the address of an API, up to /v1?"
        return Failure("protocol", f"{text} ({words})", again=True, few=True)
    if seen.status and not seen.text.strip():
        return Failure("protocol", "an empty reply came", again=True, few=True, heavy=shaped)
    if seen.text.lstrip()[:1] in ("{", "[") and seen.data is None:
        text = "the reply is cut off, or no JSON"
    else:
        text = "not a reply of this protocol"
    words = brief(seen.text)[:80] or said
    return Failure("protocol", f"{text} ({words})", again=True, few=True)


def said_by(error: Exception) -> str:
    """The endpoint's own words."""
    body, status = getattr(error, "body", None), getattr(error, "status_code", None)
    inner = body.get("error", body) if isinstance(body, dict) else body
    words = inner.get("message") if isinstance(inner, dict) else inner
    cause = error.__cause__
    if words and "<" in str(words):
        words = _TAG.sub(" ", str(words))
    text = str(words or (cause.__cause__ if cause and cause.__cause__ else None) or error)
    if status and not words:
        text = "it says no more"
    return f"HTTP {status}: {text}" if status else text


def brief(text: str) -> str:
    """One short line; to be cut only after a key was taken out, or a piece of it would stay."""
    return " ".join(text.split())[:210]
