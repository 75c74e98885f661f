"""Events over HTTP, as they come (text/event-stream)."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import structlog
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

log = structlog.get_logger(__name__)


def event_stream(request: HttpRequest, events: Iterator[dict[str, Any]]) -> StreamingHttpResponse:
    """Return a response that sends events one by one. When the reader leaves, the iterator is closed."""
    lines = _lines(events)
    content = _in_own_thread(lines, translation.get_language()) if isinstance(request, ASGIRequest) else lines
    response = StreamingHttpResponse(content, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _lines(events: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    try:
        for event in events:
            yield _line(event)
    except Exception as fault:
        # The page keeps what it has and says so; what happened stands in the log without anybody's text.
        log.error("answer.failed", type=type(fault).__name__, exc_info=True)
        yield _line(
            {
                "event": "failed",
                "text": _("回答の途中で問題が起きました。ここまでの内容は残しています。もう一度お試しください。"),
            }
        )
    finally:
        close = getattr(events, "close", None)
        if close:
            close()


def _line(event: dict[str, Any]) -> bytes:
    return f"event: {event['event']}\ndata: {json.dumps(event, ensure_ascii=False, default=str)}\n\n".encode()


async def _in_own_thread(lines: Iterator[bytes], language: str | None) -> AsyncIterator[bytes]:
    """Run the iterator in one thread with its own database connection, and hand its pieces to the server's loop."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
    left = threading.Event()

    def put(piece: bytes | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

    def run() -> None:
        try:
            with translation.override(language):
                for piece in lines:
                    put(piece)
                    if left.is_set():
                        break
        finally:
            lines.close()  # type: ignore[attr-defined]
            connections.close_all()
            put(None)

    threading.Thread(target=run, name="answer", daemon=True).start()
    try:
        while (piece := await pieces.get()) is not None:
            yield piece
    finally:
        left.set()
