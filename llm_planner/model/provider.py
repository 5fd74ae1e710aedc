"""Models behind an endpoint: any that speaks OpenAI's protocol, and Anthropic's.

The only module of the package that reaches the network. The libraries are imported when a client
is made, not before. The library underneath makes single attempts; waiting, trying again, checking
the answer and having it repaired is done here, so that it is the same for every provider.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import threading
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from habilis.llm_planner.model.client import (
    ClientOptions,
    Message,
    Reply,
    Request,
)
from habilis.llm_planner.model.retry import Account, Failure
from habilis.llm_planner.model.schema import check, check_schema, parse_json, plain_types

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import Model, ModelRequestParameters
    from pydantic_ai.settings import ModelSettings

KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
KEY_FOR_URL = "HABILIS_LLM_API_KEY"  # an endpoint of one's own never sees a provider's key
TIMEOUT = 120.0  # s
# What the libraries let through where a reply has another form than they take for granted.
CHOKED = (AttributeError, LookupError, TypeError, ValueError)
PROMPTED = (
    "Answer with one JSON value that satisfies this JSON Schema, and with nothing else: no code "
    "fence, no words before or after it.\n"
)


def default_key_env(provider: str, url: str | None) -> str:
    """Return the environment variable that a provider's key is read from.

    Args:
      provider: ``openai`` or ``anthropic``.
      url: of an endpoint of one's own; None for the provider's.
    """
    return KEYS[provider] if url is None else KEY_FOR_URL


class ProviderClient:
    """A model behind an endpoint.

    Args:
      provider: ``openai`` (any endpoint with its protocol) or ``anthropic``.
      model: its name there.
      url: of the endpoint, up to ``/v1``; None for the provider's own.
      key: for it; kept out of every message and record.
      options: all but those of files and recordings are looked at.

    Raises:
      ImportError: the libraries are missing.
    """

    def __init__(
        self, provider: str, model: str, url: str | None, key: str | None, options: ClientOptions
    ) -> None:
        self._name = f"{provider}:{model}" + (f"@{url}" if url else "")
        self._key, self._options = key, options
        self._rng = options.rng or np.random.default_rng(0)
        self._model = _model(provider, model, url, key)
        native = bool(self._model.profile.get("supports_json_schema_output"))
        self._native = options.structured == "native" or (options.structured == "auto" and native)
        self._priced = url is None or options.prices is not None or _has_price(model, url)
        self._loop = _loop(self)

    @property
    def name(self) -> str:
        """``provider:model``, with the address if it is not the provider's own."""
        return self._name

    def complete(self, request: Request) -> Reply:
        """Answer a request; see ``Client``.

        An answer that does not fit the schema is sent back with what is wrong with it, up to
        ``repairs`` times.
        """
        options = self._options
        if request.schema is not None:
            check_schema(request.schema)
        account = Account(self._name, options.deadline, options.retries, options.backoff, self._rng)
        messages = request.messages
        for left in range(options.repairs, -1, -1):
            response = self._answer(dataclasses.replace(request, messages=messages), account)
            text = self._redact(response.text or "")  # an endpoint may echo what it was sent
            model = self._redact(response.model_name or self._name)
            if request.schema is None:
                return account.reply(text, None, model)
            data, faults = _read(text, request.schema)
            if not faults:
                return account.reply(text, data, model)
            if left:
                messages = (*messages, Message("assistant", text or "(nothing)"), _again(faults))
        message = f"the answer of stage {request.stage!r} does not fit: {faults[0]}"
        raise account.error(message, "malformed", text)

    def _answer(self, request: Request, account: Account) -> ModelResponse:
        """A whole answer, whatever number of attempts it takes."""
        native = self._native and self._expressible(request)
        while True:
            account.attempt()
            try:
                response = self._once(request, native, account.left)
                usage = response.usage
                account.add(usage.input_tokens, usage.output_tokens, self._cost(response))
                _whole(response, request)
            except Failure as failure:
                failure = dataclasses.replace(failure, message=self._redact(failure.message))
                if native and failure.schema and self._options.structured == "auto":
                    native, account.rejected = False, True  # if it was the schema, this helps
                    continue
                account.wait(failure)
            else:
                if account.rejected:
                    self._native = False
                return response

    def _expressible(self, request: Request) -> bool:
        """Whether the library can put the schema into the provider's dialect."""
        try:
            self._model.prepare_request(None, _parameters(request, native=True))
        except Exception as error:
            if self._options.structured == "native":
                raise ValueError(f"{self._name} cannot be handed this schema: {error}") from error
            return False
        return True

    def _once(self, request: Request, native: bool, left: float) -> ModelResponse:
        """One attempt; raises Failure."""
        timeout = min(self._options.timeout or TIMEOUT, left)
        settings: ModelSettings = {
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "max_retries": 0,
            "timeout": timeout,
            "request_timeout": timeout,
        }
        messages = request.messages
        if request.schema is not None and not native:
            messages = _with_schema(messages, request.schema)
        parameters = _parameters(request, native)
        ask = self._streamed if self._options.stream else self._plain
        future = asyncio.run_coroutine_threadsafe(
            ask(_history(messages), settings, parameters), self._loop
        )
        try:
            return future.result()
        except Exception as error:
            shaped, said = native and request.schema is not None, _brief(self._redact(_said(error)))
            raise _failure(error, said, shaped, timeout) from None
        finally:
            future.cancel()  # without effect unless the wait itself was interrupted

    async def _plain(
        self, messages: list[ModelMessage], settings: ModelSettings, what: ModelRequestParameters
    ) -> ModelResponse:
        from pydantic_ai.direct import model_request

        return await model_request(
            self._model, messages, model_settings=settings, model_request_parameters=what
        )

    async def _streamed(
        self, messages: list[ModelMessage], settings: ModelSettings, what: ModelRequestParameters
    ) -> ModelResponse:
        from pydantic_ai.direct import model_request_stream

        async with model_request_stream(
            self._model, messages, model_settings=settings, model_request_parameters=what
        ) as stream:
            async for _ in stream:
                pass
            return stream.get()

    def _cost(self, response: ModelResponse) -> float | None:
        """US dollars, by the price given or the library's list."""
        usage, prices = response.usage, self._options.prices
        if prices is not None:
            return (usage.input_tokens * prices[0] + usage.output_tokens * prices[1]) / 1e6
        if not self._priced:
            return None
        try:
            return float(response.cost().total_price)
        except (LookupError, ValueError, AssertionError):
            return None

    def _redact(self, message: str) -> str:
        return message.replace(self._key, "[key]") if self._key else message


# ---- to the library


def _model(provider: str, model: str, url: str | None, key: str | None) -> Model:
    try:
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.anthropic import AnthropicProvider
        from pydantic_ai.providers.openai import OpenAIProvider
        from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
    except ImportError as error:
        raise ImportError(
            f'{provider}:{model} needs further packages ({error}): pip install "habilis[llm]"'
        ) from error
    if provider == "anthropic":
        # An empty key would be looked for in the environment, and another one's sent.
        return AnthropicModel(
            model, provider=AnthropicProvider(api_key=key or "none", base_url=url)
        )
    if url is None:
        return OpenAIChatModel(
            model, provider=OpenAIProvider(api_key=key, base_url="https://api.openai.com/v1")
        )
    made = OpenAICompatibleProvider("openai-compatible", base_url=url, api_key=key or "none")
    # Local servers know the older name of the limit, and not all of them the newer one.
    profile: Any = {
        "openai_chat_supports_max_completion_tokens": False,
        "openai_chat_supports_multiple_system_messages": False,
        "openai_chat_streaming_requires_finish_reason": True,
    }
    return OpenAIChatModel(model, provider=made, profile=profile)


def _has_price(model: str, url: str) -> bool:
    """Whether the price list knows the endpoint; else it would guess by the model's name."""
    from genai_prices import Usage, calc_price

    try:
        calc_price(Usage(), model, provider_api_url=url)
    except LookupError:
        return False
    return True


def _loop(owner: object) -> asyncio.AbstractEventLoop:
    """An event loop in a thread of its own, which lets callers have one themselves."""
    loop = asyncio.new_event_loop()

    def run() -> None:
        loop.run_forever()
        loop.close()

    threading.Thread(target=run, name="habilis-llm", daemon=True).start()
    weakref.finalize(owner, loop.call_soon_threadsafe, loop.stop)
    return loop


def _history(messages: tuple[Message, ...]) -> list[ModelMessage]:
    from pydantic_ai.messages import (
        ModelRequest,
        ModelResponse,
        SystemPromptPart,
        TextPart,
        UserPromptPart,
    )

    history: list[ModelMessage] = []
    for message in messages:
        if message.role == "assistant":
            history.append(ModelResponse(parts=[TextPart(message.content)]))
        elif message.role == "system":
            history.append(ModelRequest(parts=[SystemPromptPart(message.content)]))
        else:
            history.append(ModelRequest(parts=[UserPromptPart(message.content)]))
    return history


def _parameters(request: Request, native: bool) -> ModelRequestParameters:
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.output import OutputObjectDefinition

    if request.schema is None or not native:
        return ModelRequestParameters()
    shape = OutputObjectDefinition(json_schema=plain_types(request.schema), name="answer")
    return ModelRequestParameters(
        output_mode="native", output_object=shape, allow_text_output=False
    )


def _with_schema(messages: tuple[Message, ...], schema: Mapping[str, Any]) -> tuple[Message, ...]:
    """The conversation with the schema written into its first user turn."""
    for i, message in enumerate(messages):
        if message.role == "user":
            text = f"{message.content}\n\n{PROMPTED}{json.dumps(schema)}"
            return (*messages[:i], Message("user", text), *messages[i + 1 :])
    return (*messages, Message("user", PROMPTED + json.dumps(schema)))


def _again(faults: list[str]) -> Message:
    shown = "\n".join(f"- {fault}" for fault in faults[:8])
    return Message(
        "user", f"That answer does not fit:\n{shown}\nAnswer again, with the whole JSON value only."
    )


# ---- from the library


def _read(text: str, schema: Mapping[str, Any]) -> tuple[Any, list[str]]:
    try:
        data = parse_json(text)
    except ValueError as error:
        return None, [str(error)]
    return data, check(data, schema)


def _whole(response: ModelResponse, request: Request) -> None:
    """Refuse what is no whole answer; raises Failure."""
    details = response.provider_details or {}
    if response.finish_reason == "content_filter" or details.get("refusal"):
        said = details.get("refusal") or response.text or "no reason given"
        raise Failure("refusal", f"the model declines stage {request.stage!r}: {said}")
    if response.finish_reason == "length":
        limit = f"max_tokens={request.max_tokens}"
        raise Failure("malformed", f"the answer was longer than {limit} and is cut off: raise it")
    if response.state != "complete":
        raise Failure("interrupted", "the answer broke off", again=True)
    if not (response.text or "").strip():
        raise Failure("malformed", "the answer is empty", again=True)


def _failure(error: Exception, said: str, shaped: bool, timeout: float) -> Failure:
    """What an exception of the library means."""
    from pydantic_ai import exceptions as e

    after = getattr(error, "retry_after", None)
    if isinstance(error, (e.ModelRequestTimeout, e.ModelTimeoutError, TimeoutError)):
        return Failure("timeout", f"no answer within {timeout:g} s", again=True)
    if isinstance(error, e.ModelAuthenticationError):
        return Failure("auth", f"the key is missing or refused ({said})")
    if isinstance(error, e.ModelQuotaExceededError):
        return Failure("rate", f"no quota or credit left ({said})")
    if isinstance(error, e.ModelRateLimitError):
        return Failure("rate", f"too many requests ({said})", again=True, after=after)
    if isinstance(error, e.ModelNotFoundError):
        return Failure("missing", f"no such model or address ({said})")
    if isinstance(error, (e.ModelServerError, e.ModelUnavailableError)):
        return Failure("server", f"the endpoint failed ({said})", again=True, after=after)
    if isinstance(error, e.ContentFilterError):
        return Failure("refusal", f"the request was filtered ({said})")
    if isinstance(error, e.ModelRequestRejectedError):
        schema = shaped and not isinstance(error, e.ModelContextWindowExceededError)
        return Failure("server", f"the endpoint rejects the request ({said})", schema=schema)
    if isinstance(error, e.ModelConnectionError) and error.phase in ("connect", "pool"):
        return Failure("unreachable", f"nothing answers there ({said})", again=True)
    if isinstance(error, (e.UnexpectedModelBehavior, *CHOKED)) or isinstance(
        error.__cause__, ValueError
    ):
        return Failure("malformed", f"not a reply of this protocol ({said})", again=True)
    if isinstance(error, e.ModelHTTPError):
        return Failure("server", f"the endpoint failed ({said})", again=error.status_code >= 500)
    if isinstance(error, (e.ModelAPIError, OSError)):
        return Failure("interrupted", f"the answer broke off ({said})", again=True)
    raise error  # a fault of ours: shows as it is


def _said(error: Exception) -> str:
    """The endpoint's own words."""
    body, status = getattr(error, "body", None), getattr(error, "status_code", None)
    inner = body.get("error", body) if isinstance(body, dict) else body
    words = inner.get("message") if isinstance(inner, dict) else inner
    cause = error.__cause__
    text = str(words or (cause.__cause__ if cause and cause.__cause__ else None) or error)
    return f"HTTP {status}: {text}" if status else text


def _brief(text: str) -> str:
    """One short line; to be cut only after a key was taken out, or a piece of it would stay."""
    return " ".join(text.split())[:210]
