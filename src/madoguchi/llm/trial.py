"""Trying an endpoint: what works, and how fast."""

import base64
import time
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.llm import embedding_endpoints, rerank
from madoguchi.llm.chat import EndpointFailed, call
from madoguchi.llm.embeddings import EmbeddingUnavailable
from madoguchi.llm.endpoints import NoEndpoint
from madoguchi.llm.known_models import prefixes_of
from madoguchi.llm.models import Endpoint
from madoguchi.llm.wire import Asked
from madoguchi.people.access import Scope

# Fixed texts of class 1: a trial sends nothing of the office.
_SYSTEM = "あなたは接続試験に答えます。短く日本語で答えてください。"
_PROMPT = "「接続を確認しました。」とだけ書いてください。"
_PICTURE_PROMPT = "この図に見えるものを一文で書いてください。"
# A picture of ours: a blue square on white, 64 × 64 pixels.
_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAQMAAACQp+OdAAAABlBMVEX///8AUMh6xsSoAAAAHklEQVR42mNgGFyAkYHhPwMDAyMD"
    "E0xklIHMGGwAAPa7AUAn7aGOAAAAAElFTkSuQmCC"
)
_QUESTION = "住民票の写しの手数料はいくらですか。"
_RELATED = "住民票の写しの交付手数料は、1通につき300円です。"
_UNRELATED = (
    "市立図書館の開館時間は、午前9時から午後8時までです。",
    "粗大ごみは、収集日の前日までに電話で申し込んでください。",
)


@dataclass
class Trial:
    """What a trial showed. `chat`: a text came. `stream`: it came in more than one piece."""

    name: str
    use: str
    chat: bool = False
    stream: bool = False
    # Whether it took a picture; None when it is not said to.
    vision: bool | None = None
    # Whether vectors or marks came; None when it is of another use.
    embedding: bool | None = None
    rerank: bool | None = None
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
    # In Japanese, empty when it works.
    reason: str = ""

    @property
    def works(self) -> bool:
        """Whether it did what its use asks for."""
        return self.chat or bool(self.embedding) or bool(self.rerank)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def try_out(endpoint: Endpoint, scope: Scope) -> Trial:
    """Call an endpoint with fixed texts and return what works."""
    trial = Trial(endpoint.name, endpoint.use)
    if endpoint.use == Endpoint.Use.EMBEDDING:
        _embed(trial, endpoint, scope)
    elif endpoint.use in rerank.USES:
        _rerank(trial, endpoint, scope)
    else:
        _chat(trial, endpoint, scope)
    return trial


def _chat(trial: Trial, endpoint: Endpoint, scope: Scope) -> None:
    started = time.monotonic()
    pieces = 0
    try:
        for piece in call(endpoint, "test", scope, Asked(_SYSTEM, _PROMPT)):
            pieces += 1
            trial.characters += len(piece)
            if trial.first_ms is None:
                trial.first_ms = _ms_since(started)
        trial.chat = True
    except (NoEndpoint, EndpointFailed) as failure:
        trial.reason = str(failure)
    trial.total_ms = _ms_since(started)
    trial.stream = pieces > 1
    if trial.chat and not trial.stream:
        trial.reason = _("応答は届きましたが、一度に届きました。逐次表示はできません。")
    if trial.chat and endpoint.sees_pictures:
        trial.vision = _takes_a_picture(endpoint, scope)


def _takes_a_picture(endpoint: Endpoint, scope: Scope) -> bool:
    try:
        return any(list(call(endpoint, "test", scope, Asked(_SYSTEM, _PICTURE_PROMPT, _PICTURE))))
    except (NoEndpoint, EndpointFailed):
        return False


def _embed(trial: Trial, endpoint: Endpoint, scope: Scope) -> None:
    trial.query_prefix, trial.passage_prefix = prefixes_of(endpoint)
    trial.embedding = False
    seconds = settings.EMBEDDING_ENDPOINT_SECONDS
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
        marks = rerank.call(endpoint, _QUESTION, texts, scope, settings.EMBEDDING_ENDPOINT_SECONDS)
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
