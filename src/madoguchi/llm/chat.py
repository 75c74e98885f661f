"""The only door to a chat model: which endpoint, its client, its limits, its faults, its record.

pydantic-ai is imported when the first call is made: without an endpoint it costs nothing.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.audit.record import actor_of, record
from madoguchi.llm.endpoints import NoEndpoint, address_of, allowed, key_of, why_none
from madoguchi.llm.models import Endpoint
from madoguchi.people.access import Scope

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model

log = structlog.get_logger(__name__)
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
    seconds: int = field(default_factory=lambda: settings.ANSWER_SECONDS)


def call(endpoint: Endpoint, purpose: str, scope: Scope, asked: Asked, actor: str = "") -> Iterator[str]:
    """Yield the text of one endpoint; raises NoEndpoint when its key is missing, EndpointFailed when it fails.

    The call stands on the record when it ends, however it ends: lengths and time, no text. `actor` is who makes it
    when that is not the person of the scope.
    """
    key = key_of(endpoint)
    started = time.monotonic()
    written, outcome = 0, "stopped"
    try:
        with _Pump(endpoint, key, asked) as pieces:
            for piece in pieces:
                written += len(piece)
                yield piece
        outcome = "done"
    except _Fault as fault:
        outcome = fault.kind
        log.warning("endpoint.failed", endpoint=endpoint.pk, kind=fault.kind)
        raise EndpointFailed(_message(endpoint, fault.kind), begun=written > 0) from None
    finally:
        record(
            scope.tenant_id,
            actor or actor_of(scope),
            "model.called",
            f"endpoint:{endpoint.pk}",
            purpose=purpose,
            model=endpoint.model,
            characters_in=len(asked.system) + len(asked.prompt),
            bytes_in=len(asked.picture),
            characters_out=written,
            ms=round((time.monotonic() - started) * 1000),
            outcome=outcome,
        )


class _Fault(Exception):
    """A call ended badly: `kind` names how. The library's own message is not kept, it may quote the prompt."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def _message(endpoint: Endpoint, kind: str) -> str:
    reasons = {
        "unreachable": _("接続できませんでした。URLと通信経路を確認してください。"),
        "timeout": _("時間内に応答がありませんでした。"),
        "key": _("キーが受け付けられませんでした。環境変数のキーを確認してください。"),
        "busy": _("混み合っているか、利用上限に達しています。しばらくしてからお試しください。"),
        "model": _("モデルが見つかりませんでした。モデル名を確認してください。"),
        "refused": _("要求が受け付けられませんでした。モデル名と設定を確認してください。"),
        "server": _("接続先でエラーが起きました。"),
        "cut": _("応答が途中で途切れました。"),
        "empty": _("応答が空でした。"),
        "settings": _("設定に誤りがあります。提供元・URL・モデル名を確認してください。"),
    }
    return _("接続先「%(name)s」: %(reason)s") % {"name": endpoint.name, "reason": reasons[kind]}


class _Pump:
    """Runs the asynchronous client in a thread of its own, so that any caller can iterate: view, worker or command."""

    def __init__(self, endpoint: Endpoint, key: str, asked: Asked) -> None:
        self.endpoint, self.key, self.asked = endpoint, key, asked
        self.pieces: queue.Queue[str | _Fault | None] = queue.Queue()
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
                raise _Fault("timeout") from None
            if piece is None:
                return
            if isinstance(piece, _Fault):
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
            self.pieces.put(_fault_of(error))
        finally:
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    async def _call(self) -> None:
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

        asked = self.asked
        limits = {
            "max_tokens": asked.max_tokens,
            "request_timeout": float(asked.seconds),
            "first_event_timeout": float(min(asked.seconds, settings.ENDPOINT_FIRST_TOKEN_SECONDS)),
            "max_retries": 0,
        }
        written, last = 0, ""
        picture = [BinaryContent(asked.picture, media_type="image/png")] if asked.picture else []
        request = [
            ModelRequest(
                [UserPromptPart([asked.prompt, *picture] if picture else asked.prompt)], instructions=asked.system
            )
        ]
        async with (
            _http_client(self.endpoint, asked.seconds) as http,
            model_request_stream(
                _model(self.endpoint, self.key, http),
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
                        self.pieces.put(text)
                    if written > asked.max_tokens * _CHARACTERS_PER_TOKEN:
                        return
            except ModelAPIError as error:
                # Some servers never say why they ended; a text that stops inside a sentence was cut.
                if "finish_reason" not in str(error) or last not in _WHOLE:
                    raise
            if not written:
                raise _Fault("empty")


def _http_client(endpoint: Endpoint, seconds: int) -> "httpx2.AsyncClient":
    """Return the client of a call: certificates checked, no redirects; a proxy for the internet only."""
    import httpx2

    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(seconds, connect=settings.ENDPOINT_CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=endpoint.zone == Endpoint.Zone.INTERNET,
    )


def _model(endpoint: Endpoint, key: str, http: "httpx2.AsyncClient") -> "Model":
    """Return the library's model of an endpoint. Address and key are always given: none comes from its defaults."""
    address = address_of(endpoint)
    if endpoint.provider == Endpoint.Provider.ANTHROPIC:
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        return AnthropicModel(
            endpoint.model, provider=AnthropicProvider(api_key=key or "none", base_url=address, http_client=http)
        )
    if endpoint.provider == Endpoint.Provider.GOOGLE:
        from pydantic_ai.models.google import GoogleModel
        from pydantic_ai.providers.google import GoogleProvider

        return GoogleModel(
            endpoint.model, provider=GoogleProvider(api_key=key or "none", base_url=address, http_client=http)
        )
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles.openai import OpenAIModelProfile

    profile = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    if endpoint.provider == Endpoint.Provider.AZURE:
        from pydantic_ai.providers.azure import AzureProvider

        address, version = _azure_address(address)
        return OpenAIChatModel(
            endpoint.model,
            provider=AzureProvider(
                azure_endpoint=address, api_version=version, api_key=key or "none", http_client=http
            ),
            profile=profile,
        )
    from pydantic_ai.providers.openai import OpenAIProvider

    return OpenAIChatModel(
        endpoint.model,
        provider=OpenAIProvider(base_url=address, api_key=key or "none", http_client=http),
        profile=profile,
    )


def _azure_address(address: str) -> tuple[str, str | None]:
    """Return an Azure address and API version: without a version, the v1 API, which takes none."""
    parts = urlsplit(address)
    version = dict(parse_qsl(parts.query)).get("api-version")
    plain = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    if version or plain.endswith("/v1"):
        return plain, version
    return f"{plain}/openai/v1", None


def _fault_of(error: Exception) -> _Fault:
    from pydantic_ai import exceptions

    if isinstance(error, _Fault):
        return error
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (exceptions.ModelRequestTimeout, "timeout"),
        (exceptions.ModelTimeoutError, "timeout"),
        (exceptions.ModelConnectionError, "unreachable"),
        (exceptions.ModelAuthenticationError, "key"),
        (exceptions.ModelNotFoundError, "model"),
        (exceptions.ModelRateLimitError, "busy"),
        (exceptions.ModelQuotaExceededError, "busy"),
        (exceptions.ModelOverloadedError, "busy"),
        (exceptions.ModelRequestRejectedError, "refused"),
        (exceptions.ModelAPIError, "server"),
        (exceptions.UnexpectedModelBehavior, "cut"),
        (exceptions.UserError, "settings"),
    )
    for kind, name in kinds:
        if isinstance(error, kind):
            return _Fault(name)
    log.warning("endpoint.unknown_fault", type=type(error).__name__)
    return _Fault("server")
