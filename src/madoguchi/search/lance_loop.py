"""The asynchronous door of LanceDB, for callers in any thread: one loop in a thread of its own."""

import asyncio
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any


async def opened(folder: Path, name: str) -> Any:
    """Return a table for asking; each question sees the last commit."""
    import lancedb

    database = await lancedb.connect_async(str(folder), read_consistency_interval=timedelta(0))
    return await database.open_table(name)


_of_process: list[asyncio.AbstractEventLoop] = []
_beginning = threading.Lock()


def _loop() -> asyncio.AbstractEventLoop:
    # Threads may ask for the first time at once, and each would begin a loop.
    with _beginning:
        if not _of_process:
            _of_process.append(asyncio.new_event_loop())
            threading.Thread(target=_of_process[0].run_forever, name="index", daemon=True).start()
    return _of_process[0]


def wait(work: Any) -> Any:
    """Wait for the engine in whatever thread asks."""

    async def run() -> Any:
        return await work

    return asyncio.run_coroutine_threadsafe(run(), _loop()).result()
