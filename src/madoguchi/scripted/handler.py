"""One connection: which protocol an address speaks, and the bytes of an answer, right or faulty."""

import json
import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socket import SO_LINGER, SOL_SOCKET
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from madoguchi.scripted import anthropic, google, openai_chat, openai_responses, transcriptions, vectors
from madoguchi.scripted.asked import JSON, Answer, Asked, Request, Unreadable
from madoguchi.scripted.faults import Broken, Fault, faulty
from madoguchi.scripted.reply import Protocol, Reply
from madoguchi.scripted.tokens import Usage, tokens

if TYPE_CHECKING:
    from madoguchi.scripted.server import Server

MODEL = "scripted"
_GOOGLE = re.compile(r"/models/([^/:]+):(\w+)\Z")
_DEPLOYMENT = re.compile(r"/openai/deployments/([^/]+)/")
_JSON, _STREAM = "application/json", "text/event-stream"
_STRANGE = (
    b": <script>alert(1)</script>\nretry: 1\nid: 1\n\n"
    b'event: script\ndata: {"type": "script", "text": "<script>alert(1)</script>"}\n\n'
)
_LINE = 65_536


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        """List the models, in the form of whoever asks."""
        self._begin(b"", None)
        path = self.path.partition("?")[0]
        if not path.endswith("/models"):
            self._send(404, _errors(path).error(404, "no such address"))
        elif "anthropic-version" in self.headers:
            one: JSON = {"type": "model", "id": MODEL, "display_name": MODEL, "created_at": "2026-01-01T00:00:00Z"}
            self._send(200, {"data": [one], "has_more": False, "first_id": MODEL, "last_id": MODEL})
        elif "beta" in path:
            ways = ["generateContent", "streamGenerateContent", "embedContent"]
            self._send(200, {"models": [{"name": f"models/{MODEL}", "supportedGenerationMethods": ways}]})
        else:
            one = {"id": MODEL, "object": "model", "created": 0, "owned_by": "madoguchi"}
            self._send(200, {"object": "list", "data": [one]})

    def do_POST(self) -> None:
        """Answer what is asked, or do what the fault of the moment says."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        body, asked = _read(path, raw)
        self._begin(raw, body, asked)
        fault = self.server.fault_for(self.path)
        if fault and self._is_over(fault, path):
            return
        if "/openai/deployments/" in path and "api-version" not in parse_qs(query):
            self._send(404, openai_chat.error(404, "Resource not found"))
            return
        try:
            self._answer(path, body, asked, raw, fault)
        except (LookupError, TypeError, AttributeError, Unreadable) as problem:
            self._send(400, _errors(path).error(400, f"not readable: {problem}"))

    def log_message(self, format: str, *args: Any) -> None:
        """Be quiet."""

    def _begin(self, raw: bytes, body: Any, asked: Asked | None = None) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.record(Request(self.command, self.path, headers, raw, body, asked))

    def _is_over(self, fault: Fault, path: str) -> bool:
        """Do what happens to a request before any answer; return whether that is all."""
        if fault.kind == "status":
            headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            self._send(fault.status, _errors(path).error(fault.status, "scripted"), headers)
        elif fault.kind == "redirect":
            self._send(302, {}, {"Location": fault.location})
        elif fault.kind == "hang-up":
            # With nothing to linger for, the client gets a reset.
            self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
        elif fault.kind == "stall" and not fault.after:
            self.server.gate.wait()
            return False
        elif fault.kind == "refusal" and "/openai/" in path and _PROTOCOLS.get(_ending(path)):
            self._send(400, openai_chat.azure_refusal())
        else:
            return False
        return True

    def _answer(self, path: str, body: Any, asked: Asked | None, raw: bytes, fault: Fault | None) -> None:
        ending = _ending(path)
        wrong = fault.wrong if fault and fault.kind == "usage" else ""
        if protocol := _protocol(path):
            if asked is None:
                raise Unreadable("the body")
            self._answer_chat(protocol, asked, path, fault)
            return
        if ending == "transcriptions":
            self._send_whole(*transcriptions.transcribed(self.headers.get("Content-Type", ""), raw), fault)
            return
        others = {
            "embeddings": vectors.openai_embeddings,
            "batchEmbedContents": vectors.google_embeddings,
            "embedContent": vectors.google_embeddings,
            "rerank": vectors.marks,
        }
        if ending not in others:
            self._send(404, _errors(path).error(404, "no such address"))
            return
        reply = Reply(Asked(body.get("model") or _model(path), ()), Answer(), Usage(0), wrong=wrong)
        self._send_whole(_dumped(others[ending](body, reply)), _JSON, fault)

    def _answer_chat(self, protocol: Protocol, asked: Asked, path: str, fault: Fault | None) -> None:
        server = self.server
        is_stream = asked.is_stream or path.endswith(":streamGenerateContent")
        answer = server.rules(asked)
        usage = server.kept.usage(asked.parts, asked.kept_parts, len(asked.pictures))
        reply = Reply(asked, Answer(self._paced(answer), answer.calls), usage)
        if fault and fault.kind in ("filter", "refusal"):
            reply.end = "filter" if fault.kind == "filter" else "refusal"
        if fault and fault.kind == "usage":
            reply.wrong = fault.wrong
        if fault and (is_stream or fault.kind in ("stall", "filter")):
            reply.answer = Answer(faulty(reply.answer.pieces, fault, server.gate), answer.calls)
        if fault and fault.kind == "huge":
            reply.limit = None
        if is_stream:
            self._send_events(protocol, reply, fault)
        elif fault and fault.kind == "error":
            self._send(500, protocol.error(500, "scripted"))
        else:
            self._send_whole(_dumped(protocol.whole(reply)), _JSON, fault)

    def _paced(self, answer: Answer) -> Iterator[str]:
        for piece in answer.pieces:
            if self.server.rate:
                self.server.gate.wait(tokens(piece) / self.server.rate)
            yield piece

    def _send_events(self, protocol: Protocol, reply: Reply, fault: Fault | None) -> None:
        self._head(200, {"Content-Type": _STREAM, "Transfer-Encoding": "chunked", "Cache-Control": "no-cache"})
        try:
            for event in protocol.events(reply):
                if fault and fault.kind == "strange":
                    self._chunk(_STRANGE)
                self._chunk(event, fault)
        except Broken as broken:
            if broken.kind == "cut":
                self.close_connection = True
                return
            if broken.kind == "malformed":
                self._chunk(b'data: {"choices": [{"delta": nonsense\n\n')
            elif broken.kind == "error":
                self._chunk(protocol.error_event())
            elif fault and broken.kind == "endless-line":
                self._chunk(b'data: {"')
                self._endless(fault)
        self._chunk(b"")

    def _send_whole(self, data: bytes, media: str, fault: Fault | None) -> None:
        kind = fault.kind if fault else ""
        if fault and kind in ("huge", "endless-line"):
            self._head(200, {"Content-Type": media, "Transfer-Encoding": "chunked"})
            self._chunk(b'{"')
            self._endless(fault)
            self._chunk(b"")
            return
        if kind == "malformed":
            data = data[:-1] + b", nonsense"
        self._head(200, {"Content-Type": media, "Content-Length": str(len(data))})
        if kind in ("cut", "quiet-end"):
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
        elif fault and kind == "drip":
            for piece in self._drops(data, fault):
                self.wfile.write(piece)
        else:
            self.wfile.write(data)

    def _endless(self, fault: Fault) -> None:
        """Send one line of a size; a huge one has none."""
        sent = 0
        while (fault.kind == "huge" or sent < fault.size) and not self.server.gate.is_set():
            self._chunk(b"a" * _LINE)
            sent += _LINE

    def _chunk(self, data: bytes, fault: Fault | None = None) -> None:
        for piece in self._drops(data, fault) if fault and fault.kind == "drip" else (data,):
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")

    def _drops(self, data: bytes, fault: Fault) -> Iterator[bytes]:
        for byte in data:
            if fault.pause and self.server.gate.wait(fault.pause):
                self.close_connection = True
                return
            yield bytes((byte,))

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = _dumped(body)
        self._head(status, {"Content-Type": _JSON, "Content-Length": str(len(data)), **(headers or {})})
        self.wfile.write(data)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


_PROTOCOLS = {
    "completions": openai_chat.OPENAI_CHAT,
    "responses": openai_responses.OPENAI_RESPONSES,
    "messages": anthropic.ANTHROPIC,
    "generateContent": google.GOOGLE,
    "streamGenerateContent": google.GOOGLE,
}


def _ending(path: str) -> str:
    """Return what an address ends in: a name, or Google's verb."""
    found = _GOOGLE.search(path)
    return found[2] if found else path.rsplit("/", 1)[-1]


def _protocol(path: str) -> Protocol | None:
    found = _PROTOCOLS.get(_ending(path))
    return openai_chat.AZURE_CHAT if found is openai_chat.OPENAI_CHAT and "/openai/" in path else found


def _errors(path: str) -> Protocol:
    """Return whose errors an address answers with."""
    return _protocol(path) or (google.GOOGLE if _GOOGLE.search(path) or "beta" in path else openai_chat.OPENAI_CHAT)


def _model(path: str) -> str:
    """Return the model that an address names."""
    found = _GOOGLE.search(path) or _DEPLOYMENT.search(path)
    return found[1] if found else MODEL


def _read(path: str, raw: bytes) -> tuple[Any, Asked | None]:
    """Return a body as JSON, and what it asks of a chat model; None for what is neither."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return None, None
    protocol = _protocol(path)
    with suppress(LookupError, TypeError, AttributeError, Unreadable):
        return body, protocol.read(body, _model(path)) if protocol else None
    return body, None


def _dumped(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
