"""Sound written down by an endpoint: the API `/audio/transcriptions` of OpenAI, Azure and compatible servers.

Asked for segments with their times first (`verbose_json`); a server that has none of those gives one text.
"""

import math
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.llm.clients import azure_address, finished, http_client, is_resting, rest, works
from madoguchi.llm.endpoints import NoEndpoint, address_of, key_of
from madoguchi.llm.faults import Fault, json_of, message
from madoguchi.llm.models import Endpoint, Purpose
from madoguchi.llm.on_record import on_record
from madoguchi.llm.profiles import zones_of
from madoguchi.llm.wanted import Wanted
from madoguchi.people.access import Scope

if TYPE_CHECKING:
    import httpx2


@dataclass(frozen=True)
class Segment:
    """What was said between two moments, in seconds from the beginning of the sound."""

    start: float
    end: float
    text: str


class TranscriptionFailed(Exception):
    """The sound was not written down; the message says why, in Japanese. The sound itself is where it was."""


def transcribe(
    endpoint: Endpoint, sound: bytes, name: str, scope: Scope, language: str = "ja", seconds: float | None = None
) -> list[Segment]:
    """Return what is said in a sound file, in the order of time; raises TranscriptionFailed.

    `name` says by its ending what kind of file it is. It is over after `seconds` (otherwise TRANSCRIPTION_SECONDS).
    """
    fits = endpoint.is_enabled and endpoint.use == Endpoint.Use.TRANSCRIPTION and endpoint.tenant_id == scope.tenant_id
    if not fits or endpoint.zone not in zones_of(scope.tenant_id, scope.zone):
        raise TranscriptionFailed(message(endpoint, "use"))
    if is_resting(endpoint):
        raise TranscriptionFailed(message(endpoint, "resting"))
    return call(endpoint, sound, name, scope, language, seconds or settings.TRANSCRIPTION_SECONDS)


def call(endpoint: Endpoint, sound: bytes, name: str, scope: Scope, language: str, seconds: float) -> list[Segment]:
    """Return the segments by one call, used or not, resting or not: for a trial. See `transcribe`; it is recorded."""
    if len(sound) > settings.TRANSCRIPTION_MAX_MB * 1_000_000:
        raise TranscriptionFailed(
            _("録音が一度に送れる大きさ（%(most)sMB）を超えています。録音を分けて、もう一度お試しください。")
            % {"most": settings.TRANSCRIPTION_MAX_MB}
        )
    try:
        key = key_of(endpoint)
    except NoEndpoint as reason:
        raise TranscriptionFailed(str(reason)) from None
    try:
        with on_record(endpoint, Wanted(Purpose.TRANSCRIBE, scope), bytes_in=len(sound)):
            segments = finished(lambda: _written(endpoint, key, sound, name, language, seconds), seconds)
    except Fault as fault:
        rest(endpoint, fault, settings.TRANSCRIPTION_RETRY_SECONDS)
        raise TranscriptionFailed(message(endpoint, fault.kind)) from None
    works(endpoint)
    return segments


def _written(
    endpoint: Endpoint, key: str, sound: bytes, name: str, language: str, seconds: float
) -> Coroutine[Any, Any, list[Segment]]:
    return _by_api(endpoint, http_client(endpoint, seconds, whole=True), key, (name, sound), language)


async def _by_api(
    endpoint: Endpoint, http: "httpx2.AsyncClient", key: str, file: tuple[str, bytes], language: str
) -> list[Segment]:
    address, headers = _address(endpoint), {}
    if endpoint.provider == Endpoint.Provider.AZURE_ENTRA:
        from madoguchi.llm.tokens import Token

        http.auth = Token(endpoint.provider, key)
    elif key and endpoint.provider == Endpoint.Provider.AZURE:
        headers["api-key"] = key
    elif key:
        headers["Authorization"] = f"Bearer {key}"
    async with http:
        for form in ("verbose_json", "json"):
            fields = {"model": endpoint.model, "language": language, "response_format": form}
            answer = await http.post(address, headers=headers, files={"file": file}, data=fields)
            # Some models have no times to give, and refuse to be asked for them.
            if answer.status_code in (400, 422) and form == "verbose_json":
                continue
            break
    return _segments(json_of(answer))


def _address(endpoint: Endpoint) -> str:
    if endpoint.provider not in (Endpoint.Provider.AZURE, Endpoint.Provider.AZURE_ENTRA):
        return f"{address_of(endpoint).rstrip('/')}/audio/transcriptions"
    address, version = azure_address(address_of(endpoint))
    if version:
        return f"{address}/openai/deployments/{endpoint.model}/audio/transcriptions?api-version={version}"
    return f"{address}/audio/transcriptions"


def _segments(answer: Any) -> list[Segment]:
    """Return the segments of an answer, those without words left out; raises Fault for what is none."""
    if not isinstance(answer, dict):
        raise Fault("unreadable")
    rows = answer.get("segments")
    if rows is None:
        # Without times: all of it, from the beginning to as far as is known.
        rows = [{"start": 0, "end": answer.get("duration") or 0, "text": answer.get("text")}]
    if not isinstance(rows, list) or len(rows) > settings.TRANSCRIPTION_MAX_SEGMENTS:
        raise Fault("unreadable")
    segments = [_segment(row) for row in rows]
    segments.sort(key=lambda segment: segment.start)
    return [segment for segment in segments if segment.text]


def _segment(row: Any) -> Segment:
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise Fault("unreadable")
    start, end = (_seconds(row.get(name)) for name in ("start", "end"))
    if end < start:
        raise Fault("unreadable")
    return Segment(start, end, row["text"].strip())


def _seconds(value: Any) -> float:
    try:
        # Some write them as text.
        seconds = float(value) if type(value) in (int, float, str) else math.nan
    except (ValueError, OverflowError):
        seconds = math.nan
    if not math.isfinite(seconds) or seconds < 0:
        raise Fault("unreadable")
    return seconds
