"""Trying an endpoint: what works, and how fast."""

import array
import base64
import io
import math
import time
import wave
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import BaseModel, Field

from madoguchi.llm import breaker, embedding_endpoints, rerank, server_models, structured, transcription
from madoguchi.llm.chat import EndpointFailed, call
from madoguchi.llm.clients import finished, http_client
from madoguchi.llm.embeddings import EmbeddingUnavailable
from madoguchi.llm.endpoints import NoEndpoint, key_of, save
from madoguchi.llm.faults import Fault, message
from madoguchi.llm.known_models import prefixes_of
from madoguchi.llm.models import Endpoint
from madoguchi.llm.on_record import on_record
from madoguchi.llm.wanted import Wanted
from madoguchi.llm.wire import Asked, model_of, pieces
from madoguchi.people.access import Scope

T = TypeVar("T")

# Fixed texts of class 1: a trial sends nothing of the office.
_SYSTEM = "あなたは接続試験に答えます。短く日本語で答えてください。"
_PROMPT = "「接続を確認しました。」と書き、続けて市役所の窓口の役割を80字ほどで説明してください。"
_SCHEMA_PROMPT = "次の文から手続きと手数料を取り出してください。\n住民票の写しの交付手数料は、1通につき300円です。"
_TOOL_PROMPT = "税務課の窓口が開いている時間を、道具 opening_hours で調べてください。"
_PICTURE_PROMPT = "この図の真ん中にある四角形は何色ですか。色の名前だけを書いてください。"
# A picture of ours: a blue square on white, 64 × 64 pixels.
_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAQMAAACQp+OdAAAABlBMVEX///8AUMh6xsSoAAAAHklEQVR42mNgGFyAkYHhPwMDAyMD"
    "E0xklIHMGGwAAPa7AUAn7aGOAAAAAElFTkSuQmCC"
)
_BLUE = ("青", "あお", "ブルー", "藍", "紺", "blue")
_QUESTION = "住民票の写しの手数料はいくらですか。"
_RELATED = "住民票の写しの交付手数料は、1通につき300円です。"
_UNRELATED = (
    "市立図書館の開館時間は、午前9時から午後8時までです。",
    "粗大ごみは、収集日の前日までに電話で申し込んでください。",
)
# Of the sound: a second of a quiet tone.
_RATE, _HERTZ, _LOUDNESS = 16_000, 440, 3_000
# Fewer pieces say nothing of a speed.
_FEWEST_PIECES = 5
# After these it is not known whether it can: the server was not asked, or had no time for it.
_UNTOLD = ("unreachable", "timeout", "busy", "key", "loading", "stopped", "budget", "extra", "cut")
# What a trial shows, and the setting that it speaks for.
_SETTINGS = {
    "json": "keeps_schema",
    "tools": "calls_tools",
    "vision": "sees_pictures",
    "context_tokens": "context_tokens",
}


class Procedure(BaseModel):
    """What a trial asks for by a schema."""

    procedure: str = Field(max_length=100)
    fee_yen: int


@dataclass
class Trial:
    """What a trial showed. `chat`: a text came. `stream`: it came in more than one piece."""

    name: str
    use: str
    chat: bool = False
    stream: bool = False
    # Whether it kept to a schema, called a tool, saw what is in a picture; None when that is not known.
    json: bool | None = None
    tools: bool | None = None
    vision: bool | None = None
    # Whether vectors, marks or a text came; None when it is of another use.
    embedding: bool | None = None
    rerank: bool | None = None
    transcription: bool | None = None
    dimensions: int | None = None
    # What stood before the question and before a passage.
    query_prefix: str = ""
    passage_prefix: str = ""
    # Whether the sentence that answers the question was nearer than the other, or came first.
    right: bool | None = None
    # Milliseconds until the first piece, and until the end; of vectors, those of one question.
    first_ms: int | None = None
    total_ms: int | None = None
    characters: int = 0
    # After the first one: tokens as the server counts them, else pieces, since servers send a token a piece.
    tokens_per_second: float | None = None
    # How long a text the server itself says that it takes; None when it does not say.
    context_tokens: int | None = None
    # In Japanese, empty when it works.
    reason: str = ""

    @property
    def works(self) -> bool:
        """Whether it did what its use asks for."""
        return self.chat or bool(self.embedding) or bool(self.rerank) or bool(self.transcription)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def try_out(endpoint: Endpoint, scope: Scope) -> Trial:
    """Call an endpoint with fixed texts and return what works; each call is over after TRIAL_SECONDS."""
    trial = Trial(endpoint.name, endpoint.use)
    if endpoint.use == Endpoint.Use.EMBEDDING:
        _embed(trial, endpoint, scope)
    elif endpoint.use in rerank.USES:
        _rerank(trial, endpoint, scope)
    elif endpoint.use == Endpoint.Use.TRANSCRIPTION:
        _transcribe(trial, endpoint, scope)
    else:
        _chat(trial, endpoint, scope)
    return trial


def found_out(trial: Trial, endpoint: Endpoint) -> dict[str, Any]:
    """Return the settings that a trial speaks for and that are otherwise now, by name."""
    if not trial.chat:
        return {}
    shown = {name: getattr(trial, what) for what, name in _SETTINGS.items()}
    return {name: value for name, value in shown.items() if value is not None and value != getattr(endpoint, name)}


def adopt(endpoint: Endpoint, found: dict[str, Any], actor: str) -> None:
    """Save what a trial found out, on the record; raises Invalid."""
    for name, value in found.items():
        setattr(endpoint, name, value)
    save(endpoint, actor)


def _chat(trial: Trial, endpoint: Endpoint, scope: Scope) -> None:
    asked = Asked(_SYSTEM, _PROMPT, seconds=settings.TRIAL_SECONDS)
    arrivals = list[tuple[int, int]]()
    started = time.monotonic()
    try:
        _recorded(endpoint, scope, _arriving(endpoint, asked, arrivals, started), asked)
        breaker.succeeded(endpoint)
        trial.chat = True
    except NoEndpoint as reason:
        trial.reason = str(reason)
    except Fault as fault:
        trial.reason = message(endpoint, fault.kind)
    trial.total_ms = _ms_since(started)
    trial.characters = sum(length for _at, length in arrivals)
    trial.first_ms = arrivals[0][0] if arrivals else None
    trial.stream = len(arrivals) > 1
    if not trial.chat:
        trial.reason += server_models.hint(endpoint)
        return
    if len(arrivals) >= _FEWEST_PIECES:
        tokens = max(asked.usage.tokens_out or 0, len(arrivals)) - 1
        milliseconds = max(arrivals[-1][0] - arrivals[0][0], 1)
        trial.tokens_per_second = round(tokens / milliseconds * 1000, 1)
    trial.json = _worked(lambda: _keeps_schema(endpoint, scope))
    trial.tools = _worked(lambda: _calls_a_tool(endpoint, scope))
    trial.vision = _worked(lambda: _sees_blue(endpoint, scope))
    trial.context_tokens = server_models.context_of(endpoint)
    if not trial.stream:
        trial.reason = _("応答は届きましたが、一度に届きました。逐次表示はできません。")
    elif trial.context_tokens and (endpoint.context_tokens or 0) > trial.context_tokens:
        trial.reason = _(
            "サーバーが扱える長さは%(known)dトークンです。設定の%(set)dトークンより短いため、長い文は失敗します。"
        ) % {
            "known": trial.context_tokens,
            "set": endpoint.context_tokens,
        }


def _arriving(
    endpoint: Endpoint, asked: Asked, arrivals: list[tuple[int, int]], started: float
) -> Callable[[], Coroutine[Any, Any, None]]:
    """Return what asks for a text and notes when each piece came (ms) and its length.

    Through a client of its own: that of ordinary calls may put pieces together.
    """
    key = key_of(endpoint)

    async def arriving() -> None:
        http = http_client(endpoint, asked.seconds)
        async for piece in pieces(model_of(endpoint, key, http), http, asked):
            if piece:
                arrivals.append((_ms_since(started), len(piece)))

    return arriving


def _worked(tried: Callable[[], bool]) -> bool | None:
    try:
        return tried()
    except (Fault, EndpointFailed) as failure:
        return None if failure.kind in _UNTOLD else False
    except NoEndpoint:
        return None


def _keeps_schema(endpoint: Endpoint, scope: Scope) -> bool:
    asked, key = Asked(_SYSTEM, _SCHEMA_PROMPT, seconds=settings.TRIAL_SECONDS), key_of(endpoint)

    def coroutine() -> Coroutine[Any, Any, Procedure]:
        http = http_client(endpoint, asked.seconds)
        return structured.structured(model_of(endpoint, key, http), http, asked, Procedure)

    _recorded(endpoint, scope, coroutine, asked)
    return True


def _calls_a_tool(endpoint: Endpoint, scope: Scope) -> bool:
    asked, key = Asked(_SYSTEM, _TOOL_PROMPT, seconds=settings.TRIAL_SECONDS), key_of(endpoint)

    def coroutine() -> Coroutine[Any, Any, dict[str, Any]]:
        from pydantic_ai.tools import ToolDefinition

        place = {"type": "string", "description": "課の名前"}
        shape = {"type": "object", "properties": {"department": place}, "required": ["department"]}
        tool = ToolDefinition(
            name="opening_hours", parameters_json_schema=shape, description="課の窓口が開いている時間を調べる"
        )
        http = http_client(endpoint, asked.seconds, whole=True)
        return structured.calls(model_of(endpoint, key, http), http, asked, tool)

    return isinstance(_recorded(endpoint, scope, coroutine, asked).get("department"), str)


def _recorded(endpoint: Endpoint, scope: Scope, coroutine: Callable[[], Coroutine[Any, Any, T]], asked: Asked) -> T:
    with on_record(endpoint, Wanted("test", scope), usage=asked.usage):
        return finished(coroutine, settings.TRIAL_SECONDS)


def _sees_blue(endpoint: Endpoint, scope: Scope) -> bool:
    asked = Asked(_SYSTEM, _PICTURE_PROMPT, _PICTURE, seconds=settings.TRIAL_SECONDS)
    # Servers without eyes take a picture too, and make something up.
    said = "".join(call(endpoint, "test", scope, asked)).lower()
    return any(word in said for word in _BLUE)


def _transcribe(trial: Trial, endpoint: Endpoint, scope: Scope) -> None:
    trial.transcription = False
    try:
        started = time.monotonic()
        transcription.call(endpoint, _tone(), "trial.wav", scope, "ja", settings.TRIAL_SECONDS)
        trial.total_ms = _ms_since(started)
        trial.transcription = True
    except transcription.TranscriptionFailed as failure:
        trial.reason = str(failure)


def _tone() -> bytes:
    """Return a second of a tone as a WAV file; nothing is said in it, and no words are expected."""
    waves = (round(_LOUDNESS * math.sin(2 * math.pi * _HERTZ * at / _RATE)) for at in range(_RATE))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        sound.writeframes(array.array("h", waves).tobytes())
    return file.getvalue()


def _embed(trial: Trial, endpoint: Endpoint, scope: Scope) -> None:
    trial.query_prefix, trial.passage_prefix = prefixes_of(endpoint)
    trial.embedding = False
    seconds = settings.TRIAL_SECONDS
    try:
        # Passages first: a server may load its model now, which is not how long a question takes.
        related, unrelated = embedding_endpoints.call(endpoint, [_RELATED, _UNRELATED[0]], "passage", scope, seconds)
        started = time.monotonic()
        [question] = embedding_endpoints.call(endpoint, [_QUESTION], "query", scope, seconds)
        trial.total_ms = _ms_since(started)
    except EmbeddingUnavailable as failure:
        trial.reason = str(failure)
        return
    if len(question) != len(related):
        trial.reason = _("質問と文でベクトルの次元数が違います。接続先のモデルを確認してください。")
        return
    trial.embedding, trial.dimensions = True, len(question)
    trial.right = bool(question @ related > question @ unrelated)
    if not trial.right:
        trial.reason = _("関係のない文のほうを近いと判定しました。モデルと前置きの文字を確認してください。")
    elif trial.total_ms > settings.EMBEDDING_QUERY_SECONDS * 1000:
        trial.reason = _too_slow(settings.EMBEDDING_QUERY_SECONDS)


def _rerank(trial: Trial, endpoint: Endpoint, scope: Scope) -> None:
    trial.rerank = False
    texts = [_UNRELATED[0], _RELATED, _UNRELATED[1]]
    try:
        started = time.monotonic()
        marks = rerank.call(endpoint, _QUESTION, texts, scope, settings.TRIAL_SECONDS)
        trial.total_ms = _ms_since(started)
    except rerank.RerankFailed as failure:
        trial.reason = str(failure)
        return
    trial.rerank, trial.right = True, marks[1] > max(marks[0], marks[2])
    if not trial.right:
        trial.reason = _("質問の答えになる文が先頭に来ませんでした。モデルを確認してください。")
    elif trial.total_ms > settings.RERANK_SECONDS * 1000:
        trial.reason = _too_slow(settings.RERANK_SECONDS)


def _too_slow(seconds: float) -> str:
    return _("検索では%(seconds)s秒までしか待ちません。これより遅いときは、この接続先なしで検索します。") % {
        "seconds": seconds
    }


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
