"""A model server on loopback that answers by a script: real bytes for the real clients, faults on demand."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


@dataclass
class Script:
    """What the server does. `answer` makes the pieces of text from the last user message."""

    answer: Callable[[str], list[str]] = field(default=lambda prompt: ["はい。"])
    # Answer with this status instead.
    status: int = 200
    # Close the connection after so many pieces.
    cut_after: int | None = None
    # End the stream without a finish reason.
    quiet_end: bool = False
    # Send this instead of events.
    garbage: bytes = b""
    # Wait for this before the first piece.
    gate: threading.Event | None = None
    # What was asked: (path, headers, body).
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    # Pictures that came along, as they were sent: (media type, bytes).
    pictures: list[tuple[str, bytes]] = field(default_factory=list)
    url: str = ""


def _openai_event(piece: str | None, finish: str | None = None) -> bytes:
    body = {
        "id": "x",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "scripted",
        "choices": [{"index": 0, "delta": {"content": piece} if piece is not None else {}, "finish_reason": finish}],
    }
    return f"data: {json.dumps(body)}\n\n".encode()


def _openai(pieces: list[str], quiet_end: bool) -> Iterator[bytes]:
    for piece in pieces:
        yield _openai_event(piece)
    if not quiet_end:
        yield _openai_event(None, "stop")
        yield b"data: [DONE]\n\n"


def _anthropic(pieces: list[str], quiet_end: bool) -> Iterator[bytes]:
    def event(kind: str, **body: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **body})}\n\n".encode()

    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "scripted", "content": [], "usage": usage}
    yield event("message_start", message={**message, "stop_reason": None, "stop_sequence": None})
    yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for piece in pieces:
        yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
    if not quiet_end:
        yield event("content_block_stop", index=0)
        yield event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage=usage)
        yield event("message_stop")


def _google(pieces: list[str], quiet_end: bool) -> Iterator[bytes]:
    for number, piece in enumerate(pieces, start=1):
        candidate: dict[str, Any] = {"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0}
        if number == len(pieces) and not quiet_end:
            candidate["finishReason"] = "STOP"
        yield f"data: {json.dumps({'candidates': [candidate], 'modelVersion': 'scripted'})}\r\n\r\n".encode()


def _prompt(body: dict[str, Any]) -> str:
    if "contents" in body:
        return "".join(part.get("text", "") for part in body["contents"][-1]["parts"])
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _pictures(body: dict[str, Any]) -> list[tuple[str, bytes]]:
    """The pictures of the last user message, in each provider's own form."""
    found: list[tuple[str, str]] = []
    if "contents" in body:
        inner = [part["inlineData"] for part in body["contents"][-1]["parts"] if "inlineData" in part]
        found = [(one.get("mimeType") or one["mime_type"], one["data"]) for one in inner]
    elif isinstance(content := body["messages"][-1]["content"], list):
        for part in content:
            if part["type"] == "image_url":
                media, _, data = part["image_url"]["url"].removeprefix("data:").partition(";base64,")
                found.append((media, data))
            elif part["type"] == "image":
                found.append((part["source"]["media_type"], part["source"]["data"]))
    return [
        (media, base64.b64decode(data, altchars=b"-_" if "-" in data or "_" in data else None)) for media, data in found
    ]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: ClassVar[Script]

    def do_POST(self) -> None:
        script = self.script
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        script.requests.append((self.path, dict(self.headers), body))
        script.pictures += _pictures(body)
        if script.status != 200:
            error = json.dumps({"error": {"message": "scripted", "type": "x", "code": script.status}}).encode()
            self.send_response(script.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(error)))
            self.end_headers()
            self.wfile.write(error)
            return
        if script.gate:
            script.gate.wait(30)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if script.garbage:
            self._chunk(script.garbage)
            self._chunk(b"")
            return
        style = _openai
        if "/messages" in self.path:
            style = _anthropic
        elif "GenerateContent" in self.path:
            style = _google
        pieces = script.answer(_prompt(body))
        if script.cut_after is not None:
            for event in list(style(pieces, True))[: script.cut_after]:
                self._chunk(event)
            self.close_connection = True
            self.connection.close()
            return
        for event in style(pieces, script.quiet_end):
            self._chunk(event)
        self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Be quiet."""


@contextmanager
def serving(script: Script) -> Iterator[Script]:
    """Run the server on a free loopback port; `script.url` is its address."""
    handler = type("Handler", (_Handler,), {"script": script})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    script.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
