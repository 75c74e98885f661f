"""A server on loopback that makes vectors and marks, in each provider's own protocol, with faults on demand.

The vectors mean something: bigrams of letters hashed into dimensions, so texts that share words are near.

    with serving(Vectors(dimensions=256)) as server:
        Endpoint(..., use="embedding", provider="openai-compatible", base_url=f"{server.url}/v1")
        server.texts  # what it was given
"""

import base64
import json
import math
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any, ClassVar

# The first question of a process does not wait for these, so it would fail: here they are loaded beforehand.
import pydantic_ai.embeddings.google
import pydantic_ai.embeddings.openai
import pydantic_ai.providers.azure
import pydantic_ai.providers.google  # noqa: F401


@dataclass
class Vectors:
    """What the server does, and what it was asked."""

    dimensions: int = 64
    # Whether it takes `dimensions` from the request, and answers in base64 when asked to.
    resizes: bool = True
    packs: bool = True
    # More texts in a request than these, or a longer text, are refused as TEI does.
    most_texts: int | None = None
    longest: int | None = None
    # Answer with this status instead, only so many times when `faults_left` is given; with these headers.
    status: int = 200
    faults_left: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    # stall, drip, cut, garbage, huge, packed, redirect, count, nan, words; of vectors also inf, zero, alike, changing
    # (in one answer), shrinking (from answer to answer); of marks also twice, beyond, true.
    fault: str = ""
    # How marks are asked for: documents (Cohere, Jina, vLLM), texts (TEI).
    dialect: str = "documents"
    # What a stalling or dripping server waits for; set when the server goes.
    gate: threading.Event = field(default_factory=threading.Event)
    # What was asked: (path, headers, body).
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    url: str = ""

    @property
    def texts(self) -> list[str]:
        """All texts that it was given, in order."""
        return [text for _path, _headers, body in self.requests for text in _texts(body)]

    @property
    def batches(self) -> list[int]:
        """How many texts each request held."""
        return [len(_texts(body)) for _path, _headers, body in self.requests]


def vector(text: str, dimensions: int) -> list[float]:
    """Return a vector of length 1 for a text: its bigrams, hashed."""
    sums = [0.0] * dimensions
    for pair in pairwise(text):
        place = zlib.crc32("".join(pair).encode())
        sums[place % dimensions] += 1.0 if place & 0x80000000 else -1.0
    length = math.sqrt(sum(value * value for value in sums))
    return [value / length for value in sums] if length else [1.0] + [0.0] * (dimensions - 1)


def mark(question: str, text: str) -> float:
    """Return how many of the bigrams of a question stand in a text, from 0 to 1."""
    pairs = {"".join(pair) for pair in pairwise(question)}
    return sum(pair in text for pair in pairs) / max(1, len(pairs))


def _texts(body: dict[str, Any]) -> list[str]:
    if "input" in body:
        return [body["input"]] if isinstance(body["input"], str) else list(body["input"])
    if "requests" in body:
        return ["".join(part["text"] for part in one["content"]["parts"]) for one in body["requests"]]
    return list(body.get("documents", body.get("texts", [])))


def _spoilt(script: Vectors, rows: list[list[float]]) -> list[Any]:
    changes: dict[str, Any] = {"nan": math.nan, "inf": math.inf, "words": "many"}
    if script.fault == "count":
        return rows[:-1]
    if script.fault == "zero":
        return [[0.0] * len(row) for row in rows]
    if script.fault == "alike":
        return [rows[0]] * len(rows)
    if script.fault == "changing":
        return [row[: len(row) - number % 2] for number, row in enumerate(rows)]
    if script.fault in changes:
        return [[changes[script.fault], *row[1:]] for row in rows]
    return rows


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: ClassVar[Vectors]

    def do_POST(self) -> None:
        script = self.script
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        script.requests.append((self.path, dict(self.headers), body))
        texts = _texts(body)
        too_long = script.longest is not None and any(len(text) > script.longest for text in texts)
        if script.status != 200 and script.faults_left != 0:
            if script.faults_left:
                script.faults_left -= 1
            self._send(script.status, {"error": {"message": f"scripted {texts}"}}, script.headers)
        elif script.fault == "redirect":
            self._send(307, {}, {"Location": f"{script.url}/elsewhere"})
        elif too_long or (script.most_texts is not None and len(texts) > script.most_texts):
            self._send(413, {"error": f"scripted {texts}", "error_type": "Validation"})
        else:
            if script.fault == "stall":
                script.gate.wait(60)
            (self._rerank if "/rerank" in self.path else self._embed)(body, texts)

    def _embed(self, body: dict[str, Any], texts: list[str]) -> None:
        script = self.script
        first: dict[str, Any] = body["requests"][0] if "requests" in body else body
        wanted = first.get("outputDimensionality", first.get("dimensions"))
        dimensions = wanted if wanted and script.resizes else script.dimensions
        if script.fault == "shrinking":
            dimensions -= len(script.requests)
        rows = _spoilt(script, [vector(text, dimensions) for text in texts])
        if "requests" in body:
            self._answer({"embeddings": [{"values": row} for row in rows]})
            return
        packed = body.get("encoding_format") == "base64" and script.packs and script.fault != "words"
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": base64.b64encode(struct.pack(f"<{len(row)}f", *row)).decode() if packed else row,
            }
            for index, row in enumerate(rows)
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        self._answer({"object": "list", "model": "scripted", "data": data, "usage": usage})

    def _rerank(self, body: dict[str, Any], texts: list[str]) -> None:
        script = self.script
        if script.dialect == "texts" and self.path != "/rerank":
            self._send(404, {})
            return
        if script.dialect not in body:
            self._send(422, {"detail": "scripted"})
            return
        name = "score" if script.dialect == "texts" else "relevance_score"
        rows: list[dict[str, Any]] = [
            {"index": index, name: mark(body["query"], text)} for index, text in enumerate(texts)
        ]
        # The best first, as they all do.
        rows.sort(key=lambda row: -row[name])
        changes: dict[str, Any] = {"twice": rows[0]["index"], "beyond": len(rows), "true": True}
        if script.fault == "count":
            rows.pop()
        elif script.fault in changes:
            rows[-1]["index"] = changes[script.fault]
        elif script.fault in ("nan", "words"):
            rows[-1][name] = math.nan if script.fault == "nan" else "high"
        self._answer(rows if script.dialect == "texts" else {"id": "x", "results": rows})

    def _answer(self, body: Any) -> None:
        script = self.script
        data = b"{nonsense" if script.fault == "garbage" else json.dumps(body).encode()
        if script.fault == "huge":
            data += b" " * 3_000_000
        if script.fault == "packed":
            data = zlib.compress(data, wbits=31)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        if script.fault == "packed":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if script.fault == "cut":
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
            return
        if script.fault == "drip":
            while data and not script.gate.wait(0.05):
                self.wfile.write(data[:1])
                data = data[1:]
        self.wfile.write(data)

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Be quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what some tests are about."""


@contextmanager
def serving(script: Vectors) -> Iterator[Vectors]:
    """Run the server on a free loopback port; `script.url` is its address."""
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"script": script}))
    script.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield script
    finally:
        script.gate.set()
        server.shutdown()
        server.server_close()
