"""What one endpoint is asked, and its answer piece by piece, by the library's client.

pydantic-ai is imported when the first call is made: without an endpoint it costs nothing.
"""

import atexit
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from django.conf import settings

from madoguchi.llm.clients import http_client, identity, provider_of
from madoguchi.llm.faults import Fault
from madoguchi.llm.models import Endpoint
from madoguchi.llm.pump import in_loop

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse

# A server that ignores the limit of tokens is cut here: no language needs this many characters a token.
_CHARACTERS_PER_TOKEN = 8
# No call uses more.
_MOST_TOKENS = 100_000_000
# Models of the library by what their endpoints' answers depend on.
_MODELS_KEPT = 64
_CLOSING_SECONDS = 1
_models: "OrderedDict[tuple[object, ...], tuple[Model, httpx2.AsyncClient]]" = OrderedDict()
_models_lock = threading.Lock()
# Last characters of a text that is whole.
_WHOLE = "。！？!?.」）)]］】}"


@dataclass
class Usage:
    """What a server says a call used, in tokens; None: it said nothing that can be believed."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_cached: int = 0
    # Whether the answer was ended by the limit of tokens.
    is_cut: bool = False


@dataclass(frozen=True)
class Turn:
    """What one side said before, as the server of ours keeps it: nothing of it comes from a client."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True)
class Asked:
    """What one endpoint is asked: texts, perhaps a picture (PNG), and the bounds of the answer.

    `usage` is filled as far as the server says it, by the end of the answer.
    """

    system: str
    prompt: str
    picture: bytes = b""
    max_tokens: int = field(default_factory=lambda: settings.ANSWER_MAX_TOKENS)
    seconds: float = field(default_factory=lambda: settings.ANSWER_SECONDS)
    # Until the first word.
    first_seconds: float = field(default_factory=lambda: settings.ENDPOINT_FIRST_TOKEN_SECONDS)
    history: tuple[Turn, ...] = ()
    usage: Usage = field(default_factory=Usage)


async def pieces(
    model: "Model", http: "httpx2.AsyncClient | None", asked: Asked, wanted: "ModelRequestParameters | None" = None
) -> AsyncIterator[str]:
    """Yield the text of a model as it comes; raises Fault, and what the library raises.

    `http`: its client, if it is to be closed at the end. `wanted`: what more is asked of it, as the library says it.
    """
    from pydantic_ai.direct import model_request_stream
    from pydantic_ai.exceptions import ModelAPIError
    from pydantic_ai.messages import (
        BinaryContent,
        ModelMessage,
        ModelRequest,
        ModelResponse,
        PartDeltaEvent,
        PartStartEvent,
        TextPart,
        TextPartDelta,
        UserPromptPart,
    )

    limits = {
        "max_tokens": asked.max_tokens,
        "request_timeout": float(asked.seconds),
        "first_event_timeout": float(min(asked.seconds, asked.first_seconds)),
        "max_retries": 0,
    }
    written, last = 0, ""
    picture = [BinaryContent(asked.picture, media_type="image/png")] if asked.picture else []
    request: list[ModelMessage] = [
        ModelRequest([UserPromptPart(turn.text)], instructions=asked.system)
        if turn.role == "user"
        else ModelResponse([TextPart(turn.text)])
        for turn in asked.history
    ]
    request.append(
        ModelRequest([UserPromptPart([asked.prompt, *picture] if picture else asked.prompt)], instructions=asked.system)
    )
    async with (
        http or nullcontext(),
        model_request_stream(
            model,
            request,
            model_settings=limits,  # type: ignore[arg-type]
            model_request_parameters=wanted,
            instrument=False,
        ) as response,
    ):
        try:
            async for event in response:
                text = ""
                if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
                    text = event.part.content
                elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
                    text = event.delta.content_delta
                if text:
                    written, last = written + len(text), text.strip()[-1:] or last
                    yield text
                if written > asked.max_tokens * _CHARACTERS_PER_TOKEN:
                    return
        except ModelAPIError as error:
            # Some servers never say why they ended; a text that stops inside a sentence was cut.
            if "finish_reason" not in str(error) or last not in _WHOLE:
                raise
        finally:
            _take_usage(asked.usage, response)
        if response.finish_reason == "content_filter":
            raise Fault("filtered")
        if not written:
            raise Fault("empty")
        if response.finish_reason is None and last not in _WHOLE:
            # The connection ended before the server said that it was done.
            raise Fault("cut")


def _take_usage(usage: Usage, response: "StreamedResponse") -> None:
    """Take what a server says it counted; a number that cannot be is none."""
    said = response.usage
    taken = {"tokens_in": said.input_tokens, "tokens_out": said.output_tokens}
    for name, tokens in taken.items():
        if type(tokens) is int and 0 < tokens <= _MOST_TOKENS:
            setattr(usage, name, tokens)
    cached = said.cache_read_tokens
    usage.tokens_cached = cached if type(cached) is int and 0 < cached <= (usage.tokens_in or 0) else 0
    usage.is_cut = response.finish_reason == "length"


def shared_model(endpoint: Endpoint, key: str) -> "Model":
    """Return the model of an endpoint for streams in the loop of `llm.pump`: the same until its settings change."""
    name = (*identity(endpoint), endpoint.zone)
    with _models_lock:
        if name not in _models:
            http = http_client(endpoint, settings.ANSWER_SECONDS, shared=True)
            _models[name] = (model_of(endpoint, key, http), http)
        _models.move_to_end(name)
        while len(_models) > _MODELS_KEPT:
            _model, http = _models.popitem(last=False)[1]
            # Not before the last call that holds it has ended.
            in_loop(http.aclose, settings.ANSWER_SECONDS)
        return _models[name][0]


@atexit.register
def _close_all() -> None:
    with _models_lock:
        for _model, http in _models.values():
            in_loop(http.aclose).result(_CLOSING_SECONDS)
        _models.clear()


def model_of(endpoint: Endpoint, key: str, http: "httpx2.AsyncClient") -> "Model":
    """Return the library's model of an endpoint."""
    provider = provider_of(endpoint, key, http)
    if endpoint.provider in (Endpoint.Provider.ANTHROPIC, Endpoint.Provider.BEDROCK):
        from pydantic_ai.models.anthropic import AnthropicModel

        return AnthropicModel(endpoint.model, provider=provider)
    if endpoint.provider in (Endpoint.Provider.GOOGLE, Endpoint.Provider.VERTEX):
        from pydantic_ai.models.google import GoogleModel

        return GoogleModel(endpoint.model, provider=provider)
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles.openai import OpenAIModelProfile

    profile = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    return OpenAIChatModel(endpoint.model, provider=provider, profile=profile)
