"""Vectors of texts by an endpoint that an administrator configured.

Who calls says which texts an endpoint may have (`routing.highest_for`); here stand its limits, faults and record.
A question is tried once and briefly, and what failed is left alone for a while: search goes on by words. Passages wait.
"""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.letters import without_variations
from madoguchi.llm import guard
from madoguchi.llm.clients import finished, http_client, identity, is_resting, provider_of, rest, works
from madoguchi.llm.embeddings import Array, EmbeddingUnavailable
from madoguchi.llm.endpoints import DIMENSIONS, NoEndpoint, key_of
from madoguchi.llm.faults import Fault, fault_of, message
from madoguchi.llm.known_models import prefixes_of
from madoguchi.llm.models import Endpoint, Purpose
from madoguchi.llm.my_number import found_in
from madoguchi.llm.on_record import on_record
from madoguchi.llm.profiles import zones_of
from madoguchi.llm.routing import highest_for
from madoguchi.llm.wanted import Wanted, class_of_typed
from madoguchi.people.access import Scope

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.embeddings import EmbeddingModel

Kind = Literal["query", "passage"]
# A text that alone is refused is halved, it may be longer than the model takes; never below so many characters.
_SHORTEST_CUT = 150

# Vectors of questions by settings of the endpoint, person and text: nothing crosses persons.
_questions: OrderedDict[tuple[Any, ...], Array] = OrderedDict()
_questions_lock = threading.Lock()


def embed(
    endpoint: Endpoint, texts: Sequence[str], *, kind: Kind, scope: Scope, actor: str = "", seconds: float | None = None
) -> Array:
    """Return the vectors of texts, shape (n, d) float32, each of length 1; raises EmbeddingUnavailable.

    `seconds`: for all of it, otherwise EMBEDDING_QUERY_SECONDS or EMBEDDING_PASSAGES_SECONDS. `actor` is who asks when
    that is not the person of the scope. Texts with a My Number are not sent, and then none is.
    """
    fits = endpoint.is_enabled and endpoint.use == Endpoint.Use.EMBEDDING and endpoint.tenant_id == scope.tenant_id
    if not fits or endpoint.zone not in zones_of(scope.tenant_id, scope.zone):
        raise EmbeddingUnavailable(message(endpoint, "use"))
    if kind == "query" and highest_for(endpoint, scope.zone) < class_of_typed(scope):
        raise EmbeddingUnavailable(message(endpoint, "closed"))
    if kind == "passage":
        return call(endpoint, texts, kind, scope, seconds or settings.EMBEDDING_PASSAGES_SECONDS, actor)
    _stop_my_numbers(endpoint, texts, kind)
    keys = [(identity(endpoint), scope.tenant_id, scope.user_id, text) for text in texts]
    with _questions_lock:
        # Questions of nobody in particular are not kept.
        kept = {key: _questions[key] for key in keys if key in _questions} if scope.user_id is not None else {}
        for key in kept:
            _questions.move_to_end(key)
    missing = list(dict.fromkeys(key for key in keys if key not in kept))
    if missing:
        if is_resting(endpoint):
            raise EmbeddingUnavailable(message(endpoint, "resting"))
        asked = [key[-1] for key in missing]
        vectors = call(endpoint, asked, kind, scope, seconds or settings.EMBEDDING_QUERY_SECONDS, actor)
        kept |= zip(missing, vectors, strict=True)
        if scope.user_id is not None:
            _keep(dict(zip(missing, vectors, strict=True)))
    return np.stack([kept[key] for key in keys]) if keys else np.zeros((0, endpoint.dimensions or 0), np.float32)


def _keep(vectors: dict[tuple[Any, ...], Array]) -> None:
    with _questions_lock:
        _questions.update(vectors)
        while len(_questions) > settings.EMBEDDING_QUERIES_KEPT:
            _questions.popitem(last=False)


def call(endpoint: Endpoint, texts: Sequence[str], kind: Kind, scope: Scope, seconds: float, actor: str = "") -> Array:
    """Return the vectors of texts by one call, used or not, resting or not: for a trial. See `embed`.

    It stands on the record when it ends, however it ends: numbers and time, no text.
    """
    _stop_my_numbers(endpoint, texts, kind)
    if not texts:
        return np.zeros((0, endpoint.dimensions or 0), np.float32)
    try:
        key = key_of(endpoint)
    except NoEndpoint as reason:
        raise EmbeddingUnavailable(str(reason)) from None
    prefix = prefixes_of(endpoint)[0 if kind == "query" else 1]
    longest = settings.EMBEDDING_ENDPOINT_TEXT_CHARACTERS
    prepared = [prefix + guard.as_it_may_go(without_variations(text)[:longest], endpoint) for text in texts]
    sent: dict[str, Any] = {"kind": kind, "count": len(texts), "characters_in": sum(map(len, prepared))}
    try:
        with on_record(endpoint, Wanted(Purpose.EMBED, scope, made_by=actor), **sent):
            rows = finished(
                lambda: _requested(endpoint, *_clients(endpoint, key, seconds), prepared, kind, seconds), seconds
            )
            vectors = _unit(endpoint, rows)
    except Fault as fault:
        if kind == "query":
            rest(endpoint, fault, settings.EMBEDDING_RETRY_SECONDS)
        raise EmbeddingUnavailable(message(endpoint, fault.kind)) from None
    works(endpoint)
    return vectors


def load(endpoint: Endpoint) -> None:
    """Load what a call to an endpoint needs, some seconds: the first question of a process does not wait so long."""
    _model, http = _clients(endpoint, "none", 1)
    asyncio.run(http.aclose())


def _stop_my_numbers(endpoint: Endpoint, texts: Sequence[str], kind: Kind) -> None:
    count = sum(any(found.certain for found in found_in(text)) for text in texts)
    if count and kind == "query":
        raise EmbeddingUnavailable(message(endpoint, "my_number"))
    if count:
        raise EmbeddingUnavailable(
            _("個人番号（マイナンバー）を含む文が%(count)d件あるため、接続先「%(name)s」には渡しませんでした。")
            % {"count": count, "name": endpoint.name}
        )


def _clients(endpoint: Endpoint, key: str, seconds: float) -> "tuple[EmbeddingModel, httpx2.AsyncClient]":
    """Return the library's embedding model of an endpoint and the client that it speaks through."""
    http = http_client(endpoint, min(seconds, settings.EMBEDDING_ENDPOINT_SECONDS), whole=True)
    provider = provider_of(endpoint, key, http)
    if endpoint.provider in (Endpoint.Provider.GOOGLE, Endpoint.Provider.VERTEX):
        from pydantic_ai.embeddings.google import GoogleEmbeddingModel

        return GoogleEmbeddingModel(endpoint.model, provider=provider), http
    from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel

    return OpenAIEmbeddingModel(endpoint.model, provider=provider), http


async def _requested(
    endpoint: Endpoint,
    model: "EmbeddingModel",
    http: "httpx2.AsyncClient",
    texts: list[str],
    kind: Kind,
    seconds: float,
) -> list[Sequence[float]]:
    """Return the vectors of texts as they come; raises Fault. Passages wait while a server is busy, questions never."""
    deadline = time.monotonic() + seconds
    vectors = list[Sequence[float]]()
    size, wait = settings.EMBEDDING_ENDPOINT_BATCH, 1.0
    async with http:
        while len(vectors) < len(texts):
            at = len(vectors)
            batch = _batch(texts[at : at + size])
            try:
                vectors += await _answered(endpoint, model, batch, kind)
            except Exception as error:
                fault = fault_of(error)
                pause = min(wait if fault.retry_after is None else fault.retry_after, settings.EMBEDDING_WAIT_SECONDS)
                if fault.kind == "busy" and kind == "passage" and time.monotonic() + pause < deadline:
                    wait *= 2
                    await asyncio.sleep(pause)
                elif fault.kind == "refused" and len(batch) > 1:
                    # A server takes only so many at once: TEI 32 unless told otherwise, others ten.
                    size = len(batch) // 2
                elif fault.kind == "refused" and len(batch[0]) // 2 >= _SHORTEST_CUT:
                    texts[at] = batch[0][: len(batch[0]) // 2]
                else:
                    raise fault from None
    return vectors


def _batch(texts: list[str]) -> list[str]:
    """Return as many of the first texts as go into one request, at least one."""
    characters, end = 0, 0
    for text in texts:
        characters += len(text)
        if end and characters > settings.EMBEDDING_ENDPOINT_BATCH_CHARACTERS:
            break
        end += 1
    return texts[:end]


async def _answered(
    endpoint: Endpoint, model: "EmbeddingModel", batch: list[str], kind: Kind
) -> Sequence[Sequence[float]]:
    wanted: dict[str, Any] = {"dimensions": endpoint.dimensions} if endpoint.dimensions else {}
    if endpoint.model == "gemini-embedding-2" and any(prefixes_of(endpoint)):
        # What the administrator set stands instead of what the library would put before a text.
        wanted["google_task"] = "raw"
    try:
        answer = await model.embed(
            batch,
            input_type="query" if kind == "query" else "document",
            settings=wanted,  # type: ignore[arg-type]
        )
    except Exception as error:
        fault = fault_of(error)
        raise Fault("unreadable" if fault.kind == "cut" else fault.kind, fault.retry_after) from None
    if len(answer.embeddings) != len(batch):
        raise Fault("unreadable")
    return answer.embeddings


def _unit(endpoint: Endpoint, rows: list[Sequence[float]]) -> Array:
    """Return vectors with length 1; raises Fault for what is none: other dimensions, no number, no length."""
    try:
        vectors = np.array(rows, np.float32)
    except (TypeError, ValueError):
        raise Fault("unreadable") from None
    if vectors.ndim != 2 or not DIMENSIONS[0] <= vectors.shape[1] <= DIMENSIONS[1]:
        raise Fault("unreadable")
    if endpoint.dimensions and vectors.shape[1] != endpoint.dimensions:
        raise Fault("dimensions")
    # In double precision, where no square of a float32 overflows.
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    if not np.isfinite(vectors).all() or norms.min() < 1e-9:
        raise Fault("unreadable")
    unit: Array = (vectors / norms).astype(np.float32)
    return unit
