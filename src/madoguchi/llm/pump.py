"""An asynchronous source of pieces, read by any caller: view, worker or command."""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator

from django.conf import settings

from madoguchi.llm.faults import Fault, fault_of


class Pump:
    """Runs the asynchronous client in a thread of its own and yields its pieces; leaving it stops the client.

    `start` is called in that thread. Iterating raises Fault, `timeout` when nothing ends within `seconds`.
    """

    def __init__(self, start: Callable[[], AsyncIterator[str]], seconds: float) -> None:
        self.start, self.seconds = start, seconds
        self.pieces: queue.Queue[str | Fault | None] = queue.Queue()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, name="llm-call", daemon=True)
        self.task: asyncio.Task[None] | None = None

    def __enter__(self) -> Iterator[str]:
        self.thread.start()
        return self._received()

    def __exit__(self, *_: object) -> None:
        # The loop may be closing at this very moment: then there is nothing to stop.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._cancel)
        self.thread.join(timeout=settings.ENDPOINT_CONNECT_SECONDS)

    def _cancel(self) -> None:
        if self.task and not self.task.done():
            self.task.cancel()

    def _received(self) -> Iterator[str]:
        deadline = time.monotonic() + self.seconds + settings.ENDPOINT_CONNECT_SECONDS
        while True:
            try:
                piece = self.pieces.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise Fault("timeout") from None
            if piece is None:
                return
            if isinstance(piece, Fault):
                raise piece
            yield piece

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.task = self.loop.create_task(self._call())
            self.loop.run_until_complete(self.task)
            self.pieces.put(None)
        except asyncio.CancelledError:
            self.pieces.put(None)
        except Exception as error:
            self.pieces.put(fault_of(error))
        finally:
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    async def _call(self) -> None:
        async for piece in self.start():
            self.pieces.put(piece)
