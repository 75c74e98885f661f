"""An asynchronous source of pieces, read by any caller: view, worker or command. All share one loop in one thread."""

import asyncio
import os
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any

from django.conf import settings

from madoguchi.llm import gathering
from madoguchi.llm.faults import Fault, fault_of

_lock = threading.Lock()
# The process, the thread and its loop; another process begins its own.
_running: tuple[int, threading.Thread, asyncio.AbstractEventLoop] | None = None


def loop() -> asyncio.AbstractEventLoop:
    """Return the loop in which this process calls models, beginning it if there is none."""
    global _running
    with _lock:
        if _running is None or _running[0] != os.getpid() or not _running[1].is_alive():
            begun = asyncio.new_event_loop()
            thread = threading.Thread(target=begun.run_forever, name="llm-loop", daemon=True)
            thread.start()
            _running = (os.getpid(), thread, begun)
        return _running[2]


def in_loop(call: Callable[[], Coroutine[Any, Any, None]], after: float = 0) -> Future[None]:
    """Have the loop run a coroutine after so many seconds."""

    async def later() -> None:
        await asyncio.sleep(after)
        await call()

    return asyncio.run_coroutine_threadsafe(later(), loop())


class Pump:
    """Runs an asynchronous source in the shared loop and yields its pieces; leaving it stops the source.

    `start` is called in the loop and must not hold it up. Now and then while nothing comes an empty piece does, so that
    who reads can look whether to go on. Iterating raises Fault, `timeout` when nothing came within `first_seconds` or
    nothing ended within `seconds`.
    """

    def __init__(self, start: Callable[[], AsyncIterator[str]], seconds: float, first_seconds: float) -> None:
        self.start, self.seconds, self.first_seconds = start, seconds, first_seconds
        self.pieces: queue.SimpleQueue[str | Fault | None] = queue.SimpleQueue()
        self.call: Future[None] | None = None

    def __enter__(self) -> Iterator[str]:
        self.call = asyncio.run_coroutine_threadsafe(self._called(), loop())
        return self._received()

    def __exit__(self, *_: object) -> None:
        assert self.call is not None
        self.call.cancel()

    def _received(self) -> Iterator[str]:
        # A little later than the loop itself gives up: only what holds the loop is left behind here.
        begun = time.monotonic()
        over, first = begun + self.seconds + settings.ENDPOINT_CONNECT_SECONDS, begun + self.first_seconds
        tick = settings.STOPS_LOOKED_AT_MS / 1000
        until = min(first, over)
        while (now := time.monotonic()) < until:
            try:
                piece = self.pieces.get(timeout=min(tick, until - now))
            except queue.Empty:
                yield ""
                continue
            if isinstance(piece, Fault):
                raise piece
            if piece is None:
                return
            until = over
            yield piece
        raise Fault("timeout")

    async def _called(self) -> None:
        gathering.running += 1
        end: Fault | None = None
        try:
            async with asyncio.timeout(self.seconds):
                async for piece in self.start():
                    self.pieces.put(piece)
        except Exception as error:
            end = fault_of(error)
        finally:
            gathering.running -= 1
            self.pieces.put(end)
