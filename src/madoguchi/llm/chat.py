"""The only door to a chat model: which endpoint, its limits, its record.

pydantic-ai is imported when the first call is made: without an endpoint it costs nothing.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings

from madoguchi.llm.clients import http_client, provider_of
from madoguchi.llm.endpoints import NoEndpoint, allowed, key_of, why_none
from madoguchi.llm.faults import Fault, fault_of, message
from madoguchi.llm.models import Endpoint
from madoguchi.llm.on_record import on_record
from madoguchi.people.access import Scope

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model

# A server that ignores the limit of tokens is cut here: no language needs this many characters a token.
_CHARACTERS_PER_TOKEN = 8
# Last characters of a text that is whole.
_WHOLE = "。！？!?.」）)]］】"


class EndpointFailed(Exception):
    """A call failed; the message says what happened, in Japanese. `begun`: some text had come before."""

    def __init__(self, message: str, begun: bool = False) -> None:
        super().__init__(message)
        self.begun = begun


@dataclass
class Chat:
    """A call: iterate over its pieces of text. `endpoint` is the one that answers, once the first piece came."""

    purpose: str
    scope: Scope
    system: str
    prompt: str
    classification: int
    endpoint: Endpoint | None = field(default=None, init=False)

    def __iter__(self) -> Iterator[str]:
        return _first_that_answers(self)


def stream(purpose: str, scope: Scope, system: str, prompt: str, classification: int) -> Chat:
    """Return the text of a model for a prompt, piece by piece as it comes.

    `classification` is the highest of all that system and prompt carry. The first allowed endpoint is called; when it
    fails before its first piece, the next one is. Iterating raises NoEndpoint when none may take it, and EndpointFailed
    when all failed or one broke off (`begun`).
    """
    return Chat(purpose, scope, system, prompt, classification)


def _first_that_answers(chat: Chat) -> Iterator[str]:
    candidates = allowed(chat.scope.tenant_id, chat.classification, chat.scope.zone)
    if not candidates:
        raise NoEndpoint(why_none(chat.scope.tenant_id, chat.classification))
    failures: list[str] = []
    for endpoint in candidates:
        try:
            for piece in call(endpoint, chat.purpose, chat.scope, Asked(chat.system, chat.prompt)):
                chat.endpoint = endpoint
                yield piece
            return
        except NoEndpoint as reason:
            failures.append(str(reason))
        except EndpointFailed as failure:
            if failure.begun:
                raise
            failures.append(str(failure))
    raise EndpointFailed(" ".join(failures))


@dataclass(frozen=True)
class Asked:
    """What one endpoint is asked: texts, perhaps a picture (PNG), and the bounds of the answer."""

    system: str
    prompt: str
    picture: bytes = b""
    max_tokens: int = field(default_factory=lambda: settings.ANSWER_MAX_TOKENS)
    seconds: float = field(default_factory=lambda: settings.ANSWER_SECONDS)


def call(endpoint: Endpoint, purpose: str, scope: Scope, asked: Asked, actor: str = "") -> Iterator[str]:
    """Yield the text of one endpoint; raises NoEndpoint when its key is missing, EndpointFailed when it fails.

    The call stands on the record when it ends, however it ends: lengths and time, no text. `actor` is who makes it
    when that is not the person of the scope.
    """
    key = key_of(endpoint)
    sent = {"characters_in": len(asked.system) + len(asked.prompt), "bytes_in": len(asked.picture)}
    written = 0
    try:
        with (
            on_record(endpoint, purpose, scope, actor, **sent, characters_out=0) as detail,
            _Pump(endpoint, key, asked) as pieces,
        ):
            for piece in pieces:
                written += len(piece)
                detail["characters_out"] = written
                yield piece
    except Fault as fault:
        raise EndpointFailed(message(endpoint, fault.kind), begun=written > 0) from None


class _Pump:
    """Runs the asynchronous client in a thread of its own, so that any caller can iterate: view, worker or command."""

    def __init__(self, endpoint: Endpoint, key: str, asked: Asked) -> None:
        self.endpoint, self.key, self.asked = endpoint, key, asked
        self.pieces: queue.Queue[str | Fault | None] = queue.Queue()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, name="llm-call", daemon=True)
        self.task: asyncio.Task[None] | None = None

    def __enter__(self) -> Iterator[str]:
        self.thread.start()
        return self._received()

    def __exit__(self, *_: object) -> None:
        # The loop may be closing at this very moment: then there is nothing to stop.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._cancel)
        self.thread.join(timeout=settings.ENDPOINT_CONNECT_SECONDS)

    def _cancel(self) -> None:
        if self.task and not self.task.done():
            self.task.cancel()

    def _received(self) -> Iterator[str]:
        deadline = time.monotonic() + self.asked.seconds + settings.ENDPOINT_CONNECT_SECONDS
        while True:
            try:
                piece = self.pieces.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise Fault("timeout") from None
            if piece is None:
                return
            if isinstance(piece, Fault):
                raise piece
            yield piece

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.task = self.loop.create_task(self._call())
            self.loop.run_until_complete(self.task)
            self.pieces.put(None)
        except asyncio.CancelledError:
            self.pieces.put(None)
        except Exception as error:
            self.pieces.put(fault_of(error))
        finally:
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    async def _call(self) -> None:
        http = http_client(self.endpoint, self.asked.seconds)
        async for piece in pieces(model_of(self.endpoint, self.key, http), http, self.asked):
            self.pieces.put(piece)


async def pieces(model: "Model", http: "httpx2.AsyncClient", asked: Asked) -> AsyncIterator[str]:
    """Yield the text of a model as it comes, and close its client; raises Fault, and what the library raises."""
    from pydantic_ai.direct import model_request_stream
    from pydantic_ai.exceptions import ModelAPIError
    from pydantic_ai.messages import (
        BinaryContent,
        ModelRequest,
        PartDeltaEvent,
        PartStartEvent,
        TextPart,
        TextPartDelta,
        UserPromptPart,
    )

    limits = {
        "max_tokens": asked.max_tokens,
        "request_timeout": float(asked.seconds),
        "first_event_timeout": float(min(asked.seconds, settings.ENDPOINT_FIRST_TOKEN_SECONDS)),
        "max_retries": 0,
    }
    written, last = 0, ""
    picture = [BinaryContent(asked.picture, media_type="image/png")] if asked.picture else []
    request = [
        ModelRequest([UserPromptPart([asked.prompt, *picture] if picture else asked.prompt)], instructions=asked.system)
    ]
    async with (
        http,
        model_request_stream(
            model,
            request,
            model_settings=limits,  # type: ignore[arg-type]
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
        if not written:
            raise Fault("empty")


def model_of(endpoint: Endpoint, key: str, http: "httpx2.AsyncClient") -> "Model":
    """Return the library's model of an endpoint."""
    provider = provider_of(endpoint, key, http)
    if endpoint.provider == Endpoint.Provider.ANTHROPIC:
        from pydantic_ai.models.anthropic import AnthropicModel

        return AnthropicModel(endpoint.model, provider=provider)
    if endpoint.provider == Endpoint.Provider.GOOGLE:
        from pydantic_ai.models.google import GoogleModel

        return GoogleModel(endpoint.model, provider=provider)
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles.openai import OpenAIModelProfile

    profile = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    return OpenAIChatModel(endpoint.model, provider=provider, profile=profile)
