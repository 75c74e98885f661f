"""Many answers at once, through the door to models: `python -m bench.streams [STREAMS] [SECONDS]`.

A server in a process of its own, on the same cores, writes 30 tokens a second into each stream in OpenAI's protocol;
each token names its stream, its place and when it was written. One thread a stream reads what `llm.chat` yields, beside
the whole of it: guard, routing, budget, record. Streams begin evenly over the first part and then all run together.
Printed: tokens lost or mixed, time to the first piece beside that of a bare client, how late pieces are, memory.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

TOKENS_A_SECOND = 30
STREAMS, SECONDS = 500, 30
BEGIN_SECONDS = 20
WANTED_FIRST_MS, WANTED_MB = 100, 2.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def main(streams: int, seconds: int) -> int:
    """Measure, print, and say whether it is quick and small enough."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")
    with tempfile.TemporaryDirectory() as home:
        os.environ["MADOGUCHI_HOME"] = home
        os.environ["MADOGUCHI_LOG_LEVEL"] = "ERROR"
        import django

        django.setup()
        from django.conf import settings

        from bench.machine import machine

        sys.setswitchinterval(settings.SERVER_THREAD_SWITCH_MICROSECONDS / 1_000_000)
        print(machine())
        command = [sys.executable, "-m", "bench.streams", "--serve", str(seconds * TOKENS_A_SECOND)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert server.stdout
            return measured(server.stdout.readline().strip(), streams, seconds)
        finally:
            server.terminate()
            server.wait()


def measured(address: str, streams: int, seconds: int) -> int:
    """Run the streams and print what came of them; 1 when a figure is missed."""
    from madoguchi.llm.chat import stream

    scope = an_office(address)
    list(stream("chat", scope, "短く答える。", "流れ -1", 1))
    bare = first_of_bare(address)
    before = resident_mb()
    peak, cpu, began = before, time.process_time(), time.monotonic()
    with ThreadPoolExecutor(streams) as pool:
        waits = [begun_after(at, streams) for at in range(streams)]
        running = [pool.submit(one, scope, at, began + wait, seconds) for at, wait in enumerate(waits)]
        while not all(one.done() for one in running):
            peak = max(peak, resident_mb())
            time.sleep(0.2)
        outcomes = [one.result() for one in running]
    used = (time.process_time() - cpu) / (time.monotonic() - began)
    wrong = [problem for problem, _first, _late in outcomes if problem]
    first = percentile([first for _problem, first, _late in outcomes], 95)
    late = [each for _problem, _first, lates in outcomes for each in lates]
    each_mb = (peak - before) / streams
    print(f"{streams} streams of {seconds} s, {TOKENS_A_SECOND} tokens a second each; {used:.2f} cores used by us")
    print(f"lost or mixed: {len(wrong)} streams {wrong[:3]}")
    print(
        f"first piece: p50 {percentile([first for _p, first, _l in outcomes], 50):.0f} ms, p95 {first:.0f} ms, "
        f"bare client {bare:.0f} ms, added {first - bare:.0f} ms (wanted: at most {WANTED_FIRST_MS})"
    )
    print(f"pieces late by: p50 {percentile(late, 50):.0f} ms, p95 {percentile(late, 95):.0f} ms")
    print(f"memory: {each_mb:.2f} MB a stream (wanted: at most {WANTED_MB:.0f}), {peak:.0f} MB at most")
    return int(bool(wrong) or first - bare > WANTED_FIRST_MS or each_mb > WANTED_MB)


def begun_after(at: int, streams: int) -> float:
    """Return after how many seconds a stream begins."""
    return at * BEGIN_SECONDS / streams


def one(scope: Any, at: int, begin: float, seconds: int) -> tuple[str, float, list[float]]:
    """Read one stream; return what is wrong with it, ms to its first piece, ms by which its pieces came late."""
    from django.db import connections

    from madoguchi.llm.chat import stream

    time.sleep(max(0.0, begin - time.monotonic()))
    started = time.monotonic()
    first, late, text = 0.0, list[float](), ""
    try:
        for piece in stream(
            "chat", scope, "短く答える。", f"住民票の写しの手数料を教えてください。流れ {at}", 1, max_tokens=9_000
        ):
            now = time.monotonic()
            if not text and piece:
                first = (now - started) * 1000
            text += piece
            # A token ends with when it was written, unless the piece was cut inside one.
            if piece.endswith(" "):
                late.append(now * 1000 - float(piece.rsplit("@", 1)[1]))
    except Exception as error:
        return f"{type(error).__name__}: {error}", first, late
    finally:
        connections.close_all()
    said = [token.partition("@")[0] for token in text.split()]
    return ("" if said == [f"{at}.{n}" for n in range(seconds * TOKENS_A_SECOND)] else "mixed"), first, late


def an_office(address: str) -> Any:
    """Make an office with one person and one endpoint; return their scope."""
    from django.core.management import call_command

    from madoguchi.llm.models import Endpoint
    from madoguchi.people.access import scope_of_operator
    from madoguchi.people.models import Classification, Tenant

    call_command("migrate", verbosity=0)
    office = Tenant.objects.first() or Tenant.objects.create(name="風見市")
    Endpoint.objects.create(
        tenant=office,
        name="庁内",
        provider=Endpoint.Provider.OPENAI_COMPATIBLE,
        model="scripted",
        base_url=f"{address}/v1",
        zone=Endpoint.Zone.INTERNAL,
        max_classification=Classification.C3A,
    )
    return scope_of_operator(office)


def first_of_bare(address: str) -> float:
    """Return ms to the first bytes of an answer for a bare client, p95 of 50."""
    import httpx2

    body = {"model": "scripted", "stream": True, "messages": [{"role": "user", "content": "流れ -1"}]}
    times = []
    for _ in range(50):
        started = time.monotonic()
        with httpx2.Client() as client, client.stream("POST", f"{address}/v1/chat/completions", json=body) as answer:
            next(answer.iter_lines())
            times.append((time.monotonic() - started) * 1000)
    return percentile(times, 95)


def percentile(values: list[float], share: int) -> float:
    """Return the value below which a share (per cent) of the values lie."""
    return sorted(values)[min(len(values) - 1, len(values) * share // 100)]


def resident_mb() -> float:
    """Return this process's resident memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1_048_576


# --- the server


async def serve(tokens: int) -> None:
    """Write `tokens` tokens into each stream, evenly, until this process is ended."""
    server = await asyncio.start_server(partial(answer, tokens=tokens), "127.0.0.1", 0, backlog=600)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tokens: int) -> None:
    """Answer the requests of one connection; stream -1 is answered with one token."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            asked = json.loads(await reader.readexactly(length))["messages"][-1]["content"]
            at = int(str(asked).rpartition(" ")[2])
            writer.write(HEAD)
            began = time.monotonic()
            for n in range(tokens if at >= 0 else 1):
                await asyncio.sleep(max(0.0, began + n / TOKENS_A_SECOND - time.monotonic()))
                writer.write(event({"content": f"{at}.{n}@{time.monotonic() * 1000:.1f} "}))
            writer.write(event({}, "stop") + chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def event(delta: dict[str, str], reason: str | None = None) -> bytes:
    """Return one event of OpenAI's streams."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    said = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [choice]}
    return chunk(b"data: " + json.dumps(said).encode() + b"\n\n")


def chunk(data: bytes) -> bytes:
    """Return data as a chunk of HTTP."""
    return b"%x\r\n%s\r\n" % (len(data), data)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(serve(int(sys.argv[2])))
        raise SystemExit
    numbers = [int(number) for number in sys.argv[1:]]
    # Where a thread's stack is only reserved, 256 KB of it are enough for what a call goes through.
    threading.stack_size(1 << 20)
    raise SystemExit(main(*(numbers + [STREAMS, SECONDS][len(numbers) :])))
