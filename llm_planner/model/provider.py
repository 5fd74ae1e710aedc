"""Models behind an endpoint: any that speaks OpenAI's protocol, and Anthropic's.

The only module of the package that reaches the network. The libraries are imported when a client
is made, not before. The library underneath makes single attempts; waiting, trying again, checking
the answer and having it repaired is done here, so that it is the same for every provider.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import re
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from habilis.assets.names import visible
from habilis.llm_planner.model.answer import read_answer
from habilis.llm_planner.model.asking import (
    NEWER,
    OLDER,
    again,
    completed,
    given_back,
    with_schema,
    without_system,
)
from habilis.llm_planner.model.budget import estimate, estimate_request
from habilis.llm_planner.model.client import (
    ClientOptions,
    Message,
    Reply,
    Request,
)
from habilis.llm_planner.model.failure import (
    ReplyBody,
    brief,
    check_ended,
    check_whole,
    failure_of,
    of_body,
    said_by,
)
from habilis.llm_planner.model.retry import Account, Failure
from habilis.llm_planner.model.schema import check_schema, plain_types
from habilis.llm_planner.model.terms import Terms

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import Model, ModelRequestParameters
    from pydantic_ai.settings import ModelSettings

KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
KEY_FOR_URL = "HABILIS_LLM_API_KEY"  # an endpoint of one's own never sees a provider's key
TIMEOUT = 120.0  # s
LARGEST = 32 * 2**20  # bytes of a reply, unpacked
ONLY = "limit"
_OF_PICTURES = re.compile(r"image|picture|vision|multi.?modal|content.*(string|array|type)", re.I)
SHORTEST = 8  # signs of a key; what is shorter, as "none", is no secret, and stands in answers
# Local servers know the older name of the limit, and not all of them the newer one.
_LIMITS: Mapping[str, tuple[str, ...]] = {
    "openai": (NEWER, OLDER), "openai@": (OLDER, NEWER), "anthropic": (ONLY,), "anthropic@": (ONLY,)
}  # fmt: skip


def default_key_env(provider: str, url: str | None) -> str:
    """Return the environment variable that a provider's key is read from.

    Args:
      provider: ``openai`` or ``anthropic``.
      url: of an endpoint of one's own; None for the provider's.
    """
    return KEYS[provider] if url is None else KEY_FOR_URL


def check_address(url: str) -> None:
    """Check that an address can be one.

    Raises:
      ValueError: it has no host, or a port that does not exist; the message says so.
    """
    try:
        parts = urlsplit(url)
        wrong = "" if parts.hostname and not any(map(str.isspace, url)) else "it has no host"
        wrong = "port 0 is none" if parts.port == 0 else wrong
    except ValueError as error:
        wrong = str(error)
    if wrong:
        raise _no_address(url, wrong)


def _no_address(url: str, wrong: str) -> ValueError:
    return ValueError(f"{url!r} is no address: {wrong}; write http://host:port/v1")


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
      ValueError: ``url`` is no address.
    """

    def __init__(
        self, provider: str, model: str, url: str | None, key: str | None, options: ClientOptions
    ) -> None:
        self._name = f"{provider}:{model}" + (f"@{url}" if url else "")
        self._key, self._options = key, options
        self._rng = options.rng or np.random.default_rng(0)
        try:
            self._model = _model(provider, model, url, key)
        except Exception as error:
            if type(error).__name__ != "InvalidURL":
                raise
            raise _no_address(str(url), str(error)) from error
        _listen(self._model)
        native = bool(self._model.profile.get("supports_json_schema_output"))
        native = options.structured == "native" or (options.structured == "auto" and native)
        self._terms = Terms(
            native,
            limits=_LIMITS[provider if url is None else f"{provider}@"],
            streams=(options.stream, not options.stream),
        )
        self._env = options.key_env or default_key_env(provider, url)
        self._priced = url is None or options.prices is not None or _has_price(model, url)
        self._loop = _loop(self, self._model)

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
        messages, prompted = request.messages, False
        for left in range(options.repairs, -1, -1):
            asked = dataclasses.replace(request, messages=messages)
            response = self._answer(asked, account, prompted)
            text = self._redact(response.text or "")  # an endpoint may echo what it was sent
            model = self._redact(response.model_name or self._name)
            text, data, faults = read_answer(text, request.schema)
            if not faults:
                return account.reply(text, data, model)
            if left:
                messages = (*messages, Message("assistant", given_back(text)), again(faults))
            prompted = options.structured == "auto"  # a server may take a schema and not mind it
        message = f"the answer of stage {request.stage!r} does not fit: {faults[0]}"
        raise account.error(message, "malformed", text)

    def _answer(self, request: Request, account: Account, prompted: bool) -> ModelResponse:
        """A whole answer, whatever number of attempts it takes."""
        native = self._terms.schema and not prompted and self._expressible(request)
        terms, tired = dataclasses.replace(self._terms, schema=native), False
        while True:
            account.attempt()
            shaped = terms.schema and request.schema is not None
            try:
                response = self._once(request, terms, account.left)
                account.add(*self._counted(request, response))
                check_whole(response, request, terms)
            except Failure as failure:
                failure = self._told(failure, request)
                free = shaped and self._options.structured == "auto"
                less = terms.without(failure.message, failure.leeway, free)
                patient, spare = account.patient(failure), less is not None
                if failure.heavy and free and (tired or not self._options.retries):
                    less, spare = dataclasses.replace(terms, schema=False), not patient
                tired = failure.heavy
                if not spare:
                    account.wait(failure)
                terms = less or terms
            else:
                refused = native and not terms.schema
                self._terms = dataclasses.replace(terms, schema=self._terms.schema and not refused)
                return response

    def _told(self, failure: Failure, request: Request) -> Failure:
        """The failure without the key, and with what to do about what is refused."""
        message = visible(self._redact(failure.message))
        if failure.kind == "auth":
            sent = f"it is that in {self._env}" if self._key else f"none was sent: set {self._env}"
            message = f"{message}; {sent}"
        if any(m.pictures for m in request.messages) and _OF_PICTURES.search(message):
            message = f"{message}; leave pictures out for a model that takes none"
        return dataclasses.replace(failure, message=message)

    def _expressible(self, request: Request) -> bool:
        """Whether the library can put the schema into the provider's dialect."""
        try:
            self._model.prepare_request(None, _parameters(request, native=True))
        except Exception as error:
            if self._options.structured == "native":
                raise ValueError(f"{self._name} cannot be handed this schema: {error}") from error
            return False
        return True

    def _once(self, request: Request, terms: Terms, left: float) -> ModelResponse:
        """One attempt; raises Failure."""
        timeout = min(self._options.timeout or TIMEOUT, left)
        settings: ModelSettings = {
            "max_retries": 0, "timeout": timeout, "request_timeout": timeout
        }  # fmt: skip
        if terms.temperature:
            settings["temperature"] = request.temperature
        if terms.limits:
            settings |= _limit(terms.limits[0], request.max_tokens)
        messages = request.messages
        if request.schema is not None and not terms.schema:
            messages = with_schema(messages, request.schema)
        if not terms.system:
            messages = without_system(messages)
        what, seen = _parameters(request, terms.schema), ReplyBody()
        ask = self._streamed if terms.streams[0] else self._plain
        future = asyncio.run_coroutine_threadsafe(
            _looked_at(seen, ask(_history(messages), settings, what)), self._loop
        )
        shaped = terms.schema and request.schema is not None
        try:
            response = future.result()
        except Exception as error:
            said, seen.text = self._redact(said_by(error)), self._redact(seen.text)
            failure = failure_of(error, brief(said), shaped, timeout, seen, terms.streams[0])
            if failure is None:
                raise  # a fault of ours: shows as it is
            raise failure from None
        finally:
            future.cancel()  # without effect unless the wait itself was interrupted
        if seen.error is not None and not (response.text or "").strip():
            seen.text = self._redact(seen.text)
            raise of_body(seen, "", shaped)
        if seen.is_stream:
            check_ended(response, request, seen)
        return response

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

    def _counted(
        self, request: Request, response: ModelResponse
    ) -> tuple[int, int, float | None, bool]:
        """Tokens read and written, US dollars, and whether the tokens are estimated."""
        read, written = response.usage.input_tokens, response.usage.output_tokens
        texts = [getattr(part, "content", None) for part in response.parts]
        guess = sum(estimate(t) for t in texts if isinstance(t, str))
        estimated = not read or (not written and guess > 0)
        read, written = read or estimate_request(request), written or guess
        return read, written, self._cost(response, read, written), estimated

    def _cost(self, response: ModelResponse, read: int, written: int) -> float | None:
        """US dollars, by the price given or the library's list."""
        if (prices := self._options.prices) is not None:
            return (read * prices[0] + written * prices[1]) / 1e6
        if not self._priced:
            return None
        try:
            return float(response.cost().total_price)
        except (LookupError, ValueError, AssertionError):
            return None

    def _redact(self, message: str) -> str:
        secret = self._key and len(self._key) >= SHORTEST
        return message.replace(self._key, "[key]") if self._key and secret else message


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
    # Thinking is found by us: the library takes what follows an unclosed mark for the answer.
    profile: Any = {"thinking_tags": ("\x00think\x00", "\x00answer\x00")}
    if provider == "anthropic":
        # An empty key would be looked for in the environment, and another one's sent.
        return AnthropicModel(
            model, provider=AnthropicProvider(api_key=key or "none", base_url=url)
        )

    class Chat(OpenAIChatModel):
        def _validate_completion(self, response: Any) -> Any:
            data = completed(response.model_dump(warnings=False), model)
            return super()._validate_completion(response.model_construct(**data))

    if url is None:
        return OpenAIChatModel(
            model, profile=profile,
            provider=OpenAIProvider(api_key=key, base_url="https://api.openai.com/v1"),
        )  # fmt: skip
    made = OpenAICompatibleProvider("openai-compatible", base_url=url, api_key=key or "none")
    profile |= {"openai_chat_supports_multiple_system_messages": False}
    return Chat(model, provider=made, profile=profile)


def _has_price(model: str, url: str) -> bool:
    """Whether the price list knows the endpoint; else it would guess by the model's name."""
    from genai_prices import Usage, calc_price

    try:
        calc_price(Usage(), model, provider_api_url=url)
    except LookupError:
        return False
    return True


def _loop(owner: object, model: Model) -> asyncio.AbstractEventLoop:
    """An event loop in a thread of its own, which lets callers have one themselves.

    When the owner is gone, what the model holds open is closed before the loop is.
    """
    loop = asyncio.new_event_loop()

    def run() -> None:
        loop.run_forever()
        client: Any = getattr(model, "client", None)
        with contextlib.suppress(Exception):
            loop.run_until_complete(client.close())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    threading.Thread(target=run, name="habilis-llm", daemon=True).start()
    weakref.finalize(owner, loop.call_soon_threadsafe, loop.stop)
    return loop


def _history(messages: tuple[Message, ...]) -> list[ModelMessage]:
    from pydantic_ai.messages import (
        BinaryContent,
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
            shown = [BinaryContent(p.png, media_type="image/png") for p in message.pictures]
            part = UserPromptPart([message.content, *shown] if shown else message.content)
            history.append(ModelRequest(parts=[part]))
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


def _limit(name: str, most: int) -> ModelSettings:
    """The setting that bounds an answer, under the name that the endpoint knows."""
    if name == OLDER:
        return {"extra_body": {name: most}}
    return {"max_tokens": most}


# ---- from the library


_SEEN: ContextVar[ReplyBody | None] = ContextVar("seen", default=None)


async def _looked_at(seen: ReplyBody, asking: Coroutine[Any, Any, ModelResponse]) -> ModelResponse:
    """The answer that is asked for, with its body looked at on the way."""
    _SEEN.set(seen)
    return await asking


async def _look(response: Any) -> None:
    """Keep the body of a reply that is no stream, since the library does not show it."""
    seen = _SEEN.get() or ReplyBody()
    seen.status, seen.kind = response.status_code, str(response.headers.get("content-type", ""))
    seen.location = str(response.headers.get("location", ""))
    response.aiter_bytes = partial(_bounded, response.aiter_bytes, seen)
    if not seen.is_stream:
        await response.aread()
        seen.text = response.text


async def _bounded(pieces: Callable[..., AsyncIterator[bytes]], seen: ReplyBody, *size: int) -> Any:
    """What comes, unpacked, up to more than any answer has: a server may send without end."""
    came = 0
    async for piece in pieces(*size):
        came += len(piece)
        seen.add(piece)
        if came > LARGEST:
            seen.over = True
            raise ValueError(f"more than {LARGEST} bytes came")
        yield piece


def _listen(model: Model) -> None:
    """Have every reply looked at; without the hook only the messages of failures say less."""
    http: Any = getattr(getattr(model, "client", None), "_client", None)
    if hasattr(http, "event_hooks"):
        hooks = dict(http.event_hooks)
        http.event_hooks = {**hooks, "response": [*hooks.get("response", ()), _look]}
